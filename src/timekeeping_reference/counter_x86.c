// SPDX-License-Identifier: GPL-2.0
/* The TSC, and the clocksources that count it. Any context. */
#include <asm/msr.h>
#include <asm/tsc.h>

#include "tkref.h"

u64 tkref_counter_read(void)
{
	return rdtsc_ordered();
}

/* tsc and tsc-early; kvm-clock counts ns and is none of them */
u8 tkref_counter_id(const struct clocksource *cs)
{
	return cs->vdso_clock_mode == VDSO_CLOCKMODE_TSC ?
	       VMCLOCK_COUNTER_X86_TSC : VMCLOCK_COUNTER_INVALID;
}
