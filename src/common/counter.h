/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The counter that VMClock pages count: one implementation for all modules.
 * It is a header of inline functions, because kbuild links an object into one
 * module only. Every function may be called in any context.
 *
 * Each architecture's header has
 *
 *	VMCLOCK_COUNTER_ID		the counter in a page
 *	VMCLOCK_COUNTER_CSID		the counter in the kernel's snapshots
 *	vmclock_counter_read()		its value now
 *	vmclock_counter_is_clocksource()
 *					whether a clocksource is the counter
 *	vmclock_counter_is_unstable()	whether the kernel has given it up
 *	vmclock_counter_is_virtual()	whether a hypervisor may change it
 *	vmclock_scale_get()		how a clocksource is made from it
 *	vmclock_scale_moved()		whether that has changed
 *	vmclock_counter_to_kvmclock()	what kvm-clock reads at a value of it
 */
#ifndef _VMCLOCK_COMMON_COUNTER_H
#define _VMCLOCK_COMMON_COUNTER_H

#include <linux/clocksource.h>
#include <linux/errno.h>

#include "common/scale.h"
#include "vmclock_abi.h"

#ifdef CONFIG_ARM64
#include "common/counter_arm64.h"
#else
#include "common/counter_x86.h"
#endif

#endif /* _VMCLOCK_COMMON_COUNTER_H */
