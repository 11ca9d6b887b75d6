/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The servo that keeps the clock on its reference: decisions only. A sample of
 * the timekeeper goes in, the next action comes out; no clock is read and
 * nothing is called, so the same source runs in a simulation.
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

#include <linux/minmax.h>

#include "vmclock/math.h"

/**
 * struct servo_sample - the timekeeper at one of its updates
 * @cycle_last: counter at the update
 * @cycle_interval: counts in a tick
 * @phase_ns32: CLOCK_REALTIME - reference at @cycle_last; saturates at 2 s
 * @ntp_error_ns32: NTP clock - CLOCK_REALTIME at @cycle_last
 * @slope_ns56: growth of @phase_ns32 per count until the next update
 * @mult: rate that readers use, ns / 2^@shift per count
 * @clock_mult: the clocksource's nominal rate, same unit
 * @shift: of the two above; at most 32
 * @ticking: updates since the last one that came after an idle interval
 */
struct servo_sample {
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
 * enum servo_accounting - how a change of mult within a tick is accounted for
 * @SERVO_ACCOUNTING_UNKNOWN: not probed yet
 * @SERVO_PRE_FIX: not at all: the NTP clock moves by
 *	(change of rate) * (time since the tick)
 * @SERVO_POST_FIX: ntp_error moves by as much, and the NTP clock stays
 *	(fixed upstream in 7.2 and in stable 6.1.190 and 6.12.111)
 */
enum servo_accounting {
	SERVO_ACCOUNTING_UNKNOWN,
	SERVO_PRE_FIX,
	SERVO_POST_FIX,
};

/**
 * enum servo_mode - the correction in progress
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
 * enum servo_action - the caller's next call
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
 * struct servo_limits - tolerances, by rate, tick, accounting and configuration
 * @dither_ns32: target offset of the NTP clock that centres the dither
 * @ntp_ns32: tolerated offset of the NTP clock while the clock ticks
 * @idle_ntp_ns32: tolerated offset of the NTP clock while it is idle
 * @ticking_ns32: tolerated ntp_error while the clock ticks
 * @ntp_error_ns32: tolerated ntp_error in general
 * @idle_phase_ns32: phase at which an idle clock is woken up
 * @late: lateness that always counts
 * @idle_updates: consecutive updates from which on the clock counts as ticking
 */
struct servo_limits {
	s64 dither_ns32;
	s64 ntp_ns32;
	s64 idle_ntp_ns32;
	s64 ticking_ns32;
	s64 ntp_error_ns32;
	s64 idle_phase_ns32;
	u64 late;
	u32 idle_updates;
};

/**
 * struct servo_window - range in which an update calls for no action
 * @low_ns32: least offset of the NTP clock
 * @high_ns32: largest offset of the NTP clock
 * @of_phase: the phase is limited as well; otherwise ntp_error is
 * @idle: the window holds while the clock is idle; otherwise while it ticks
 */
struct servo_window {
	s64 low_ns32;
	s64 high_ns32;
	bool of_phase;
	bool idle;
};

/**
 * struct servo - configuration, input and memory
 * @hz: ticks per second of the kernel's NTP arithmetic
 * @idle_error_ns32: phase that an idle clock may reach; 0 = any
 * @slew_ns: largest rate of a correction, ns/s
 * @step_ns: phase from which a step is wanted, if @may_step; 0 = never
 * @sample: the last update of the timekeeper
 * @may_step: first lock, or the first after a disruption
 * @rate_stale: the frequency must be set again
 * @fresh: the frequency has just been set
 * @accounting: the kernel's, as two probes in a row have shown
 * @probed: result of the last probe
 * @mode: correction in progress
 * @end: counter at which @mode ends; valid unless SERVO_STEADY
 * @correction: rate on top of the reference's, ns/s / 2^32
 * @trim: 1 for the next unit of frequency above the reference's, -1 below
 * @late: mean lateness of timers and ends of modes, counts (EWMA, 1/8)
 * @period_ns56: the reference's period
 * @tick_adj_ns32: what the kernel adds to its tick by itself, ns/s / 2^32
 * @limits: by servo_prepare()
 * @window: by servo_wanted(), if that returned false and @mode is SERVO_STEADY
 */
struct servo {
	u32 hz;
	s64 idle_error_ns32;
	u32 slew_ns;
	u32 step_ns;
	struct servo_sample sample;
	bool may_step;
	bool rate_stale;
	bool fresh;
	enum servo_accounting accounting;
	enum servo_accounting probed;
	enum servo_mode mode;
	u64 end;
	s64 correction;
	s32 trim;
	u64 late;
	u64 period_ns56;
	s64 tick_adj_ns32;
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
void servo_prepare(struct servo *servo);
struct servo_frequency servo_longer_tick(const struct servo *servo,
					 const struct servo_frequency *f,
					 s64 longer_ns32);
struct servo_frequency servo_rate(const struct servo *servo);
struct servo_frequency servo_exact_rate(const struct servo *servo);
enum servo_action servo_next(struct servo *servo, u64 now);
void servo_learn(struct servo *servo, const struct servo_sample *before,
		 u64 counter, s64 correction);
void servo_learn_tick(struct servo *servo,
		      const struct servo_frequency *frequency, u64 ntp_rate);
void servo_was_late(struct servo *servo, s64 counts);
bool servo_wanted(struct servo *servo);

/* The timekeeper's notifier asks these in every update, so they are in line. */

/**
 * servo_phase_at() - phase at a counter value after an update
 * @servo: its sample is used
 * @counter: counter value
 *
 * The slope is below 2^56 (as much as 1 ns per count), so the product has at
 * most 119 bits; beyond +-2^55 ns32 (8 ms) times 2^8 the sum saturates.
 *
 * Return: ns32.
 */
static inline s64 servo_phase_at(const struct servo *servo, u64 counter)
{
	const struct servo_sample *sample = &servo->sample;
	__int128 phase = (__int128)(s64)(counter - sample->cycle_last) *
			 sample->slope_ns56;

	phase = (phase >> 24) + sample->phase_ns32;
	return clamp_t(__int128, phase, -S64_MAX, S64_MAX);
}

/* Has the clock not ticked long enough to count as ticking? */
static inline bool servo_is_idle(const struct servo *servo)
{
	return servo->sample.ticking < servo->limits.idle_updates;
}

/**
 * servo_rests() - whether an update calls for nothing, like the last one
 * @servo: unchanged since servo_wanted() has returned false
 *
 * Cheap, for the timekeeper's notifier. A sum that wraps around has a phase or
 * ntp_error that is beyond all limits.
 *
 * Return: true if so; false if servo_wanted() is to be asked.
 */
static inline bool servo_rests(const struct servo *servo)
{
	const struct servo_sample *sample = &servo->sample;
	const struct servo_window *window = &servo->window;
	u64 ntp = (u64)sample->phase_ns32 + sample->ntp_error_ns32 -
		  servo->limits.dither_ns32;
	s64 apart = window->of_phase ? sample->phase_ns32 :
				       sample->ntp_error_ns32;

	return (s64)ntp <= window->high_ns32 && (s64)ntp >= window->low_ns32 &&
	       apart <= servo->limits.ntp_error_ns32 &&
	       apart >= -servo->limits.ntp_error_ns32 &&
	       window->idle == servo_is_idle(servo);
}

#endif /* _TKREF_SERVO_H */
