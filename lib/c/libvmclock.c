// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * The reader of vmclock.h behind functions. struct libvmclock is constant from
 * open to close, which is what makes reading safe in threads, in signal
 * handlers and in children.
 */
#define _GNU_SOURCE
#include <stdlib.h>
#include <string.h>

#include "private.h"

_Static_assert(sizeof(struct libvmclock_reading) == 72, "reading");
_Static_assert(LIBVMCLOCK_UTC == VMCLOCK_TIME_UTC &&
	       LIBVMCLOCK_TAI == VMCLOCK_TIME_TAI, "scales");
_Static_assert(LIBVMCLOCK_SYNCHRONIZED == VMCLOCK_STATUS_SYNCHRONIZED &&
	       LIBVMCLOCK_FREERUNNING == VMCLOCK_STATUS_FREERUNNING, "status");

/* Below this much a sleep would end late: the kernel's timer slack is 50 us. */
#define SPIN_NS	60000

static struct libvmclock_time time_of(struct vmclock_time t)
{
	struct libvmclock_time copy = { t.sec, t.frac };

	return copy;
}

static struct vmclock_time core_time(const struct libvmclock_time *t)
{
	struct vmclock_time copy = { t->sec, t->frac };

	return copy;
}

/* What the reader said; @ret is what it returned. */
static int fill(struct libvmclock_reading *r, const struct vmclock_bounds *b,
		int ret)
{
	if (ret && ret != -ERANGE) {
		memset(r, 0, sizeof(*r));
		return ret;
	}
	r->time = time_of(b->time);
	r->earliest = time_of(b->earliest);
	r->latest = time_of(b->latest);
	r->epoch.disruption_marker = b->disruption_marker;
	r->epoch.vm_generation = b->vm_generation;
	r->status = b->status;
	r->leap = b->leap;
	r->source = LIBVMCLOCK_PAGE;
	r->bounded = !ret;
	r->reserved = 0;
	return ret;
}

static bool is_scale(int scale)
{
	return scale == LIBVMCLOCK_UTC || scale == LIBVMCLOCK_TAI;
}

/* Errors that say that there is no page here, none that say more. */
static bool is_absent(int error)
{
	return error == -ENOENT || error == -ENXIO || error == -ENODEV ||
	       error == -EBADMSG;
}

static int open_clock(struct libvmclock *clock, const char *path)
{
	int ret = vmclock_open(&clock->clock, path);

	clock->timer = -1;
	clock->pid = getpid();
	clock->has_page = !ret;
	if (!ret || !(clock->flags & LIBVMCLOCK_FALLBACK) || !is_absent(ret))
		return ret;
	clock->timer = libvmclock_system_timer();
	return clock->timer < 0 ? clock->timer : 0;
}

/**
 * libvmclock_open() - open a clock
 * @clock: result, for libvmclock_close(); NULL on error
 * @path: the device; NULL: $VMCLOCK_DEVICE, or /dev/vmclock0
 * @flags: 0 or LIBVMCLOCK_FALLBACK
 *
 * Return: 0; -EINVAL: unknown flags; -ENOMEM; -EBADMSG: it is no VMClock page;
 * or as open(2), mmap(2) and timerfd_create(2) fail.
 */
int libvmclock_open(struct libvmclock **clock, const char *path,
		    unsigned int flags)
{
	struct libvmclock *c;
	int ret;

	*clock = NULL;
	if (flags & ~LIBVMCLOCK_FALLBACK)
		return -EINVAL;
	c = calloc(1, sizeof(*c));
	if (!c)
		return -ENOMEM;
	c->flags = flags;
	ret = open_clock(c, path ? path : secure_getenv("VMCLOCK_DEVICE"));
	if (ret)
		free(c);
	else
		*clock = c;
	return ret;
}

/**
 * libvmclock_close() - undo libvmclock_open()
 * @clock: the clock, which no thread uses any more; NULL is none
 */
void libvmclock_close(struct libvmclock *clock)
{
	if (!clock)
		return;
	vmclock_close(&clock->clock);
	if (clock->timer >= 0)
		close(clock->timer);
	free(clock);
}

/**
 * libvmclock_now() - the time, and where the true time must be
 * @clock: the clock
 * @scale: LIBVMCLOCK_UTC or LIBVMCLOCK_TAI
 * @reading: result; all 0 on other errors than -ERANGE
 *
 * Return: 0; -ERANGE: the time is known, its error isn't; -ENODATA: no time in
 * this scale now, see libvmclock_why(); -EAGAIN: the page was being changed all
 * the time; -EINVAL: no such scale.
 */
int libvmclock_now(const struct libvmclock *clock, int scale,
		   struct libvmclock_reading *reading)
{
	struct vmclock_bounds b;
	int ret = -ENODATA;

	if (!is_scale(scale))
		return -EINVAL;
	if (clock->has_page)
		ret = vmclock_now_bounds(&clock->clock, (__u8)scale, &b);
	if (ret == -ENODATA && clock->flags & LIBVMCLOCK_FALLBACK)
		return libvmclock_system_now(scale, reading);
	return fill(reading, &b, ret);
}

/**
 * libvmclock_at() - the time at a counter value
 * @clock: the clock
 * @scale: LIBVMCLOCK_UTC or LIBVMCLOCK_TAI
 * @counter: libvmclock_counter() of earlier, in the same epoch
 * @reading: as for libvmclock_now()
 *
 * Return: as libvmclock_now(); -ENODATA without a page.
 */
int libvmclock_at(const struct libvmclock *clock, int scale, uint64_t counter,
		  struct libvmclock_reading *reading)
{
	__u64 at = counter;
	struct vmclock_bounds b;
	int ret = -ENODATA;

	if (!is_scale(scale))
		return -EINVAL;
	if (clock->has_page)
		ret = vmclock_at(&clock->clock, (__u8)scale, at, &b);
	return fill(reading, &b, ret);
}

/**
 * libvmclock_counter() - the counter that a page counts
 *
 * Return: the TSC, or CNTVCT on arm64.
 */
uint64_t libvmclock_counter(void)
{
	return vmclock_counter();
}

/**
 * libvmclock_get_epoch() - remember the present epoch
 * @clock: the clock
 * @epoch: result
 *
 * Return: 0, -ENODATA without a page, or -EAGAIN.
 */
int libvmclock_get_epoch(const struct libvmclock *clock,
			 struct libvmclock_epoch *epoch)
{
	struct vmclock_epoch e;
	int ret;

	if (!clock->has_page)
		return -ENODATA;
	ret = vmclock_get_epoch(&clock->clock, &e);
	if (ret)
		return ret;
	epoch->disruption_marker = e.disruption_marker;
	epoch->vm_generation = e.vm_generation;
	return 0;
}

/**
 * libvmclock_disrupted() - whether an epoch is over
 * @clock: the clock
 * @epoch: by libvmclock_get_epoch(), or of a reading
 *
 * Return: 1 if the guest was moved, or goes on from a copy, since then; 0 if
 * not; or as libvmclock_get_epoch() fails.
 */
int libvmclock_disrupted(const struct libvmclock *clock,
			 const struct libvmclock_epoch *epoch)
{
	struct libvmclock_epoch now;
	int ret = libvmclock_get_epoch(clock, &now);

	if (ret)
		return ret;
	return now.disruption_marker != epoch->disruption_marker ||
	       now.vm_generation != epoch->vm_generation;
}

/**
 * libvmclock_why() - why there is no time, or no page
 * @clock: the clock
 * @scale: LIBVMCLOCK_UTC or LIBVMCLOCK_TAI
 *
 * Return: the reason why the page tells no time, a constant string; NULL if it
 * does.
 */
const char *libvmclock_why(const struct libvmclock *clock, int scale)
{
	if (!is_scale(scale))
		return "scale is neither UTC nor TAI";
	if (!clock->has_page)
		return "there is no page";
	return vmclock_why(&clock->clock, (__u8)scale);
}

/* --- waiting -------------------------------------------------------------- */

static int64_t monotonic_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (int64_t)ts.tv_sec * 1000000000 + ts.tv_nsec;
}

/* Less than is left, since the bound may have shrunk, and the deadline come. */
static int nap(int64_t left_ns, int64_t until_deadline)
{
	struct timespec ts;

	if (left_ns > until_deadline)
		left_ns = until_deadline;
	if (left_ns < SPIN_NS) {
		vmclock_relax();
		return 0;
	}
	left_ns -= SPIN_NS - 10000;
	ts.tv_sec = left_ns / 1000000000;
	ts.tv_nsec = left_ns % 1000000000;
	return -clock_nanosleep(CLOCK_MONOTONIC, 0, &ts, NULL);
}

/* ns until @t is before all times that may be the true one; 0: it is */
static int64_t left_ns(const struct libvmclock_reading *r,
		       const struct libvmclock_time *t)
{
	int64_t ns;

	if (libvmclock_compare(&r->earliest, t) > 0)
		return 0;
	ns = vmclock_time_to_ns(vmclock_time_sub(core_time(t),
						 core_time(&r->earliest)));
	return ns < INT64_MAX ? ns + 1 : ns;
}

/**
 * libvmclock_wait_after() - wait until a time is in the past for certain
 * @clock: the clock
 * @scale: scale of @t
 * @t: the time, for instance the @latest of a reading
 * @timeout_ms: the longest that is waited; -1: for ever
 *
 * Commit wait: when this returns 0, every clock that keeps its bounds, on any
 * machine, reads latest > @t. An event that is given the time @t and is made
 * known only afterwards has a time before that of all events that its observers
 * cause. A disruption meanwhile takes nothing from that.
 *
 * Return: 0; -ETIMEDOUT; -EINTR: a signal came; or as libvmclock_now() fails.
 */
int libvmclock_wait_after(const struct libvmclock *clock, int scale,
			  const struct libvmclock_time *t, int timeout_ms)
{
	int64_t end = timeout_ms < 0 ? INT64_MAX :
		      monotonic_ns() + (int64_t)timeout_ms * 1000000;
	struct libvmclock_reading r;
	int64_t left, now;
	int ret;

	for (;;) {
		ret = libvmclock_now(clock, scale, &r);
		if (ret && ret != -EAGAIN)
			return ret;
		left = ret ? 1 : left_ns(&r, t);
		if (!left)
			return 0;
		now = end == INT64_MAX ? 0 : monotonic_ns();
		if (now >= end)
			return -ETIMEDOUT;
		ret = nap(left, end - now);
		if (ret)
			return ret;
	}
}

/**
 * libvmclock_fd() - a descriptor for an event loop
 * @clock: the clock
 *
 * When it is readable (POLLIN), call libvmclock_wait_change() with a timeout of
 * 0. It is not to be read or closed.
 *
 * Return: the descriptor, or -ECHILD after a fork(): parent and child would
 * take each other's events. Open the clock again there.
 */
int libvmclock_fd(const struct libvmclock *clock)
{
	if (clock->pid != getpid())
		return -ECHILD;
	return clock->has_page ? clock->clock.fd : clock->timer;
}

/**
 * libvmclock_wait_change() - wait until the page changes
 * @clock: the clock
 * @timeout_ms: -1: for ever
 *
 * Without a page: until the system's clock is set.
 *
 * Return: 1 if there was a change since libvmclock_open() or the last one that
 * was told; 0 if the time is over; -EOPNOTSUPP if the hypervisor does not
 * notify; -ENODEV if the device is gone; -EINTR; -ECHILD as libvmclock_fd().
 */
int libvmclock_wait_change(const struct libvmclock *clock, int timeout_ms)
{
	int fd = libvmclock_fd(clock);

	if (fd < 0)
		return fd;
	if (clock->has_page)
		return vmclock_wait(&clock->clock, timeout_ms);
	return libvmclock_system_wait(fd, timeout_ms);
}

/* --- pure ----------------------------------------------------------------- */

/**
 * libvmclock_compare() - which of two times of one scale is the earlier one
 * @a: time
 * @b: time
 *
 * Return: -1, 0 or 1, for a < b, a = b, a > b.
 */
int libvmclock_compare(const struct libvmclock_time *a,
		       const struct libvmclock_time *b)
{
	if (a->sec != b->sec)
		return a->sec < b->sec ? -1 : 1;
	return a->frac < b->frac ? -1 : a->frac > b->frac;
}

/**
 * libvmclock_ns_down() - ns since 1970-01-01, rounded down
 * @t: time
 *
 * Return: ns; the nearest end of int64_t (1677 and 2262) beyond it.
 */
int64_t libvmclock_ns_down(const struct libvmclock_time *t)
{
	return vmclock_time_to_ns(core_time(t));
}

/**
 * libvmclock_ns_up() - ns since 1970-01-01, rounded up
 * @t: time
 *
 * Return: ns; the nearest end of int64_t (1677 and 2262) beyond it.
 */
int64_t libvmclock_ns_up(const struct libvmclock_time *t)
{
	struct timespec ts = vmclock_to_timespec_up(core_time(t));
	__int128 ns = (__int128)ts.tv_sec * 1000000000 + ts.tv_nsec;

	return ns > INT64_MAX ? INT64_MAX :
	       ns < INT64_MIN ? INT64_MIN : (int64_t)ns;
}

/**
 * libvmclock_bounds() - where the true time must be, rounded outwards
 * @reading: a reading that is bounded
 * @earliest: rounded down
 * @latest: rounded up
 */
void libvmclock_bounds(const struct libvmclock_reading *reading,
		       struct timespec *earliest, struct timespec *latest)
{
	*earliest = vmclock_to_timespec(core_time(&reading->earliest));
	*latest = vmclock_to_timespec_up(core_time(&reading->latest));
}

/**
 * libvmclock_page_at() - what any page says at a counter value
 * @page: the page, 8-byte aligned
 * @len: bytes at @page, 40 at least
 * @scale: LIBVMCLOCK_UTC or LIBVMCLOCK_TAI
 * @counter: counter value
 * @reading: as for libvmclock_now()
 *
 * Return: as libvmclock_now(); -EBADMSG: it is no VMClock page.
 */
int libvmclock_page_at(const void *page, size_t len, int scale,
		       uint64_t counter, struct libvmclock_reading *reading)
{
	struct vmclock_bounds b;
	struct vmclock clock;
	int ret;

	if (!is_scale(scale))
		return -EINVAL;
	ret = len < VMCLOCK_MIN_SIZE ? -EBADMSG :
	      vmclock_attach(&clock, page, len);
	if (!ret)
		ret = vmclock_at(&clock, (__u8)scale, counter, &b);
	return fill(reading, &b, ret);
}

/**
 * libvmclock_strerror() - what an error means here, and what helps
 * @error: what a function returned, negative
 *
 * Return: a constant string.
 */
const char *libvmclock_strerror(int error)
{
	return error == -ECHILD ?
	       "opened before fork(): open it again in the child" :
	       vmclock_strerror(error);
}

/**
 * libvmclock_version() - version of the library
 *
 * Return: a constant string.
 */
const char *libvmclock_version(void)
{
	return LIBVMCLOCK_VERSION;
}
