/* SPDX-License-Identifier: GPL-2.0 */
/* A device is made of a page. */
#ifndef _PTP_VMCLOCK_PROBE_H
#define _PTP_VMCLOCK_PROBE_H

struct device;
struct resource;

int ptp_vmclock_bind(struct device *dev, const struct resource *mem);

#endif /* _PTP_VMCLOCK_PROBE_H */
