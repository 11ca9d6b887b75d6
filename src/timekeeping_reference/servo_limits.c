// SPDX-License-Identifier: GPL-2.0
/*
 * The servo's tolerances: how far the clock and the NTP clock may be off the
 * reference before a correction is worth a call. Pure functions.
 */
#include "servo_internal.h"

/*
 * The kernel dithers from below: with a rate of mult + f, the clock is up to f
 * quanta of a tick behind the NTP clock and up to 1 - f ahead of it, and up to
 * twice as far, since an update may come a whole tick after its tick began. The
 * middle of that, for 3/4 of a tick, is put on the reference: this halves the
 * worst phase error where f is near 0 or 1. f - 1/2 has 31 bits and a sign.
 */
static s64 dither_offset(const struct servo *servo)
{
	u32 quantum_bits = 56 - servo->sample.shift;
	u64 part = servo->period_ns56 & ((1ULL << quantum_bits) - 1);
	s64 f = (part << 8 >> (quantum_bits - 24)) - (1LL << 31);

	return ((__int128)f * servo_tick_quantum_ns32(servo) * 7 / 4) >> 32;
}

/*
 * A pre-fix kernel moves its NTP clock at every change of mult, by up to one
 * quantum of a tick: correcting less would only make the next error. While an
 * idle clock swings by the idle limit, less than a quarter of that is not worth
 * a call. On a post-fix kernel only the frequency's rounding moves it.
 */
static void prepare_ntp_limits(struct servo *servo, s64 quantum)
{
	struct servo_limits *limits = &servo->limits;

	if (servo->accounting == SERVO_POST_FIX) {
		limits->ntp_ns32 = max_t(s64, quantum / 4, PS32(150));
		limits->idle_ntp_ns32 = limits->ntp_ns32;
		return;
	}
	limits->ntp_ns32 = max_t(s64, quantum, PS32(500));
	limits->idle_ntp_ns32 = limits->ntp_ns32;
	if (servo->idle_error_ns32)
		limits->idle_ntp_ns32 = max(limits->ntp_ns32,
					    limits->idle_phase_ns32 / 4);
}

/**
 * servo_prepare() - compute what lasts as long as the rate does
 * @servo: its limits are set
 *
 * To be called when @servo's configuration or period has changed, or its
 * sample's cycle_interval or shift.
 *
 * With an idle limit below what a tick makes, the tick would never be stopped.
 * While the clock ticks, ntp_error is what two ticks make until mult changes;
 * that of an idle clock swings by the idle limit besides.
 */
void servo_prepare(struct servo *servo)
{
	struct servo_limits *limits = &servo->limits;
	s64 quantum = servo_tick_quantum_ns32(servo), phase;

	phase = max_t(s64, servo->idle_error_ns32, quantum);
	limits->dither_ns32 = dither_offset(servo);
	limits->idle_phase_ns32 = phase;
	limits->ticking_ns32 = max_t(s64, NS32(2), 3 * quantum);
	limits->ntp_error_ns32 =
		limits->ticking_ns32 +
		(servo->idle_error_ns32 ? phase + phase / 4 : NS32(8));
	limits->late = servo->sample.cycle_interval / 4;
	limits->idle_updates = servo->hz / 10;
	prepare_ntp_limits(servo, quantum);
}

static s64 ntp_tolerance(const struct servo *servo)
{
	return servo_is_idle(servo) ? servo->limits.idle_ntp_ns32 :
				      servo->limits.ntp_ns32;
}

/*
 * Offset of the NTP clock from which on the dither of the frequency's last bit
 * removes it. While the clock ticks, tolerate half: about the size of the
 * kernel's own dither.
 */
s64 servo_trim_tolerance(const struct servo *servo)
{
	s64 tolerance = ntp_tolerance(servo);

	return servo_is_idle(servo) ? tolerance : tolerance / 2;
}

bool servo_trim_wanted(const struct servo *servo)
{
	s64 error = servo_ntp_offset(servo);

	return abs(error) > servo_trim_tolerance(servo) &&
	       servo->trim != (error > 0 ? -1 : 1);
}

/* Offset of the NTP clock that is worth a pulse. */
s64 servo_pulse_tolerance(const struct servo *servo)
{
	s64 tolerance = ntp_tolerance(servo);

	return servo->accounting == SERVO_POST_FIX ? 2 * tolerance : tolerance;
}

bool servo_ntp_is_off(const struct servo *servo)
{
	return abs(servo_ntp_offset(servo)) > servo_pulse_tolerance(servo);
}

bool servo_ntp_error_is_off(const struct servo *servo)
{
	return abs(servo->sample.ntp_error_ns32) > servo->limits.ntp_error_ns32;
}
