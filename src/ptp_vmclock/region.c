// SPDX-License-Identifier: GPL-2.0
/* Where the firmware put a page, and its mapping. Called in probe. */
#include <linux/acpi.h>
#include <linux/device.h>
#include <linux/io.h>
#include <linux/mod_devicetable.h>
#include <linux/module.h>
#include <linux/platform_device.h>

#include "acpi.h"
#include "device.h"
#include "page.h"
#include "region.h"

const struct of_device_id ptp_vmclock_of_ids[] = {
	{ .compatible = "amazon,vmclock" },
	{ }
};
MODULE_DEVICE_TABLE(of, ptp_vmclock_of_ids);

/**
 * ptp_vmclock_region() - where the page of a platform device is
 * @dev: the device, of ACPI or the device tree
 * @mem: result
 *
 * Return: 0 or negative errno.
 */
int ptp_vmclock_region(struct device *dev, struct resource *mem)
{
	struct resource *res;

	if (IS_ENABLED(CONFIG_ACPI) && has_acpi_companion(dev))
		return ptp_vmclock_acpi_region(dev, mem);
	res = platform_get_resource(to_platform_device(dev), IORESOURCE_MEM, 0);
	if (!res)
		return -ENODEV;
	*mem = *res;
	return 0;
}

/*
 * Checks the fields that never change, which are outside of the sequence count:
 * whether to bind must not depend on a writer that keeps the count odd. With
 * ENODEV the driver core adds no line to ours.
 */
static int region_check(struct ptp_vmclock *vm)
{
	struct vmclock_abi copy = { 0 };
	const char *defect;

	memcpy(&copy, vm->page, min(vm->len, sizeof(copy)));
	vmclock_page_decode(&copy, &vm->last);
	defect = ptp_vmclock_page_defect(vm, &vm->last);
	if (!defect)
		return 0;
	dev_err(vm->dev, "page refused: %s\n", defect);
	return -ENODEV;
}

/**
 * ptp_vmclock_map() - map a page, if it is one
 * @vm: the device
 * @mem: where the page is
 *
 * The firmware puts the page outside of the kernel's memory, so that nothing
 * maps it otherwise than a driver of the page does. MEMREMAP_DEC: a
 * confidential guest shares it with the host.
 *
 * Return: 0, or a negative errno, with the reason in the log.
 */
int ptp_vmclock_map(struct ptp_vmclock *vm, const struct resource *mem)
{
	vm->phys = mem->start;
	vm->region = resource_size(mem);
	vm->len = min_t(size_t, vm->region, PAGE_SIZE);
	if (vm->region < VMCLOCK_MIN_SIZE || vm->phys % sizeof(u64)) {
		dev_err(vm->dev, "page refused: %pR cannot hold it\n", mem);
		return -ENODEV;
	}
	vm->page = memremap(vm->phys, vm->len, MEMREMAP_WB | MEMREMAP_DEC);
	if (!vm->page)
		return dev_err_probe(vm->dev, -ENOMEM, "cannot map %pR\n",
				     mem);
	return region_check(vm);
}
