/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The law by which the clock is kept on its reference: decisions only. What
 * is known of the timekeeper goes in, what to do next comes out; no clock is
 * read and nothing is called, so the same source runs in a simulation.
 *
 * The reference is exact and so is what the timekeeper tells of itself, hence
 * nothing is filtered: every correction is a rate for a known time. Phase is
 * in ns / 2^32 ("ns32"), period in ns / 2^56 per count ("ns56"), frequency in
 * ns/s / 2^32, the unit of the kernel's time_freq.
 *
 * The caller serialises all calls on one struct servo.
 */
#ifndef _TKREF_SERVO_H
#define _TKREF_SERVO_H

#include "vmclock/math.h"

/**
 * struct servo_view - the timekeeper at one of its updates
 * @cycle_last: counter at the update
 * @cycle_interval: counts in a tick
 * @phase_ns32: CLOCK_REALTIME - reference at @cycle_last; saturates at 2 s
 * @ntp_error_ns32: NTP line - CLOCK_REALTIME at @cycle_last
 * @slope_ns56: growth of @phase_ns32 per count until the next update
 * @mult: rate that readers use, ns / 2^@shift per count
 * @clock_mult: the clocksource's nominal rate, same unit
 * @shift: of the two above; at most 32
 * @ticking: updates since the last one that came after a nap
 */
struct servo_view {
	u64 cycle_last;
	u64 cycle_interval;
	s64 phase_ns32;
	s64 ntp_error_ns32;
	s64 slope_ns56;
	u32 mult;
	u32 clock_mult;
	u32 shift;
	u32 ticking;
};

/**
 * enum servo_class - what a kernel does when its rate changes inside a tick
 * @SERVO_CLASS_UNKNOWN: not found out yet
 * @SERVO_CLASS_KEEPS_ERROR: it forgets to account for the change: the NTP
 *	line moves by (change of rate) * (time since the tick)
 * @SERVO_CLASS_KEEPS_LINE: it moves ntp_error by as much, the line stays
 *	(fixed upstream in 7.2 and in stable 6.1.190 and 6.12.111)
 */
enum servo_class {
	SERVO_CLASS_UNKNOWN,
	SERVO_CLASS_KEEPS_ERROR,
	SERVO_CLASS_KEEPS_LINE,
};

/**
 * enum servo_mode - what is going on
 * @SERVO_STEADY: the frequency is the reference's
 * @SERVO_ALIGN: waiting for the right moment in a tick
 * @SERVO_PROBE: running off frequency, to see what the kernel makes of it
 * @SERVO_PULSE: running off frequency, to move the phase
 */
enum servo_mode {
	SERVO_STEADY,
	SERVO_ALIGN,
	SERVO_PROBE,
	SERVO_PULSE,
};

/**
 * enum servo_action - what the caller is to do
 * @SERVO_NOTHING: wait for the next update, or for servo::end
 * @SERVO_RATE: set the frequency to servo_rate()
 * @SERVO_STEP: step the clock by minus the phase
 */
enum servo_action {
	SERVO_NOTHING,
	SERVO_RATE,
	SERVO_STEP,
};

/**
 * struct servo_limits - what follows from rate, tick, class and configuration
 * @dither_ns32: what is wanted of the NTP line, off the reference
 * @line_ns32: an error of the line that is borne, while the clock ticks
 * @idle_line_ns32: ... and while it is idle
 * @ticking_ns32: an ntp_error that is borne, while the clock ticks
 * @ntp_error_ns32: ... or is idle
 * @deadline_ns32: phase that an idle clock may reach
 * @idle_updates: updates after which the clock ticks
 */
struct servo_limits {
	s64 dither_ns32;
	s64 line_ns32;
	s64 idle_line_ns32;
	s64 ticking_ns32;
	s64 ntp_error_ns32;
	s64 deadline_ns32;
	u32 idle_updates;
};

/**
 * struct servo_window - where an update may be and calls for nothing
 * @low_ns32: error of the NTP line, from here
 * @high_ns32: ... to here
 * @of_phase: the phase, too, is limited; else ntp_error is
 * @idle: while the clock is that
 */
struct servo_window {
	s64 low_ns32;
	s64 high_ns32;
	bool of_phase;
	bool idle;
};

/**
 * struct servo - the law's memory
 * @hz: ticks per second of the kernel's NTP arithmetic
 * @deadline_ns32: phase that an idle clock may reach; 0 = any
 * @slew_ns: largest rate of a correction, ns/s
 * @step_ns: phase from which a step is wanted, if @may_step; 0 = never
 * @may_step: first lock, or the first after a disruption
 * @rate_stale: the frequency must be set again
 * @fresh: the frequency has just been set
 * @class: see there
 * @mode: see there
 * @end: counter at which @mode ends; valid unless SERVO_STEADY
 * @correction: rate on top of the reference's, ns/s / 2^32
 * @trim: 1 for the next unit of frequency above the reference's, -1 below
 * @late: by how many counts what was to happen was late, on the average
 * @period_ns56: the reference's period
 * @limits: by servo_prepare()
 * @window: by servo_wanted(), if that returned false and @mode is SERVO_STEADY
 */
struct servo {
	u32 hz;
	s64 deadline_ns32;
	u32 slew_ns;
	u32 step_ns;
	bool may_step;
	bool rate_stale;
	bool fresh;
	enum servo_class class;
	enum servo_mode mode;
	u64 end;
	s64 correction;
	s32 trim;
	u64 late;
	u64 period_ns56;
	struct servo_limits limits;
	struct servo_window window;
};

/**
 * struct servo_frequency - a frequency as adjtimex(2) takes it
 * @freq: ppm / 2^16
 * @tick: us per tick of USER_HZ
 */
struct servo_frequency {
	s64 freq;
	s32 tick;
};

void servo_drop(struct servo *servo);
void servo_reset(struct servo *servo);
void servo_prepare(struct servo *servo, const struct servo_view *view);
struct servo_frequency servo_rate(const struct servo *servo,
				  const struct servo_view *view);
struct servo_frequency servo_exact_rate(const struct servo *servo,
					const struct servo_view *view);
enum servo_action servo_next(struct servo *servo,
			     const struct servo_view *view, u64 now);
void servo_learn(struct servo *servo, const struct servo_view *before,
		 const struct servo_view *after, u64 counter, s64 correction);
void servo_was_late(struct servo *servo, s64 counts);
bool servo_wanted(struct servo *servo, const struct servo_view *view);
u64 servo_deadline(const struct servo *servo, const struct servo_view *view);
u64 servo_deadline_timer(const struct servo_view *view, u64 deadline);

/* What the timekeeper's notifier asks in every update: in line. */

/**
 * servo_phase_at() - phase at a counter value after an update
 * @view: the last update
 * @counter: counter value
 *
 * The slope is below 2^56 (as much as 1 ns per count), so the product has at
 * most 119 bits; beyond +-2^55 ns32 (8 ms) times 2^8 the sum saturates.
 *
 * Return: ns32.
 */
static inline s64 servo_phase_at(const struct servo_view *view, u64 counter)
{
	__int128 phase = (__int128)(s64)(counter - view->cycle_last) *
			 view->slope_ns56;

	phase = (phase >> 24) + view->phase_ns32;
	return phase > S64_MAX ? S64_MAX :
	       phase < -S64_MAX ? -S64_MAX : (s64)phase;
}

static inline bool servo_is_idle(const struct servo *servo,
				 const struct servo_view *view)
{
	return view->ticking < servo->limits.idle_updates;
}

/**
 * servo_rests() - whether an update calls for nothing, like the last one
 * @servo: the law, unchanged since it was asked by servo_wanted()
 * @view: the update
 *
 * Cheap, for the timekeeper's notifier. A sum that wraps around has a phase or
 * ntp_error that is beyond all limits.
 *
 * Return: true if so; false if servo_wanted() is to be asked.
 */
static inline bool servo_rests(const struct servo *servo,
			       const struct servo_view *view)
{
	const struct servo_window *window = &servo->window;
	u64 line = (u64)view->phase_ns32 + view->ntp_error_ns32 -
		   servo->limits.dither_ns32;
	s64 apart = window->of_phase ? view->phase_ns32 : view->ntp_error_ns32;

	return (s64)line <= window->high_ns32 &&
	       (s64)line >= window->low_ns32 &&
	       apart <= servo->limits.ntp_error_ns32 &&
	       apart >= -servo->limits.ntp_error_ns32 &&
	       window->idle == servo_is_idle(servo, view);
}

/**
 * servo_deadline_moved() - whether a deadline must be computed anew
 * @servo: the law
 * @view: the last update
 * @deadline: servo_deadline() of an earlier one
 *
 * Cheap, for the timekeeper's notifier: it divides nothing.
 *
 * Return: true if the phase reaches the deadline's earlier than that.
 */
static inline bool servo_deadline_moved(const struct servo *servo,
					const struct servo_view *view,
					u64 deadline)
{
	s64 tick = view->cycle_interval;

	s64 phase_ns32 = servo_phase_at(view, deadline);

	return (s64)(deadline - view->cycle_last) > tick + tick / 4 &&
	       (phase_ns32 > servo->limits.deadline_ns32 ||
		phase_ns32 < -servo->limits.deadline_ns32);
}

#endif /* _TKREF_SERVO_H */
