// SPDX-License-Identifier: GPL-2.0
/* The virtual counter. */
#include "counter.h"

const u8 counter_id = VMCLOCK_COUNTER_ARM_VCNT;

/**
 * counter_read() - the counter, in program order
 *
 * Return: counts.
 */
u64 counter_read(void)
{
	u64 c;

	asm volatile("isb\n\tmrs %0, cntvct_el0\n\tisb" : "=r" (c) : :
		     "memory");
	return c;
}
