// SPDX-License-Identifier: GPL-2.0
/* From the reference's period to a frequency of adjtimex(2). Pure functions. */
#include "servo_internal.h"

/* ns/s / 2^32 in one unit of txc.freq (ppm / 2^16), and of txc.tick (us) */
#define FREQ_UNIT	65536000LL
#define TICK_UNIT	NS32(100000)
#define TICK_MAX	1000
/* stay a little inside the kernel's own +-500 ppm */
#define FREQ_MAX	NS32(490000)
#define FREQ_ANY	200000000		/* 20 %, ns/s */

/*
 * Frequency at which the NTP clock runs at a period:
 *
 *	time_freq = (period - clock_mult / 2^shift) * cycle_interval * HZ - rest
 *
 * cycle_interval is made for 10^9 / HZ ns rounded down, while the tick length
 * is exact: a HZ that doesn't divide 10^9 makes the NTP clock fast by the rest
 * of that division, in ns/s (100 at 300 Hz).
 *
 * A difference of 10 % of 10 ns is 2^56, times 10^10 counts per second makes
 * 2^90 in 2^-56 ns/s. A rate that makes no sense with the clocksource of now
 * saturates beyond what adjtimex(2) takes.
 */
s64 servo_time_freq(const struct servo *servo, u64 period_ns56)
{
	const struct servo_sample *sample = &servo->sample;
	u64 nominal_ns56 = (u64)sample->clock_mult << (56 - sample->shift);
	__int128 freq = (__int128)(s64)(period_ns56 - nominal_ns56) *
			servo_counts_per_sec(servo);

	freq = (freq >> 24) - NS32(VMCLOCK_NSEC_PER_SEC % servo->hz) -
	       servo->tick_adj_ns32;
	return clamp_t(__int128, freq, -NS32(FREQ_ANY), NS32(FREQ_ANY));
}

/* What the NTP clock goes in a second at frequency 0, ns / 2^32. */
__int128 servo_nominal_ns32(const struct servo *servo)
{
	return ((__int128)servo_counts_per_sec(servo) *
		servo->sample.clock_mult << (32 - servo->sample.shift)) +
	       NS32(VMCLOCK_NSEC_PER_SEC % servo->hz);
}

s64 servo_frequency_ns32(const struct servo_frequency *f)
{
	return f->freq * FREQ_UNIT + (f->tick - 10000) * TICK_UNIT;
}

/* Half a unit more or less makes the nearest one the next one up or down. */
static struct servo_frequency to_adjtimex(s64 freq, s32 trim)
{
	struct servo_frequency f = { .tick = 0 };

	if (abs(freq) > FREQ_MAX)
		f.tick = clamp_t(s64, DIV_ROUND_CLOSEST(freq, TICK_UNIT),
				 -TICK_MAX, TICK_MAX);
	freq += trim * (FREQ_UNIT / 2) - f.tick * TICK_UNIT;
	f.freq = clamp_t(s64, DIV_ROUND_CLOSEST(freq, FREQ_UNIT), -500 * 65536,
			 500 * 65536);
	f.tick += 10000;
	return f;
}

/**
 * servo_longer_tick() - the frequency that makes a longer tick
 * @servo: its hz is used
 * @f: a frequency
 * @longer_ns32: of the tick that it makes
 *
 * Return: as adjtimex(2) takes it.
 */
struct servo_frequency servo_longer_tick(const struct servo *servo,
					 const struct servo_frequency *f,
					 s64 longer_ns32)
{
	return to_adjtimex(servo_frequency_ns32(f) +
			   longer_ns32 * (s64)servo->hz, 0);
}

/**
 * servo_rate() - the frequency that the clock should have now
 * @servo: its period, trim and correction are used
 *
 * Return: as adjtimex(2) takes it, in whole units (0.015 ns/s).
 */
struct servo_frequency servo_rate(const struct servo *servo)
{
	return to_adjtimex(servo_time_freq(servo, servo->period_ns56) +
			   servo->correction, servo->trim);
}

/**
 * servo_exact_rate() - the frequency at which the reference runs
 * @servo: its period, trim and correction are used
 *
 * Return: the same, but for what is corrected.
 */
struct servo_frequency servo_exact_rate(const struct servo *servo)
{
	return to_adjtimex(servo_time_freq(servo, servo->period_ns56), 0);
}
