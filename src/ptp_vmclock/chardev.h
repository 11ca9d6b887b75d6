/* SPDX-License-Identifier: GPL-2.0 */
/* /dev/vmclockN of a device. */
#ifndef _PTP_VMCLOCK_CHARDEV_H
#define _PTP_VMCLOCK_CHARDEV_H

struct ptp_vmclock;

int ptp_vmclock_chardev_register(struct ptp_vmclock *vm);

#endif /* _PTP_VMCLOCK_CHARDEV_H */
