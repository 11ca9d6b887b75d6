/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A clocksource that is made from the counter, as kvm-clock is from the TSC:
 * pure functions, for any context.
 */
#ifndef _VMCLOCK_COMMON_SCALE_H
#define _VMCLOCK_COMMON_SCALE_H

#include <linux/types.h>

/**
 * struct vmclock_scale - how a clocksource is made from the counter
 * @counter: counter value
 * @count: what the clocksource counted then
 * @ratio: counts / 2^@frac_bits for each of the counter's
 * @frac_bits: 0 if the clocksource is the counter; then all else is 0, @ratio 1
 */
struct vmclock_scale {
	u64 counter;
	u64 count;
	u32 ratio;
	u8 frac_bits;
};

/**
 * vmclock_scale_count() - the clocksource's count at a counter value
 * @scale: of the clocksource
 * @counter: counter value
 *
 * A difference of 63 bits times a ratio of 32 has 95.
 *
 * Return: the count.
 */
static inline u64 vmclock_scale_count(const struct vmclock_scale *scale,
				      u64 counter)
{
	__int128 product = (__int128)(s64)(counter - scale->counter) *
			   scale->ratio;

	return scale->count + (u64)(product >> scale->frac_bits);
}

#endif /* _VMCLOCK_COMMON_SCALE_H */
