// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Where there is no page: the system's clock, with the bound that the kernel
 * keeps of it for NTP.
 */
#define _GNU_SOURCE
#include <poll.h>
#include <string.h>
#include <sys/timerfd.h>
#include <sys/timex.h>
#include <unistd.h>

#include "private.h"

static struct libvmclock_time from_ns(int64_t sec, int64_t ns)
{
	struct libvmclock_time t = { sec + ns / 1000000000, 0 };

	ns %= 1000000000;
	if (ns < 0) {
		ns += 1000000000;
		t.sec--;
	}
	t.frac = (uint64_t)(((unsigned __int128)ns << 64) / 1000000000);
	return t;
}

/*
 * The kernel adds 500 us to maxerror when a second of its clock begins, so the
 * part of the present second is missing from it; what it still has to slew is
 * an error until then. No more than 2^31 us each, so the sum fits.
 */
static int64_t error_ns(const struct timex *tx, int64_t ns)
{
	int64_t slew = tx->status & STA_NANO ? tx->offset : tx->offset * 1000;

	return (int64_t)tx->maxerror * 1000 + ns / 2000 + 1 +
	       (slew < 0 ? -slew : slew);
}

static uint8_t leap_of(int state)
{
	switch (state) {
	case TIME_INS:
		return LIBVMCLOCK_LEAP_PRE_POS;
	case TIME_DEL:
		return LIBVMCLOCK_LEAP_PRE_NEG;
	case TIME_OOP:
		return LIBVMCLOCK_LEAP_POS;
	default:
		return LIBVMCLOCK_LEAP_NONE;
	}
}

/* A sandbox may forbid adjtimex(2): the time is known then, its error isn't. */
static int plain_now(int scale, struct libvmclock_reading *r)
{
	struct timespec utc, tai;

	if (clock_gettime(CLOCK_REALTIME, &utc) ||
	    clock_gettime(CLOCK_TAI, &tai))
		return -errno;
	if (scale == LIBVMCLOCK_TAI && tai.tv_sec - utc.tv_sec < 2)
		return -ENODATA;
	if (scale == LIBVMCLOCK_TAI)
		utc = tai;
	r->time = from_ns(utc.tv_sec, utc.tv_nsec);
	return -ERANGE;
}

/**
 * libvmclock_system_now() - the system's clock, and its bound
 * @scale: LIBVMCLOCK_UTC or LIBVMCLOCK_TAI
 * @r: result
 *
 * One call returns time, TAI offset and bound. A clock that nothing
 * synchronises has no bound. Async-signal-safe.
 *
 * Return: as libvmclock_now().
 */
int libvmclock_system_now(int scale, struct libvmclock_reading *r)
{
	struct timex tx = { .modes = 0 };
	int state = adjtimex(&tx);
	int64_t ns, sec, error;

	memset(r, 0, sizeof(*r));
	r->source = LIBVMCLOCK_SYSTEM;
	if (state < 0)
		return plain_now(scale, r);
	if (scale == LIBVMCLOCK_TAI && !tx.tai)
		return -ENODATA;	/* never told: it would be UTC */
	sec = tx.time.tv_sec + (scale == LIBVMCLOCK_TAI ? tx.tai : 0);
	ns = tx.status & STA_NANO ? tx.time.tv_usec : tx.time.tv_usec * 1000;
	r->time = from_ns(sec, ns);
	r->leap = leap_of(state);
	if (tx.status & STA_UNSYNC)
		return -ERANGE;
	error = error_ns(&tx, ns);
	r->status = LIBVMCLOCK_SYNCHRONIZED;
	r->earliest = from_ns(sec, ns - error);
	/* without STA_NANO the time is rounded down by as much as 1 us */
	r->latest = from_ns(sec, ns + error + 1 +
			    (tx.status & STA_NANO ? 0 : 1000));
	r->bounded = 1;
	return 0;
}

/**
 * libvmclock_system_timer() - a descriptor that tells when the clock is set
 *
 * Return: the descriptor, or a negative errno.
 */
int libvmclock_system_timer(void)
{
	struct itimerspec never = { .it_value.tv_sec = INT64_MAX / 2000000000 };
	int fd = timerfd_create(CLOCK_REALTIME, TFD_CLOEXEC | TFD_NONBLOCK);

	if (fd < 0)
		return -errno;
	if (timerfd_settime(fd, TFD_TIMER_ABSTIME | TFD_TIMER_CANCEL_ON_SET,
			    &never, NULL)) {
		int ret = -errno;

		close(fd);
		return ret;
	}
	return fd;
}

/**
 * libvmclock_system_wait() - wait until the clock is set
 * @timer: by libvmclock_system_timer()
 * @timeout_ms: -1: for ever
 *
 * Return: 1 if it was set, 0 if the time is over, or a negative errno.
 */
int libvmclock_system_wait(int timer, int timeout_ms)
{
	struct pollfd pfd = { .fd = timer, .events = POLLIN };
	uint64_t expired;
	int ret = poll(&pfd, 1, timeout_ms);

	if (ret <= 0)
		return ret < 0 ? -errno : 0;
	if (read(timer, &expired, sizeof(expired)) < 0)
		return errno == ECANCELED ? 1 : errno == EAGAIN ? 0 : -errno;
	return 1;
}
