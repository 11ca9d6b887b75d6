// SPDX-License-Identifier: GPL-2.0
/* The virtual counter, as the kernel's clocksource reads it. Any context. */
#include <asm/arch_timer.h>
#include <clocksource/arm_arch_timer.h>

#include "tkref.h"

const u8 tkref_counter_id = VMCLOCK_COUNTER_ARM_VCNT;

u64 tkref_counter_read(void)
{
	return __arch_counter_get_cntvct();
}

bool tkref_scale_get(struct tkref_scale *scale, const struct clocksource *cs)
{
	*scale = (struct tkref_scale){ .ratio = 1 };
	return cs->vdso_clock_mode == VDSO_CLOCKMODE_ARCHTIMER;
}

bool tkref_scale_moved(const struct tkref_scale *scale)
{
	return false;
}
