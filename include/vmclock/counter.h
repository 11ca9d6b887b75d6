/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The counter that a VMClock page counts, as user space reads it, in order
 * with the loads from the page before and after. A test that has counters of
 * its own defines the include guard and these four names instead.
 */
#ifndef _VMCLOCK_COUNTER_H
#define _VMCLOCK_COUNTER_H

#include "../vmclock_abi.h"

#if defined(__x86_64__)

#define VMCLOCK_COUNTER_ID	VMCLOCK_COUNTER_X86_TSC

/**
 * vmclock_counter() - the counter now
 *
 * Not before any load that comes before it, as the vDSO reads it: LFENCE waits
 * for them. RDTSC alone may be executed earlier.
 *
 * Return: the TSC.
 */
static inline __u64 vmclock_counter(void)
{
	__u64 low, high;

	__asm__ volatile("lfence; rdtsc" : "=a" (low), "=d" (high) : :
			 "memory");
	return high << 32 | low;
}

/**
 * vmclock_counter_order() - not before the counter is known
 * @page: where the next load is from
 * @counter: result of vmclock_counter()
 *
 * Nothing here. A CPU may execute that load before RDTSC, but it retires them
 * in order, and an exit or an interrupt throws away what has not retired: the
 * load is after the counter whenever the guest was stopped, or moved, between
 * the two. What remains is a page that is changed from another CPU meanwhile:
 * its old line is then used for as long as instructions can be in flight, less
 * than 100 ns; at 500 ppm that is 0.05 ps. The vDSO does the same.
 *
 * Return: @page.
 */
static inline const struct vmclock_abi *
vmclock_counter_order(const struct vmclock_abi *page, __u64 counter)
{
	(void)counter;
	return page;
}

/* between two attempts */
static inline void vmclock_relax(void)
{
	__asm__ volatile("pause" : : : "memory");
}

#elif defined(__aarch64__)

#define VMCLOCK_COUNTER_ID	VMCLOCK_COUNTER_ARM_VCNT

/* ISB: not before any load that comes before it */
static inline __u64 vmclock_counter(void)
{
	__u64 counter;

	__asm__ volatile("isb\n\tmrs %0, cntvct_el0" : "=r" (counter) : :
			 "memory");
	return counter;
}

/* the address depends on the counter, though its value doesn't */
static inline const struct vmclock_abi *
vmclock_counter_order(const struct vmclock_abi *page, __u64 counter)
{
	__asm__ volatile("eor %0, %0, %0" : "+r" (counter));
	return (const struct vmclock_abi *)((const char *)page + counter);
}

static inline void vmclock_relax(void)
{
	__asm__ volatile("yield" : : : "memory");
}

#else
#error "VMClock has no counter on this architecture"
#endif

#endif /* _VMCLOCK_COUNTER_H */
