// SPDX-License-Identifier: GPL-2.0
/* Which call the thread makes next. Pure functions. */
#include <linux/kernel.h>

#include "discipline.h"

#define MISSED_NS32	(500000000LL << 32)

static struct vmclock_time time_from_ns32(s64 ns32)
{
	struct vmclock_time t = vmclock_time_from_ns(ns32 >> 32);
	struct vmclock_time rest = { .frac = vmclock_ns32_to_frac((u32)ns32) };

	return vmclock_time_add(t, rest);
}

/*
 * Without a TAI offset a leap second that was announced too late, or not at
 * all, shows as a phase of a second; that is not to be slewed for half an hour.
 */
static bool missed_leap_second(const struct tkref_discipline *d)
{
	const struct tkref_line *line = &d->source.line;

	return !line->tai && line->before_sec != line->after_sec &&
	       abs(d->servo.sample.phase_ns32) > MISSED_NS32;
}

/*
 * Linux 7.3 also ends the slew of a cleared adjtime(3) with the second, but no
 * tick length tells of that: the phase that it left may be stepped once.
 */
static void end_clearing(struct tkref_discipline *d, u64 now)
{
	s64 since = now - d->applied.cleared;

	if (!d->applied.clearing || since < 0)
		return;
	d->applied.clearing = false;
	if (since < (s64)d->servo.sample.cycle_interval * HZ)
		tkref_allow_step(d, "earlier adjustment");
}

/* @sec: added to the clock when it is compared with the reference */
static void decide_step(const struct tkref_discipline *d,
			struct tkref_order *order, u64 now, s32 sec)
{
	const struct servo_sample *sample = &d->servo.sample;
	struct vmclock_time zero = {}, phase;
	__int128 since;

	/* servo_phase_at() would saturate if the phase has */
	since = (__int128)(s64)(now - sample->cycle_last) * sample->slope_ns56;
	phase = tkref_line_phase_exact(&d->source.line, &d->observed.xtime);
	phase = vmclock_time_add(phase, time_from_ns32(since >> 24));
	phase.sec += sec;
	order->action = SERVO_STEP;
	order->offset = vmclock_time_sub(zero, phase);
	order->cause = d->step_cause;
	/* the step puts the clock on the reference, whatever it is now */
	tkref_ntp_wanted(d, TKREF_LOCKED, 1, &order->ntp);
}

static void follow_reference(struct tkref_discipline *d,
			     struct tkref_order *order, u64 now)
{
	if (missed_leap_second(d))
		tkref_allow_step(d, "leap second");
	order->action = servo_next(&d->servo, now);
	order->frequency = servo_rate(&d->servo);
	d->applied.exact = servo_exact_rate(&d->servo);
	d->applied.exact_known = true;
	if (order->action == SERVO_STEP)
		decide_step(d, order, now, 0);
}

/*
 * Reference or counter are gone, or the clock was yielded to a program that has
 * stepped it: a pulse in progress must not go on for ever.
 */
static void leave_clock(struct tkref_discipline *d, struct tkref_order *order)
{
	order->action = SERVO_RATE;
	order->frequency = d->applied.exact;
	d->applied.exact_known = false;
}

/**
 * tkref_decide() - give the thread its next order
 * @d: the discipline; its servo goes on
 * @order: result
 */
void tkref_decide(struct tkref_discipline *d, struct tkref_order *order)
{
	u64 now = tkref_count_now(d);

	end_clearing(d, now);
	*order = (struct tkref_order){ .action = SERVO_NOTHING };
	order->epoch = d->observed.epoch;
	order->before = d->servo.sample;
	order->counter = now;
	order->correction = d->servo.correction;
	tkref_ntp_wanted(d, d->state, tkref_offset_ns(d, now), &order->ntp);
	if (tkref_following(d))
		follow_reference(d, order, now);
	else if (d->applied.exact_known)
		leave_clock(d, order);
}

/* Is the step so large that the servo would make it as well? */
static bool step_is_due(const struct servo *servo, struct vmclock_time offset)
{
	s64 ns = vmclock_time_to_ns(offset);

	return servo->step_ns && (offset.sec > 1 || offset.sec < -2 ||
				  abs(ns) >= servo->step_ns);
}

/**
 * tkref_decide_tai() - set the TAI offset, and step the clock along with it
 * @d: the discipline, engaged
 * @order: result; SERVO_NOTHING if the TAI offset is right
 *
 * UTC has a leap second more; where the clock is off by it then, both change in
 * one call. A smaller phase is left to the servo.
 */
void tkref_decide_tai(struct tkref_discipline *d, struct tkref_order *order)
{
	*order = (struct tkref_order){ .action = SERVO_NOTHING };
	if (!tkref_engaged(d) || !tkref_tai_differs(d))
		return;
	tkref_allow_step(d, "TAI offset");
	order->tai = true;
	order->tai_offset_sec = tkref_tai_offset_wanted(d);
	decide_step(d, order, tkref_count_now(d), order->tai_offset_sec -
		    d->observed.xtime.tai_offset_sec);
	if (!step_is_due(&d->servo, order->offset))
		order->action = SERVO_RATE;
}
