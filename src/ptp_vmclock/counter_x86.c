// SPDX-License-Identifier: GPL-2.0
/*
 * The TSC, and its pairing with kvm-clock where that is the system's
 * clocksource. Called by page.c and clock.c in any context.
 */
#include <linux/percpu.h>
#include <linux/preempt.h>
#include <asm/msr.h>
#include <asm/pvclock.h>
#include <asm/kvmclock.h>	/* not self-contained in 6.1 */
#include <asm/tsc.h>

#include "ptp_vmclock.h"

const u8 ptp_vmclock_counter_id = VMCLOCK_COUNTER_X86_TSC;
const enum clocksource_ids ptp_vmclock_counter_csid = CSID_X86_TSC;

/**
 * ptp_vmclock_counter() - read the counter, not before earlier loads are done
 *
 * Return: TSC.
 */
u64 ptp_vmclock_counter(void)
{
	return rdtsc_ordered();
}

/**
 * ptp_vmclock_counter_stable() - whether the kernel trusts the counter
 *
 * The hypervisor should know this better, and say so in the page; but where
 * the two disagree the page's line is of no use.
 *
 * Return: false if the kernel does not.
 */
bool ptp_vmclock_counter_stable(void)
{
	return !check_tsc_unstable();
}

/**
 * ptp_vmclock_counter_to_kvmclock() - what kvm-clock read at a TSC value
 * @counter: TSC, read just now
 * @cycles: result, ns
 *
 * The host may have moved this CPU's kvm-clock on since the TSC was read. It
 * cannot be asked for a moment before its own anchor (the difference is taken
 * as unsigned); the caller then reads a new TSC.
 *
 * Return: 0; -EAGAIN; -ENODEV if there is no kvm-clock.
 */
int ptp_vmclock_counter_to_kvmclock(u64 counter, u64 *cycles)
{
	struct pvclock_vcpu_time_info *pvti;
	unsigned int version;
	int ret = -ENODEV;

	if (!IS_ENABLED(CONFIG_KVM_GUEST))
		return ret;
	preempt_disable_notrace();
	if (!this_cpu_hvclock())
		goto out;
	pvti = this_cpu_pvti();
	do {
		version = pvclock_read_begin(pvti);
		ret = (s64)(counter - pvti->tsc_timestamp) < 0 ? -EAGAIN : 0;
		*cycles = __pvclock_read_cycles(pvti, counter);
	} while (pvclock_read_retry(pvti, version));
out:
	preempt_enable_notrace();
	return ret;
}
