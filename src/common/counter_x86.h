/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The counter of x86: the TSC. The clocksources tsc and tsc-early count it;
 * kvm-clock counts the ns that the hypervisor's parameters make of it. See
 * counter.h.
 */
#ifndef _VMCLOCK_COMMON_COUNTER_X86_H
#define _VMCLOCK_COMMON_COUNTER_X86_H

#include <linux/minmax.h>
#include <linux/percpu.h>
#include <linux/preempt.h>
#include <linux/time64.h>	/* asm/pvclock.h needs it, up to 6.8 */
#include <asm/cpufeature.h>
#include <asm/msr.h>
#include <asm/pvclock.h>
#include <asm/kvmclock.h>	/* not self-contained in 6.1 */
#include <asm/tsc.h>

#define VMCLOCK_COUNTER_ID	VMCLOCK_COUNTER_X86_TSC
#define VMCLOCK_COUNTER_CSID	CSID_X86_TSC

/**
 * vmclock_counter_read() - read the counter, not before earlier loads are done
 *
 * Return: the TSC.
 */
static inline u64 vmclock_counter_read(void)
{
	return rdtsc_ordered();
}

/**
 * vmclock_counter_is_clocksource() - whether a clocksource is the counter
 * @cs: the clocksource
 *
 * Both tsc-early and tsc have this vDSO mode, and lose it when the TSC turns
 * out to be unstable. 6.1 has no other name for them.
 *
 * Return: true if it is.
 */
static inline bool vmclock_counter_is_clocksource(const struct clocksource *cs)
{
	return cs->vdso_clock_mode == VDSO_CLOCKMODE_TSC;
}

/**
 * vmclock_counter_is_unstable() - whether the kernel has given the counter up
 *
 * The hypervisor should know this better, and say so in the page; but where
 * the two disagree the page's line is of no use.
 *
 * Return: true if it has.
 */
static inline bool vmclock_counter_is_unstable(void)
{
	return check_tsc_unstable();
}

/**
 * vmclock_counter_is_virtual() - whether a hypervisor may change the counter
 *
 * Return: true if this machine runs under a hypervisor.
 */
static inline bool vmclock_counter_is_virtual(void)
{
	return boot_cpu_has(X86_FEATURE_HYPERVISOR);
}

/* A consistent copy of the parameters of this CPU's kvm-clock. */
static inline bool
vmclock_kvmclock_copy(struct pvclock_vcpu_time_info *copy)
{
	struct pvclock_vcpu_time_info *pvti;
	unsigned int version;

	preempt_disable_notrace();
	pvti = IS_ENABLED(CONFIG_KVM_GUEST) && this_cpu_hvclock() ?
	       this_cpu_pvti() : NULL;
	if (pvti) {
		do {
			version = pvclock_read_begin(pvti);
			*copy = *pvti;
		} while (pvclock_read_retry(pvti, version));
	}
	preempt_enable_notrace();
	return pvti;
}

/**
 * vmclock_scale_get() - how a clocksource is made from the counter
 * @scale: result
 * @cs: the clocksource
 *
 * kvm-clock is system_time + (((TSC - tsc_timestamp) << shift) * mul >> 32),
 * hence a ratio of mul / 2^(32 - shift). A negative shift drops bits first:
 * less than a count, as the one that is rounded off. Only parameters that the
 * hypervisor has promised to be the same for all CPUs are of use: those of
 * this CPU will do then.
 *
 * Return: true if it is made from the counter.
 */
static inline bool vmclock_scale_get(struct vmclock_scale *scale,
				     const struct clocksource *cs)
{
	struct pvclock_vcpu_time_info pvti;

	*scale = (struct vmclock_scale){ .ratio = 1 };
	if (cs->vdso_clock_mode != VDSO_CLOCKMODE_PVCLOCK)
		return vmclock_counter_is_clocksource(cs);
	if (!vmclock_kvmclock_copy(&pvti))
		return false;
	scale->counter = pvti.tsc_timestamp;
	scale->count = pvti.system_time;
	scale->ratio = pvti.tsc_to_system_mul;
	scale->frac_bits = clamp(32 - pvti.tsc_shift, 1, 63);
	return pvti.flags & PVCLOCK_TSC_STABLE_BIT && scale->ratio;
}

/**
 * vmclock_scale_moved() - whether kvm-clock's parameters have changed
 * @scale: result of vmclock_scale_get(), of kvm-clock
 *
 * Return: true if @scale has to be asked for again.
 */
static inline bool vmclock_scale_moved(const struct vmclock_scale *scale)
{
	struct pvclock_vcpu_time_info pvti;

	return vmclock_kvmclock_copy(&pvti) &&
	       (pvti.tsc_timestamp != scale->counter ||
		pvti.system_time != scale->count);
}

/**
 * vmclock_counter_to_kvmclock() - what kvm-clock reads at a counter value
 * @counter: TSC, read just now
 * @cycles: result, ns
 *
 * The host may have moved this CPU's kvm-clock on since the TSC was read. It
 * cannot be asked for a moment before its own anchor (the difference is taken
 * as unsigned); the caller then reads a new TSC.
 *
 * Return: 0; -EAGAIN; -ENODEV if there is no kvm-clock.
 */
static inline int vmclock_counter_to_kvmclock(u64 counter, u64 *cycles)
{
	struct pvclock_vcpu_time_info pvti;

	if (!vmclock_kvmclock_copy(&pvti))
		return -ENODEV;
	if ((s64)(counter - pvti.tsc_timestamp) < 0)
		return -EAGAIN;
	*cycles = __pvclock_read_cycles(&pvti, counter);
	return 0;
}

#endif /* _VMCLOCK_COMMON_COUNTER_X86_H */
