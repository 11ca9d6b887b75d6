// SPDX-License-Identifier: GPL-2.0
/*
 * The page and its notification by ACPI. Called in probe.
 */
#include <linux/acpi.h>
#include <linux/device.h>
#include <linux/ioport.h>
#include <linux/mod_devicetable.h>
#include <linux/module.h>

#include "acpi.h"
#include "device.h"

const struct acpi_device_id ptp_vmclock_acpi_ids[] = {
	{ "AMZNC10C", 0 },
	{ "VMCLOCK", 0 },
	{ }
};
MODULE_DEVICE_TABLE(acpi, ptp_vmclock_acpi_ids);

/**
 * ptp_vmclock_acpi_region() - where the page is
 * @dev: device with an ACPI companion
 * @mem: result
 *
 * Evaluates _CRS now: a page behind a PCI BAR may have moved since the platform
 * device was made. A memory or an address space descriptor, exactly one.
 *
 * Return: 0 or negative errno.
 */
int ptp_vmclock_acpi_region(struct device *dev, struct resource *mem)
{
	struct resource_entry *entry;
	unsigned int found = 0;
	LIST_HEAD(list);
	int ret;

	ret = acpi_dev_get_resources(ACPI_COMPANION(dev), &list,
				     acpi_dev_filter_resource_type_cb,
				     (void *)IORESOURCE_MEM);
	if (ret < 0)
		return ret;
	resource_list_for_each_entry(entry, &list) {
		*mem = *entry->res;
		found++;
	}
	acpi_dev_free_resource_list(&list);
	return found == 1 ? 0 : -ENODEV;
}

static void acpi_handler(acpi_handle handle, u32 event, void *vm)
{
	ptp_vmclock_changed(vm);
}

/* Waits for a handler that is running. */
static void acpi_remove(void *data)
{
	struct ptp_vmclock *vm = data;

	acpi_remove_notify_handler(ACPI_HANDLE(vm->firmware),
				   ACPI_DEVICE_NOTIFY, acpi_handler);
}

/**
 * ptp_vmclock_acpi_notify() - get word of changes by Notify()
 * @vm: the device
 *
 * Return: 0 or negative errno.
 */
int ptp_vmclock_acpi_notify(struct ptp_vmclock *vm)
{
	acpi_status status;

	status = acpi_install_notify_handler(ACPI_HANDLE(vm->firmware),
					     ACPI_DEVICE_NOTIFY,
					     acpi_handler, vm);
	if (ACPI_FAILURE(status))
		return -ENODEV;
	return devm_add_action_or_reset(vm->dev, acpi_remove, vm);
}
