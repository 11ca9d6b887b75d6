/* SPDX-License-Identifier: GPL-2.0 */
/*
 * In front of src/common's: the model's counter, which is its clocksource, but
 * for one called acpi_pm, of which the module may know nothing.
 */
#ifndef _VMCLOCK_SIM_COUNTER_H
#define _VMCLOCK_SIM_COUNTER_H

#include "kernel.h"
#include "common/scale.h"
#include "vmclock_abi.h"

#define VMCLOCK_COUNTER_ID	VMCLOCK_COUNTER_X86_TSC

u64 vmclock_counter_read(void);

static inline bool vmclock_scale_get(struct vmclock_scale *scale,
				     const struct clocksource *cs)
{
	*scale = (struct vmclock_scale){ .ratio = 1 };
	return !cs->name || strcmp(cs->name, "acpi_pm");
}

static inline bool vmclock_scale_moved(const struct vmclock_scale *scale)
{
	(void)scale;
	return false;
}

#endif /* _VMCLOCK_SIM_COUNTER_H */
