// SPDX-License-Identifier: GPL-2.0
/* A device is made of a page that was found. Called in probe. */
#include <linux/device.h>
#include <linux/io.h>

#include "chardev.h"
#include "device.h"
#include "notify.h"
#include "page.h"
#include "probe.h"

/*
 * The firmware puts the page outside of the kernel's memory, so nothing else
 * maps it. MEMREMAP_DEC: a confidential guest shares it with the host.
 */
static int probe_map(struct ptp_vmclock *vm, const struct resource *mem)
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
	return 0;
}

/*
 * Checks the fields that never change, which are outside of the sequence count:
 * whether to bind must not depend on a writer that keeps the count odd. With
 * ENODEV the driver core adds no line to ours.
 */
static int probe_check(struct ptp_vmclock *vm)
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
 * ptp_vmclock_bind() - make a device of a page
 * @dev: what the page belongs to; its driver data becomes the device
 * @mem: where the page is
 *
 * What is made goes when @dev is unbound.
 *
 * Context: process, in probe.
 * Return: 0 or negative errno.
 */
int ptp_vmclock_bind(struct device *dev, const struct resource *mem)
{
	struct ptp_vmclock *vm = ptp_vmclock_alloc(dev);
	int ret;

	if (IS_ERR(vm))
		return PTR_ERR(vm);
	ret = probe_map(vm, mem);
	if (ret)
		return ret;
	ret = probe_check(vm);
	if (ret)
		return ret;
	ret = ptp_vmclock_chardev_register(vm);
	if (ret)
		return ret;
	return ptp_vmclock_notify_start(vm);
}
