// SPDX-License-Identifier: GPL-2.0
/*
 * The law: see servo.h for what it works on. The kernel's NTP line (what
 * CLOCK_REALTIME dithers around) is kept on the reference by the exact
 * frequency; the dithering between mult and mult + 1 is the kernel's own.
 * Then nothing needs to be done on a clock that ticks.
 *
 * The clock can be off, and the line, each with its pulse of another rate. On
 * kernels that keep the line, whose rate changes for the line at the beginning
 * of the tick and for the clock at once:
 *
 *	both by about as much: a pulse of whole ticks, which moves them alike;
 *	the clock alone: a pulse inside one tick, which the line doesn't see;
 *	the line alone: a short pulse across the end of a tick, which is a
 *	whole tick for the line and next to nothing for the clock;
 *	the line by a trifle: the next unit of frequency, up or down, brings it
 *	back in its own time, for one call.
 *
 * On kernels that keep the error every pulse moves both alike, wherever in a
 * tick it begins and ends. What lies between them, ntp_error, is consumed by
 * dithering alone: the clock is brought onto the reference, then the fraction
 * of the rate between two mults is chosen so that it lasts as short as can be.
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
#define FREQ_ANY	200000000		/* 20 %, ns/s */

#define PROBE_NS	50000		/* 50 ppm: 100 ns in half a tick */
#define PULSE_PER_SEC	50		/* 20 ms: late by j costs j / 20 ms */
#define LEAD_PER_SEC	4000		/* 250 us before the end of a tick */
#define TAIL_PER_SEC	50000		/* 20 us after it */
#define SMALL_NS	25000		/* 25 ppm, in the room of a tick */

static s64 s64_abs(s64 x)
{
	return x < 0 ? -x : x;
}

static s64 s64_max(s64 x, s64 y)
{
	return x > y ? x : y;
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

/*
 * The kernel dithers from below: with a rate of mult + f, the clock is up to f
 * grains of a tick behind the line and up to 1 - f before it, and up to twice
 * as far, as an update comes up to a tick after the beginning of its own. The
 * middle of that, for 3/4 of a tick, is put on the reference: it halves the
 * worst residual where f is near 0 or 1. f - 1/2 has 31 bits and a sign.
 */
static s64 dither_offset(const struct servo *servo,
			 const struct servo_view *view)
{
	u32 grain_bits = 56 - view->shift;
	u64 part = servo->period_ns56 & ((1ULL << grain_bits) - 1);
	s64 f = (part << 8 >> (grain_bits - 24)) - (1LL << 31);

	return ((__int128)f * tick_grain_ns32(view) * 7 / 4) >> 32;
}

/* Far from the ends of s64: what is off by a second is off. */
static s64 bounded(s64 ns32)
{
	return s64_clamp(ns32, -NS32(1000000000), NS32(1000000000));
}

static s64 line_error(const struct servo *servo, const struct servo_view *view)
{
	return bounded(view->phase_ns32) + bounded(view->ntp_error_ns32) -
	       servo->limits.dither_ns32;
}

/*
 * A kernel that keeps the error moves its line at every change of mult, by up
 * to one grain: correcting less would only make the next error. As long as the
 * clock swings by the deadline's phase, less than a quarter of it is not worth
 * a call; it is when the clock has ticked for a tenth of a second. On the
 * others nothing but the frequency's last unit moves the line.
 */
static void prepare_line(struct servo *servo, s64 grain)
{
	struct servo_limits *limits = &servo->limits;

	if (servo->class == SERVO_CLASS_KEEPS_LINE) {
		limits->line_ns32 = s64_max(grain / 4, PS32(150));
		limits->idle_line_ns32 = limits->line_ns32;
		return;
	}
	limits->line_ns32 = s64_max(grain, PS32(500));
	limits->idle_line_ns32 = limits->line_ns32;
	if (servo->deadline_ns32)
		limits->idle_line_ns32 = s64_max(limits->line_ns32,
						 limits->deadline_ns32 / 4);
}

/**
 * servo_prepare() - compute what lasts as long as the rate does
 * @servo: the law; its limits are set
 * @view: the last update
 *
 * To be called when @servo's configuration or period has changed, or @view's
 * cycle_interval or shift.
 *
 * With a deadline below what a tick makes, the tick would never be stopped. A
 * ticking clock's ntp_error is what two ticks make until mult is changed; an
 * idle one's swings by the deadline's phase besides.
 */
void servo_prepare(struct servo *servo, const struct servo_view *view)
{
	struct servo_limits *limits = &servo->limits;
	s64 grain = tick_grain_ns32(view), phase;

	phase = s64_max(servo->deadline_ns32, grain);
	limits->dither_ns32 = dither_offset(servo, view);
	limits->deadline_ns32 = phase;
	limits->ticking_ns32 = s64_max(NS32(2), 3 * grain);
	limits->ntp_error_ns32 = limits->ticking_ns32 +
		(servo->deadline_ns32 ? phase + phase / 4 : NS32(8));
	limits->idle_updates = servo->hz / 10;
	prepare_line(servo, grain);
}

static s64 line_tolerance(const struct servo *servo,
			  const struct servo_view *view)
{
	return servo_is_idle(servo, view) ? servo->limits.idle_line_ns32 :
				      servo->limits.line_ns32;
}

/*
 * A small error of the line that the frequency isn't yet about to remove. Half
 * of what an idle clock bears, when the clock has ticked for a tenth of a
 * second: there it is as large as what dithering makes.
 */
static s64 trim_tolerance(const struct servo *servo,
			  const struct servo_view *view)
{
	s64 tolerance = line_tolerance(servo, view);

	return servo_is_idle(servo, view) ? tolerance : tolerance / 2;
}

static bool trim_wanted(const struct servo *servo,
			const struct servo_view *view)
{
	s64 error = line_error(servo, view);

	return s64_abs(error) > trim_tolerance(servo, view) &&
	       servo->trim != (error > 0 ? -1 : 1);
}

/* An error of the line that is worth a pulse. */
static s64 pulse_tolerance(const struct servo *servo,
			   const struct servo_view *view)
{
	s64 tolerance = line_tolerance(servo, view);

	return servo->class == SERVO_CLASS_KEEPS_LINE ? 2 * tolerance :
							tolerance;
}

static bool line_off(const struct servo *servo, const struct servo_view *view)
{
	return s64_abs(line_error(servo, view)) > pulse_tolerance(servo, view);
}

static bool ntp_error_off(const struct servo *servo,
			  const struct servo_view *view)
{
	return s64_abs(view->ntp_error_ns32) > servo->limits.ntp_error_ns32;
}

/**
 * servo_drop() - end what is going on, now
 * @servo: the law; the frequency is to be set again
 */
void servo_drop(struct servo *servo)
{
	servo->mode = SERVO_STEADY;
	servo->correction = 0;
	servo->rate_stale = true;
}

/**
 * servo_reset() - forget what is going on
 * @servo: all but its configuration and the class is reset
 */
void servo_reset(struct servo *servo)
{
	servo_drop(servo);
	servo->trim = 0;
	servo->late = 0;
	servo->may_step = true;
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
 * 2^90 in 2^-56 ns/s. A rate that makes no sense with the clocksource of now
 * saturates beyond what adjtimex(2) takes.
 */
static s64 time_freq(const struct servo *servo, const struct servo_view *view,
		     u64 period_ns56)
{
	u64 nominal_ns56 = (u64)view->clock_mult << (56 - view->shift);
	__int128 freq = (__int128)(s64)(period_ns56 - nominal_ns56) *
			counts_per_sec(servo, view);

	freq = (freq >> 24) - NS32(VMCLOCK_NSEC_PER_SEC % servo->hz);
	return freq > NS32(FREQ_ANY) ? NS32(FREQ_ANY) :
	       freq < -NS32(FREQ_ANY) ? -NS32(FREQ_ANY) : (s64)freq;
}

/* Half a unit more or less makes the nearest one the next one up or down. */
static struct servo_frequency to_adjtimex(s64 freq, s32 trim)
{
	struct servo_frequency f = { .tick = 0 };

	if (s64_abs(freq) > FREQ_MAX)
		f.tick = s64_clamp(div_round(freq, TICK_UNIT),
				   -TICK_MAX, TICK_MAX);
	freq += trim * (FREQ_UNIT / 2) - f.tick * TICK_UNIT;
	f.freq = s64_clamp(div_round(freq, FREQ_UNIT),
			   -500 * 65536, 500 * 65536);
	f.tick += 10000;
	return f;
}

/**
 * servo_rate() - the frequency that the clock should have now
 * @servo: the law
 * @view: the last update
 *
 * Return: as adjtimex(2) takes it, in whole units (0.015 ns/s).
 */
struct servo_frequency servo_rate(const struct servo *servo,
				  const struct servo_view *view)
{
	return to_adjtimex(time_freq(servo, view, servo->period_ns56) +
			   servo->correction, servo->trim);
}

/**
 * servo_exact_rate() - the frequency at which the reference runs
 * @servo: the law
 * @view: the last update
 *
 * Return: the same, but for what is corrected.
 */
struct servo_frequency servo_exact_rate(const struct servo *servo,
					const struct servo_view *view)
{
	return to_adjtimex(time_freq(servo, view, servo->period_ns56), 0);
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
 * the CPU is taken away often, pulses are long, or each would leave more than
 * it has removed: with an end as late as usual a quarter of the move, or 4 ns:
 *
 *	length = late * min(4, move / 4 ns)
 *
 * which is late / 16 for each quarter of a ns, up to 64 of them. Late by more
 * than a quarter of a second makes no longer pulse.
 */
static u64 ticks_late(const struct servo *servo, const struct servo_view *view,
		      s64 move_ns32)
{
	s64 late = s64_clamp(servo->late, 0, counts_per_sec(servo, view) / 4);
	u64 quarters = s64_clamp(s64_abs(move_ns32), 0, NS32(16)) >> 30;

	return div64_u64((late >> 4) * quarters, view->cycle_interval);
}

static u64 ticks_needed(const struct servo *servo,
			const struct servo_view *view, s64 move_ns32, u64 least)
{
	u64 per_tick = div64_u64(NS32(servo->slew_ns), servo->hz);
	u64 ticks = div64_u64(s64_abs(move_ns32) + per_tick - 1, per_tick);

	return s64_max(ticks, least + ticks_late(servo, view, move_ns32));
}

/*
 * Whole ticks from here to the same place in a later tick: line and clock
 * move alike, and the changes of ntp_error at both ends cancel. A kernel that
 * keeps the error does so anywhere; there one tick is enough for little.
 */
static enum servo_action move_both(struct servo *servo,
				   const struct servo_view *view, u64 now,
				   s64 move_ns32)
{
	bool anywhere = servo->class == SERVO_CLASS_KEEPS_ERROR;
	u64 least = anywhere ? 1 : s64_max(2, servo->hz / PULSE_PER_SEC);

	if (!anywhere && room_in_tick(view, now) < 0)
		return align(servo, view, now);
	return pulse(servo, view, now, move_ns32,
		     ticks_needed(servo, view, move_ns32, least) *
		     view->cycle_interval);
}

/*
 * Pulses inside a tick, or across its end, cannot be made longer: are they of
 * use?
 */
static bool in_time(const struct servo *servo, const struct servo_view *view)
{
	return servo->late < view->cycle_interval / 8;
}

/* The slew of such a pulse: it must not spoil much if it is late once. */
static s64 small_slew(const struct servo *servo)
{
	return NS32(servo->slew_ns < SMALL_NS ? servo->slew_ns : SMALL_NS);
}

/*
 * Across the end of a tick: the line gets a whole tick of it, the clock what
 * LEAD and TAIL are of one. Begun too late, it moves nothing; then the next
 * end of a tick is tried.
 */
static enum servo_action move_line(struct servo *servo,
				   const struct servo_view *view, u64 now,
				   s64 move_ns32)
{
	s64 per_sec = counts_per_sec(servo, view);
	s64 tail = div64_u64(per_sec, TAIL_PER_SEC);
	s64 lead = div64_u64(per_sec, LEAD_PER_SEC);
	s64 rest = view->cycle_interval - counts_into_tick(view, now);
	s64 most = small_slew(servo);

	if (rest > lead)
		return start(servo, SERVO_ALIGN, now + rest - lead, 0);
	if (rest < tail)
		return start(servo, SERVO_ALIGN,
			     now + rest + view->cycle_interval - lead, 0);
	move_ns32 = s64_clamp(move_ns32, -most / servo->hz, most / servo->hz);
	return start(servo, SERVO_PULSE, now + rest + tail,
		     move_ns32 * servo->hz);
}

/*
 * Inside one tick: the clock moves and the line does not. What doesn't fit
 * waits for the next tick.
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
	most = ((__int128)small_slew(servo) * share) >> 28;
	return pulse(servo, view, now, s64_clamp(move_ns32, -most, most), room);
}

/*
 * Only dithering moves ntp_error here: mult + 1 is chosen for a negative
 * phase of the clock against the line. The whole part of the rate keeps the
 * clock on the reference, 31/32 or 1/32 of a grain consume the error in
 * |ntp_error| / (31/32 grain), looked at again after 50 ms.
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
	counts = s64_clamp(counts, tick, counts_per_sec(servo, view) / 20);
	return start(servo, SERVO_PULSE, now + counts,
		     time_freq(servo, view, period_ns56) -
		     time_freq(servo, view, servo->period_ns56));
}

/*
 * On a kernel that keeps the error; and on one that keeps the line, where the
 * CPU is too late for small pulses.
 */
static enum servo_action correct_together(struct servo *servo,
					  const struct servo_view *view,
					  u64 now)
{
	s64 line = line_error(servo, view), clock = view->phase_ns32;

	if (!ntp_error_off(servo, view))
		return line_off(servo, view) ?
		       move_both(servo, view, now, -line) : SERVO_NOTHING;
	if (s64_abs(clock) > servo->limits.ntp_error_ns32 / 4)
		return move_both(servo, view, now, -clock);
	return drain(servo, view, now);
}

static enum servo_action trim(struct servo *servo, s64 error)
{
	servo->trim = error > 0 ? -1 : 1;
	return SERVO_RATE;
}

/*
 * On a kernel that keeps the line. After a change of the frequency the phase
 * is no deadline's, and all of it is corrected.
 */
static enum servo_action correct_apart(struct servo *servo,
				       const struct servo_view *view, u64 now)
{
	s64 line = line_error(servo, view), clock = view->phase_ns32;
	bool off = line_off(servo, view);
	s64 most = servo->fresh ? servo->limits.ticking_ns32 :
				  servo->limits.ntp_error_ns32;

	if (off && s64_abs(view->ntp_error_ns32) < s64_abs(line) / 2)
		return move_both(servo, view, now, -line);
	if (s64_abs(clock) > most)
		return move_clock(servo, view, now, -clock);
	if (off)
		return move_line(servo, view, now, -line);
	servo->fresh = false;
	if (trim_wanted(servo, view))
		return trim(servo, line);
	return SERVO_NOTHING;
}

static enum servo_action correct(struct servo *servo,
				 const struct servo_view *view, u64 now)
{
	if (servo->class == SERVO_CLASS_KEEPS_ERROR || !in_time(servo, view))
		return correct_together(servo, view, now);
	return correct_apart(servo, view, now);
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
	       s64_abs(view->phase_ns32) >> 32 >= servo->step_ns;
}

/* A probe moves the clock: before it is stepped, unless that is off by ages. */
static bool probe_wanted(const struct servo *servo,
			 const struct servo_view *view)
{
	return servo->class == SERVO_CLASS_UNKNOWN &&
	       (!step_wanted(servo, view) ||
		s64_abs(view->phase_ns32) < NS32(1000000000));
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
		servo->fresh = true;
		return SERVO_RATE;
	}
	if (probe_wanted(servo, view))
		return probe(servo, view, now);
	if (step_wanted(servo, view))
		return step(servo);
	servo->may_step = false;
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

	if ((s64)(counter - after->cycle_last) < 0)
		return;		/* delayed into another tick */
	given = change * (s64)(counter - after->cycle_last) *
		(1LL << (32 - after->shift));
	missing = line_error(servo, before) - line_error(servo, after) +
		  correction / (s64)servo->hz * ticks;
	if (servo->class != SERVO_CLASS_UNKNOWN || s64_abs(given) < NS32(8))
		return;
	servo->class = s64_abs(missing - given) < s64_abs(missing) ?
		       SERVO_CLASS_KEEPS_ERROR : SERVO_CLASS_KEEPS_LINE;
	servo_prepare(servo, after);
}

/**
 * servo_was_late() - something that was to happen at a counter value has
 * @servo: the law
 * @counts: later than that
 *
 * A mean, to which each counts by an eighth: one long stall is not the rule.
 */
void servo_was_late(struct servo *servo, s64 counts)
{
	s64 more = (counts < 0 ? 0 : counts) - (s64)servo->late;

	servo->late += more / 8;
}

/* See correct() for what is corrected when. */
static void set_window(struct servo *servo, const struct servo_view *view)
{
	bool apart = servo->class == SERVO_CLASS_KEEPS_LINE &&
		     in_time(servo, view);
	struct servo_window *window = &servo->window;
	s64 most = pulse_tolerance(servo, view);
	s64 trim = trim_tolerance(servo, view);

	window->high_ns32 = apart && servo->trim >= 0 ? trim : most;
	window->low_ns32 = apart && servo->trim <= 0 ? -trim : -most;
	window->of_phase = apart;
	window->idle = servo_is_idle(servo, view);
}

/**
 * servo_wanted() - whether an update calls for servo_next()
 * @servo: the law; its window is updated
 * @view: the update
 *
 * Return: true if so.
 */
bool servo_wanted(struct servo *servo, const struct servo_view *view)
{
	if (servo->rate_stale)
		return true;
	if (servo->mode != SERVO_STEADY)
		return false;
	if (servo->class == SERVO_CLASS_UNKNOWN)
		return true;
	set_window(servo, view);
	return !servo_rests(servo, view);
}

/**
 * servo_deadline() - when an idle clock's phase reaches the deadline
 * @servo: the law, with a deadline_ns32 of at most 32 ns
 * @view: the last update
 *
 * An interrupt in the tick that begins then makes the kernel choose its mult
 * anew, towards the reference; nothing else is needed. Updates happen once a
 * tick at most, so it is at least a tick away, and a second at most. The limit
 * is below 2^38 before it is shifted by 24.
 *
 * Return: counter value, whole ticks after the update.
 */
u64 servo_deadline(const struct servo *servo, const struct servo_view *view)
{
	s64 slope = s64_abs(view->slope_ns56), tick = view->cycle_interval;
	s64 phase = view->slope_ns56 > 0 ? view->phase_ns32 : -view->phase_ns32;
	s64 limit = servo->limits.deadline_ns32 - bounded(phase);
	s64 longest = counts_per_sec(servo, view);
	s64 counts = 0;

	/* in a pulse the phase is another; a grain is what ntp_error makes */
	if (servo->mode == SERVO_PULSE) {
		limit = servo->limits.deadline_ns32;
		slope = 1LL << (56 - view->shift);
	}
	if (limit >= NS32(64) || slope < 1024)
		counts = longest;
	else if (limit > 0)
		counts = div64_u64((u64)limit << 24, slope);
	if (counts > longest)
		counts = longest;
	return view->cycle_last + s64_max(div64_u64(counts, tick), 1) * tick;
}

/**
 * servo_deadline_timer() - when a timer for a deadline is due
 * @view: the last update
 * @deadline: its servo_deadline()
 *
 * Just after the beginning of a tick the kernel decides on what is, and not
 * on what was up to a tick ago; and one that keeps the error makes none. A
 * timer's hardware may count at the nominal rate, and be early by as much.
 * The counts have 36 bits, and the rates differ by less than 2^28.
 *
 * Return: counter value.
 */
u64 servo_deadline_timer(const struct servo_view *view, u64 deadline)
{
	u64 early = s64_abs((s64)view->mult - view->clock_mult);
	u64 counts = deadline - view->cycle_last;

	return deadline + div64_u64(counts * early, view->clock_mult) +
	       view->cycle_interval / 64;
}
