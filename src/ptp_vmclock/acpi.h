/* SPDX-License-Identifier: GPL-2.0 */
/* The page and its notification by ACPI; with CONFIG_ACPI only. */
#ifndef _PTP_VMCLOCK_ACPI_H
#define _PTP_VMCLOCK_ACPI_H

struct acpi_device_id;
struct device;
struct ptp_vmclock;
struct resource;

extern const struct acpi_device_id ptp_vmclock_acpi_ids[];
int ptp_vmclock_acpi_region(struct device *dev, struct resource *mem);
int ptp_vmclock_acpi_notify(struct ptp_vmclock *vm);

#endif /* _PTP_VMCLOCK_ACPI_H */
