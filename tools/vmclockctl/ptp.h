/* SPDX-License-Identifier: GPL-2.0 */
/* A PTP clock against CLOCK_REALTIME, by what its driver gives. */
#ifndef _VMCLOCKCTL_PTP_H
#define _VMCLOCKCTL_PTP_H

#include "clocks.h"

/**
 * enum ptp_method - how a PTP clock is compared, best first
 * @PTP_PRECISE: PTP_SYS_OFFSET_PRECISE, both clocks at the same counter value
 * @PTP_EXTENDED: PTP_SYS_OFFSET_EXTENDED, the system clock before and after
 * @PTP_BASIC: PTP_SYS_OFFSET, the same farther apart
 * @PTP_NONE: not at all
 */
enum ptp_method { PTP_PRECISE, PTP_EXTENDED, PTP_BASIC, PTP_NONE };

enum ptp_method ptp_method(int fd);
const char *ptp_method_name(enum ptp_method method);
bool ptp_compare(int fd, enum ptp_method method, struct vmclock_time *realtime,
		 struct vmclock_time *phc, u64 *uncertainty_ns);

#endif /* _VMCLOCKCTL_PTP_H */
