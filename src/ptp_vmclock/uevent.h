/* SPDX-License-Identifier: GPL-2.0 */
/* Uevents of a page that has changed, and names for them. */
#ifndef _PTP_VMCLOCK_UEVENT_H
#define _PTP_VMCLOCK_UEVENT_H

#include <linux/types.h>

struct ptp_vmclock;
struct vmclock_params;

const char *ptp_vmclock_status_name(u8 status, char *buf, size_t size);
bool ptp_vmclock_uevents(struct ptp_vmclock *vm,
			 const struct vmclock_params *p);

#endif /* _PTP_VMCLOCK_UEVENT_H */
