/* SPDX-License-Identifier: GPL-2.0 */
/* When the timer is due, and when the servo's mode ends. Pure. */
#ifndef _TKREF_SCHEDULE_H
#define _TKREF_SCHEDULE_H

#include "servo.h"

#define TKREF_NEVER	U64_MAX

u64 servo_deadline(const struct servo *servo);
u64 servo_deadline_timer(const struct servo *servo, u64 deadline);
bool servo_mode_ends(const struct servo *servo, u64 now);
u64 servo_next_expiry(const struct servo *servo, u64 now, u64 *deadline);
s64 servo_timer_ns(const struct servo *servo, s64 counts);

/**
 * servo_deadline_moved() - whether a deadline must be computed anew
 * @servo: its limits are used
 * @deadline: servo_deadline() of an earlier one
 *
 * Cheap, for the timekeeper's notifier: it divides nothing.
 *
 * Return: true if the phase reaches its limit earlier than that.
 */
static inline bool servo_deadline_moved(const struct servo *servo, u64 deadline)
{
	s64 tick = servo->sample.cycle_interval;
	s64 phase_ns32 = servo_phase_at(servo, deadline);

	return (s64)(deadline - servo->sample.cycle_last) > tick + tick / 4 &&
	       (phase_ns32 > servo->limits.idle_phase_ns32 ||
		phase_ns32 < -servo->limits.idle_phase_ns32);
}

#endif /* _TKREF_SCHEDULE_H */
