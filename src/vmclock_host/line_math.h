/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What a line and its errors are computed in: a time or an error is s / 2^64 in
 * 128 bits, a slope s / 2^96 per count. A period of up to 1 us has 77 bits, and
 * counts between two pages below 2^50 (a day at 10 GHz) make 127 of it.
 */
#ifndef _VMCLOCK_HOST_LINE_MATH_H
#define _VMCLOCK_HOST_LINE_MATH_H

#include "vmclock/math.h"

/**
 * bounds_rate_frac() - growth of the error per count
 * @rate32: growth with time, / 2^32
 * @period_frac: period of the page's counter
 *
 * Return: s per count in the unit of @period_frac, rounded down.
 */
static inline u64 bounds_rate_frac(u32 rate32, u64 period_frac)
{
	return ((unsigned __int128)period_frac * rate32) >> 32;
}

static inline __int128 time_to_frac(struct vmclock_time t)
{
	return (__int128)((unsigned __int128)t.sec << 64 | t.frac);
}

static inline __int128 ns_to_frac(u64 ns)
{
	u64 rem, sec = div64_u64_rem(ns, VMCLOCK_NSEC_PER_SEC, &rem);

	return time_to_frac((struct vmclock_time){
		.sec = sec,
		.frac = vmclock_ns32_to_frac(rem << 32),
	});
}

/* Rounded down. Below 2^63 s. */
static inline u64 frac_to_ns(__int128 frac)
{
	return (u64)(frac >> 64) * VMCLOCK_NSEC_PER_SEC +
	       vmclock_frac_to_ns((u64)frac);
}

/* A period of less than 2^45 / 2^64 s has a shift of 19 at least. */
static inline __int128 line_slope96(u64 frac, u8 shift)
{
	return shift > 32 ? (__int128)(frac >> (shift - 32)) :
			    (__int128)frac << (32 - shift);
}

static inline __int128 page_slope(const struct vmclock_line *line, u32 rate32)
{
	return line_slope96(bounds_rate_frac(rate32, line->period_frac),
			    line->period_shift);
}

/*
 * A slope as a part of the time / 2^32, rounded down; between 0 and @max32,
 * which is below 2000 ppm of a period: 68 bits for 1 us, and 63 without the
 * last 5.
 */
static inline u32 slope_rate32(const struct vmclock_line *line, __int128 slope,
			       u32 max32)
{
	u64 period = line_slope96(line->period_frac, line->period_shift) >> 37;

	if (slope < 0)
		return 0;
	if (slope >= page_slope(line, max32))
		return max32;
	return div64_u64(slope >> 5, period + 1);
}

static inline __int128 line_turn(const struct vmclock_line *from,
				 const struct vmclock_line *to)
{
	return line_slope96(to->period_frac, to->period_shift) -
	       line_slope96(from->period_frac, from->period_shift);
}

static inline __int128 slope_growth(__int128 slope, s64 counts)
{
	return (slope * counts) >> 32;
}

static inline u64 grown_ns(u64 ns, __int128 slope, s64 counts)
{
	return ns + frac_to_ns(slope_growth(slope, counts)) + 1;
}

#endif /* _VMCLOCK_HOST_LINE_MATH_H */
