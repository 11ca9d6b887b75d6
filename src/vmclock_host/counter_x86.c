// SPDX-License-Identifier: GPL-2.0
/*
 * The counter of x86, the TSC. Asked for by source.c whenever the clocksource
 * may have changed, read by page.c at each publication, both under the
 * timekeeper's lock.
 */
#include <linux/clocksource.h>
#include <asm/cpufeature.h>
#include <asm/msr.h>
#include <asm/tsc.h>

#include "host.h"

/**
 * host_counter_id() - what a clocksource counts
 * @clock: the clocksource
 *
 * Both tsc-early and tsc have this vDSO mode, and lose it when the TSC turns
 * out to be unstable. 6.1 has no other name for them.
 *
 * Context: any.
 * Return: VMCLOCK_COUNTER_*.
 */
u8 host_counter_id(const struct clocksource *clock)
{
	return clock->vdso_clock_mode == VDSO_CLOCKMODE_TSC ?
		VMCLOCK_COUNTER_X86_TSC : VMCLOCK_COUNTER_INVALID;
}

/**
 * host_counter_read() - the counter now
 *
 * Context: any.
 * Return: the TSC, read in program order.
 */
u64 host_counter_read(void)
{
	return rdtsc_ordered();
}

/**
 * host_counter_is_unstable() - whether the kernel has given the counter up
 *
 * Context: any.
 * Return: true if it has.
 */
bool host_counter_is_unstable(void)
{
	return check_tsc_unstable();
}

/**
 * host_counter_is_virtual() - whether somebody may change the counter
 *
 * Context: any.
 * Return: true if this machine runs under a hypervisor.
 */
bool host_counter_is_virtual(void)
{
	return boot_cpu_has(X86_FEATURE_HYPERVISOR);
}
