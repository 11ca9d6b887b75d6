/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Exact arithmetic on times and on lines of time over a counter. Pure static
 * inline functions, the same source in the three modules and in user space;
 * they may be called in any context, the timekeeper's included.
 *
 * The unit throughout is 2^-64 s. Nothing is rounded to nanoseconds before
 * the last step, and every step that truncates says by how much.
 */
#ifndef _VMCLOCK_MATH_H
#define _VMCLOCK_MATH_H

#include "types.h"

/**
 * struct vmclock_time - a moment or an interval
 * @sec: whole seconds, rounded down (so an interval of -1 ns has -1 here)
 * @frac: the rest, s / 2^64
 */
struct vmclock_time {
	__s64 sec;
	__u64 frac;
};

/**
 * struct vmclock_line - time as a linear function of a counter
 * @counter: counter value at @time
 * @time: time at @counter
 * @period_frac: period of the counter, s / 2^(64 + @period_shift)
 * @period_shift: 0 to 63. A line from a page is computed with only after
 *	vmclock_time_defect() has found nothing: a larger shift is undefined
 */
struct vmclock_line {
	__u64 counter;
	struct vmclock_time time;
	__u64 period_frac;
	__u8 period_shift;
};

/**
 * vmclock_time_add() - a + b
 * @a: moment or interval
 * @b: interval
 *
 * Return: the sum, modulo 2^64 s.
 */
static inline struct vmclock_time vmclock_time_add(struct vmclock_time a,
						   struct vmclock_time b)
{
	struct vmclock_time sum;

	sum.frac = a.frac + b.frac;
	sum.sec = (__s64)((__u64)a.sec + (__u64)b.sec + (sum.frac < a.frac));
	return sum;
}

/**
 * vmclock_time_sub() - a - b
 * @a: moment or interval
 * @b: moment or interval
 *
 * Return: the difference, modulo 2^64 s.
 */
static inline struct vmclock_time vmclock_time_sub(struct vmclock_time a,
						   struct vmclock_time b)
{
	struct vmclock_time difference;

	difference.sec = (__s64)((__u64)a.sec - (__u64)b.sec -
				 (a.frac < b.frac));
	difference.frac = a.frac - b.frac;
	return difference;
}

/**
 * vmclock_time_before() - a < b
 * @a: moment or interval
 * @b: moment or interval
 *
 * Return: true if @a is the smaller one.
 */
static inline bool vmclock_time_before(struct vmclock_time a,
				       struct vmclock_time b)
{
	return a.sec < b.sec || (a.sec == b.sec && a.frac < b.frac);
}

/**
 * vmclock_frac_to_ns() - fraction of a second in nanoseconds
 * @frac: s / 2^64
 *
 * The product has 94 bits.
 *
 * Return: 0 to 999999999, rounded down.
 */
static inline __u32 vmclock_frac_to_ns(__u64 frac)
{
	return (__u32)(((vmclock_u128)frac * VMCLOCK_NSEC_PER_SEC) >> 64);
}

/**
 * vmclock_time_to_ns() - moment or interval in nanoseconds
 * @t: moment or interval
 *
 * Return: ns, rounded down; the nearest end of s64 (292 years) beyond it.
 */
static inline __s64 vmclock_time_to_ns(struct vmclock_time t)
{
	vmclock_s128 ns = (vmclock_s128)t.sec * (__s64)VMCLOCK_NSEC_PER_SEC;

	ns += vmclock_frac_to_ns(t.frac);
	return ns > VMCLOCK_S64_MAX ? VMCLOCK_S64_MAX :
	       ns < VMCLOCK_S64_MIN ? VMCLOCK_S64_MIN : (__s64)ns;
}

/**
 * vmclock_ns32_to_frac() - nanoseconds with fraction to s / 2^64
 * @ns32: ns / 2^32, less than one second (so less than 2^62)
 *
 * This is floor(@ns32 * 2^32 / 10^9), in two divisions of 32 quotient bits:
 * the first remainder is below 10^9 < 2^30, so that it can be shifted by 32.
 *
 * Return: s / 2^64, rounded down.
 */
static inline __u64 vmclock_ns32_to_frac(__u64 ns32)
{
	__u64 high = ns32 / VMCLOCK_NSEC_PER_SEC;
	__u64 rem = ns32 % VMCLOCK_NSEC_PER_SEC;

	return (high << 32) + (rem << 32) / VMCLOCK_NSEC_PER_SEC;
}

/**
 * vmclock_time_to_ns32() - interval in units of 2^-32 ns
 * @t: interval
 *
 * The unit in which the timekeeper keeps its ntp_error. s64 holds 2.1 s.
 *
 * Return: ns / 2^32, rounded down; the nearest end of s64 beyond it.
 */
static inline __s64 vmclock_time_to_ns32(struct vmclock_time t)
{
	vmclock_s128 ns32;

	if (t.sec > 2)
		return VMCLOCK_S64_MAX;
	if (t.sec < -3)
		return VMCLOCK_S64_MIN;
	ns32 = (vmclock_s128)t.sec * (__s64)(VMCLOCK_NSEC_PER_SEC << 32);
	ns32 += (vmclock_s128)(((vmclock_u128)t.frac *
				VMCLOCK_NSEC_PER_SEC) >> 32);
	return ns32 > VMCLOCK_S64_MAX ? VMCLOCK_S64_MAX :
	       ns32 < VMCLOCK_S64_MIN ? VMCLOCK_S64_MIN : (__s64)ns32;
}

/**
 * vmclock_time_from_ns() - nanoseconds to moment or interval
 * @ns: nanoseconds
 *
 * Return: the time, rounded down by less than 2^-64 s.
 */
static inline struct vmclock_time vmclock_time_from_ns(__s64 ns)
{
	__s64 rem = ns % (__s64)VMCLOCK_NSEC_PER_SEC;
	struct vmclock_time t;

	t.sec = ns / (__s64)VMCLOCK_NSEC_PER_SEC;
	if (rem < 0) {
		rem += (__s64)VMCLOCK_NSEC_PER_SEC;
		t.sec--;
	}
	t.frac = vmclock_ns32_to_frac((__u64)rem << 32);
	return t;
}

/**
 * vmclock_counter_delta_time() - how long a number of counts takes
 * @delta: counts, signed
 * @period_frac: s / 2^(64 + @period_shift)
 * @period_shift: 0 to 63
 *
 * |@delta| <= 2^63 and @period_frac < 2^64, so the product fits into the 127
 * bits of a signed 128-bit number. The shift rounds down.
 *
 * Return: the interval, rounded down by less than 2^-64 s.
 */
static inline struct vmclock_time vmclock_counter_delta_time(__s64 delta,
							     __u64 period_frac,
							     __u8 period_shift)
{
	vmclock_s128 product = (vmclock_s128)delta * period_frac;
	struct vmclock_time t;

	product >>= period_shift & 63;
	t.sec = (__s64)(product >> 64);
	t.frac = (__u64)product;
	return t;
}

/**
 * vmclock_line_at() - time at a counter value
 * @line: the line
 * @counter: counter value, before or after the line's own
 *
 * Return: the time, rounded down by less than 2^-64 s; exact if the line's
 * shift is 0.
 */
static inline struct vmclock_time
vmclock_line_at(const struct vmclock_line *line, __u64 counter)
{
	return vmclock_time_add(line->time,
		vmclock_counter_delta_time((__s64)(counter - line->counter),
					   line->period_frac,
					   line->period_shift));
}

/**
 * vmclock_line_move() - anchor a line at another counter value
 * @line: the line
 * @counter: the new anchor
 *
 * The line moves down by less than 2^-64 s.
 */
static inline void vmclock_line_move(struct vmclock_line *line, __u64 counter)
{
	line->time = vmclock_line_at(line, counter);
	line->counter = counter;
}

/**
 * vmclock_line_set_period() - period from a quotient
 * @line: gets period_frac and period_shift
 * @num: numerator
 * @den: denominator, not 0 and less than 2^63
 * @exp: the period is @num / @den / 2^@exp seconds; at most 127
 *
 * Schoolbook division, a bit at a time, until the quotient fills 64 bits: the
 * remainder stays below @den < 2^63 and can be doubled without overflow. After
 * k bits
 *
 *	quotient = floor(num / den * 2^k)
 *	period   = quotient / 2^(k + exp) = quotient / 2^(64 + shift)
 *
 * with shift = k + exp - 64. A full quotient is 2^63 or more, so it is reached
 * with a shift of 0 to 63 exactly if 2^-64 s <= period < 1 s; the loop ends
 * at 64, after at most 128 bits. Other periods (0 as well) are left at 0,
 * which no check accepts.
 *
 * The result is rounded down by less than one part in 2^63: 0.04 ns in 10
 * years. A period from the timekeeper's tick of @num ns / 2^32 and n counts
 * has @den = n * 10^9 and @exp = 32.
 */
static inline void vmclock_line_set_period(struct vmclock_line *line, __u64 num,
					   __u64 den, unsigned int exp)
{
	__u64 quotient = num / den, rem = num % den;
	int shift = (int)exp - 64;

	while (!(quotient >> 63) && shift < 64) {
		rem <<= 1;
		quotient = quotient << 1 | (rem >= den);
		if (rem >= den)
			rem -= den;
		shift++;
	}
	if (shift < 0 || shift > 63) {
		quotient = 0;
		shift = 0;
	}
	line->period_frac = quotient;
	line->period_shift = (__u8)shift;
}

/**
 * vmclock_line_period_ns56() - period in units of 2^-56 ns
 * @line: the line
 *
 * The unit in which clocksource mult is compared with it: mult / 2^shift ns
 * is mult << (56 - shift). The product has 94 bits, of which at least 8 are
 * shifted out; the result fits for periods below 256 ns.
 *
 * Return: ns / 2^56, rounded down; U64_MAX for 256 ns and more.
 */
static inline __u64 vmclock_line_period_ns56(const struct vmclock_line *line)
{
	vmclock_u128 ns56;

	ns56 = (vmclock_u128)line->period_frac * VMCLOCK_NSEC_PER_SEC;
	ns56 >>= 8 + line->period_shift;
	return ns56 > VMCLOCK_U64_MAX ? VMCLOCK_U64_MAX : (__u64)ns56;
}

/**
 * vmclock_line_scale() - a line over a counter, as a line over a scaled one
 * @line: line over the host's counter; becomes one over the guest's
 * @ratio: guest counter = ((host counter * @ratio) >> @frac_bits) + @offset
 * @frac_bits: 1 to 63
 * @offset: added modulo 2^64
 *
 * The new anchor is the guest's counter at the old anchor. The hardware drops
 * the fraction rest / 2^frac_bits of that count, so the anchor's time goes
 * back by as much of a guest period; the line then passes through the instants
 * at which the guest's counter changes, and is late by less than one guest
 * period when it is read, as every line over a counter is.
 *
 * The new period is one division, rounded down by less than one part in 2^63
 * (see vmclock_line_set_period()):
 *
 *	period_frac / 2^(64 + shift) * 2^frac_bits / ratio
 *		= period_frac / ratio / 2^(64 + shift - frac_bits)
 *
 * The fraction times the period is below the period. What is taken back for it
 * is rounded down twice, so the new anchor's time is late by less than 2 units
 * of 2^-64 s. Error rates belong to the period: the caller scales them too.
 *
 * Return: 0, or -EINVAL (line unchanged) if @ratio, @frac_bits or the new
 * period make no sense.
 */
static inline int vmclock_line_scale(struct vmclock_line *line, __u64 ratio,
				     unsigned int frac_bits, __u64 offset)
{
	struct vmclock_line scaled = *line;
	vmclock_u128 product = (vmclock_u128)line->counter * ratio;
	struct vmclock_time lost;
	__u64 rest;

	if (!ratio || ratio >> 63 || !frac_bits || frac_bits > 63)
		return -EINVAL;
	vmclock_line_set_period(&scaled, line->period_frac, ratio,
				64 + line->period_shift - frac_bits);
	if (!scaled.period_frac)
		return -EINVAL;

	rest = (__u64)product & ((1ULL << frac_bits) - 1);
	rest = (__u64)(((vmclock_u128)rest * scaled.period_frac) >> frac_bits);
	lost = vmclock_counter_delta_time(1, rest, scaled.period_shift);
	scaled.counter = (__u64)(product >> frac_bits) + offset;
	scaled.time = vmclock_time_sub(scaled.time, lost);
	*line = scaled;
	return 0;
}

/**
 * vmclock_counter_distance() - counts between two counter values
 * @a: one of them
 * @b: the other one
 *
 * Return: |a - b|, 2^63 at most.
 */
static inline __u64 vmclock_counter_distance(__u64 a, __u64 b)
{
	__u64 ahead = a - b;

	return (__s64)ahead < 0 ? 0 - ahead : ahead;
}

/**
 * vmclock_error_at() - error bound at a counter value
 * @error_ns: bound at the line's anchor
 * @rate_frac: growth, s per count / 2^(64 + period_shift)
 * @line: the line
 * @counter: counter value, on either side of the anchor
 *
 * error_ns + rate * |counter - anchor|. |delta| <= 2^63 and rate < 2^64 make a
 * product of less than 2^127, to which less than 2^63 is added for rounding.
 * It is rounded up to 2^-64 s and then to ns, for a bound must not shrink: a
 * floor of the first would lose a whole ns where the product is just above one.
 *
 * Return: ns, rounded up, by less than 1 ns + 2^-64 s; U64_MAX if it doesn't
 * fit.
 */
static inline __u64 vmclock_error_at(__u64 error_ns, __u64 rate_frac,
				     const struct vmclock_line *line,
				     __u64 counter)
{
	__u64 delta = vmclock_counter_distance(counter, line->counter);
	vmclock_u128 growth = (vmclock_u128)delta * rate_frac;
	vmclock_u128 ns;

	growth += (1ULL << line->period_shift) - 1;
	growth >>= line->period_shift;
	ns = (vmclock_u128)(__u64)growth * VMCLOCK_NSEC_PER_SEC;
	ns = (ns + VMCLOCK_U64_MAX) >> 64;
	ns += (growth >> 64) * VMCLOCK_NSEC_PER_SEC;
	ns += error_ns;
	return ns > VMCLOCK_U64_MAX ? VMCLOCK_U64_MAX : (__u64)ns;
}

#endif /* _VMCLOCK_MATH_H */
