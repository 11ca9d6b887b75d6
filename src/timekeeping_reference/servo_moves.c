// SPDX-License-Identifier: GPL-2.0
/*
 * How the servo moves clock and NTP clock: pulses of another rate, and when in
 * a tick each has to begin and end. Pure functions; see servo.c for which of
 * them is chosen.
 */
#include "servo_internal.h"

#define PROBE_NS	50000		/* 50 ppm: 100 ns in half a tick */
#define PULSE_PER_SEC	50		/* 20 ms: late by j costs j / 20 ms */
#define LEAD_PER_SEC	4000		/* 250 us before the end of a tick */
#define TAIL_PER_SEC	50000		/* 20 us after it */
#define SMALL_NS	25000		/* 25 ppm, in the room of a tick */
#define STALL_PER_SEC	200		/* a stall of 5 ms may undo a move */

static enum servo_action begin_mode(struct servo *servo, enum servo_mode mode,
				    u64 end, s64 correction)
{
	servo->mode = mode;
	servo->end = end;
	servo->correction = correction;
	servo->rate_stale = false;
	return mode == SERVO_ALIGN ? SERVO_NOTHING : SERVO_RATE;
}

/*
 * Every pulse starts and ends in the first half of a tick. An end that is late
 * by more than the other half would be a tick later for the NTP clock.
 */
static s64 room_in_tick(const struct servo *servo, u64 now)
{
	return (s64)servo->sample.cycle_interval / 2 -
	       servo_counts_into_tick(servo, now);
}

/* Wait until the next tick has just begun. */
static enum servo_action wait_for_tick(struct servo *servo, u64 now)
{
	s64 tick = servo->sample.cycle_interval;
	s64 rest = tick - servo_counts_into_tick(servo, now);

	return begin_mode(servo, SERVO_ALIGN, now + rest + tick / 400, 0);
}

/*
 * Move the phase by so much within so many counts. Counts per second are
 * below 2^35 (34 GHz), so their quotient is taken with 28 binary places; for
 * a pulse of 10^6 ticks it still has 16 bits, and what a pulse leaves the
 * next one removes.
 */
static enum servo_action begin_pulse(struct servo *servo, u64 now,
				     s64 move_ns32, u64 counts)
{
	u64 per_sec = div64_u64((u64)servo_counts_per_sec(servo) << 28, counts);
	__int128 correction = (__int128)move_ns32 * per_sec;

	return begin_mode(servo, SERVO_PULSE, now + counts, correction >> 28);
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
static u64 ticks_late(const struct servo *servo, s64 move_ns32)
{
	s64 quarter = servo_counts_per_sec(servo) / 4;
	s64 late = clamp_t(s64, servo->late, 0, quarter);
	u64 quarters = clamp_t(s64, abs(move_ns32), 0, NS32(16)) >> 30;

	return div64_u64((late >> 4) * quarters, servo->sample.cycle_interval);
}

static u64 ticks_needed(const struct servo *servo, s64 move_ns32, u64 least)
{
	u64 per_tick = div64_u64(NS32(servo->slew_ns), servo->hz);
	u64 ticks = div64_u64(abs(move_ns32) + per_tick - 1, per_tick);

	return max_t(s64, ticks, least + ticks_late(servo, move_ns32));
}

/*
 * A pulse of whole ticks, from here to the same place in a later tick: clock
 * and NTP clock move alike, and the changes of ntp_error at both ends cancel.
 * On a pre-fix kernel they move alike for any length; one tick may be enough.
 */
enum servo_action servo_move_both(struct servo *servo, u64 now, s64 move_ns32)
{
	bool anywhere = servo->accounting == SERVO_PRE_FIX;
	u64 least = anywhere ? 1 : max_t(s64, 2, servo->hz / PULSE_PER_SEC);

	if (!anywhere && room_in_tick(servo, now) < 0)
		return wait_for_tick(servo, now);
	return begin_pulse(servo, now, move_ns32,
			   ticks_needed(servo, move_ns32, least) *
				   servo->sample.cycle_interval);
}

/*
 * Is the CPU punctual enough for pulses inside a tick or across its end? Those
 * cannot be made longer.
 */
bool servo_in_time(const struct servo *servo)
{
	return servo->late < servo->sample.cycle_interval / 8;
}

/*
 * Slew of a pulse within a tick: one late end must not spoil much, and not more
 * than is being removed.
 */
static s64 small_slew(const struct servo *servo, s64 move_ns32)
{
	s64 move_ns = clamp_t(s64, abs(move_ns32), 0, NS32(1000000)) >> 32;
	s64 slew_ns = max_t(s64, move_ns * STALL_PER_SEC, SMALL_NS);

	return NS32(clamp_t(s64, slew_ns, 0, servo->slew_ns));
}

/*
 * A pulse across the end of a tick: the NTP clock gets a whole tick of it, the
 * clock only LEAD and TAIL. A pulse that begins too late moves nothing, and the
 * next end of a tick is used.
 */
enum servo_action servo_move_ntp(struct servo *servo, u64 now, s64 move_ns32)
{
	const struct servo_sample *sample = &servo->sample;
	s64 per_sec = servo_counts_per_sec(servo);
	s64 tail = div64_u64(per_sec, TAIL_PER_SEC);
	s64 lead = div64_u64(per_sec, LEAD_PER_SEC);
	s64 rest = sample->cycle_interval - servo_counts_into_tick(servo, now);
	s64 most = small_slew(servo, move_ns32);

	if (rest > lead)
		return begin_mode(servo, SERVO_ALIGN, now + rest - lead, 0);
	if (rest < tail)
		return begin_mode(servo, SERVO_ALIGN,
				  now + rest + sample->cycle_interval - lead,
				  0);
	most /= servo->hz;
	move_ns32 = clamp_t(s64, move_ns32, -most, most);
	return begin_mode(servo, SERVO_PULSE, now + rest + tail,
			  move_ns32 * servo->hz);
}

/*
 * A pulse inside one tick: the clock moves and the NTP clock does not. The rest
 * of a large move waits for the next tick.
 */
enum servo_action servo_move_clock(struct servo *servo, u64 now, s64 move_ns32)
{
	s64 slew = small_slew(servo, move_ns32);
	s64 room = room_in_tick(servo, now);
	s64 tick = servo->sample.cycle_interval;
	u64 share;
	s64 most;

	/* much of it in nearly the whole tick: late ends cost less than that */
	if (slew > NS32(SMALL_NS))
		room += 3 * tick / 8;
	if (room < tick / 8)
		return wait_for_tick(servo, now);
	share = div64_u64((u64)room << 28, servo_counts_per_sec(servo));
	most = ((__int128)slew * share) >> 28;
	return begin_pulse(servo, now,
			   clamp_t(s64, move_ns32, -most, most), room);
}

/*
 * ntp_error bleed-off for a pre-fix kernel, where only the kernel's dither
 * between mult and mult + 1 consumes ntp_error. The whole part of the rate
 * keeps the clock on the reference; a fraction of 31/32 or 1/32 of a quantum
 * consumes the error in |ntp_error| / (31/32 quantum). Checked after 50 ms.
 */
enum servo_action servo_bleed_off(struct servo *servo, u64 now)
{
	const struct servo_sample *sample = &servo->sample;
	u64 quantum_ns56 = 1ULL << (56 - sample->shift);
	u64 base_ns56 = servo->period_ns56 & ~(quantum_ns56 - 1);
	s64 tick = sample->cycle_interval;
	s64 error = clamp_t(s64, sample->ntp_error_ns32, -NS32(1000),
			    NS32(1000));
	u64 most_ns56 = quantum_ns56 - quantum_ns56 / 32;
	u64 period_ns56, counts;

	period_ns56 = base_ns56 + (error < 0 ? most_ns56 : quantum_ns56 / 32);
	counts = div64_u64((u64)abs(error) << 12, most_ns56 >> 12);
	counts = clamp_t(s64, counts, tick, servo_counts_per_sec(servo) / 20);
	return begin_mode(servo, SERVO_PULSE, now + counts,
			  servo_time_freq(servo, period_ns56) -
			  servo_time_freq(servo, servo->period_ns56));
}

/* Off frequency until the middle of the next tick, for servo_learn(). */
enum servo_action servo_probe(struct servo *servo, u64 now)
{
	s64 tick = servo->sample.cycle_interval;
	s64 rest = tick - servo_counts_into_tick(servo, now);

	return begin_mode(servo, SERVO_PROBE, now + rest + tick / 2,
			  NS32(PROBE_NS));
}
