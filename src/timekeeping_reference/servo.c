// SPDX-License-Identifier: GPL-2.0
/*
 * The law: see servo.h for what it works on. The kernel's NTP line (what
 * CLOCK_REALTIME dithers around) is kept on the reference by the exact
 * frequency; the dithering between mult and mult + 1 is the kernel's own.
 * Then nothing needs to be done on a clock that ticks.
 *
 * Three errors can be there, and each has its pulse of another rate:
 *
 *	line error (phase + ntp_error): a pulse of whole ticks, which moves
 *	line and clock alike;
 *	ntp_error alone, on kernels that keep the line: a pulse inside one
 *	tick, which moves the clock and not the line;
 *	ntp_error alone, on kernels that keep the error, and where the CPU is
 *	often taken away: first the clock is brought onto the reference, then
 *	the fraction of the rate between two mults is chosen so that dithering
 *	alone consumes the error.
 */
#include "servo.h"

#define NS32(ns)	((s64)(ns) << 32)
#define PS32(ps)	((s64)(ps) * ((1LL << 32) / 1000))

/* ns/s / 2^32 in one unit of txc.freq (ppm / 2^16), and of txc.tick (us) */
#define FREQ_UNIT	65536000LL
#define TICK_UNIT	NS32(100000)
#define TICK_MAX	1000
/* stay a little inside the kernel's own +-500 ppm */
#define FREQ_MAX	NS32(490000)

#define PROBE_NS	50000		/* 50 ppm: 100 ns in half a tick */
#define PULSE_TICKS	5		/* a pulse late by j costs j/5 of it */

static s64 s64_abs(s64 x)
{
	return x < 0 ? -x : x;
}

static s64 s64_clamp(s64 x, s64 low, s64 high)
{
	return x < low ? low : x > high ? high : x;
}

static s64 div_round(s64 dividend, s64 divisor)
{
	s64 half = divisor / 2;

	return (dividend + (dividend < 0 ? -half : half)) / divisor;
}

static s64 counts_per_sec(const struct servo *servo,
			  const struct servo_view *view)
{
	return view->cycle_interval * servo->hz;
}

/* Counts since the last tick boundary, which an idle clock has not seen. */
static s64 counts_into_tick(const struct servo_view *view, u64 now)
{
	s64 ahead = now - view->cycle_last;
	u64 rem;

	if (ahead <= 0)
		return 0;
	div64_u64_rem(ahead, view->cycle_interval, &rem);
	return rem;
}

/* The phase that one unit of mult makes in one tick. */
static s64 tick_grain_ns32(const struct servo_view *view)
{
	return (s64)view->cycle_interval << (32 - view->shift);
}

static s64 line_error(const struct servo_view *view)
{
	return view->phase_ns32 + view->ntp_error_ns32;
}

/*
 * A kernel that keeps the error moves its line at every change of mult, by up
 * to one grain: correcting less would only make the next error.
 */
static s64 line_tolerance(const struct servo *servo,
			  const struct servo_view *view)
{
	if (servo->class == SERVO_CLASS_KEEPS_LINE)
		return PS32(150);
	return tick_grain_ns32(view) + tick_grain_ns32(view) / 4;
}

/* ntp_error swings by the deadline's phase on its own. */
static s64 ntp_error_tolerance(const struct servo *servo)
{
	s64 deadline = servo->deadline_ns32;

	return deadline ? deadline + deadline / 4 + NS32(2) : NS32(10);
}

/**
 * servo_reset() - forget what is going on
 * @servo: all but its configuration and the class is reset
 */
void servo_reset(struct servo *servo)
{
	servo->mode = SERVO_STEADY;
	servo->correction = 0;
	servo->may_step = true;
	servo->rate_stale = true;
}

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
s64 servo_phase_at(const struct servo_view *view, u64 counter)
{
	__int128 phase = (__int128)(s64)(counter - view->cycle_last) *
			 view->slope_ns56;

	phase = (phase >> 24) + view->phase_ns32;
	return phase > S64_MAX ? S64_MAX :
	       phase < -S64_MAX ? -S64_MAX : (s64)phase;
}

/*
 * Frequency at which the NTP line runs at a period:
 *
 *	time_freq = (period - clock_mult / 2^shift) * cycle_interval * HZ - rest
 *
 * cycle_interval is made for 10^9 / HZ ns rounded down, while the tick length
 * is exact: a HZ that doesn't divide 10^9 makes the line fast by the rest of
 * that division, in ns/s (100 at 300 Hz).
 *
 * A difference of 10 % of 10 ns is 2^56, times 10^10 counts per second makes
 * 2^90 in 2^-56 ns/s, and 2^66 / 2^32 ns/s only at 10 counts per ns.
 */
static s64 time_freq(const struct servo *servo, const struct servo_view *view,
		     u64 period_ns56)
{
	u64 nominal_ns56 = (u64)view->clock_mult << (56 - view->shift);
	__int128 freq = (__int128)(s64)(period_ns56 - nominal_ns56) *
			counts_per_sec(servo, view);

	return (freq >> 24) - NS32(VMCLOCK_NSEC_PER_SEC % servo->hz);
}

static struct servo_frequency to_adjtimex(s64 freq)
{
	struct servo_frequency f = { .tick = 0 };

	if (s64_abs(freq) > FREQ_MAX)
		f.tick = s64_clamp(div_round(freq, TICK_UNIT),
				   -TICK_MAX, TICK_MAX);
	f.freq = s64_clamp(div_round(freq - f.tick * TICK_UNIT, FREQ_UNIT),
			   -500 * 65536, 500 * 65536);
	f.tick += 10000;
	return f;
}

/**
 * servo_rate() - the frequency that the clock should have now
 * @servo: the law
 * @view: the last update
 *
 * Return: as adjtimex(2) takes it, at the nearest unit (0.015 ns/s).
 */
struct servo_frequency servo_rate(const struct servo *servo,
				  const struct servo_view *view)
{
	return to_adjtimex(time_freq(servo, view, servo->period_ns56) +
			   servo->correction);
}

static enum servo_action start(struct servo *servo, enum servo_mode mode,
			       u64 end, s64 correction)
{
	servo->mode = mode;
	servo->end = end;
	servo->correction = correction;
	servo->rate_stale = false;
	return mode == SERVO_ALIGN ? SERVO_NOTHING : SERVO_RATE;
}

/*
 * Every pulse starts and ends in the first half of a tick. An end that comes
 * late by more than the other half would be one tick later for the NTP line.
 */
static s64 room_in_tick(const struct servo_view *view, u64 now)
{
	return (s64)view->cycle_interval / 2 - counts_into_tick(view, now);
}

/* Wait until the next tick has just begun. */
static enum servo_action align(struct servo *servo,
			       const struct servo_view *view, u64 now)
{
	s64 tick = view->cycle_interval;
	s64 rest = tick - counts_into_tick(view, now);

	return start(servo, SERVO_ALIGN, now + rest + tick / 400, 0);
}

/*
 * Move the phase by so much within so many counts. Counts per second are
 * below 2^35 (34 GHz), so their quotient is taken with 28 binary places; for
 * a pulse of 10^6 ticks it still has 16 bits, and what a pulse leaves the
 * next one removes.
 */
static enum servo_action pulse(struct servo *servo,
			       const struct servo_view *view, u64 now,
			       s64 move_ns32, u64 counts)
{
	u64 per_sec = div64_u64((u64)counts_per_sec(servo, view) << 28, counts);
	__int128 correction = (__int128)move_ns32 * per_sec;

	return start(servo, SERVO_PULSE, now + counts, correction >> 28);
}

/*
 * An end that is late by j spoils j / (length of the pulse) of the move. Where
 * the CPU is taken away for long, pulses are long, or each would leave more
 * than it has removed.
 */
static u64 ticks_needed(const struct servo *servo,
			const struct servo_view *view, s64 move_ns32)
{
	u64 per_tick = div64_u64(NS32(servo->slew_ns), servo->hz);
	u64 ticks = div64_u64(s64_abs(move_ns32) + per_tick - 1, per_tick);
	u64 least = PULSE_TICKS + 2 * div64_u64(servo->late,
						view->cycle_interval);

	return ticks < least ? least : ticks;
}

/*
 * Is move_clock() of use? It depends on a kernel that keeps the line, and on
 * an end in time: a pulse inside a tick cannot be made longer.
 */
static bool moves_clock(const struct servo *servo,
			const struct servo_view *view)
{
	return servo->class == SERVO_CLASS_KEEPS_LINE &&
	       servo->late < view->cycle_interval / 8;
}

/*
 * Whole ticks from here to the same place in a later tick: line and clock
 * move alike, and the changes of ntp_error at both ends cancel.
 */
static enum servo_action move_line(struct servo *servo,
				   const struct servo_view *view, u64 now,
				   s64 move_ns32)
{
	if (room_in_tick(view, now) < 0)
		return align(servo, view, now);
	return pulse(servo, view, now, move_ns32,
		     ticks_needed(servo, view, move_ns32) *
		     view->cycle_interval);
}

/*
 * Inside one tick: the clock moves and the line does not. What doesn't fit at
 * the largest slew waits for the next tick.
 */
static enum servo_action move_clock(struct servo *servo,
				    const struct servo_view *view, u64 now,
				    s64 move_ns32)
{
	s64 room = room_in_tick(view, now);
	u64 share;
	s64 most;

	if (room < (s64)view->cycle_interval / 8)
		return align(servo, view, now);
	share = div64_u64((u64)room << 28, counts_per_sec(servo, view));
	most = ((__int128)NS32(servo->slew_ns) * share) >> 28;
	return pulse(servo, view, now, s64_clamp(move_ns32, -most, most), room);
}

/*
 * Only dithering moves ntp_error here: mult + 1 is chosen for a negative
 * phase of the clock against the line. The whole part of the rate keeps the
 * clock on the reference, 31/32 or 1/32 of a grain consume the error in
 * |ntp_error| / (31/32 grain), looked at again after a few ticks.
 */
static enum servo_action drain(struct servo *servo,
			       const struct servo_view *view, u64 now)
{
	u64 grain_ns56 = 1ULL << (56 - view->shift);
	u64 base_ns56 = servo->period_ns56 & ~(grain_ns56 - 1);
	s64 tick = view->cycle_interval;
	s64 error = s64_clamp(view->ntp_error_ns32, -NS32(1000), NS32(1000));
	u64 most_ns56 = grain_ns56 - grain_ns56 / 32;
	u64 period_ns56, counts;

	period_ns56 = base_ns56 + (error < 0 ? most_ns56 : grain_ns56 / 32);
	counts = div64_u64((u64)s64_abs(error) << 12, most_ns56 >> 12);
	counts = s64_clamp(counts, tick, 12 * tick);
	return start(servo, SERVO_PULSE, now + counts,
		     time_freq(servo, view, period_ns56) -
		     time_freq(servo, view, servo->period_ns56));
}

/*
 * A clock that is on the reference already, with ntp_error elsewhere, is not
 * moved again for its sake.
 */
static enum servo_action correct(struct servo *servo,
				 const struct servo_view *view, u64 now)
{
	s64 tolerance = ntp_error_tolerance(servo);
	bool drift = s64_abs(view->ntp_error_ns32) > tolerance;
	bool there = s64_abs(view->phase_ns32) <= tolerance / 4;

	if (drift && there)
		return drain(servo, view, now);
	if (drift && !moves_clock(servo, view))
		return move_line(servo, view, now, -view->phase_ns32);
	if (s64_abs(line_error(view)) > line_tolerance(servo, view))
		return move_line(servo, view, now, -line_error(view));
	if (drift)
		return move_clock(servo, view, now, view->ntp_error_ns32);
	return SERVO_NOTHING;
}

/* Off frequency until the middle of the next tick, for servo_learn(). */
static enum servo_action probe(struct servo *servo,
			       const struct servo_view *view, u64 now)
{
	s64 tick = view->cycle_interval;
	s64 rest = tick - counts_into_tick(view, now);

	return start(servo, SERVO_PROBE, now + rest + tick / 2,
		     NS32(PROBE_NS));
}

/* The current mode goes on, with a new frequency if the reference has one. */
static enum servo_action keep_on(struct servo *servo)
{
	if (!servo->rate_stale || servo->mode == SERVO_ALIGN)
		return SERVO_NOTHING;
	servo->rate_stale = false;
	return SERVO_RATE;
}

/* The current mode ends: back to the reference's frequency. */
static void finish(struct servo *servo, u64 now)
{
	servo_was_late(servo, now - servo->end);
	if (servo->mode != SERVO_ALIGN)
		servo->rate_stale = true;
	servo->mode = SERVO_STEADY;
	servo->correction = 0;
}

static enum servo_action step(struct servo *servo)
{
	servo->may_step = false;
	servo->rate_stale = true;
	return SERVO_STEP;
}

static bool step_wanted(const struct servo *servo,
			const struct servo_view *view)
{
	return servo->may_step && servo->step_ns &&
	       s64_abs(view->phase_ns32) > NS32(servo->step_ns);
}

/**
 * servo_next() - what to do now
 * @servo: the law; its mode, end and correction are updated
 * @view: the last update
 * @now: counter; at or after servo::end if a mode shall end
 *
 * To be called again, with a fresh view, after an action was carried out.
 *
 * Return: the action.
 */
enum servo_action servo_next(struct servo *servo,
			     const struct servo_view *view, u64 now)
{
	if (servo->mode != SERVO_STEADY && (s64)(servo->end - now) > 0)
		return keep_on(servo);
	if (servo->mode != SERVO_STEADY)
		finish(servo, now);
	if (servo->rate_stale) {
		servo->rate_stale = false;
		return SERVO_RATE;
	}
	if (step_wanted(servo, view))
		return step(servo);
	servo->may_step = false;
	if (servo->class == SERVO_CLASS_UNKNOWN)
		return probe(servo, view, now);
	return correct(servo, view, now);
}

/**
 * servo_learn() - find out the kernel's class from a change of frequency
 * @servo: its class is set once it is clear
 * @before: the last update before the change
 * @after: the update that came with the change
 * @counter: counter at the change
 * @correction: servo::correction that was in force before
 *
 * Up to the change the line error grew by @correction for every tick that
 * went by. A change of mult by dm at o counts into the tick takes dm * o from
 * xtime, so that the clock goes on where it is; a kernel that keeps the line
 * gives as much to ntp_error. What is missing of the line error is 0 or
 * dm * o, whichever is nearer. Under 8 ns of it nothing is decided.
 */
void servo_learn(struct servo *servo, const struct servo_view *before,
		 const struct servo_view *after, u64 counter, s64 correction)
{
	s64 ticks = div64_u64(after->cycle_last - before->cycle_last,
			      after->cycle_interval);
	s64 change = (s64)after->mult - before->mult;
	s64 given, missing;

	given = change * (s64)(counter - after->cycle_last) *
		(1LL << (32 - after->shift));
	missing = line_error(before) - line_error(after) +
		  correction / (s64)servo->hz * ticks;
	if (servo->class != SERVO_CLASS_UNKNOWN || s64_abs(given) < NS32(8))
		return;
	servo->class = s64_abs(missing - given) < s64_abs(missing) ?
		       SERVO_CLASS_KEEPS_ERROR : SERVO_CLASS_KEEPS_LINE;
}

/**
 * servo_was_late() - something that was to happen at a counter value has
 * @servo: the law
 * @counts: later than that
 *
 * The worst is remembered, and forgotten by an eighth at each of the next.
 */
void servo_was_late(struct servo *servo, s64 counts)
{
	u64 late = counts < 0 ? 0 : counts;

	servo->late -= servo->late / 8;
	if (late > servo->late)
		servo->late = late;
}

/**
 * servo_wanted() - whether an update calls for servo_next()
 * @servo: the law
 * @view: the update
 *
 * Cheap, for the timekeeper's notifier.
 *
 * Return: true if so.
 */
bool servo_wanted(const struct servo *servo, const struct servo_view *view)
{
	if (servo->rate_stale)
		return true;
	if (servo->mode != SERVO_STEADY)
		return false;
	if (servo->class == SERVO_CLASS_UNKNOWN ||
	    s64_abs(line_error(view)) > line_tolerance(servo, view))
		return true;
	return s64_abs(view->ntp_error_ns32) > ntp_error_tolerance(servo);
}

/**
 * servo_deadline() - when an idle clock's phase reaches the deadline
 * @servo: the law, with a deadline_ns32 of at most 32 ns
 * @view: the last update
 *
 * An interrupt at that moment makes the kernel choose its mult anew, towards
 * the reference; nothing else is needed. Updates happen once a tick at most,
 * so it is at least a tick away, and a second at most. The limit is below
 * 2^38 before it is shifted by 24.
 *
 * Return: counter value.
 */
u64 servo_deadline(const struct servo *servo, const struct servo_view *view)
{
	s64 slope = s64_abs(view->slope_ns56);
	s64 phase = view->slope_ns56 > 0 ? view->phase_ns32 : -view->phase_ns32;
	s64 limit = servo->deadline_ns32 - phase;
	s64 tick = view->cycle_interval;
	s64 longest = counts_per_sec(servo, view);
	s64 counts = 0;

	if (limit >= NS32(64) || slope < 1024)
		counts = longest;
	else if (limit > 0)
		counts = div64_u64((u64)limit << 24, slope);
	return view->cycle_last +
	       s64_clamp(counts, tick + tick / 64, longest);
}
