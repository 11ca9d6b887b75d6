/* SPDX-License-Identifier: GPL-2.0 */
#include_next <linux/acpi.h>

#ifndef _VMCLOCK_COMPAT_ACPI_H
#define _VMCLOCK_COMPAT_ACPI_H

#if defined(CONFIG_ACPI) && !defined(HAVE_ACPI_DEV_FOR_EACH_CHILD)
/* 6.0; the caller sees to it that no child comes or goes */
static inline int
acpi_dev_for_each_child(struct acpi_device *adev,
			int (*fn)(struct acpi_device *, void *), void *data)
{
	struct acpi_device *child;
	int ret = 0;

	list_for_each_entry(child, &adev->children, node) {
		ret = fn(child, data);
		if (ret)
			break;
	}
	return ret;
}
#endif

#endif /* _VMCLOCK_COMPAT_ACPI_H */
