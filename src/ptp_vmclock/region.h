/* SPDX-License-Identifier: GPL-2.0 */
/* Where the firmware put a page, and its mapping. */
#ifndef _PTP_VMCLOCK_REGION_H
#define _PTP_VMCLOCK_REGION_H

#include <linux/mod_devicetable.h>

struct device;
struct ptp_vmclock;
struct resource;

extern const struct of_device_id ptp_vmclock_of_ids[];
int ptp_vmclock_region(struct device *dev, struct resource *mem);
int ptp_vmclock_map(struct ptp_vmclock *vm, const struct resource *mem);

#endif /* _PTP_VMCLOCK_REGION_H */
