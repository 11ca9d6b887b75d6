// SPDX-License-Identifier: GPL-2.0
/*
 * CNTVCT, the virtual counter, which is the one that a VMClock page counts,
 * whatever counter the kernel itself uses. Called by page.c and clock.c in
 * any context.
 */
#include <linux/errno.h>
#include <asm/arch_timer.h>

#include "ptp_vmclock.h"

const u8 ptp_vmclock_counter_id = VMCLOCK_COUNTER_ARM_VCNT;
const enum clocksource_ids ptp_vmclock_counter_csid = CSID_ARM_ARCH_COUNTER;

/**
 * ptp_vmclock_counter() - read the counter, not before earlier loads are done
 *
 * Return: CNTVCT.
 */
u64 ptp_vmclock_counter(void)
{
	return __arch_counter_get_cntvct_stable();
}

/**
 * ptp_vmclock_counter_stable() - whether the kernel trusts the counter
 *
 * Return: true.
 */
bool ptp_vmclock_counter_stable(void)
{
	return true;
}

/**
 * ptp_vmclock_counter_to_kvmclock() - there is no kvm-clock here
 * @counter: not used
 * @cycles: not used
 *
 * Return: -ENODEV.
 */
int ptp_vmclock_counter_to_kvmclock(u64 counter, u64 *cycles)
{
	return -ENODEV;
}
