// SPDX-License-Identifier: GPL-2.0
/*
 * libvmclock through what it exports. A page in a file, by mkpage, stands for
 * the device.
 *
 *	lib_test MKPAGE DIRECTORY
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <string.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../lib/ktap.h"
#include "libvmclock.h"

static const char *mkpage_path, *dir;
static char page[256];

/* a page with these fields, in place */
static void mkpage(const char *fields)
{
	char command[512];

	snprintf(command, sizeof(command), "%s %s %s", mkpage_path, page,
		 fields);
	if (system(command))
		ktap_note("failed: %s", command);
}

static struct libvmclock *opened(const char *fields, unsigned int flags)
{
	struct libvmclock *clock;
	int ret;

	mkpage(fields);
	ret = libvmclock_open(&clock, page, flags);
	if (ret)
		ktap_note("open: %s", libvmclock_strerror(ret));
	return clock;
}

static int64_t realtime_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_REALTIME, &ts);
	return (int64_t)ts.tv_sec * 1000000000 + ts.tv_nsec;
}

static int64_t monotonic_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

static bool ordered(const struct libvmclock_reading *r)
{
	return libvmclock_compare(&r->earliest, &r->time) < 0 &&
	       libvmclock_compare(&r->time, &r->latest) < 0;
}

static void readings(void)
{
	struct libvmclock *clock = opened("", 0);
	uint64_t counter = libvmclock_counter();
	struct libvmclock_reading utc, tai, at;
	struct timespec earliest, latest;

	ktap_ok(!libvmclock_now(clock, LIBVMCLOCK_UTC, &utc) &&
		!libvmclock_now(clock, LIBVMCLOCK_TAI, &tai) &&
		utc.bounded && tai.bounded && ordered(&utc) && ordered(&tai) &&
		utc.source == LIBVMCLOCK_PAGE, "now: time between its bounds");
	ktap_ok(utc.epoch.disruption_marker == 7 &&
		utc.epoch.vm_generation == 3 &&
		utc.status == LIBVMCLOCK_SYNCHRONIZED && !utc.leap,
		"now: epoch, status and leap second of the page");
	ktap_ok(tai.time.sec - utc.time.sec == 37 ||
		tai.time.sec - utc.time.sec == 38, "now: TAI is UTC and 37 s");
	libvmclock_bounds(&utc, &earliest, &latest);
	ktap_ok(earliest.tv_sec * 1000000000LL + earliest.tv_nsec ==
		libvmclock_ns_down(&utc.earliest) &&
		latest.tv_sec * 1000000000LL + latest.tv_nsec ==
		libvmclock_ns_up(&utc.latest) &&
		libvmclock_ns_up(&utc.latest) ==
		libvmclock_ns_down(&utc.latest) + 1,
		"now: bounds in ns, outwards");
	ktap_ok(!libvmclock_at(clock, LIBVMCLOCK_UTC, counter, &at) &&
		libvmclock_compare(&at.time, &utc.time) < 0,
		"at: a counter value of before is earlier");
	ktap_ok(libvmclock_now(clock, 2, &utc) == -EINVAL &&
		libvmclock_why(clock, 2) &&
		!libvmclock_why(clock, LIBVMCLOCK_UTC), "now: other scales");
	libvmclock_close(clock);
	clock = opened("flags=1", 0);
	ktap_ok(libvmclock_now(clock, LIBVMCLOCK_UTC, &utc) == -ERANGE &&
		!utc.bounded && !utc.earliest.sec && !utc.latest.sec &&
		utc.time.sec > 1700000000, "unbounded: a result of its own");
	ktap_ok(libvmclock_wait_after(clock, LIBVMCLOCK_UTC, &utc.time, 10) ==
		-ERANGE, "unbounded: there is nothing to wait for");
	libvmclock_close(clock);
	clock = opened("clock_status=0", 0);
	ktap_ok(libvmclock_now(clock, LIBVMCLOCK_UTC, &utc) == -ENODATA &&
		libvmclock_why(clock, LIBVMCLOCK_UTC), "no time: with why");
	libvmclock_close(clock);
}

static void opening(void)
{
	struct libvmclock *clock = NULL;

	ktap_ok(libvmclock_open(&clock, "/nonexistent", 0) == -ENOENT && !clock,
		"open: there is no device");
	mkpage("magic=1");
	ktap_ok(libvmclock_open(&clock, page, 0) == -EBADMSG && !clock,
		"open: it is no page");
	ktap_ok(libvmclock_open(&clock, page, 8) == -EINVAL && !clock,
		"open: unknown flag");
	libvmclock_close(NULL);
	mkpage("");
	setenv("VMCLOCK_DEVICE", page, 1);
	ktap_ok(!libvmclock_open(&clock, NULL, 0), "open: $VMCLOCK_DEVICE");
	libvmclock_close(clock);
	unsetenv("VMCLOCK_DEVICE");
}

static void epochs(void)
{
	struct libvmclock *clock = opened("", 0);
	struct libvmclock_epoch epoch;
	struct libvmclock_reading r;

	ktap_ok(!libvmclock_get_epoch(clock, &epoch) &&
		!libvmclock_disrupted(clock, &epoch) &&
		!libvmclock_now(clock, LIBVMCLOCK_TAI, &r) &&
		!libvmclock_disrupted(clock, &r.epoch), "epoch: it goes on");
	mkpage("disruption_marker=8");
	ktap_ok(libvmclock_disrupted(clock, &epoch) == 1 &&
		libvmclock_disrupted(clock, &r.epoch) == 1,
		"epoch: a disruption ends it");
	mkpage("vm_generation_counter=4");
	ktap_ok(libvmclock_disrupted(clock, &epoch) == 1,
		"epoch: so does a new generation");
	libvmclock_close(clock);
}

/* a bound of 20 ms: the wait takes 40 ms from now on */
static void waiting(void)
{
	struct libvmclock *clock = opened("time_maxerror_nanosec=20000000 "
		"counter_period_maxerror_rate_frac_sec=0", 0);
	struct libvmclock_reading before, after;
	int64_t begin = monotonic_ms();
	int ret;

	libvmclock_now(clock, LIBVMCLOCK_TAI, &before);
	ret = libvmclock_wait_after(clock, LIBVMCLOCK_TAI, &before.latest, -1);
	ktap_ok(!ret && !libvmclock_now(clock, LIBVMCLOCK_TAI, &after) &&
		libvmclock_compare(&before.latest, &after.earliest) < 0 &&
		monotonic_ms() - begin >= 40, "wait_after: it is certain");
	ktap_ok(libvmclock_ns_down(&after.earliest) -
		libvmclock_ns_up(&before.latest) < 1000000000,
		"wait_after: and no long time ago");
	ktap_ok(!libvmclock_wait_after(clock, LIBVMCLOCK_TAI, &before.latest,
				       0), "wait_after: certain already");
	begin = monotonic_ms();
	after.latest.sec += 1000;
	ret = libvmclock_wait_after(clock, LIBVMCLOCK_TAI, &after.latest, 30);
	ktap_ok(ret == -ETIMEDOUT && monotonic_ms() - begin >= 30,
		"wait_after: the timeout");
	libvmclock_close(clock);
}

static const struct libvmclock *signal_clock;
static struct libvmclock_reading signal_reading;
static volatile sig_atomic_t signals, signal_failures;

static void on_signal(int number)
{
	int error = errno;

	(void)number;
	signals++;
	if (libvmclock_now(signal_clock, LIBVMCLOCK_UTC, &signal_reading) ||
	    !ordered(&signal_reading))
		signal_failures++;
	errno = error;
}

static void signal_handlers(void)
{
	struct sigaction action = { .sa_handler = on_signal };
	struct itimerval timer = { { 0, 200 }, { 0, 200 } }, off = { 0 };
	struct libvmclock *clock = opened("", 0);
	struct libvmclock_reading r;
	unsigned long failures = 0;

	signal_clock = clock;
	sigaction(SIGALRM, &action, NULL);
	setitimer(ITIMER_REAL, &timer, NULL);
	while (signals < 200)
		failures += libvmclock_now(clock, LIBVMCLOCK_TAI, &r) != 0 ||
			    !ordered(&r);
	setitimer(ITIMER_REAL, &off, NULL);
	ktap_ok(!failures && !signal_failures,
		"signals: readings in handlers and below them");
	libvmclock_close(clock);
}

static void *read_on(void *arg)
{
	struct libvmclock_reading r, last = { .time = { 0, 0 } };
	uintptr_t failures = 0;
	int i;

	for (i = 0; i < 20000; i++) {
		failures += libvmclock_now(arg, LIBVMCLOCK_TAI, &r) ||
			    libvmclock_compare(&r.time, &last.time) < 0;
		last = r;
	}
	return (void *)failures;
}

static void threads(void)
{
	struct libvmclock *clock = opened("", 0);
	uintptr_t failures = 0;
	pthread_t thread[4];
	void *result;
	int i;

	for (i = 0; i < 4; i++)
		pthread_create(&thread[i], NULL, read_on, clock);
	for (i = 0; i < 4; i++) {
		pthread_join(thread[i], &result);
		failures += (uintptr_t)result;
	}
	ktap_ok(!failures, "threads: share one clock");
	libvmclock_close(clock);
}

static void forking(void)
{
	struct libvmclock *clock = opened("", 0);
	struct libvmclock_reading r;
	int status = 1;
	pid_t pid = fork();

	if (!pid) {
		int ret = libvmclock_now(clock, LIBVMCLOCK_TAI, &r);

		if (libvmclock_fd(clock) != -ECHILD ||
		    libvmclock_wait_change(clock, 0) != -ECHILD)
			ret = 1;
		libvmclock_close(clock);
		_exit(ret != 0);
	}
	waitpid(pid, &status, 0);
	ktap_ok(!status, "fork: a child reads, but takes no events");
	ktap_ok(!libvmclock_now(clock, LIBVMCLOCK_TAI, &r) &&
		libvmclock_fd(clock) >= 0, "fork: the parent goes on");
	libvmclock_close(clock);
}

/* a file is always ready: that of the driver's is in suite guest */
static void events(void)
{
	struct libvmclock *clock = opened("", 0);
	struct pollfd pfd = { libvmclock_fd(clock), POLLIN, 0 };

	ktap_ok(poll(&pfd, 1, 0) == 1 && libvmclock_wait_change(clock, 0) == 1,
		"events: a descriptor for poll()");
	libvmclock_close(clock);
}

static void fallback(void)
{
	struct libvmclock *clock = opened("counter_id=255",
					  LIBVMCLOCK_FALLBACK);
	struct libvmclock_reading r;
	struct pollfd pfd;
	int ret = libvmclock_now(clock, LIBVMCLOCK_UTC, &r);

	ktap_ok((!ret || ret == -ERANGE) && r.source == LIBVMCLOCK_SYSTEM &&
		r.bounded == !ret, "fallback: while the page tells no time");
	libvmclock_close(clock);
	ret = libvmclock_open(&clock, "/nonexistent", LIBVMCLOCK_FALLBACK);
	ktap_ok(!ret && clock, "fallback: opens without a page");
	ret = libvmclock_now(clock, LIBVMCLOCK_UTC, &r);
	ktap_ok((!ret || ret == -ERANGE) && r.source == LIBVMCLOCK_SYSTEM &&
		r.bounded == !ret && (ret || ordered(&r)),
		"fallback: marked as the system's");
	ktap_note("fallback: %s here", ret ? "unbounded" : "bounded");
	ret = realtime_ns() - libvmclock_ns_down(&r.time) > 2000000000;
	ktap_ok(!ret, "fallback: it is the system's time");
	ktap_ok(libvmclock_why(clock, LIBVMCLOCK_UTC) &&
		libvmclock_get_epoch(clock, &r.epoch) == -ENODATA &&
		libvmclock_at(clock, LIBVMCLOCK_UTC, 1, &r) == -ENODATA,
		"fallback: there is no page");
	pfd.fd = libvmclock_fd(clock);
	pfd.events = POLLIN;
	ktap_ok(pfd.fd >= 0 && !poll(&pfd, 1, 0) &&
		!libvmclock_wait_change(clock, 0),
		"fallback: a descriptor, quiet until the clock is set");
	libvmclock_close(clock);
}

int main(int argc, char **argv)
{
	if (argc != 3)
		return 2;
	mkpage_path = argv[1];
	dir = argv[2];
	snprintf(page, sizeof(page), "%s/page-%d", dir, (int)getpid());
	ktap_begin(0);
	readings();
	opening();
	epochs();
	waiting();
	signal_handlers();
	threads();
	forking();
	events();
	fallback();
	ktap_ok(!strcmp(libvmclock_version(), EXPECTED_VERSION),
		"version: %s", libvmclock_version());
	unlink(page);
	return ktap_end();
}
