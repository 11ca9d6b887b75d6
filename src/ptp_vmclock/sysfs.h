/* SPDX-License-Identifier: GPL-2.0 */
/* The attributes of a device. */
#ifndef _PTP_VMCLOCK_SYSFS_H
#define _PTP_VMCLOCK_SYSFS_H

struct attribute_group;

extern const struct attribute_group *ptp_vmclock_groups[];

#endif /* _PTP_VMCLOCK_SYSFS_H */
