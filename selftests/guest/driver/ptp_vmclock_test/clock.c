// SPDX-License-Identifier: GPL-2.0
/* The PTP clock against the page's formula, to the ns. */
#include "driver.h"

#include <linux/ptp_clock.h>
#include <sys/ioctl.h>
#include <sys/timex.h>

#define READINGS	100

/* the page's TAI at a counter value, in ns */
static s64 tai_ns(const struct vmclock_params *p, u64 c)
{
	s16 offset = 0;
	struct vmclock_time t = vmclock_line_at(&p->line, c);

	vmclock_tai_offset(p, &offset);
	t.sec += offset;
	return vmclock_time_to_ns(t);
}

/* the counter value between a and b at which the page's TAI is ns, or 0 */
static u64 counter_at(const struct vmclock_params *p, s64 ns, u64 a, u64 b)
{
	u64 mid, end = b;

	while (a < b) {
		mid = a + (b - a) / 2;
		if (tai_ns(p, mid) < ns)
			a = mid + 1;
		else
			b = mid;
	}
	return a <= end && tai_ns(p, a) == ns ? a : 0;
}

static s64 timespec_ns(struct timespec t)
{
	return t.tv_sec * NSEC + t.tv_nsec;
}

static s64 ptp_ns(struct ptp_clock_time t)
{
	return t.sec * NSEC + t.nsec;
}

s64 clock_ns(clockid_t id)
{
	struct timespec t;

	return clock_gettime(id, &t) ? -1 : timespec_ns(t);
}

static void check_gettime(int fd, const struct vmclock_params *p,
			  const char *what)
{
	int i, exact = 0;
	u64 a, b;
	s64 ns;

	for (i = 0; i < READINGS; i++) {
		a = counter();
		ns = clock_ns(FD_TO_CLOCKID(fd));
		b = counter();
		exact += counter_at(p, ns, a, b) != 0;
	}
	ktap_ok(exact == READINGS, "%s: clock_gettime(), %d of %d exact", what,
		exact, READINGS);
}

static void check_extended(int fd, const struct vmclock_params *p,
			   const char *what)
{
	struct ptp_sys_offset_extended x;
	s64 t0, t1, pre, post;
	int i, exact = 0, sys = 0;
	u64 a, b;

	for (i = 0; i < READINGS; i++) {
		memset(&x, 0, sizeof(x));
		x.n_samples = 1;
		t0 = clock_ns(CLOCK_REALTIME);
		a = counter();
		if (ioctl(fd, PTP_SYS_OFFSET_EXTENDED, &x))
			break;
		b = counter();
		t1 = clock_ns(CLOCK_REALTIME);
		pre = ptp_ns(x.ts[0][0]);
		post = ptp_ns(x.ts[0][2]);
		exact += counter_at(p, ptp_ns(x.ts[0][1]), a, b) != 0;
		sys += t0 <= pre && pre <= post && post <= t1;
	}
	ktap_ok(exact == READINGS && sys == READINGS,
		"%s: PTP_SYS_OFFSET_EXTENDED, %d of %d exact", what, exact,
		READINGS);
}

/*
 * Device and system time of a cross timestamp are of one counter value, which
 * the device time names: CLOCK_MONOTONIC_RAW must be a straight line over it.
 */
static void check_precise(int fd, const struct vmclock_params *p,
			  const char *what)
{
	struct ptp_sys_offset_precise x;
	s64 t0, t1, raw[READINGS], off, worst = 0;
	u64 a, b, c[READINGS];
	int i, sys = 0;

	for (i = 0; i < READINGS; i++) {
		memset(&x, 0, sizeof(x));
		t0 = clock_ns(CLOCK_REALTIME);
		a = counter();
		if (ioctl(fd, PTP_SYS_OFFSET_PRECISE, &x)) {
			ktap_ok(false, "%s: PTP_SYS_OFFSET_PRECISE: %s", what,
				strerror(errno));
			return;
		}
		b = counter();
		t1 = clock_ns(CLOCK_REALTIME);
		c[i] = counter_at(p, ptp_ns(x.device), a, b);
		raw[i] = ptp_ns(x.sys_monoraw);
		sys += c[i] && t0 <= ptp_ns(x.sys_realtime) &&
		       ptp_ns(x.sys_realtime) <= t1;
		usleep(100);
	}
	ktap_ok(sys == READINGS, "%s: PTP_SYS_OFFSET_PRECISE, %d of %d exact",
		what, sys, READINGS);
	for (i = 1; sys == READINGS && i < READINGS; i++) {
		off = (s64)((__int128)(c[i] - c[0]) *
			    (raw[READINGS - 1] - raw[0]) /
			    (s64)(c[READINGS - 1] - c[0])) - (raw[i] - raw[0]);
		worst = worst < llabs(off) ? llabs(off) : worst;
	}
	ktap_ok(sys == READINGS && worst <= 2,
		"%s: system time is of the same counter, off by %lld ns at most",
		what, (long long)worst);
}

static bool system_counts_it(void)
{
	const char *cs = get_file(CLOCKSOURCE, "current_clocksource");

	return !strcmp(cs, "tsc") || !strcmp(cs, "kvm-clock") ||
	       !strcmp(cs, "arch_sys_counter");
}

static void check_clock(const struct vmclock_params *p, const char *what)
{
	int fd;

	set_page(p);
	fd = open(phc_path, O_RDWR);
	if (!ktap_ok(fd >= 0, "%s: has a PTP clock", what))
		return;
	check_gettime(fd, p, what);
	check_extended(fd, p, what);
	if (system_counts_it())
		check_precise(fd, p, what);
	else
		ktap_skip(what, "no cross timestamps on %s",
			  get_file(CLOCKSOURCE, "current_clocksource"));
	close(fd);
}

void test_clock(void)
{
	struct vmclock_params p = good;

	add_device(&p, PAGE);
	p.line.period_frac = 0x10c6f7a0b5eaULL;
	check_clock(&p, "shift 0");
	p.line.period_frac = 0xfedcba9876543211ULL;
	p.line.period_shift = 21;
	p.line.time.frac = 0x123456789abcdef0ULL;
	check_clock(&p, "shift 21");
	p.line.counter = counter() + (1ULL << 41);
	check_clock(&p, "anchor in the future");
	p.line.counter = counter() - (1ULL << 50);
	check_clock(&p, "anchor long ago");
	p.line.time.sec = 0;
	check_clock(&p, "1970");

	p = good;
	p.time_type = VMCLOCK_TIME_UTC;
	add_device(&p, PAGE);
	check_clock(&p, "UTC page: TAI = UTC + 37");
	old_sign = true;
	check_clock(&p, "UTC page with the sign of before version 1.1");
	old_sign = false;
}

static void check_einval(int fd, const struct vmclock_params *p,
			 const char *what)
{
	struct ptp_sys_offset_precise x;

	set_page(p);
	ktap_ok(clock_ns(FD_TO_CLOCKID(fd)) == -1 && errno == EINVAL,
		"%s: EINVAL", what);
	ktap_ok(!system_counts_it() ||
		(ioctl(fd, PTP_SYS_OFFSET_PRECISE, &x) == -1 &&
		 errno == EINVAL), "%s: EINVAL with the system's time", what);
}

static void check_readable(int fd, const struct vmclock_params *p,
			   const char *what)
{
	set_page(p);
	ktap_ok(clock_ns(FD_TO_CLOCKID(fd)) > 0, "%s: tells time", what);
}

/* A host that learns only later what its guests can count. */
void test_late_clock(void)
{
	struct vmclock_params p = good;
	int i;

	put_file(PARAMETERS "poll_ms", "10");
	p.counter_id = VMCLOCK_COUNTER_INVALID;
	add_device(&p, PAGE);
	ktap_ok(*dev_path && !*phc_path, "page without counter: no PTP clock");
	page->counter_id = good.counter_id;
	set_page(&good);
	for (i = 0; i < 200 && !*phc_path; i++) {
		usleep(10000);
		find_nodes();
	}
	usleep(100000);
	check_clock(&good, "page that got its counter later");
	put_file(FAKE, "del");
	ktap_ok(access(phc_path, F_OK), "a late PTP clock goes with the rest");
	put_file(PARAMETERS "poll_ms", "1000");
}

void test_clock_status(void)
{
	struct vmclock_params p = good;
	int fd;

	p.status = VMCLOCK_STATUS_INITIALIZING;
	add_device(&p, PAGE);
	fd = open(phc_path, O_RDWR);
	if (!ktap_ok(fd >= 0, "initializing: has a PTP clock already"))
		return;
	check_einval(fd, &p, "initializing");
	p.status = VMCLOCK_STATUS_FREERUNNING;
	check_readable(fd, &p, "freerunning");
	p.status = VMCLOCK_STATUS_UNRELIABLE;
	check_einval(fd, &p, "unreliable");
	p.status = VMCLOCK_STATUS_UNKNOWN;
	check_einval(fd, &p, "unknown");
	p.status = 9;
	check_einval(fd, &p, "a status from the future");
	p.status = VMCLOCK_STATUS_SYNCHRONIZED;
	check_readable(fd, &p, "synchronized");

	p.line.period_frac = 0;
	check_einval(fd, &p, "period 0");
	p.line.period_frac = ~0ULL;
	check_einval(fd, &p, "1 Hz");
	p.line.period_frac = 1;
	check_einval(fd, &p, "10^19 Hz");
	p = good;
	p.line.period_shift = 64;
	check_einval(fd, &p, "shift 64");
	p = good;
	p.line.time.sec = -1;
	check_einval(fd, &p, "a time before 1970");

	set_page(&good);
	page->magic = 0;
	ktap_ok(clock_ns(FD_TO_CLOCKID(fd)) == -1 && errno == EINVAL,
		"no page any more: EINVAL");
	ktap_ok(!strcmp(attr("state"), "page refused: magic is not VCLK"),
		"state says so");
	page->magic = VMCLOCK_MAGIC;
	check_readable(fd, &good, "a page again");

	page->seq_count |= 1;
	ktap_ok(clock_ns(FD_TO_CLOCKID(fd)) == -1 && errno == ETIMEDOUT,
		"a change that never ends: ETIMEDOUT");
	page->seq_count++;
	close(fd);

	p = good;
	p.time_type = VMCLOCK_TIME_UTC;
	p.flags &= ~VMCLOCK_FLAG_TAI_OFFSET_VALID;
	add_device(&p, PAGE);
	fd = open(phc_path, O_RDWR);
	check_einval(fd, &p, "UTC without offset");
	p.flags |= VMCLOCK_FLAG_TAI_OFFSET_VALID;
	check_readable(fd, &p, "UTC with offset");
	close(fd);
}

void test_clock_fixed(void)
{
	struct timespec t = { .tv_sec = 1 };
	struct timex tx = { .modes = ADJ_FREQUENCY, .freq = 65536 };
	struct ptp_clock_caps caps;
	clockid_t id;
	int fd;

	add_device(&good, PAGE);
	fd = open(phc_path, O_RDWR);
	id = FD_TO_CLOCKID(fd);
	ktap_ok(clock_settime(id, &t) == -1 && errno == EOPNOTSUPP,
		"clock_settime(): EOPNOTSUPP");
	ktap_ok(clock_adjtime(id, &tx) == -1, "no frequency");
	tx.freq = 0;
	ktap_ok(clock_adjtime(id, &tx) == -1 && errno == EOPNOTSUPP,
		"frequency 0: EOPNOTSUPP");
	tx = (struct timex){ .modes = ADJ_SETOFFSET, .time = { 1, 0 } };
	ktap_ok(clock_adjtime(id, &tx) == -1 && errno == EOPNOTSUPP,
		"offset: EOPNOTSUPP");
	ktap_ok(!ioctl(fd, PTP_CLOCK_GETCAPS, &caps) && !caps.max_adj &&
		caps.cross_timestamping, "capabilities");
	close(fd);
}

/* Each clocksource in turn, as often as there are some. */
void test_clocksources(void)
{
	char old[32], all[128], *cs, *next = all;
	struct ptp_sys_offset_precise x;
	int fd, round, bad = 0, tried = 0;
	bool precise;

	snprintf(old, sizeof(old), "%s",
		 get_file(CLOCKSOURCE, "current_clocksource"));
	snprintf(all, sizeof(all), "%s",
		 get_file(CLOCKSOURCE, "available_clocksource"));
	add_device(&good, PAGE);
	fd = open(phc_path, O_RDWR);
	while ((cs = strsep(&next, " "))) {
		if (!*cs || !put_file(CLOCKSOURCE "current_clocksource", cs))
			continue;
		for (round = 0; round < 3; round++) {
			precise = !ioctl(fd, PTP_SYS_OFFSET_PRECISE, &x);
			bad += precise != system_counts_it() ||
			       (!precise && errno != ENODEV);
			bad += clock_ns(FD_TO_CLOCKID(fd)) < 0;
			tried++;
		}
		check_extended(fd, &good, cs);
		if (system_counts_it())
			check_precise(fd, &good, cs);
	}
	put_file(CLOCKSOURCE "current_clocksource", old);
	ktap_ok(tried && !bad, "cross timestamps follow the clocksource");
	close(fd);
}

/* From 6.12 on the first reserved word names the clock. */
void test_extended_clockid(void)
{
	struct ptp_sys_offset_extended x = { .n_samples = 1 };
	s64 t0, t1;
	int fd;

	add_device(&good, PAGE);
	fd = open(phc_path, O_RDWR);
	((__u32 *)&x)[1] = CLOCK_MONOTONIC_RAW;
	t0 = clock_ns(CLOCK_MONOTONIC_RAW);
	if (ioctl(fd, PTP_SYS_OFFSET_EXTENDED, &x)) {
		ktap_skip("PTP_SYS_OFFSET_EXTENDED", "no other clocks here");
		close(fd);
		return;
	}
	t1 = clock_ns(CLOCK_MONOTONIC_RAW);
	ktap_ok(t0 <= ptp_ns(x.ts[0][0]) && ptp_ns(x.ts[0][2]) <= t1,
		"PTP_SYS_OFFSET_EXTENDED of CLOCK_MONOTONIC_RAW");
	close(fd);
}
