/* SPDX-License-Identifier: GPL-2.0 */
/* The counter that a VMClock page counts, for the test programs. */
#ifndef _VMCLOCK_TEST_COUNTER_H
#define _VMCLOCK_TEST_COUNTER_H

#include "../../tools/kernel_names.h"
#include "vmclock/page.h"

#if defined(__x86_64__)

#include <x86intrin.h>

/* in program order */
static inline u64 counter(void)
{
	u64 c;

	_mm_lfence();
	c = __rdtsc();
	_mm_lfence();
	return c;
}

static inline u8 counter_id(void)
{
	return VMCLOCK_COUNTER_X86_TSC;
}

#elif defined(__aarch64__)

static inline u64 counter(void)
{
	u64 c;

	asm volatile("isb\n mrs %0, cntvct_el0\n isb" : "=r" (c) : : "memory");
	return c;
}

static inline u8 counter_id(void)
{
	return VMCLOCK_COUNTER_ARM_VCNT;
}

#endif

#endif /* _VMCLOCK_TEST_COUNTER_H */
