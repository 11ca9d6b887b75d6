/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * libvmclock: the time, and between which times the true one is, from a VMClock
 * page. libvmclock(3) describes it. Link with -lvmclock.
 *
 * The same reader as vmclock.h, compiled: for languages that call C, and for
 * programs that want what a header can't have: to wait until a time has passed
 * everywhere, and to go on with the system's clock where there is no page.
 *
 * Functions that return int return 0 or more, or a negative errno value.
 */
#ifndef _LIBVMCLOCK_H
#define _LIBVMCLOCK_H

#include <stddef.h>
#include <stdint.h>
#include <time.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Time scales. */
#define LIBVMCLOCK_UTC	0
#define LIBVMCLOCK_TAI	1

/* What a reading comes from. */
#define LIBVMCLOCK_PAGE		1	/* the VMClock page */
#define LIBVMCLOCK_SYSTEM	2	/* the system clock, by adjtimex() */

/* What is said of the clock behind it. */
#define LIBVMCLOCK_UNKNOWN	0
#define LIBVMCLOCK_SYNCHRONIZED	2
#define LIBVMCLOCK_FREERUNNING	3

/* Leap second, at the time of the reading. */
#define LIBVMCLOCK_LEAP_NONE		0
#define LIBVMCLOCK_LEAP_PRE_POS		1 /* inserted at this month's end */
#define LIBVMCLOCK_LEAP_PRE_NEG		2 /* deleted at this month's end */
#define LIBVMCLOCK_LEAP_POS		3 /* this is the inserted second */
#define LIBVMCLOCK_LEAP_POST_POS	4 /* inserted at last month's end */
#define LIBVMCLOCK_LEAP_POST_NEG	5 /* deleted at last month's end */

/* Of libvmclock_open(): the system's clock while there is no page with time. */
#define LIBVMCLOCK_FALLBACK	(1U << 0)

/**
 * struct libvmclock_time - a moment
 * @sec: seconds since 1970-01-01, in UTC or TAI
 * @frac: the rest, in s / 2^64
 */
struct libvmclock_time {
	int64_t sec;
	uint64_t frac;
};

/**
 * struct libvmclock_epoch - a stretch of time without disruption
 * @disruption_marker: changes when the guest was moved
 * @vm_generation: changes when the guest goes on from a copy of its state; 0 if
 *	the page doesn't tell
 */
struct libvmclock_epoch {
	uint64_t disruption_marker;
	uint64_t vm_generation;
};

/**
 * struct libvmclock_reading - the time, and where the true time must be
 * @time: the time
 * @earliest: the true time is not before; 0 without @bounded
 * @latest: the true time is not after; 0 without @bounded
 * @epoch: in which it was read; 0 of the system's clock
 * @status: LIBVMCLOCK_SYNCHRONIZED and so on
 * @leap: LIBVMCLOCK_LEAP_*
 * @source: LIBVMCLOCK_PAGE or LIBVMCLOCK_SYSTEM
 * @bounded: 1 if @earliest and @latest are known
 * @reserved: 0
 */
struct libvmclock_reading {
	struct libvmclock_time time;
	struct libvmclock_time earliest;
	struct libvmclock_time latest;
	struct libvmclock_epoch epoch;
	uint8_t status;
	uint8_t leap;
	uint8_t source;
	uint8_t bounded;
	uint32_t reserved;
};

struct libvmclock;

int libvmclock_open(struct libvmclock **clock, const char *path,
		    unsigned int flags);
void libvmclock_close(struct libvmclock *clock);

/* Any thread, any number of them, signal handlers, children of fork(). */
int libvmclock_now(const struct libvmclock *clock, int scale,
		   struct libvmclock_reading *reading);
int libvmclock_at(const struct libvmclock *clock, int scale, uint64_t counter,
		  struct libvmclock_reading *reading);
uint64_t libvmclock_counter(void);
int libvmclock_get_epoch(const struct libvmclock *clock,
			 struct libvmclock_epoch *epoch);
int libvmclock_disrupted(const struct libvmclock *clock,
			 const struct libvmclock_epoch *epoch);
const char *libvmclock_why(const struct libvmclock *clock, int scale);

/* Any thread. */
int libvmclock_wait_after(const struct libvmclock *clock, int scale,
			  const struct libvmclock_time *t, int timeout_ms);

/* One thread at a time, in the process that has opened the clock. */
int libvmclock_fd(const struct libvmclock *clock);
int libvmclock_wait_change(const struct libvmclock *clock, int timeout_ms);

/* Pure functions. */
int libvmclock_compare(const struct libvmclock_time *a,
		       const struct libvmclock_time *b);
int64_t libvmclock_ns_down(const struct libvmclock_time *t);
int64_t libvmclock_ns_up(const struct libvmclock_time *t);
void libvmclock_bounds(const struct libvmclock_reading *reading,
		       struct timespec *earliest, struct timespec *latest);
int libvmclock_page_at(const void *page, size_t len, int scale,
		       uint64_t counter, struct libvmclock_reading *reading);
const char *libvmclock_strerror(int error);
const char *libvmclock_version(void);

#ifdef __cplusplus
}
#endif

#endif /* _LIBVMCLOCK_H */
