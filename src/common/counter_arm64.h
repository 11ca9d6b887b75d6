/* SPDX-License-Identifier: GPL-2.0 */
/* The counter of arm64: CNTVCT, the virtual counter. See counter.h. */
#ifndef _VMCLOCK_COMMON_COUNTER_ARM64_H
#define _VMCLOCK_COMMON_COUNTER_ARM64_H

#include <asm/arch_timer.h>
#include <asm/virt.h>
#include <clocksource/arm_arch_timer.h>

#define VMCLOCK_COUNTER_ID	VMCLOCK_COUNTER_ARM_VCNT
#define VMCLOCK_COUNTER_CSID	CSID_ARM_ARCH_COUNTER

/**
 * vmclock_counter_read() - read the counter, not before earlier loads are done
 *
 * The stable read goes through the kernel's workaround on CPUs whose counter
 * sometimes returns a wrong value (HiSilicon 161010101, Freescale A-008585,
 * ARM 858921). The kernel's clocksource reads it in the same way there, and
 * the raw read would differ from it. On other CPUs it costs one per-CPU load.
 *
 * Return: CNTVCT.
 */
static inline u64 vmclock_counter_read(void)
{
	return __arch_counter_get_cntvct_stable();
}

/**
 * vmclock_counter_is_clocksource() - whether a clocksource is the counter
 * @cs: the clocksource
 *
 * The architected timer is the only clocksource of arm64 with a vDSO mode. It
 * has one of two: CPUs with erratum 1418040 (Neoverse N1, Cortex-A76) have the
 * mode that keeps 32-bit processes away from the counter. It has none where it
 * is read through memory or around an erratum: then user space can't read the
 * counter that the kernel reads. A host kernel at EL2 may count CNTPCT, which
 * is the same as CNTVCT there.
 *
 * Return: true if it is.
 */
static inline bool vmclock_counter_is_clocksource(const struct clocksource *cs)
{
	return cs->vdso_clock_mode != VDSO_CLOCKMODE_NONE;
}

/**
 * vmclock_counter_is_unstable() - whether the kernel has given the counter up
 *
 * Return: false; arm64 has no such state.
 */
static inline bool vmclock_counter_is_unstable(void)
{
	return false;
}

/**
 * vmclock_counter_is_virtual() - whether a hypervisor may change the counter
 *
 * Only a kernel that runs at EL2 is known to have no hypervisor. One that was
 * started there and runs at EL1, for want of VHE, doesn't tell its modules.
 *
 * Return: true if this machine may run under a hypervisor.
 */
static inline bool vmclock_counter_is_virtual(void)
{
	return !is_kernel_in_hyp_mode();
}

/**
 * vmclock_scale_get() - how a clocksource is made from the counter
 * @scale: result
 * @cs: the clocksource
 *
 * Return: true if it is made from the counter.
 */
static inline bool vmclock_scale_get(struct vmclock_scale *scale,
				     const struct clocksource *cs)
{
	*scale = (struct vmclock_scale){ .ratio = 1 };
	return vmclock_counter_is_clocksource(cs);
}

/**
 * vmclock_scale_moved() - whether a scale has changed
 * @scale: result of vmclock_scale_get()
 *
 * Return: false; no hypervisor changes it here.
 */
static inline bool vmclock_scale_moved(const struct vmclock_scale *scale)
{
	return false;
}

/**
 * vmclock_counter_to_kvmclock() - what kvm-clock reads at a counter value
 * @counter: not used
 * @cycles: not used
 *
 * Return: -ENODEV; there is no kvm-clock here.
 */
static inline int vmclock_counter_to_kvmclock(u64 counter, u64 *cycles)
{
	return -ENODEV;
}

#endif /* _VMCLOCK_COMMON_COUNTER_ARM64_H */
