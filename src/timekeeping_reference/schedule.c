// SPDX-License-Identifier: GPL-2.0
/*
 * When something is due: the end of the servo's mode, and the moment at which
 * an idle clock's phase reaches its limit. Pure functions.
 */
#include "schedule.h"
#include "servo_internal.h"

#define SPIN_NS		3000	/* this near the end of a mode, spin */
#define SHORTEST_NS	2000	/* timer expiry */

/**
 * servo_deadline() - when an idle clock's phase reaches its limit
 * @servo: its limits are used; idle_error_ns32 is at most 32 ns
 *
 * An interrupt in the tick that begins then makes the kernel choose its mult
 * anew, towards the reference; nothing else is needed. Updates happen once a
 * tick at most, so it is at least a tick away, and a second at most. The limit
 * is below 2^38 before it is shifted by 24.
 *
 * Return: counter value, whole ticks after the update.
 */
u64 servo_deadline(const struct servo *servo)
{
	const struct servo_sample *sample = &servo->sample;
	s64 slope = abs(sample->slope_ns56), tick = sample->cycle_interval;
	s64 phase = sample->slope_ns56 > 0 ? sample->phase_ns32 :
					     -sample->phase_ns32;
	s64 limit = servo->limits.idle_phase_ns32 - servo_bounded(phase);
	s64 longest = servo_counts_per_sec(servo);
	s64 counts = 0;

	/* a pulse moves the phase on purpose; one quantum is ntp_error's */
	if (servo->mode == SERVO_PULSE) {
		limit = servo->limits.idle_phase_ns32;
		slope = 1LL << (56 - sample->shift);
	}
	if (limit >= NS32(64) || slope < 1024)
		counts = longest;
	else if (limit > 0)
		counts = div64_u64((u64)limit << 24, slope);
	if (counts > longest)
		counts = longest;
	return sample->cycle_last +
	       max_t(s64, div64_u64(counts, tick), 1) * tick;
}

/**
 * servo_deadline_timer() - when a timer for a deadline is due
 * @servo: its sample is used
 * @deadline: its servo_deadline()
 *
 * Just after the beginning of a tick the kernel decides on the present error
 * and not on that of up to a tick ago; and a pre-fix kernel makes no new one.
 * A timer's hardware may count at the nominal rate, and be early by as much.
 * The counts have 36 bits, and the rates differ by less than 2^28.
 *
 * Return: counter value.
 */
u64 servo_deadline_timer(const struct servo *servo, u64 deadline)
{
	const struct servo_sample *sample = &servo->sample;
	u64 early = abs((s64)sample->mult - sample->clock_mult);
	u64 counts = deadline - sample->cycle_last;

	return deadline + div64_u64(counts * early, sample->clock_mult) +
	       sample->cycle_interval / 64;
}

static s64 counts_to_ns(s64 counts, u32 mult, u32 shift)
{
	return counts <= 0 ? 0 :
	       (s64)(((unsigned __int128)counts * mult) >> shift);
}

/**
 * servo_mode_ends() - whether the servo's mode ends now
 * @servo: its mode and end are used
 * @now: counter
 *
 * Return: true if it has ended, or ends so soon that spinning is cheaper than
 * another timer.
 */
bool servo_mode_ends(const struct servo *servo, u64 now)
{
	const struct servo_sample *sample = &servo->sample;

	return servo->mode != SERVO_STEADY &&
	       counts_to_ns(servo->end - now, sample->mult, sample->shift) <=
	       SPIN_NS;
}

/**
 * servo_next_expiry() - when the timer is due
 * @servo: what it does
 * @now: counter
 * @deadline: set to servo_deadline(), if there is a limit for idle clocks
 *
 * Return: counter value, or TKREF_NEVER.
 */
u64 servo_next_expiry(const struct servo *servo, u64 now, u64 *deadline)
{
	u64 soonest = now + servo->sample.cycle_interval / 4;
	bool steady = servo->mode == SERVO_STEADY;
	u64 expiry;

	if (!servo->idle_error_ns32)
		return steady ? TKREF_NEVER : servo->end;
	*deadline = servo_deadline(servo);
	expiry = servo_deadline_timer(servo, *deadline);
	if ((s64)(expiry - soonest) < 0)
		expiry = soonest;
	if (!steady && (s64)(servo->end - expiry) < 0)
		return servo->end;
	return expiry;
}

/**
 * servo_timer_ns() - how long a timer has to run
 * @servo: its sample is used
 * @counts: from now
 *
 * A timer's hardware may count at the nominal rate, whatever the clock's is:
 * rather too early than too late.
 *
 * Return: ns.
 */
s64 servo_timer_ns(const struct servo *servo, s64 counts)
{
	const struct servo_sample *sample = &servo->sample;
	u32 mult = min(sample->mult, sample->clock_mult);
	s64 ns = counts_to_ns(counts, mult, sample->shift);

	return max_t(s64, ns, SHORTEST_NS);
}
