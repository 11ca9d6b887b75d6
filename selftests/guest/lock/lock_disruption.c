// SPDX-License-Identifier: GPL-2.0
/*
 * lock_disruption: the order "the page says disrupted, then CLOCK_REALTIME is
 * right". Waits for new disruption markers and tells how long the system clock
 * was wrong, from the moment at which the page told of each.
 *
 *	lock_disruption [-l] [-w SECONDS] MS-TO-1-US,MS-TO-10-NS...
 *
 * Each argument is a marker that has to come within SECONDS (30), with its
 * limits: CLOCK_TAI is within 1 us of the page after so many ms, within 10 ns
 * after so many, and stays there for another 100 ms. Time is the counter's,
 * from the anchor that the page had first with that marker. With -l, for a live
 * guest, only 2 ms count of a pause between two looks, and it may cost 0.2
 * ns/ms: there the emulator on a busy machine didn't run the guest, and a clock
 * that isn't updated runs on a whole mult.
 *
 * Clock and page are read at the same counter value. Exits with 4 (skip) where
 * there is no page.
 */
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "counter.h"
#include "ktap.h"
#include "ptp.h"

#define PAUSE_NS	2000000LL
#define STAY_NS		100000000LL
#define MS_NS		1000000LL

static const struct vmclock_abi *page;
static int ptp;
static bool live;
static long seconds = 30;

/**
 * struct arrival - when the clock was right
 * @limit_ns: to so much
 * @at_ns: since when; 0 while it is wrong
 */
struct arrival {
	int64_t limit_ns;
	int64_t at_ns;
};

static void map_page(void)
{
	int fd = open("/dev/vmclock0", O_RDONLY);

	page = fd < 0 ? MAP_FAILED :
	       mmap(NULL, 4096, PROT_READ, MAP_SHARED, fd, 0);
	if (page == MAP_FAILED)
		ktap_skip_all("no /dev/vmclock0");
	close(fd);
}

static bool read_page(struct vmclock_params *p)
{
	return !vmclock_page_read(page, sizeof(*page), p) &&
	       !vmclock_page_defect(p);
}

static int64_t span_ns(const struct vmclock_params *p, uint64_t from,
		       uint64_t to)
{
	return vmclock_time_to_ns(vmclock_time_sub(
		vmclock_line_at(&p->line, to),
		vmclock_line_at(&p->line, from)));
}

/* a page with another marker than @p's, and the moment at which it came */
static bool wait_for_marker(struct vmclock_params *p, uint64_t *told)
{
	struct vmclock_params next = *p;
	uint64_t begin = counter(), now = begin;

	while (span_ns(p, begin, now) < seconds * 1000 * MS_NS) {
		now = counter();
		if (read_page(&next) &&
		    next.disruption_marker != p->disruption_marker) {
			*p = next;
			*told = (s64)(next.line.counter - now) < 0 ?
				next.line.counter : now;
			return true;
		}
		usleep(1000);
	}
	return false;
}

static void look(struct arrival *a, int64_t off_ns, int64_t pause_ns,
		 int64_t run_ns)
{
	int64_t limit_ns = a->limit_ns + (live ? pause_ns / (5 * MS_NS) : 0);

	if (off_ns > limit_ns)
		a->at_ns = 0;
	else if (!a->at_ns)
		a->at_ns = run_ns;
}

/* how it goes on after the page has told, for @watch_ns of the guest's time */
static void watch(const struct vmclock_params *p, uint64_t told,
		  int64_t watch_ns, struct arrival *us, struct arrival *ten)
{
	int64_t run_ns = 1, longest_ns = 0, pause_ns, diff_ns = 0;
	uint64_t now, before = told;

	while (run_ns < watch_ns) {
		if (ptp_difference(ptp, &diff_ns))
			diff_ns = INT64_MAX;
		now = counter();
		pause_ns = span_ns(p, before, now);
		before = now;
		run_ns += live && pause_ns > PAUSE_NS ? PAUSE_NS : pause_ns;
		longest_ns = pause_ns > longest_ns ? pause_ns : longest_ns;
		look(us, llabs(diff_ns), pause_ns, run_ns);
		look(ten, llabs(diff_ns), pause_ns, run_ns);
		usleep(300);
	}
	ktap_note("marker %llu: within 1 us after %.3f ms, within 10 ns after %.3f ms; last %lld ns, longest pause %.3f ms",
		  (unsigned long long)p->disruption_marker, us->at_ns / 1e6,
		  ten->at_ns / 1e6, (long long)diff_ns, longest_ns / 1e6);
}

static void check(struct vmclock_params *p, long us_ms, long ten_ms)
{
	struct arrival us = { .limit_ns = 1000 }, ten = { .limit_ns = 10 };
	uint64_t told = 0;

	if (!ktap_ok(wait_for_marker(p, &told), "the page tells of a disruption"))
		return;
	watch(p, told, (us_ms > ten_ms ? us_ms : ten_ms) * MS_NS + STAY_NS,
	      &us, &ten);
	ktap_ok(us.at_ns && us.at_ns <= us_ms * MS_NS,
		"the clock is right to 1 us within %ld ms", us_ms);
	ktap_ok(ten.at_ns && ten.at_ns <= ten_ms * MS_NS,
		"the clock is right to 10 ns within %ld ms", ten_ms);
}

int main(int argc, char **argv)
{
	struct vmclock_params p;
	long us_ms, ten_ms;
	int c;

	while ((c = getopt(argc, argv, "lw:")) > 0) {
		if (c == 'l')
			live = true;
		else if (c == 'w')
			seconds = atol(optarg);
		else
			return 2;
	}
	map_page();
	ptp = ptp_open();
	if (ptp < 0)
		ktap_skip_all("no PTP clock of ptp_vmclock");
	ktap_begin(0);
	if (ktap_ok(read_page(&p), "the page can be read"))
		for (; optind < argc; optind++)
			if (sscanf(argv[optind], "%ld,%ld", &us_ms, &ten_ms) == 2)
				check(&p, us_ms, ten_ms);
	return ktap_end();
}
