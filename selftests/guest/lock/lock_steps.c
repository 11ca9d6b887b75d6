// SPDX-License-Identifier: GPL-2.0
/*
 * lock_steps: what a program sees when the lock steps the clock by an hour and
 * when it slews it: timerfd, absolute timers, the other clocks, adjtimex(2), a
 * time namespace. In a guest that tkref_line has locked (lock_setters).
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <sched.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/timerfd.h>
#include <sys/timex.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "ktap.h"

#ifndef CLONE_NEWTIME
#define CLONE_NEWTIME	0x80
#endif
#define ORDER		"/sys/module/tkref_line/parameters/order"
#define STATE		"/sys/devices/platform/timekeeping_reference/state"
#define SEC_NS		1000000000LL
#define HOUR_SEC	3600
#define AHEAD_SEC	1000	/* of the namespace's monotonic clock */

static int64_t now_ns(clockid_t id)
{
	struct timespec t;

	clock_gettime(id, &t);
	return t.tv_sec * SEC_NS + t.tv_nsec;
}

static void order(const char *what)
{
	int fd = open(ORDER, O_WRONLY);

	if (write(fd, what, strlen(what)) < 0)
		ktap_note("%s: %s", what, strerror(errno));
	close(fd);
}

static bool locked(void)
{
	char state[16] = "";
	int fd = open(STATE, O_RDONLY);
	ssize_t n = read(fd, state, sizeof(state) - 1);

	close(fd);
	return n > 0 && !strcmp(state, "locked\n");
}

/* Within 5 s. */
static bool locks_again(void)
{
	int i;

	for (i = 0; i < 500; i++) {
		usleep(10000);
		if (locked())
			return true;
	}
	return false;
}

static int timer_at(int64_t sec)
{
	struct itimerspec at = { .it_value.tv_sec = sec };
	int fd = timerfd_create(CLOCK_REALTIME, TFD_NONBLOCK);

	timerfd_settime(fd, TFD_TIMER_ABSTIME | TFD_TIMER_CANCEL_ON_SET, &at,
			NULL);
	return fd;
}

/* The error of a read, or 0. */
static int timer_error(int fd)
{
	uint64_t fired;

	return read(fd, &fired, sizeof(fired)) < 0 ? errno : 0;
}

struct clocks {
	int64_t real_ns, tai_ns, mono_ns, boot_ns, raw_ns;
};

static struct clocks read_clocks(void)
{
	return (struct clocks){
		.real_ns = now_ns(CLOCK_REALTIME),
		.tai_ns = now_ns(CLOCK_TAI),
		.mono_ns = now_ns(CLOCK_MONOTONIC),
		.boot_ns = now_ns(CLOCK_BOOTTIME),
		.raw_ns = now_ns(CLOCK_MONOTONIC_RAW),
	};
}

/* Within 2 ms: the reads are apart, and the raw clock has another rate. */
static bool moved_by(const char *name, int64_t ns, int64_t wanted_ns)
{
	int64_t off = ns - wanted_ns;

	if (off > -2000000 && off < 2000000)
		return true;
	ktap_note("%s moved by %" PRId64 " ns, not %" PRId64, name, ns,
		  wanted_ns);
	return false;
}

static bool clocks_agree(const struct clocks *a, int64_t step_ns)
{
	struct clocks b = read_clocks();
	int64_t went = b.raw_ns - a->raw_ns;

	return moved_by("realtime", b.real_ns - a->real_ns - went, step_ns) &
	       moved_by("tai", b.tai_ns - a->tai_ns - went, step_ns) &
	       moved_by("monotonic", b.mono_ns - a->mono_ns - went, 0) &
	       moved_by("boottime", b.boot_ns - a->boot_ns - went, 0);
}

static void test_step(void)
{
	int64_t sec = now_ns(CLOCK_REALTIME) / SEC_NS;
	int later = timer_at(sec + 10 * HOUR_SEC);
	int passed = timerfd_create(CLOCK_REALTIME, TFD_NONBLOCK);
	struct itimerspec at = { .it_value.tv_sec = sec + HOUR_SEC / 2 };
	struct clocks before = read_clocks();
	struct timex tx = {};

	timerfd_settime(passed, TFD_TIMER_ABSTIME, &at, NULL);
	order("disrupt 3600000000000");
	ktap_ok(locks_again(), "a step by an hour: locked again");
	ktap_ok(timer_error(later) == ECANCELED,
		"TFD_TIMER_CANCEL_ON_SET: cancelled");
	ktap_ok(timer_error(later) == EAGAIN, "... once");
	ktap_ok(!timer_error(passed), "an absolute timer has fired");
	ktap_ok(clocks_agree(&before, HOUR_SEC * SEC_NS),
		"CLOCK_REALTIME and CLOCK_TAI have moved, no other clock");
	ktap_ok(adjtimex(&tx) >= 0 && !(tx.status & STA_UNSYNC) &&
		tx.tai == 37, "adjtimex(2): synchronized, and the TAI offset");
	close(later);
	close(passed);
}

static void test_slew(void)
{
	int later = timer_at(now_ns(CLOCK_REALTIME) / SEC_NS + HOUR_SEC);
	struct clocks before = read_clocks();

	order("phase 50000");
	ktap_ok(locks_again(), "a slew by 50 us: locked again");
	usleep(300000);
	ktap_ok(timer_error(later) == EAGAIN,
		"TFD_TIMER_CANCEL_ON_SET: not cancelled");
	ktap_ok(clocks_agree(&before, 0), "no clock has jumped");
	close(later);
}

static bool enter_namespace(void)
{
	char offset[32];
	int fd, n;

	if (unshare(CLONE_NEWTIME))
		return false;
	fd = open("/proc/self/timens_offsets", O_WRONLY);
	n = snprintf(offset, sizeof(offset), "monotonic %d 0", AHEAD_SEC);
	if (write(fd, offset, n) != n)
		return false;
	close(fd);
	return true;
}

/* The process itself stays where it is: its child is in the namespace. */
static bool namespace_keeps(int64_t mono_ns, int64_t real_ns)
{
	pid_t child = fork();
	int status;

	if (!child) {
		int64_t mono = now_ns(CLOCK_MONOTONIC) - mono_ns;
		int64_t real = now_ns(CLOCK_REALTIME) - real_ns;

		_exit(!(mono / SEC_NS == AHEAD_SEC && real / SEC_NS == 0));
	}
	return waitpid(child, &status, 0) == child && !status;
}

static void test_namespace(void)
{
	if (!enter_namespace()) {
		ktap_skip("no time namespaces", "a time namespace");
		return;
	}
	ktap_ok(namespace_keeps(now_ns(CLOCK_MONOTONIC),
				now_ns(CLOCK_REALTIME)),
		"a time namespace moves CLOCK_MONOTONIC");
	order("disrupt -3600000000000");
	ktap_ok(locks_again(), "a step: locked again");
	ktap_ok(namespace_keeps(now_ns(CLOCK_MONOTONIC),
				now_ns(CLOCK_REALTIME)),
		"... by as much, and not CLOCK_REALTIME");
}

int main(void)
{
	ktap_begin(0);
	test_step();
	test_slew();
	test_namespace();
	return ktap_end();
}
