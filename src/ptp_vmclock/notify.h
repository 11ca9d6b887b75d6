/* SPDX-License-Identifier: GPL-2.0 */
/* The work that reads a page after it has changed. */
#ifndef _PTP_VMCLOCK_NOTIFY_H
#define _PTP_VMCLOCK_NOTIFY_H

struct dev_pm_ops;
struct ptp_vmclock;

extern const struct dev_pm_ops ptp_vmclock_pm;
int ptp_vmclock_notify_start(struct ptp_vmclock *vm);

#endif /* _PTP_VMCLOCK_NOTIFY_H */
