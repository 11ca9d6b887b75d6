/* SPDX-License-Identifier: GPL-2.0 */
/* The kernel's timekeeper, followed by a notifier. */
#ifndef _VMCLOCK_HOST_CLOCK_H
#define _VMCLOCK_HOST_CLOCK_H

#include <linux/types.h>

/* A nanosecond in the unit of the limits */
#define HOST_CLOCK_NS32		(1LL << 32)

/**
 * struct host_clock_limits - when the published line changes without cause
 * @compensation_ns32: a larger ntp_error after a disturbance makes the running
 *	clock be published until the kernel has compensated it, ns / 2^32
 * @deviation_ns32: a clock that is farther from the published line is
 *	published anew, ns / 2^32
 */
struct host_clock_limits {
	s64 compensation_ns32;
	s64 deviation_ns32;
};

/* Written by debugfs.c, for tests. */
extern struct host_clock_limits host_clock_limits;

int host_clock_start(bool idle_timer);
void host_clock_stop(void);

#endif /* _VMCLOCK_HOST_CLOCK_H */
