/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The counter that a page of this machine counts; one file for each
 * architecture has it.
 */
#ifndef _VMCLOCKCTL_COUNTER_H
#define _VMCLOCKCTL_COUNTER_H

#include "../kernel_names.h"
#include "vmclock/page.h"

u64 counter_read(void);
extern const u8 counter_id;

#endif /* _VMCLOCKCTL_COUNTER_H */
