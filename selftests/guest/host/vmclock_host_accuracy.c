// SPDX-License-Identifier: GPL-2.0
/*
 * /dev/vmclock_host against the clock, to fractions of a ns, while the clock is
 * steered:
 *
 *	vmclock_host_accuracy [-i | -t] [-e NS] [-l] [-n] [-b NS] [-c NS]
 *		[-m MODE] SECONDS
 *
 * Against CLOCK_TAI at the same counter values, at moments of this program's
 * own (module tk_pairs); and at each of the timekeeper's updates against both
 * lines that the kernel has (module tk_updates): the clock's, and that of NTP,
 * xtime + ntp_error. The page has to be on one of them, to NS of -b (0.1), and
 * to NS of -c (2) on the clock's as long as that has updates.
 *
 * -i: sleep between the samples, 1 ms to 1 s, so that the machine is idle; -t:
 * sleep less than a tick, so that there is an update in each NTP interval;
 * otherwise it is kept busy. -e: the module has idle_error_ns=NS. -l: the page
 * has to be on the NTP clock always, wherever the clock is, as it is with a
 * large compensation_ns. -n: print the ten worst samples. MODE is
 *	quiet	the frequency is left alone
 *	freq	another one every 1 to 4 s, by up to 20 ppm, at any phase of a
 *		tick; the default
 *	chrony	every 2 s a new one, and for some 100 ms one that is off by up
 *		to 100 ppm, as chronyd slews
 *	slew	500 ppm up or down, for 1 to 4 s each, by ADJ_TICK
 *	adjtime	as freq, but every other time adjtime()
 *
 * Without updates (idle, or a virtual machine that isn't run) the clock goes on
 * with the mult it has; it may be off by that afterwards, until the kernel has
 * brought it back.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/timex.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "ktap.h"
#include "../../modules/tk_updates/tk_updates.h"
#include "../../../tools/kernel_names.h"
#include "vmclock/page.h"

#define PAIRS		"/sys/kernel/debug/tk_pairs/now"
#define UPDATES		"/sys/kernel/debug/tk_updates/"
#define FOLLOW		"/sys/module/tk_updates/parameters/page"

#define MAX_PPM		20
#define SLEW_PPM	100
/* 12.3 ppm */
#define BASE_FREQ	(123 * 65536 / 10)
/*
 * Publications at a constant frequency. A kernel that moves the line does so
 * where mult changes between ticks, by up to u, .48 ns, there and back: that is
 * a random walk of u^2 / 6 in two changes, and leaves 1 ns in 53. So many, or,
 * idle, one in so many updates: those of a deadline all change mult, of others
 * up to one in two, depending on where NTP's rate lies between two of mult.
 */
#define MOST		2
#define MOST_MOVED	120
#define UPDATES_PER_MOVE	(idle_error_ns ? 50 : 100)
/* without an update for longer than two ticks, besides: a unit of mult */
#define TICKS_MS	8
/* the clock is back */
#define BACK_NS		1

struct sample {
	u64 counter;
	s64 ns;
	u32 frac;
	s32 tai_offset;
	u64 since;
	u64 gap;
	s64 ntp_error;
	int agrees;
};

struct result {
	double at_s, error_ns, bar_ns, gap_ms, since_ms, ntp_error_ns;
};

enum mode { QUIET, FREQ, CHRONY, SLEW, ADJTIME, MODES };

static const char * const mode_names[MODES] = {
	"quiet", "freq", "chrony", "slew", "adjtime",
};

static const struct vmclock_abi *page;
static int pairs;
static struct tk_update *updates;
static u32 taken;
static struct result *results;
static size_t count, room;
static unsigned long disagree;
static double idle_error_ns, clock_ns = 2;
/* before the second in which the clock settles at its frequency is over */
static u32 first;
/* since the clock was last on the page's line, and altogether */
static double recent_gap_ms, longest_gap_ms;

static double now_s(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC_RAW, &ts);
	return ts.tv_sec + ts.tv_nsec / 1e9;
}

static void pause_us(unsigned int us)
{
	struct timespec ts = { us / 1000000, us % 1000000 * 1000L };

	nanosleep(&ts, NULL);
}

static void spin_us(unsigned int us)
{
	double end = now_s() + us / 1e6;

	while (now_s() < end)
		;
}

static void adjust(unsigned int modes, struct timex tx)
{
	tx.modes = modes;
	if (adjtimex(&tx) < 0)
		_exit(1);
}

/* Between -@most and @most, in the unit of struct timex::freq. */
static long random_ppm(long most)
{
	return random() % (2 * most * 65536 + 1) - most * 65536;
}

static void steer_once(enum mode mode, long freq)
{
	static int turn;

	turn = !turn;
	switch (mode) {
	case CHRONY:
		freq += random_ppm(1);
		adjust(ADJ_FREQUENCY,
		       (struct timex){ .freq = freq + random_ppm(SLEW_PPM) });
		pause_us(100000 + random() % 100000);
		adjust(ADJ_FREQUENCY, (struct timex){ .freq = freq });
		pause_us(1850000);
		return;
	case SLEW:
		adjust(ADJ_TICK, (struct timex){ .tick = turn ? 10005 : 9995 });
		break;
	case ADJTIME:
		if (turn) {
			adjust(ADJ_OFFSET_SINGLESHOT, (struct timex){
				.offset = random() % 2000 - 1000 });
			break;
		}
		__attribute__((__fallthrough__));
	default:
		adjust(ADJ_FREQUENCY, (struct timex){
			.freq = freq + random_ppm(MAX_PPM) });
	}
	pause_us(1000000 + random() % 3000000);
}

static pid_t start_steering(enum mode mode, long freq)
{
	pid_t parent = getpid(), pid = fork();

	if (pid)
		return pid;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	srandom(parent);
	while (getppid() == parent)
		steer_once(mode, freq);
	_exit(0);
}

static bool read_sample(struct sample *s)
{
	char text[256];
	ssize_t n = pread(pairs, text, sizeof(text) - 1, 0);

	if (n <= 0)
		return false;
	text[n] = 0;
	return sscanf(text, "%llu %lld %u %d %llu %llu %lld %d", &s->counter, &s->ns,
		      &s->frac, &s->tai_offset, &s->since, &s->gap,
		      &s->ntp_error, &s->agrees) == 8;
}

/* A pair, and the page that was in force when it was taken. */
static bool read_both(struct sample *s, struct vmclock_params *p)
{
	struct vmclock_params after;

	do {
		while (vmclock_page_read(page, sizeof(*page), p))
			;
		if (!read_sample(s))
			return false;
		while (vmclock_page_read(page, sizeof(*page), &after))
			;
	} while (after.seq != p->seq);
	return true;
}

static double error_ns(const struct sample *s, const struct vmclock_params *p)
{
	u64 ns32 = (u64)(s->ns % 1000000000) << 32 | s->frac;
	struct vmclock_time line, clock = {
		.sec = s->ns / 1000000000,
		.frac = vmclock_ns32_to_frac(ns32),
	};

	if (p->time_type == VMCLOCK_TIME_TAI)
		clock.sec += s->tai_offset;
	line = vmclock_line_at(&p->line, s->counter);
	return vmclock_time_to_ns32(vmclock_time_sub(line, clock)) / 0x1p32;
}

static double longer(double a, double b)
{
	return a > b ? a : b;
}

static void add(const struct sample *s, const struct vmclock_params *p,
		double at_s)
{
	double ms = vmclock_line_period_ns56(&p->line) / 0x1p56 / 1e6;
	struct result *r;

	if (count == room) {
		room = room ? 2 * room : 4096;
		results = realloc(results, room * sizeof(*results));
		if (!results)
			abort();
	}
	r = &results[count++];
	r->at_s = at_s;
	r->error_ns = error_ns(s, p);
	r->gap_ms = s->gap * ms;
	r->since_ms = s->since * ms;
	r->ntp_error_ns = s->ntp_error / 0x1p32;
	disagree += !s->agrees;
	recent_gap_ms = longer(recent_gap_ms, longer(r->gap_ms, r->since_ms));
	longest_gap_ms = longer(longest_gap_ms, recent_gap_ms);
	r->bar_ns = clock_ns;
	if (idle_error_ns)
		r->bar_ns = idle_error_ns + 1;
	else if (recent_gap_ms > TICKS_MS)
		r->bar_ns += 1e6 / updates->mult * recent_gap_ms;
	if (__builtin_fabs(r->error_ns) < BACK_NS)
		recent_gap_ms = 0;
}

static int by_size(const void *a, const void *b)
{
	double x = __builtin_fabs(((const struct result *)a)->error_ns);
	double y = __builtin_fabs(((const struct result *)b)->error_ns);

	return (x < y) - (x > y);
}

static void report_pairs(u32 publications, bool verbose, bool on_clock)
{
	unsigned long over = 0, ticking = 0;
	size_t i;

	for (i = 0; i < count; i++) {
		ticking += results[i].bar_ns == clock_ns;
		over += __builtin_fabs(results[i].error_ns) > results[i].bar_ns;
	}
	qsort(results, count, sizeof(*results), by_size);
	for (i = 0; verbose && i < count && i < 10; i++)
		ktap_note("%.4f s: %+.3f ns, gap %.1f ms, since %.1f ms, ntp_error %+.3f ns",
			  results[i].at_s, results[i].error_ns,
			  results[i].gap_ms, results[i].since_ms,
			  results[i].ntp_error_ns);
	ktap_note("page - CLOCK_TAI: p50 %.3f p99 %.3f max %.3f ns",
		  __builtin_fabs(results[count / 2].error_ns),
		  __builtin_fabs(results[count / 100].error_ns),
		  __builtin_fabs(results[0].error_ns));
	ktap_note("%zu pairs, %lu without a gap, longest gap %.1f ms; %u publications",
		  count, ticking, longest_gap_ms, publications);
	ktap_ok(!disagree, "the instrument agrees with itself (%lu of %zu not)",
		disagree, count);
	if (!on_clock)
		return;
	if (idle_error_ns)
		ktap_ok(!over, "within %.0f ns (%lu not)", idle_error_ns + 1, over);
	else
		ktap_ok(!over, "within %.0f ns, after gaps + %.0f ppb of them (%lu not)",
			clock_ns, 1e9 / updates->mult, over);
}

static int by_value(const void *a, const void *b)
{
	s64 x = *(const s64 *)a, y = *(const s64 *)b;

	return (x < y) - (x > y);
}

static void note_distances(const char *what, s64 *ns32, u32 n)
{
	qsort(ns32, n, sizeof(*ns32), by_value);
	ktap_note("%s: p50 %.3f p99 %.3f max %.3f ns, at %u updates", what,
		  n ? ns32[n / 2] / 0x1p32 : 0, n ? ns32[n / 100] / 0x1p32 : 0,
		  n ? ns32[0] / 0x1p32 : 0, n);
}

/* Where the page has the NTP clock, and where it has the clock's. */
static void report_updates(double bar_ns, bool ntp_only)
{
	s64 *ntp = calloc(taken, sizeof(*ntp));
	s64 *clock = calloc(taken, sizeof(*clock));
	u32 i, on_ntp = 0, on_clock = 0, neither = 0, invalid = 0;

	for (i = 0; i < taken && i < TK_UPDATES_MAX; i++) {
		s64 a = llabs(updates[i].from_ntp);
		s64 b = llabs(updates[i].from_clock);

		invalid += !updates[i].valid;
		neither += a > bar_ns * 0x1p32 &&
			   (ntp_only || b > bar_ns * 0x1p32);
		if (a <= b || ntp_only)
			ntp[on_ntp++] = a;
		else
			clock[on_clock++] = b;
	}
	note_distances("page - (xtime + ntp_error)", ntp, on_ntp);
	note_distances("compensation: page - xtime", clock, on_clock);
	ktap_ok(taken && !neither && !invalid,
		"at each update within %.2f ns of %s (%u not, %u invalid)",
		bar_ns, ntp_only ? "the NTP clock" : "one of the kernel's lines",
		neither, invalid);
	free(ntp);
	free(clock);
}

static bool write_text(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY);
	bool ok = fd >= 0 && write(fd, text, strlen(text)) > 0;

	close(fd);
	return ok;
}

static bool follow(const void *address)
{
	char text[32];

	snprintf(text, sizeof(text), "%lu", (unsigned long)address);
	return write_text(FOLLOW, text);
}

/* The first one comes with following, and tells the clock's grain. */
static bool read_updates(void)
{
	size_t size = TK_UPDATES_MAX * sizeof(*updates), done = 0;
	int fd = open(UPDATES "samples", O_RDONLY);
	FILE *f = fopen(UPDATES "taken", "r");
	ssize_t n;

	if (!updates)
		updates = malloc(size);
	if (fd < 0 || !f || !updates || fscanf(f, "%u", &taken) != 1)
		return false;
	while (done < size) {
		n = read(fd, (char *)updates + done, size - done);
		if (n <= 0)
			return false;
		done += n;
	}
	close(fd);
	fclose(f);
	return taken;
}

static void rest(bool idle, bool tick)
{
	if (idle)
		pause_us(1000 + random() % (random() % 5 ? 50000 : 1000000));
	else if (tick)
		pause_us(random() % 3000);
	else
		spin_us(random() % 8000);
}

static void run(double seconds, bool idle, bool tick)
{
	struct vmclock_params p;
	double start = now_s();
	struct sample s;

	/* forget the gap before */
	if (!read_both(&s, &p)) {
		ktap_ok(false, "read a pair");
		return;
	}
	while (now_s() - start < seconds) {
		rest(idle, tick);
		if (!read_both(&s, &p)) {
			ktap_ok(false, "read a pair");
			return;
		}
		if (p.counter_id == VMCLOCK_COUNTER_INVALID) {
			ktap_ok(false, "the page has a counter");
			return;
		}
		add(&s, &p, now_s() - start);
		if (now_s() - start < 1)
			first = p.seq / 2;
	}
}

static void usage(const char *name)
{
	fprintf(stderr,
		"usage: %s [-i | -t] [-e NS] [-l] [-n] [-b NS] [-c NS] [-m MODE] SECONDS\n"
		"MODE: quiet, freq, chrony, slew, adjtime\n", name);
	exit(2);
}

static enum mode find_mode(const char *name, const char *program)
{
	int i;

	for (i = 0; i < MODES; i++)
		if (!strcmp(mode_names[i], name))
			return i;
	usage(program);
	return QUIET;
}

static void open_all(void)
{
	int fd = open("/dev/vmclock_host", O_RDONLY);

	if (fd < 0)
		ktap_skip_all("no /dev/vmclock_host: load vmclock_host");
	pairs = open(PAIRS, O_RDONLY);
	if (pairs < 0)
		ktap_skip_all("no tk_pairs in debugfs: load it, as root");
	page = mmap(NULL, sysconf(_SC_PAGESIZE), PROT_READ, MAP_SHARED, fd, 0);
	if (page == MAP_FAILED)
		ktap_skip_all("the page can't be mapped");
	if (access(FOLLOW, W_OK))
		ktap_skip_all("no tk_updates: load it behind vmclock_host");
}

/*
 * A step of nothing: what was before is forgotten. The frequency isn't that of
 * a mult, at which the NTP clock would be left for good.
 */
static void begin_anew(struct timex *tx)
{
	tx->modes = 0;
	adjtimex(tx);
	adjust(ADJ_SETOFFSET, (struct timex){ .time.tv_sec = 0 });
	adjust(ADJ_FREQUENCY, (struct timex){ .freq = tx->freq + BASE_FREQ });
	pause_us(100000);
}

static u32 most_publications(bool moved, bool idle)
{
	u32 moves = idle ? taken / UPDATES_PER_MOVE : 0;

	if (!moved)
		return MOST;
	return moves > MOST_MOVED ? moves : MOST_MOVED;
}

int main(int argc, char **argv)
{
	bool idle = false, tick = false, ntp_only = false, verbose = false;
	enum mode mode = FREQ;
	double bar_ns = 0.1;
	struct timex tx;
	pid_t child = 0;
	u32 publications;
	int c;

	while ((c = getopt(argc, argv, "itlne:b:c:m:")) != -1) {
		idle |= c == 'i';
		tick |= c == 't';
		ntp_only |= c == 'l';
		verbose |= c == 'n';
		if (c == 'b')
			bar_ns = atof(optarg);
		if (c == 'c')
			clock_ns = atof(optarg);
		if (c == 'e')
			idle_error_ns = atof(optarg);
		if (c == 'm')
			mode = find_mode(optarg, argv[0]);
		if (c == '?')
			usage(argv[0]);
	}
	if (optind != argc - 1 || atof(argv[optind]) <= 0)
		usage(argv[0]);
	open_all();

	ktap_begin(0);
	begin_anew(&tx);
	first = page->seq_count / 2;
	if (!follow(page) || !read_updates()) {
		ktap_ok(false, "follow the updates");
		return ktap_end();
	}
	if (mode != QUIET)
		child = start_steering(mode, tx.freq + BASE_FREQ);
	run(atof(argv[optind]), idle, tick);
	publications = page->seq_count / 2 - first;
	if (!follow(NULL) || !read_updates())
		ktap_ok(false, "read the updates");
	if (child > 0) {
		kill(child, SIGKILL);
		waitpid(child, NULL, 0);
	}
	adjust(ADJ_TICK | ADJ_FREQUENCY,
	       (struct timex){ .tick = 10000, .freq = tx.freq });
	if (mode == QUIET)
		ktap_ok(publications <= most_publications(bar_ns > 1, idle),
			"%u publications", publications);
	if (count) {
		report_pairs(publications, verbose, !ntp_only);
		report_updates(bar_ns, ntp_only);
	}
	return ktap_end();
}
