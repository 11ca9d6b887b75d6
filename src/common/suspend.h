/* SPDX-License-Identifier: GPL-2.0 */
/* What an update of the timekeeper means while the machine is suspended. */
#ifndef _VMCLOCK_COMMON_SUSPEND_H
#define _VMCLOCK_COMMON_SUSPEND_H

#include <linux/kernel.h>

/**
 * vmclock_falls_asleep() - whether this is the last update before a sleep
 * @was_set: the timekeeper says that the clock was set, as it does on resume
 *
 * An interrupt that is raised then is lost in S3, and the kernel would raise no
 * other for an irq_work that waits for it. Nothing may be queued: the update of
 * the resume comes, too.
 *
 * Return: true if it is.
 */
static inline bool vmclock_falls_asleep(bool was_set)
{
	return system_state == SYSTEM_SUSPEND && !was_set;
}

#endif /* _VMCLOCK_COMMON_SUSPEND_H */
