// SPDX-License-Identifier: GPL-2.0
/*
 * The state of NTP in /dev/vmclock_host: how soon a change of it is there, and
 * leap seconds from their announcement to the month after. To be run as root in
 * deterministic time, with vmclock_host loaded and nobody else steering.
 *
 *	vmclock_host_ntp [-m]
 *
 * -m: wait for the end of the month in which the leap second is past, a day.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/timex.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "ktap.h"
#include "../../../tools/kernel_names.h"
#include "vmclock/leap.h"

/* one tick of 4 ms, and being scheduled */
#define PROMPT_MS	6
/* the kernel's second overflow, a second's timer, and its slack */
#define SOON_MS		1300
#define DAY_SEC		VMCLOCK_SEC_PER_DAY
/* 2027-01-31 */
#define LEAP_DAY	20849
#define TAI_OFFSET	37

static const struct vmclock_abi *page;
static int device;
static s64 midnight = (LEAP_DAY + 1LL) * DAY_SEC;

static void get(struct vmclock_params *p)
{
	while (vmclock_page_read(page, sizeof(*page), p))
		;
}

static double now_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC_RAW, &ts);
	return ts.tv_sec * 1e3 + ts.tv_nsec / 1e6;
}

static void adjust(unsigned int modes, struct timex tx)
{
	tx.modes = modes;
	adjtimex(&tx);
}

/* The page when it has changed, or after @ms. */
static bool next_page(struct vmclock_params *p, int ms)
{
	struct pollfd file = { .fd = device, .events = POLLIN };
	bool changed = poll(&file, 1, ms) == 1;
	u8 byte;

	pread(device, &byte, 1, 0);
	get(p);
	return changed;
}

/* Until a page fulfils a condition; gives the time that it took. */
#define take_ms(p, condition) ({					\
	double begin_ = now_ms();					\
									\
	get(p);								\
	while (!(condition) && now_ms() - begin_ < 3000)		\
		next_page(p, 100);					\
	(condition) ? now_ms() - begin_ : 1e9;				\
})

static void prompt(const char *what, double ms)
{
	ktap_ok(ms <= PROMPT_MS, "%s: after %.3f ms", what, ms);
}

static void test_prompt(void)
{
	struct vmclock_params p;

	adjust(ADJ_TAI, (struct timex){ .constant = TAI_OFFSET });
	prompt("TAI offset", take_ms(&p, p.tai_offset_sec == TAI_OFFSET));
	adjust(ADJ_STATUS | ADJ_MAXERROR | ADJ_ESTERROR,
	       (struct timex){ .maxerror = 2000, .esterror = 300 });
	prompt("synchronised",
	       take_ms(&p, p.status == VMCLOCK_STATUS_SYNCHRONIZED));
	adjust(ADJ_MAXERROR, (struct timex){ .maxerror = 500000 });
	prompt("a larger error",
	       take_ms(&p, p.maxerror_ns >= 500000000));
	adjust(ADJ_MAXERROR, (struct timex){ .maxerror = 100 });
	prompt("a smaller error", take_ms(&p, p.maxerror_ns < 25000000));
	adjust(ADJ_ESTERROR, (struct timex){ .esterror = 7 });
	prompt("the estimate", take_ms(&p, p.esterror_ns == 7000));
	adjust(ADJ_STATUS, (struct timex){ .status = STA_UNSYNC });
	prompt("no longer synchronised",
	       take_ms(&p, p.status == VMCLOCK_STATUS_FREERUNNING));
}

/* What nobody's adjtimex() brings: the bound that grows beyond 16 s. */
static void test_idle(void)
{
	struct vmclock_params p;
	struct timex tx;
	double ms;

	adjust(ADJ_STATUS | ADJ_MAXERROR,
	       (struct timex){ .maxerror = 15998000 });
	take_ms(&p, p.status == VMCLOCK_STATUS_SYNCHRONIZED);
	do {
		usleep(1000);
		tx.modes = 0;
		adjtimex(&tx);
	} while (!(tx.status & STA_UNSYNC));
	ms = take_ms(&p, p.status == VMCLOCK_STATUS_FREERUNNING);
	ktap_ok(ms <= SOON_MS, "lost by itself: after %.0f ms", ms);
	adjust(ADJ_STATUS | ADJ_MAXERROR, (struct timex){ .maxerror = 2000 });
}

static void await_second(void)
{
	struct timespec ts;

	usleep(500000);
	do
		clock_gettime(CLOCK_REALTIME, &ts);
	while (ts.tv_nsec > 400000000);
}

/*
 * The bound grows once a second, at the first update behind the second's end.
 * Seen in between it is none that is tighter, which the next second's wouldn't
 * lie inside.
 */
static void test_growth(void)
{
	struct vmclock_params p;
	u64 marker;
	int i;

	adjust(ADJ_MAXERROR, (struct timex){ .maxerror = 2000 });
	take_ms(&p, p.maxerror_ns < 25000000);
	marker = p.disruption_marker;
	for (i = 1; i < 10; i++) {
		await_second();
		adjust(ADJ_ESTERROR, (struct timex){ .esterror = i });
		take_ms(&p, p.esterror_ns == 1000 * i);
	}
	ktap_ok(p.disruption_marker == marker,
		"no disruption by the bound's growth");
}

static bool is_bounded(const struct vmclock_params *p)
{
	return p->flags & VMCLOCK_FLAG_TIME_MAXERROR_VALID;
}

/* Any user may ask for a change, and is refused. */
static bool try_as_nobody(void)
{
	int status;

	if (!fork()) {
		if (setgid(65534) || setuid(65534))
			_exit(2);
		_exit(adjtimex(&(struct timex){ .modes = ADJ_MAXERROR,
						.maxerror = 1 }) != -1);
	}
	wait(&status);
	usleep(100000);
	return !status;
}

/* Daemons that don't know the error, and slews that belong to the error. */
static void test_truth(void)
{
	struct vmclock_params p;

	adjust(ADJ_STATUS | ADJ_MAXERROR | ADJ_ESTERROR,
	       (struct timex){ .maxerror = 0 });
	take_ms(&p, !is_bounded(&p));
	ktap_ok(!is_bounded(&p) && p.status == VMCLOCK_STATUS_SYNCHRONIZED,
		"an error of 0 bounds nothing");
	sleep(2);
	ktap_ok(try_as_nobody() && (get(&p), !is_bounded(&p)),
		"nor do its growth, or a call that is refused");
	adjust(ADJ_MAXERROR | ADJ_ESTERROR,
	       (struct timex){ .maxerror = 2000, .esterror = 10 });
	prompt("one of 2 ms does", take_ms(&p, is_bounded(&p)));
	adjust(ADJ_STATUS | ADJ_OFFSET | ADJ_MAXERROR,
	       (struct timex){ .status = STA_PLL, .offset = 100000,
			       .maxerror = 2000 });
	take_ms(&p, p.maxerror_ns > 100000000);
	ktap_ok(p.maxerror_ns > 100000000,
		"what the kernel slews is part of it");
	adjust(ADJ_OFFSET, (struct timex){ .offset = 0 });
	adjust(ADJ_STATUS | ADJ_MAXERROR, (struct timex){ .maxerror = 2000 });
	take_ms(&p, is_bounded(&p) && p.maxerror_ns < 25000000);
	ktap_ok(p.maxerror_ns < 25000000, "and no longer when that is over");
}

static void set_time(s64 utc_sec)
{
	clock_settime(CLOCK_REALTIME, &(struct timespec){ .tv_sec = utc_sec });
	adjust(ADJ_TAI, (struct timex){ .constant = TAI_OFFSET });
	adjust(ADJ_STATUS | ADJ_MAXERROR, (struct timex){ .maxerror = 2000 });
}

/* What a page promises 64 s after its anchor, ns */
static u64 maxerror_in_64s(const struct vmclock_params *p)
{
	/* counts, rounded down */
	u64 second = (1ULL << 63) / (p->line.period_frac >>
				     (p->line.period_shift + 1));

	return vmclock_maxerror_at(p, p->line.counter + 64 * second);
}

/*
 * The bound of a clock that isn't slewed, of 2 ms when it was set. Several
 * reports have to find a frequency that the daemon has set before that is
 * believed.
 */
static void test_drift(void)
{
	struct vmclock_params p;
	u64 later;
	int i;

	set_time(midnight - DAY_SEC);
	sleep(2);
	get(&p);
	later = maxerror_in_64s(&p);
	ktap_ok(later - p.maxerror_ns >= 32000000,
		"at first it grows by 500 ppm: %.3f ms, in 64 s %.3f ms",
		p.maxerror_ns / 1e6, later / 1e6);
	for (i = 0; i < 7; i++) {
		sleep(64);
		adjust(ADJ_FREQUENCY | ADJ_MAXERROR,
		       (struct timex){ .freq = 100 * i, .maxerror = 2000 });
	}
	sleep(2);
	get(&p);
	later = maxerror_in_64s(&p);
	ktap_ok(p.maxerror_ns >= 2000000 && p.maxerror_ns < 2400000 &&
		later - p.maxerror_ns <= 960000,
		"later by 15 ppm: %.3f ms, in 64 s %.3f ms",
		p.maxerror_ns / 1e6, later / 1e6);
}

/* UTC as the page has it at its anchor, with the inserted second counted on. */
static s64 anchor_utc(const struct vmclock_params *p, int was_offset)
{
	s64 tai = p->line.time.sec;

	if (p->time_type == VMCLOCK_TIME_UTC)
		tai += p->tai_offset_sec;
	return tai - was_offset;
}

/*
 * A page's sequence of indicators, and when, s after the beginning of the day
 * that follows, each came, by the TAI offset of before.
 */
static void test_leap(const char *what, int flag, u8 pre, u8 during, u8 post,
		      int change)
{
	struct vmclock_params p, before;
	bool seen_during = !during, seen_post = false, in_time = true;
	u64 marker;
	double ms;

	set_time(midnight - 8);
	adjust(ADJ_STATUS, (struct timex){ .status = flag });
	ms = take_ms(&p, p.leap == pre);
	prompt(what, ms);
	marker = p.disruption_marker;
	before = p;
	/* woken up: an idle machine leaps when it has something to do */
	for (ms = now_ms() + 12000; now_ms() < ms;) {
		if (!next_page(&p, 100) || p.leap == before.leap)
			continue;
		if (p.leap == during)
			in_time &= anchor_utc(&p, TAI_OFFSET) == midnight;
		seen_during |= p.leap == during;
		seen_post |= p.leap == post;
		before = p;
	}
	ktap_ok(seen_during && seen_post && p.leap == post,
		"%s: the indicator goes on, and stays (%u)", what, p.leap);
	ktap_ok(in_time, "%s: the second is where it belongs", what);
	ktap_ok(p.tai_offset_sec == TAI_OFFSET + change,
		"%s: the TAI offset is %d", what, p.tai_offset_sec);
	ktap_ok(p.disruption_marker == marker, "%s: no disruption", what);
	ktap_ok(p.status == (flag & STA_UNSYNC ? VMCLOCK_STATUS_FREERUNNING :
			     VMCLOCK_STATUS_SYNCHRONIZED), "%s: its status",
		what);
	adjust(ADJ_STATUS, (struct timex){ .status = 0 });
	/* and the kernel's */
	sleep(2);
	get(&p);
	ktap_ok(p.leap == post, "%s: the daemon's taking the flag back too",
		what);
}

/* From midnight to its next update the kernel tells what it has yet to do. */
static void test_early(void)
{
	struct vmclock_params p;
	struct timespec ts;

	set_time(midnight - 3);
	adjust(ADJ_STATUS, (struct timex){ .status = STA_INS });
	sleep(2);
	do
		clock_gettime(CLOCK_REALTIME, &ts);
	while (ts.tv_sec < midnight);
	adjust(ADJ_ESTERROR, (struct timex){ .esterror = 10 });
	take_ms(&p, p.leap != VMCLOCK_LEAP_PRE_POS);
	ktap_ok(p.leap == VMCLOCK_LEAP_POS &&
		p.tai_offset_sec == TAI_OFFSET + 1,
		"asked before it leaps: indicator and offset change at once");
	adjust(ADJ_STATUS, (struct timex){ .status = 0 });
	sleep(3);
}

/*
 * What is over a month ago is no news. The kernel's leap second may be that of
 * any day; one that isn't the month's last isn't the page's: it's over at once.
 */
static void test_month(void)
{
	struct vmclock_params p;
	u64 marker;

	midnight -= DAY_SEC;
	test_leap("inserted the day before", STA_INS, VMCLOCK_LEAP_PRE_POS, 0,
		  VMCLOCK_LEAP_POST_POS, 1);
	get(&p);
	marker = p.disruption_marker;
	sleep(DAY_SEC);
	get(&p);
	ktap_ok(p.leap == VMCLOCK_LEAP_NONE && p.disruption_marker == marker,
		"in the next month it is over (%u)", p.leap);
}

int main(int argc, char **argv)
{
	device = open("/dev/vmclock_host", O_RDONLY);
	if (device < 0)
		ktap_skip_all("no /dev/vmclock_host: load vmclock_host");
	page = mmap(NULL, sysconf(_SC_PAGESIZE), PROT_READ, MAP_SHARED, device,
		    0);
	if (page == MAP_FAILED)
		ktap_skip_all("the page can't be mapped");
	ktap_begin(0);
	test_prompt();
	test_idle();
	test_growth();
	test_truth();
	test_drift();
	test_leap("deleted", STA_DEL, VMCLOCK_LEAP_PRE_NEG, 0,
		  VMCLOCK_LEAP_POST_NEG, -1);
	test_leap("inserted while unsynchronised", STA_INS | STA_UNSYNC,
		  VMCLOCK_LEAP_PRE_POS, VMCLOCK_LEAP_POS,
		  VMCLOCK_LEAP_POST_POS, 1);
	test_leap("inserted", STA_INS, VMCLOCK_LEAP_PRE_POS, VMCLOCK_LEAP_POS,
		  VMCLOCK_LEAP_POST_POS, 1);
	test_early();
	if (argc > 1 && !strcmp(argv[1], "-m"))
		test_month();
	return ktap_end();
}
