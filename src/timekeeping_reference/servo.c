// SPDX-License-Identifier: GPL-2.0
/*
 * The servo's decisions; servo.h describes its data. The kernel's NTP clock
 * (xtime + ntp_error, which CLOCK_REALTIME dithers around) is kept on the
 * reference by the exact frequency; the dither between mult and mult + 1 is the
 * kernel's own. A ticking clock then needs no calls.
 *
 * Clock and NTP clock can be off, each corrected by a pulse of another rate. On
 * post-fix kernels a change of rate takes effect for the NTP clock at the
 * beginning of the tick and for the clock at once:
 *
 *	both off by about as much: a pulse of whole ticks moves them alike;
 *	the clock alone: a pulse inside one tick, unseen by the NTP clock;
 *	the NTP clock alone: a short pulse across the end of a tick, which is
 *	a whole tick for the NTP clock and next to nothing for the clock;
 *	the NTP clock by a trifle: the frequency is dithered by its last bit
 *	(trim), which brings it back slowly for one call.
 *
 * On pre-fix kernels every pulse moves both alike, wherever in a tick it begins
 * and ends. Only the kernel's dither consumes the difference, ntp_error: the
 * clock is brought onto the reference, then the fraction of the rate between
 * two mults is chosen so that this bleed-off is as short as possible.
 */
#include "servo_internal.h"

/**
 * servo_drop() - abandon the correction in progress
 * @servo: its frequency is to be set again
 */
void servo_drop(struct servo *servo)
{
	servo->mode = SERVO_STEADY;
	servo->correction = 0;
	servo->rate_stale = true;
}

/**
 * servo_reset() - begin a new lock
 * @servo: all but configuration and accounting is reset; a step is allowed
 */
void servo_reset(struct servo *servo)
{
	servo_drop(servo);
	servo->trim = 0;
	servo->late = 0;
	servo->may_step = true;
}

/* For pre-fix kernels, and for CPUs that are too late for small pulses. */
static enum servo_action correct_together(struct servo *servo, u64 now)
{
	const struct servo_sample *sample = &servo->sample;
	s64 ntp = servo_ntp_offset(servo), clock = sample->phase_ns32;

	if (!servo_ntp_error_is_off(servo))
		return servo_ntp_is_off(servo) ?
			       servo_move_both(servo, now, -ntp) :
			       SERVO_NOTHING;
	if (abs(clock) > servo->limits.ntp_error_ns32 / 4)
		return servo_move_both(servo, now, -clock);
	return servo_bleed_off(servo, now);
}

/*
 * For post-fix kernels. Right after a change of frequency the tighter limit of
 * a ticking clock is used: the phase was not caused by idling.
 */
static enum servo_action correct_apart(struct servo *servo, u64 now)
{
	const struct servo_sample *sample = &servo->sample;
	s64 ntp = servo_ntp_offset(servo), clock = sample->phase_ns32;
	bool off = servo_ntp_is_off(servo);
	s64 most = servo->fresh ? servo->limits.ticking_ns32 :
				  servo->limits.ntp_error_ns32;

	if (off && abs(sample->ntp_error_ns32) < abs(ntp) / 2)
		return servo_move_both(servo, now, -ntp);
	if (abs(clock) > most)
		return servo_move_clock(servo, now, -clock);
	if (off)
		return servo_move_ntp(servo, now, -ntp);
	servo->fresh = false;
	if (!servo_trim_wanted(servo))
		return SERVO_NOTHING;
	servo->trim = ntp > 0 ? -1 : 1;
	return SERVO_RATE;
}

static enum servo_action correct_phase(struct servo *servo, u64 now)
{
	if (servo->accounting == SERVO_PRE_FIX || !servo_in_time(servo))
		return correct_together(servo, now);
	return correct_apart(servo, now);
}

/* The current mode goes on, with a new frequency if the reference has one. */
static enum servo_action keep_mode(struct servo *servo)
{
	if (!servo->rate_stale || servo->mode == SERVO_ALIGN)
		return SERVO_NOTHING;
	servo->rate_stale = false;
	return SERVO_RATE;
}

/* The current mode ends: back to the reference's frequency. */
static void finish_mode(struct servo *servo, u64 now)
{
	servo_was_late(servo, now - servo->end);
	if (servo->mode != SERVO_ALIGN)
		servo->rate_stale = true;
	servo->mode = SERVO_STEADY;
	servo->correction = 0;
}

static bool step_wanted(const struct servo *servo)
{
	return servo->may_step && servo->step_ns &&
	       abs(servo->sample.phase_ns32) >> 32 >= servo->step_ns;
}

/*
 * Probe before stepping, since a probe moves the phase; but if the offset
 * exceeds 1 s, step first.
 */
static bool probe_wanted(const struct servo *servo)
{
	return servo->accounting == SERVO_ACCOUNTING_UNKNOWN &&
	       (!step_wanted(servo) ||
		abs(servo->sample.phase_ns32) < NS32(1000000000));
}

/**
 * servo_next() - what to do now
 * @servo: its mode, end and correction are updated
 * @now: counter; at or after servo::end if a mode shall end
 *
 * To be called again, with a fresh sample, after an action was carried out.
 *
 * Return: the action.
 */
enum servo_action servo_next(struct servo *servo, u64 now)
{
	bool step;

	if (servo->mode != SERVO_STEADY && (s64)(servo->end - now) > 0)
		return keep_mode(servo);
	if (servo->mode != SERVO_STEADY)
		finish_mode(servo, now);
	if (servo->rate_stale) {
		servo->rate_stale = false;
		servo->fresh = true;
		return SERVO_RATE;
	}
	if (probe_wanted(servo))
		return servo_probe(servo, now);
	step = step_wanted(servo);
	servo->may_step = false;
	if (!step)
		return correct_phase(servo, now);
	servo->rate_stale = true;
	return SERVO_STEP;
}

/* The result of a probe: two in a row have to agree. */
static void end_probe(struct servo *servo, enum servo_accounting result)
{
	if (servo->accounting != SERVO_ACCOUNTING_UNKNOWN)
		return;
	if (result == servo->probed)
		servo->accounting = result;
	servo->probed = result;
	servo_prepare(servo);
}

/**
 * servo_learn() - probe the kernel's accounting by a change of frequency
 * @servo: its accounting is set once it is clear; its sample is the update that
 *	came with the change
 * @before: the last update before the change
 * @counter: counter at the change
 * @correction: servo::correction that was in force before
 *
 * Up to the change the NTP clock's offset grew by @correction for every tick.
 * A change of mult by dm at o counts into the tick takes dm * o from xtime, so
 * that the clock goes on where it is; a post-fix kernel gives as much to
 * ntp_error. The offset therefore lacks 0 or dm * o, whichever is nearer. If
 * dm * o is less than 8 ns, nothing is decided. A reference that has moved in
 * between would show as either, hence two results have to agree. Some stable
 * kernels of 2025 (6.12.23, 6.13.11, 6.14.2) accounted for the part of a tick
 * before the change, which leaves the grid of ticks: pulses of any length then
 * move clock and NTP clock alike, as on pre-fix kernels.
 */
void servo_learn(struct servo *servo, const struct servo_sample *before,
		 u64 counter, s64 correction)
{
	const struct servo_sample *after = &servo->sample;
	u64 off_grid;
	s64 ticks = div64_u64_rem(after->cycle_last - before->cycle_last,
				  after->cycle_interval, &off_grid);
	s64 change = (s64)after->mult - before->mult;
	s64 given, missing;

	if (abs(before->phase_ns32) >= NS32(1000000000) ||
	    abs(after->phase_ns32) >= NS32(1000000000))
		return; /* bounded: it shows no change */
	if (off_grid) {
		end_probe(servo, SERVO_PRE_FIX);
		return;
	}
	if ((s64)(counter - after->cycle_last) < 0)
		return; /* delayed into another tick */
	given = change * (s64)(counter - after->cycle_last) *
		(1LL << (32 - after->shift));
	missing = servo_ntp_phase(before) - servo_ntp_phase(after) +
		  correction / (s64)servo->hz * ticks;
	if (abs(given) < NS32(8))
		return;
	end_probe(servo, abs(missing - given) < abs(missing) ?
			 SERVO_PRE_FIX : SERVO_POST_FIX);
}

/**
 * servo_learn_tick() - find out what the kernel adds to the tick by itself
 * @servo: its tick_adj_ns32 is set
 * @frequency: in force, and nothing else
 * @ntp_rate: ns / 2^32 that the NTP clock goes in a tick
 *
 * The command line's ntp_tick_adj= is in whole ns/s, and zero nearly always.
 */
void servo_learn_tick(struct servo *servo,
		      const struct servo_frequency *frequency, u64 ntp_rate)
{
	__int128 rate = (__int128)ntp_rate * servo->hz -
			servo_nominal_ns32(servo) -
			servo_frequency_ns32(frequency);

	rate = (rate + NS32(1) / 2) >> 32;
	if (rate > -1000000 && rate < 1000000)
		servo->tick_adj_ns32 = (s64)rate << 32;
}

/**
 * servo_was_late() - account for the lateness of a timer or the end of a mode
 * @servo: its usual lateness is updated, each time by an eighth
 * @counts: lateness; negative counts as 0
 *
 * One long stall is not usual: more than four times of what is usual, and a
 * quarter of a tick, does not count.
 */
void servo_was_late(struct servo *servo, s64 counts)
{
	s64 most = 4 * servo->late + servo->limits.late;

	servo->late += (clamp_t(s64, counts, 0, most) - (s64)servo->late) / 8;
}

/* The window mirrors the conditions of correct_together() and _apart(). */
static void set_window(struct servo *servo)
{
	bool apart = servo->accounting == SERVO_POST_FIX &&
		     servo_in_time(servo);
	struct servo_window *window = &servo->window;
	s64 most = servo_pulse_tolerance(servo);
	s64 trim = servo_trim_tolerance(servo);

	window->high_ns32 = apart && servo->trim >= 0 ? trim : most;
	window->low_ns32 = apart && servo->trim <= 0 ? -trim : -most;
	window->of_phase = apart;
	window->idle = servo_is_idle(servo);
}

/**
 * servo_wanted() - whether an update calls for servo_next()
 * @servo: its window is updated
 *
 * Return: true if so.
 */
bool servo_wanted(struct servo *servo)
{
	if (servo->rate_stale)
		return true;
	if (servo->mode != SERVO_STEADY)
		return false;
	if (servo->accounting == SERVO_ACCOUNTING_UNKNOWN)
		return true;
	set_window(servo);
	return !servo_rests(servo);
}
