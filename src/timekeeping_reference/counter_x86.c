// SPDX-License-Identifier: GPL-2.0
/*
 * The TSC, and the clocksources that are made from it: tsc and tsc-early count
 * it, kvm-clock counts the ns that the hypervisor's parameters make of it. Any
 * context.
 */
#include <linux/percpu.h>
#include <linux/preempt.h>
#include <asm/msr.h>
#include <asm/pvclock.h>
#include <asm/kvmclock.h>	/* not self-contained in 6.1 */
#include <asm/tsc.h>

#include "tkref.h"

const u8 tkref_counter_id = VMCLOCK_COUNTER_X86_TSC;

u64 tkref_counter_read(void)
{
	return rdtsc_ordered();
}

/*
 * kvm-clock is system_time + (((TSC - tsc_timestamp) << shift) * mul >> 32),
 * hence a ratio of mul / 2^(32 - shift). A negative shift drops bits first:
 * less than a count, as the one that is rounded off.
 */
static void scale_from_pvti(struct tkref_scale *scale,
			    const struct pvclock_vcpu_time_info *pvti)
{
	scale->counter = pvti->tsc_timestamp;
	scale->count = pvti->system_time;
	scale->ratio = pvti->tsc_to_system_mul;
	scale->frac_bits = clamp(32 - pvti->tsc_shift, 1, 63);
}

/*
 * Only parameters that the hypervisor has promised to be the same for all CPUs
 * are of use: those of this CPU will do then.
 */
static bool kvmclock_scale(struct tkref_scale *scale)
{
	struct pvclock_vcpu_time_info *pvti;
	unsigned int version;
	bool stable = false;

	if (!IS_ENABLED(CONFIG_KVM_GUEST))
		return false;
	preempt_disable_notrace();
	if (this_cpu_hvclock()) {
		pvti = this_cpu_pvti();
		do {
			version = pvclock_read_begin(pvti);
			scale_from_pvti(scale, pvti);
			stable = pvti->flags & PVCLOCK_TSC_STABLE_BIT &&
				 scale->ratio;
		} while (pvclock_read_retry(pvti, version));
	}
	preempt_enable_notrace();
	return stable;
}

bool tkref_scale_get(struct tkref_scale *scale, const struct clocksource *cs)
{
	*scale = (struct tkref_scale){ .ratio = 1 };
	if (cs->vdso_clock_mode == VDSO_CLOCKMODE_PVCLOCK)
		return kvmclock_scale(scale);
	return cs->vdso_clock_mode == VDSO_CLOCKMODE_TSC;
}

/* Torn parameters differ as well, and are looked at again. */
bool tkref_scale_moved(const struct tkref_scale *scale)
{
	struct pvclock_vcpu_time_info *pvti;
	bool moved = false;

	if (!IS_ENABLED(CONFIG_KVM_GUEST) || !scale->frac_bits)
		return false;
	preempt_disable_notrace();
	if (this_cpu_hvclock()) {
		pvti = this_cpu_pvti();
		moved = READ_ONCE(pvti->tsc_timestamp) != scale->counter ||
			READ_ONCE(pvti->system_time) != scale->count;
	}
	preempt_enable_notrace();
	return moved;
}
