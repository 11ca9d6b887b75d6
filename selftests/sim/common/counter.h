/* SPDX-License-Identifier: GPL-2.0 */
/*
 * In front of src/common's: the model's counter, which is its clocksource, but
 * for two: of one called acpi_pm the module may know nothing, and one called
 * kvm-clock is ahead of the counter by what the hypervisor says.
 */
#ifndef _VMCLOCK_SIM_COUNTER_H
#define _VMCLOCK_SIM_COUNTER_H

#include "kernel.h"
#include "common/scale.h"
#include "vmclock_abi.h"

#define VMCLOCK_COUNTER_ID	VMCLOCK_COUNTER_X86_TSC

u64 vmclock_counter_read(void);

u64 sim_clocksource_read(void);

static inline bool vmclock_scale_get(struct vmclock_scale *scale,
				     const struct clocksource *cs)
{
	*scale = (struct vmclock_scale){ .ratio = 1 };
	if (cs->name && !strcmp(cs->name, "kvm-clock"))
		*scale = (struct vmclock_scale){
			.counter = vmclock_counter_read(),
			.count = sim_clocksource_read(),
			.ratio = 2,
			.frac_bits = 1,
		};
	return !cs->name || strcmp(cs->name, "acpi_pm");
}

static inline bool vmclock_scale_moved(const struct vmclock_scale *scale)
{
	return vmclock_scale_count(scale, vmclock_counter_read()) !=
	       sim_clocksource_read();
}

#endif /* _VMCLOCK_SIM_COUNTER_H */
