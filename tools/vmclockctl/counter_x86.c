// SPDX-License-Identifier: GPL-2.0
/* The TSC. */
#include <x86intrin.h>

#include "counter.h"

const u8 counter_id = VMCLOCK_COUNTER_X86_TSC;

/**
 * counter_read() - the counter, in program order
 *
 * The fences keep the processor from reading it before what precedes is done,
 * and from doing what follows before it is read.
 *
 * Return: counts.
 */
u64 counter_read(void)
{
	u64 c;

	_mm_lfence();
	c = __rdtsc();
	_mm_lfence();
	return c;
}
