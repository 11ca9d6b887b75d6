// SPDX-License-Identifier: GPL-2.0
/*
 * /dev/vmclock_host against CLOCK_TAI, at the same counter values and to
 * fractions of a ns (module tk_pairs), while the clock's frequency is changed
 * every few seconds, as an NTP daemon does it.
 *
 *	vmclock_host_accuracy [-i] [-q] [-s] [-n] SECONDS
 *
 * -i: sleep between the samples, 1 ms to 1 s, so that the machine is idle;
 * otherwise it is kept busy, with a tick in each NTP interval. -q: leave the
 * frequency alone. -s: slew by adjtime() as well. -n: print the ten worst
 * samples.
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

#include "../ktap.h"
#include "vmclock/page.h"

#define MAX_PPM		20
#define BAR_NS		5
/* without an update for longer than two ticks: 155 ppb, a unit of mult */
#define BAR_NS_PER_MS	0.16
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

static const struct vmclock_abi *page;
static int pairs;
static struct result *results;
static size_t count, room;
static unsigned long disagree;
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

/* A child that changes the frequency every 1 to 4 s, at any phase of a tick. */
static pid_t start_steering(long freq, bool slew)
{
	pid_t parent = getpid(), pid = fork();

	if (pid)
		return pid;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	srandom(parent);
	while (getppid() == parent) {
		long ppm = random() % (2 * MAX_PPM + 1) - MAX_PPM;
		struct timex tx = {
			.modes = ADJ_FREQUENCY,
			.freq = freq + ppm * 65536 + random() % 65536,
		};

		pause_us(1000000 + random() % 3000000);
		if (slew && random() % 2)
			tx = (struct timex){
				.modes = ADJ_OFFSET_SINGLESHOT,
				.offset = random() % 2000 - 1000,
			};
		if (adjtimex(&tx) < 0)
			_exit(1);
	}
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
	r->bar_ns = BAR_NS;
	if (recent_gap_ms > TICKS_MS)
		r->bar_ns += BAR_NS_PER_MS * recent_gap_ms;
	if (__builtin_fabs(r->error_ns) < BACK_NS)
		recent_gap_ms = 0;
}

static int by_size(const void *a, const void *b)
{
	double x = __builtin_fabs(((const struct result *)a)->error_ns);
	double y = __builtin_fabs(((const struct result *)b)->error_ns);

	return (x < y) - (x > y);
}

static void report(u32 publications, bool verbose)
{
	unsigned long over = 0, ticking = 0;
	size_t i;

	for (i = 0; i < count; i++) {
		ticking += results[i].bar_ns == BAR_NS;
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
	ktap_ok(!over, "within %d ns, after gaps + %.2f ns per ms (%lu not)",
		BAR_NS, BAR_NS_PER_MS, over);
}

static void run(double seconds, bool idle)
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
		if (idle)
			pause_us(1000 + random() % (random() % 5 ? 50000 :
							      1000000));
		else
			spin_us(random() % 8000);
		if (!read_both(&s, &p)) {
			ktap_ok(false, "read a pair");
			return;
		}
		if (p.counter_id == VMCLOCK_COUNTER_INVALID) {
			ktap_ok(false, "the page has a counter");
			return;
		}
		add(&s, &p, now_s() - start);
	}
}

int main(int argc, char **argv)
{
	bool idle = false, steer = true, slew = false, verbose = false;
	struct timex tx = { .modes = 0 };
	u32 first;
	pid_t child = 0;
	int fd, c;

	while ((c = getopt(argc, argv, "iqsn")) != -1) {
		idle |= c == 'i';
		steer &= c != 'q';
		slew |= c == 's';
		verbose |= c == 'n';
		if (c == '?')
			return 2;
	}
	if (optind != argc - 1 || atof(argv[optind]) <= 0) {
		fprintf(stderr, "usage: %s [-i] [-q] [-s] [-n] SECONDS\n", argv[0]);
		return 2;
	}
	fd = open("/dev/vmclock_host", O_RDONLY);
	if (fd < 0)
		ktap_skip_all("no /dev/vmclock_host: load vmclock_host");
	pairs = open("/sys/kernel/debug/tk_pairs/now", O_RDONLY);
	if (pairs < 0)
		ktap_skip_all("no tk_pairs in debugfs: load it, as root");
	page = mmap(NULL, sysconf(_SC_PAGESIZE), PROT_READ, MAP_SHARED, fd, 0);
	if (page == MAP_FAILED)
		ktap_skip_all("the page can't be mapped");

	ktap_begin(0);
	adjtimex(&tx);
	/* one more unit: what naps before have left is forgotten */
	tx.modes = ADJ_FREQUENCY;
	tx.freq++;
	adjtimex(&tx);
	tx.freq--;
	first = page->seq_count;
	if (steer)
		child = start_steering(tx.freq, slew);
	run(atof(argv[optind]), idle);
	if (child > 0) {
		kill(child, SIGKILL);
		waitpid(child, NULL, 0);
	}
	adjtimex(&tx);
	if (count)
		report((page->seq_count - first) / 2, verbose);
	return ktap_end();
}
