// SPDX-License-Identifier: GPL-2.0
/* The virtual counter, as the kernel's clocksource reads it. Any context. */
#include <asm/arch_timer.h>
#include <clocksource/arm_arch_timer.h>

#include "tkref.h"

u64 tkref_counter_read(void)
{
	return __arch_counter_get_cntvct();
}

u8 tkref_counter_id(const struct clocksource *cs)
{
	return cs->vdso_clock_mode == VDSO_CLOCKMODE_ARCHTIMER ?
	       VMCLOCK_COUNTER_ARM_VCNT : VMCLOCK_COUNTER_INVALID;
}
