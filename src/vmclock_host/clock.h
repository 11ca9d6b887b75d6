/* SPDX-License-Identifier: GPL-2.0 */
/* The kernel's timekeeper, followed by a notifier. */
#ifndef _VMCLOCK_HOST_CLOCK_H
#define _VMCLOCK_HOST_CLOCK_H

#include <linux/types.h>

int host_clock_start(unsigned int settle_ns, unsigned int threshold_ns,
		     bool idle_timer);
void host_clock_stop(void);

#endif /* _VMCLOCK_HOST_CLOCK_H */
