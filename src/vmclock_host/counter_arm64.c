// SPDX-License-Identifier: GPL-2.0
/*
 * The counter of arm64, CNTVCT. Asked for by source.c whenever the clocksource
 * may have changed, read by page.c at each publication, both under the
 * timekeeper's lock.
 */
#include <linux/clocksource.h>
#include <asm/arch_timer.h>
#include <asm/virt.h>

#include "host.h"

/**
 * host_counter_id() - what a clocksource counts
 * @clock: the clocksource
 *
 * A host kernel at EL2 may read CNTPCT instead; there both are the same.
 *
 * Context: any.
 * Return: VMCLOCK_COUNTER_*.
 */
u8 host_counter_id(const struct clocksource *clock)
{
	return clock->id == CSID_ARM_ARCH_COUNTER ?
		VMCLOCK_COUNTER_ARM_VCNT : VMCLOCK_COUNTER_INVALID;
}

/**
 * host_counter_read() - the counter now
 *
 * Context: any.
 * Return: CNTVCT, read in program order.
 */
u64 host_counter_read(void)
{
	return __arch_counter_get_cntvct();
}

/**
 * host_counter_is_unstable() - whether the kernel has given the counter up
 *
 * Context: any.
 * Return: false; there is no such thing here.
 */
bool host_counter_is_unstable(void)
{
	return false;
}

/**
 * host_counter_is_virtual() - whether somebody may change the counter
 *
 * Only a kernel that runs at EL2 is known to have no hypervisor. One that was
 * started there and runs at EL1, for want of VHE, doesn't tell its modules.
 *
 * Context: any.
 * Return: true if this machine may run under a hypervisor.
 */
bool host_counter_is_virtual(void)
{
	return !is_kernel_in_hyp_mode();
}
