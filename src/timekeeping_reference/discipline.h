/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The discipline of the system clock as data, in parts by their writer, and
 * the verdicts on it. Everything here works on its arguments alone: no clock is
 * read but the counter, nothing is called. clock.h has the lock.
 */
#ifndef _TKREF_DISCIPLINE_H
#define _TKREF_DISCIPLINE_H

#include <linux/jiffies.h>

#include "adjtimex.h"
#include "external.h"
#include "reference.h"
#include "schedule.h"
#include "tkref.h"

#define TKREF_REFRESH_JIFFIES	(64 * HZ)	/* maxerror grows 32 ms in it */

/**
 * enum tkref_state - which source disciplines the system clock
 * @TKREF_WAITING: none: there is no usable reference yet, or it is acquired
 * @TKREF_LOCKED: the reference
 * @TKREF_HOLDOVER: the last good line, while its bound grows
 * @TKREF_UNSYNCHRONIZED: the last good line, whose bound is void
 * @TKREF_YIELDED: another program
 */
enum tkref_state {
	TKREF_WAITING,
	TKREF_LOCKED,
	TKREF_HOLDOVER,
	TKREF_UNSYNCHRONIZED,
	TKREF_YIELDED,
};

/**
 * struct tkref_source - the reference; written by its owner's calls
 * @owned: there is an owner
 * @owner: module that set the reference, never dereferenced
 * @name: the owner's, for messages
 * @params: the last good ones
 * @defect: why those that were set last cannot be followed, or NULL
 * @disrupted: it was disrupted while the clock was yielded
 * @lost: the reference's counter when @defect appeared
 * @status: VMCLOCK_STATUS_* that was set last
 * @marker: disruption marker that was set last
 * @generation: generation counter that was set last, 0 without one
 * @line: the last good one
 * @restarted: the counter has begun anew: a line that was for the time before
 *	is not to be followed
 * @woke: the counter then
 * @slept: the line's time before
 */
struct tkref_source {
	bool owned;
	struct module *owner;
	char name[TKREF_NAME_LEN];
	struct vmclock_params params;
	const char *defect;
	bool disrupted;
	u64 lost;
	u8 status;
	u64 marker;
	u64 generation;
	struct tkref_line line;
	bool restarted;
	u64 woke;
	struct vmclock_time slept;
};

/**
 * struct tkref_observed - the timekeeper; written by its notifier, as is the
 *	servo's sample of it
 * @xtime: CLOCK_REALTIME of the last update
 * @ntp_rate: the kernel's tick length, including offsets that it slews
 * @epoch: counts frequencies set by others, and clocksources: what the thread
 *	has computed in an older epoch must not be recorded as in force
 * @clears: counts steps and resets of the kernel's NTP state by others
 * @cs: clocksource of the last update, never dereferenced later
 * @scale: the clocksource's count, from the reference's counter
 * @scaled: @scale is valid
 * @resting: the last update called for nothing, and nothing has changed since
 * @rest_count: clocksource's count from which on only time has gone by
 * @rest_ns32: phase - xtime at @rest_count
 */
struct tkref_observed {
	struct tkref_moment xtime;
	u64 ntp_rate;
	u32 epoch;
	u32 clears;
	const struct clocksource *cs;
	struct vmclock_scale scale;
	bool scaled;
	bool resting;
	u64 rest_count;
	u64 rest_ns32;
};

/**
 * struct tkref_applied - what the kernel was told; written by the thread
 * @frequency: set last
 * @frequency_known: @frequency is in force
 * @exact: the reference's frequency, without a correction
 * @exact_known: @exact is to be set when the clock is left
 * @tick_left: another program has set a frequency, perhaps without the tick
 *	that a correction has changed
 * @ntp: status and bounds, set last
 * @ntp_jiffies: when @ntp was set
 * @pending: a lock begins: adjustments of others must be cleared first
 * @clearing: they were cleared, but may be slewed until @cleared
 * @cleared: count when the last of them has been slewed
 * @steps: of the clock
 */
struct tkref_applied {
	struct servo_frequency frequency;
	bool frequency_known;
	struct servo_frequency exact;
	bool exact_known;
	bool tick_left;
	struct tkref_ntp ntp;
	unsigned long ntp_jiffies;
	bool pending;
	bool clearing;
	u64 cleared;
	u64 steps;
};

/**
 * struct tkref_timing - the timer; written where it is armed
 * @deadline: count at which an idle clock's phase reaches its limit
 * @armed: count at which the timer is due, or TKREF_NEVER
 * @wakeups: interrupts of the timer
 */
struct tkref_timing {
	u64 deadline;
	u64 armed;
	u64 wakeups;
};

/**
 * struct tkref_discipline - all that clock.h's lock protects
 * @servo: decides; configured by parameters
 * @source: the reference
 * @observed: the timekeeper
 * @applied: the kernel's NTP state
 * @timing: the timer
 * @unknown_ns: reported to adjtimex(2) for a reference without a bound
 * @state: see enum tkref_state
 * @step_cause: why the servo may step, in words
 * @external: adjustments by others
 * @want: the thread has something to do
 */
struct tkref_discipline {
	struct servo servo;
	struct tkref_source source;
	struct tkref_observed observed;
	struct tkref_applied applied;
	struct tkref_timing timing;
	u64 unknown_ns;
	enum tkref_state state;
	const char *step_cause;
	struct tkref_external external;
	bool want;
};

/**
 * struct tkref_order - one call that the thread is to make
 * @action: which
 * @frequency: for SERVO_RATE
 * @offset: for SERVO_STEP
 * @tai: the step brings @tai_offset_sec along
 * @tai_offset_sec: TAI - UTC
 * @cause: of a step, in words
 * @ntp: goes with either, if it is valid
 * @epoch: the order is void in another one
 * @before: last sample before the call, for servo_learn()
 * @counter: count when the order was given, for servo_learn()
 * @correction: in force before the call, for servo_learn()
 */
struct tkref_order {
	enum servo_action action;
	struct servo_frequency frequency;
	struct vmclock_time offset;
	bool tai;
	s32 tai_offset_sec;
	const char *cause;
	struct tkref_ntp ntp;
	u32 epoch;
	struct servo_sample before;
	u64 counter;
	s64 correction;
};

/* discipline.c */
bool tkref_engaged(const struct tkref_discipline *d);
s32 tkref_tai_offset_wanted(const struct tkref_discipline *d);
bool tkref_tai_differs(const struct tkref_discipline *d);
bool tkref_prepared(const struct tkref_discipline *d);
bool tkref_following(const struct tkref_discipline *d);
u64 tkref_offset_ns(const struct tkref_discipline *d, u64 now);
void tkref_bounds(const struct tkref_discipline *d, u64 offset_ns,
		  u64 unknown_ns, u64 *maxerror_ns, u64 *esterror_ns);
void tkref_ntp_wanted(const struct tkref_discipline *d, enum tkref_state state,
		      u64 offset_ns, struct tkref_ntp *ntp);
bool tkref_ntp_stale(const struct tkref_discipline *d,
		     const struct tkref_ntp *ntp, unsigned long now);
enum tkref_state tkref_next_state(const struct tkref_discipline *d, u64 now);
const char *tkref_reason(const struct tkref_discipline *d);
void tkref_compare(struct tkref_discipline *d);
void tkref_take_back(struct tkref_discipline *d, const char *cause);

/* source.c: the owner's calls */
void tkref_source_adopt_line(struct tkref_discipline *d);
void tkref_source_suspend(struct tkref_discipline *d, bool restarted,
			  struct vmclock_time slept);
int tkref_source_set(struct tkref_discipline *d, struct module *owner,
		     const struct tkref_reference *ref);
bool tkref_source_clear(struct tkref_discipline *d, struct module *owner);

/* decide.c: the thread's next call */
void tkref_decide(struct tkref_discipline *d, struct tkref_order *order);
void tkref_decide_tai(struct tkref_discipline *d, struct tkref_order *order);

static inline void tkref_allow_step(struct tkref_discipline *d,
				    const char *cause)
{
	d->servo.may_step = true;
	d->step_cause = cause;
}

static inline void tkref_set_slope(struct tkref_discipline *d)
{
	struct servo_sample *sample = &d->servo.sample;

	sample->slope_ns56 = ((u64)sample->mult << (56 - sample->shift)) -
			     d->servo.period_ns56;
}

/* The clocksource's count, now. */
static inline u64 tkref_count_now(const struct tkref_discipline *d)
{
	return vmclock_scale_count(&d->observed.scale, vmclock_counter_read());
}

/* A call has brought @ntp along. */
static inline void tkref_ntp_written(struct tkref_applied *applied,
				     const struct tkref_ntp *ntp)
{
	if (!ntp->valid)
		return;
	applied->ntp = *ntp;
	applied->ntp_jiffies = jiffies;
}

static inline bool servo_same_frequency(const struct servo_frequency *a,
					const struct servo_frequency *b)
{
	return a->freq == b->freq && a->tick == b->tick;
}

#endif /* _TKREF_DISCIPLINE_H */
