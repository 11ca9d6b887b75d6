/* SPDX-License-Identifier: GPL-2.0 */
/* Shared by the servo_*.c files: fixed-point helpers and each other's parts. */
#ifndef _TKREF_SERVO_INTERNAL_H
#define _TKREF_SERVO_INTERNAL_H

#include <linux/kernel.h>

#include "servo.h"

#define NS32(ns)	((s64)(ns) << 32)
#define PS32(ps)	((s64)(ps) * ((1LL << 32) / 1000))

static inline s64 servo_counts_per_sec(const struct servo *servo)
{
	return servo->sample.cycle_interval * servo->hz;
}

/* Counts since the last tick boundary, also if an idle clock missed it. */
static inline s64 servo_counts_into_tick(const struct servo *servo, u64 now)
{
	s64 ahead = now - servo->sample.cycle_last;
	u64 rem;

	if (ahead <= 0)
		return 0;
	div64_u64_rem(ahead, servo->sample.cycle_interval, &rem);
	return rem;
}

/* Phase that one quantum (LSB) of mult makes in a tick. */
static inline s64 servo_tick_quantum_ns32(const struct servo *servo)
{
	return (s64)servo->sample.cycle_interval << (32 - servo->sample.shift);
}

/* Clamp to 1 s, so that sums cannot overflow. */
static inline s64 servo_bounded(s64 ns32)
{
	return clamp_t(s64, ns32, -NS32(1000000000), NS32(1000000000));
}

/* NTP clock - reference */
static inline s64 servo_ntp_phase(const struct servo_sample *sample)
{
	return servo_bounded(sample->phase_ns32) +
	       servo_bounded(sample->ntp_error_ns32);
}

/* Offset of the NTP clock from its target: the reference, plus the dither. */
static inline s64 servo_ntp_offset(const struct servo *servo)
{
	return servo_ntp_phase(&servo->sample) - servo->limits.dither_ns32;
}

/* servo_limits.c */
s64 servo_trim_tolerance(const struct servo *servo);
s64 servo_pulse_tolerance(const struct servo *servo);
bool servo_trim_wanted(const struct servo *servo);
bool servo_ntp_is_off(const struct servo *servo);
bool servo_ntp_error_is_off(const struct servo *servo);

/* servo_rate.c */
__int128 servo_nominal_ns32(const struct servo *servo);
s64 servo_frequency_ns32(const struct servo_frequency *f);
s64 servo_time_freq(const struct servo *servo, u64 period_ns56);

/* servo_moves.c: each begins a mode and returns what the caller is to do */
bool servo_in_time(const struct servo *servo);
enum servo_action servo_move_both(struct servo *servo, u64 now, s64 move_ns32);
enum servo_action servo_move_ntp(struct servo *servo, u64 now, s64 move_ns32);
enum servo_action servo_move_clock(struct servo *servo, u64 now, s64 move_ns32);
enum servo_action servo_bleed_off(struct servo *servo, u64 now);
enum servo_action servo_probe(struct servo *servo, u64 now);

#endif /* _TKREF_SERVO_INTERNAL_H */
