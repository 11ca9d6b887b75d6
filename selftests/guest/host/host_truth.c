// SPDX-License-Identifier: GPL-2.0
/*
 * The bounds of /dev/vmclock_host against the true time, which is that of the
 * page of another device, while a daemon steers the clock. To be run as root.
 *
 *	host_truth -s DEVICE NS
 *
 * makes the clock that of a machine that has just booted: NS ahead, at its
 * own frequency, without a daemon's state.
 *
 *	host_truth -b|-u [-w US] DEVICE SECONDS
 *
 * looks at both pages for SECONDS, at random moments. The true time has to be
 * inside the page's interval at each of them. With -b the page has a bound in
 * the end, with -u never. With -w the interval may be
 * half as wide as what the daemon reports, 15 ppm of the time since then, and
 * US more, but not wider.
 */
#include <fcntl.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/timex.h>
#include <time.h>
#include <unistd.h>

#include "counter.h"
#include "ktap.h"

#define HOST		"/dev/vmclock_host"
#define TAI_UTC_SEC	37
/* The kernel adds so much to the maximum error at the end of a second, us. */
#define KERNEL_RATE_US	500
#define DRIFT		15e-6
/* Looks are this far apart at most: at first, and after EARLY_S at least */
#define EARLY_MS	20
#define LATE_MS		200
#define EARLY_S		60
#define AGES		6
#define EPISODES_MAX	5

/**
 * struct look - at one moment
 * @at_s: the moment, from the beginning
 * @age_s: since the daemon's last report, at least
 * @report_us: maximum and estimated error of that report
 * @half_us: the page's bound; infinite if there is none
 * @error_us: the page's time minus the true time
 * @marker: the page's disruption marker
 */
struct look {
	double at_s, age_s, report_us, half_us, error_us;
	u64 marker;
};

static const struct vmclock_abi *host, *truth;
static struct look *looks;
static size_t count, room;
/* looks younger than this, s */
static const double age_limits[AGES] = { 4, 16, 64, 256, 1024, INFINITY };

static const struct vmclock_abi *map_page(const char *path)
{
	int fd = open(path, O_RDONLY);
	void *page = mmap(NULL, 4096, PROT_READ, MAP_SHARED, fd, 0);

	if (page == MAP_FAILED) {
		perror(path);
		exit(2);
	}
	return page;
}

static void get(const struct vmclock_abi *page, struct vmclock_params *p)
{
	while (vmclock_page_read(page, sizeof(*page), p))
		;
}

/* Both pages, and the counter while they were in force. */
static u64 get_both(struct vmclock_params *h, struct vmclock_params *t)
{
	u64 c;

	do {
		get(host, h);
		get(truth, t);
		c = counter();
	} while (!vmclock_page_unchanged(host, h->seq, h->disruption_marker) ||
		 !vmclock_page_unchanged(truth, t->seq, t->disruption_marker));
	return c;
}

static double now_s(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC_RAW, &ts);
	return ts.tv_sec + ts.tv_nsec / 1e9;
}

/* Maximum and estimated error, and when and what the daemon's last were. */
struct report {
	double at_s, us;
	s64 sec;
	long maxerror;
};

/*
 * If it isn't what the kernel makes of the last one there is a new one. What
 * the kernel may have added to that since the last look is taken off.
 */
static void follow_reports(struct report *r, double at_s)
{
	struct timex tx = { .modes = 0 };
	long grown;

	adjtimex(&tx);
	grown = tx.maxerror - r->maxerror;
	if (grown < 0 || grown % KERNEL_RATE_US ||
	    grown / KERNEL_RATE_US > tx.time.tv_sec - r->sec + 1) {
		r->at_s = at_s;
		r->us = tx.maxerror + tx.esterror;
		if (tx.time.tv_sec != r->sec && tx.maxerror >= KERNEL_RATE_US)
			r->us -= KERNEL_RATE_US;
	}
	r->maxerror = tx.maxerror;
	r->sec = tx.time.tv_sec;
}

static double error_us(const struct vmclock_params *h,
		       const struct vmclock_params *t, u64 c)
{
	struct vmclock_time off = vmclock_line_at(&h->line, c);

	off = vmclock_time_sub(off, vmclock_line_at(&t->line, c));
	if (h->time_type == VMCLOCK_TIME_UTC)
		off.sec += TAI_UTC_SEC;
	return vmclock_time_to_ns32(off) / 0x1p32 / 1e3;
}

static bool is_usable(const struct vmclock_params *p)
{
	return p->status == VMCLOCK_STATUS_SYNCHRONIZED ||
	       p->status == VMCLOCK_STATUS_FREERUNNING;
}

static void look(double begin_s, struct report *r)
{
	struct vmclock_params h, t;
	u64 c = get_both(&h, &t), half = vmclock_maxerror_at(&h, c);
	double at_s = now_s() - begin_s;

	follow_reports(r, at_s);
	if (count == room) {
		room = room ? 2 * room : 65536;
		looks = realloc(looks, room * sizeof(*looks));
		if (!looks)
			abort();
	}
	looks[count++] = (struct look){
		.at_s = at_s,
		.age_s = at_s - r->at_s,
		.report_us = r->us,
		.half_us = half == U64_MAX || !is_usable(&h) ? INFINITY :
							       half / 1e3,
		.error_us = error_us(&h, &t, c),
		.marker = h.disruption_marker,
	};
}

static void look_for(double seconds)
{
	struct report report = { .maxerror = 0 };
	double begin_s = now_s();
	unsigned int ms;

	while (now_s() - begin_s < seconds) {
		look(begin_s, &report);
		ms = now_s() - begin_s < EARLY_S ? EARLY_MS :
						   LATE_MS + seconds / 20;
		usleep(random() % (ms * 1000));
	}
}

static double outside_us(const struct look *l)
{
	return fabs(l->error_us) - l->half_us;
}

/* Return: whether no look was outside of its interval */
static bool judge_truth(void)
{
	unsigned int episodes = 0;
	double sum_s = 0, most_us;
	size_t i, begin;

	for (i = 0; i < count; i++) {
		if (outside_us(&looks[i]) <= 0)
			continue;
		begin = i;
		for (most_us = 0; i < count && outside_us(&looks[i]) > 0; i++)
			most_us = fmax(most_us, outside_us(&looks[i]));
		sum_s += looks[i < count ? i : i - 1].at_s - looks[begin].at_s;
		if (episodes++ < EPISODES_MAX)
			ktap_note("outside after %.3f s, for %.3f s, by %.3f us; half-width %.3f us",
				  looks[begin].at_s,
				  looks[i < count ? i : i - 1].at_s -
				  looks[begin].at_s, most_us,
				  looks[begin].half_us);
	}
	ktap_note("outside %u times, for %.3f s of %.0f s", episodes, sum_s,
		  looks[count - 1].at_s);
	return !episodes;
}

/* Return: how many looks found a bound */
static size_t note_presence(void)
{
	size_t i, bounded = 0, first = 0, last_without = 0;

	for (i = 0; i < count; i++) {
		if (isinf(looks[i].half_us)) {
			last_without = i;
			continue;
		}
		if (!bounded++)
			first = i;
	}
	ktap_note("%zu looks, %.2f %% with a bound; the first after %.1f s, the last without after %.1f s",
		  count, 100.0 * bounded / count, looks[first].at_s,
		  looks[last_without].at_s);
	return bounded;
}

static void note_disruptions(void)
{
	size_t i;

	for (i = 1; i < count; i++)
		if (looks[i].marker != looks[i - 1].marker)
			ktap_note("disrupted after %.3f s, by then %.1f us off, half-width %.1f us before",
				  looks[i].at_s, looks[i].error_us,
				  looks[i - 1].half_us);
}

static int by_value(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

/* Widths of the looks of one age, in the second half of the time */
static void note_age(unsigned int age, double from_s)
{
	double *half = calloc(count, sizeof(*half)), error = 0;
	double young = age ? age_limits[age - 1] : 0;
	size_t i, n = 0;

	for (i = 0; i < count; i++) {
		if (looks[i].at_s < from_s || isinf(looks[i].half_us) ||
		    looks[i].age_s < young ||
		    looks[i].age_s >= age_limits[age])
			continue;
		half[n++] = looks[i].half_us;
		error = fmax(error, fabs(looks[i].error_us));
	}
	if (n) {
		qsort(half, n, sizeof(*half), by_value);
		ktap_note("age %4.0f to %4.0f s: half-width p50 %.1f max %.1f us, error up to %.1f us, %zu looks",
			  young, age_limits[age], half[n / 2], half[n - 1],
			  error, n);
	}
	free(half);
}

/* By how much intervals are wider than their daemon's report allows, us */
static double widest_us(double from_s)
{
	const struct look *l, *most = NULL;
	double us, most_us = -INFINITY;
	size_t i;

	for (i = 0; i < count; i++) {
		l = &looks[i];
		us = l->half_us - l->report_us - DRIFT * 1e6 * l->age_s;
		if (l->at_s < from_s || isinf(us) || us <= most_us)
			continue;
		most_us = us;
		most = l;
	}
	if (most)
		ktap_note("half-width minus report and 15 ppm: up to %.3f us, at %.1f s: %.3f us, reported %.3f us %.1f s before",
			  most_us, most->at_s, most->half_us, most->report_us,
			  most->age_s);
	return most_us;
}

static int boot(const char *device, double ns)
{
	struct timex tx = {
		.modes = ADJ_FREQUENCY | ADJ_TICK | ADJ_OFFSET | ADJ_STATUS |
			 ADJ_MAXERROR | ADJ_ESTERROR,
		.tick = 10000,
		.status = STA_PLL,
	};
	struct vmclock_params p;
	struct timespec ts;
	s64 now_ns;

	/* an offset of 0 ends the slew of another one */
	adjtimex(&tx);
	tx.status = STA_UNSYNC;
	tx.modes &= ~ADJ_OFFSET;
	tx.maxerror = 16000000;
	tx.esterror = 16000000;
	adjtimex(&tx);
	truth = map_page(device);
	get(truth, &p);
	now_ns = vmclock_time_to_ns(vmclock_line_at(&p.line, counter()));
	now_ns += ns - TAI_UTC_SEC * 1000000000LL;
	ts.tv_sec = now_ns / 1000000000;
	ts.tv_nsec = now_ns % 1000000000;
	return clock_settime(CLOCK_REALTIME, &ts) ? 1 : 0;
}

int main(int argc, char **argv)
{
	double wider_us = INFINITY, seconds;
	bool set = false, bounded = false;
	size_t bounds;
	unsigned int i;
	int c;

	while ((c = getopt(argc, argv, "bsuw:")) != -1) {
		if (c == 's')
			set = true;
		else if (c == 'b' || c == 'u')
			bounded = c == 'b';
		else if (c == 'w')
			wider_us = atof(optarg);
		else
			return 2;
	}
	if (argc - optind != 2)
		return 2;
	if (set)
		return boot(argv[optind], atof(argv[optind + 1]));
	truth = map_page(argv[optind]);
	host = map_page(HOST);
	seconds = atof(argv[optind + 1]);
	ktap_begin(0);
	look_for(seconds);
	bounds = note_presence();
	note_disruptions();
	for (i = 0; i < AGES; i++)
		note_age(i, seconds / 2);
	ktap_ok(judge_truth(), "true time is always inside");
	ktap_ok(bounded ? !isinf(looks[count - 1].half_us) : !bounds,
		bounded ? "there is a bound in the end" : "there is no bound");
	if (!isinf(wider_us))
		ktap_ok(widest_us(seconds / 2) <= wider_us,
			"no wider than what is reported and 15 ppm, and %.0f us",
			wider_us);
	return ktap_end();
}
