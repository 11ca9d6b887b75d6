// SPDX-License-Identifier: GPL-2.0
/*
 * ptp_vmclock: a guest's driver of the VMClock device. From a page in which
 * the hypervisor tells the time it makes a PTP clock, /dev/vmclockN, attributes
 * and uevents of its device, and the reference that the system clock is locked
 * to. This file finds the page, by ACPI or device tree, and binds.
 */
#include <linux/acpi.h>
#include <linux/device.h>
#include <linux/idr.h>
#include <linux/io.h>
#include <linux/mod_devicetable.h>
#include <linux/module.h>
#include <linux/platform_device.h>
#include <linux/slab.h>

#include "ptp_vmclock.h"

static DEFINE_IDA(vmclock_ida);

/**
 * ptp_vmclock_get() - keep a device's state, bound or not
 * @vm: the device
 */
void ptp_vmclock_get(struct ptp_vmclock *vm)
{
	kref_get(&vm->ref);
}

static void vmclock_free(struct kref *ref)
{
	struct ptp_vmclock *vm = container_of(ref, struct ptp_vmclock, ref);

	if (vm->page)
		memunmap((void *)vm->page);
	ida_free(&vmclock_ida, vm->index);
	kfree(vm);
}

/**
 * ptp_vmclock_put() - let go of a device's state
 * @vm: the device
 *
 * Context: process. The last one unmaps the page.
 */
void ptp_vmclock_put(struct ptp_vmclock *vm)
{
	kref_put(&vm->ref, vmclock_free);
}

static void vmclock_put_action(void *vm)
{
	ptp_vmclock_put(vm);
}

static struct ptp_vmclock *vmclock_alloc(struct device *dev)
{
	struct ptp_vmclock *vm = kzalloc(sizeof(*vm), GFP_KERNEL);
	int ret;

	if (!vm)
		return ERR_PTR(-ENOMEM);
	vm->index = ida_alloc(&vmclock_ida, GFP_KERNEL);
	if (vm->index < 0) {
		ret = vm->index;
		kfree(vm);
		return ERR_PTR(ret);
	}
	kref_init(&vm->ref);
	vm->dev = dev;
	init_waitqueue_head(&vm->wait);
	INIT_LIST_HEAD(&vm->node);
	snprintf(vm->name, sizeof(vm->name), "vmclock%d", vm->index);
	dev_set_drvdata(dev, vm);
	ret = devm_add_action_or_reset(dev, vmclock_put_action, vm);
	return ret ? ERR_PTR(ret) : vm;
}

static int vmclock_region(struct device *dev, struct resource *mem)
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
 * The firmware puts the page outside of the kernel's memory, so nothing else
 * maps it. MEMREMAP_DEC: a confidential guest shares it with the host.
 */
static int vmclock_map(struct ptp_vmclock *vm, const struct resource *mem)
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
 * Looks at the fields that never change, which are outside of the sequence
 * count: whether to bind must not depend on a writer who holds it. With ENODEV
 * the driver core adds no line to ours.
 */
static int vmclock_check(struct ptp_vmclock *vm)
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
	struct ptp_vmclock *vm = vmclock_alloc(dev);
	int ret;

	if (IS_ERR(vm))
		return PTR_ERR(vm);
	ret = vmclock_map(vm, mem);
	if (ret)
		return ret;
	ret = vmclock_check(vm);
	if (ret)
		return ret;
	ret = ptp_vmclock_chardev_register(vm);
	if (ret)
		return ret;
	ret = ptp_vmclock_clock_register(vm);
	if (ret)
		return ret;
	return ptp_vmclock_notify_start(vm);
}

static int ptp_vmclock_probe(struct platform_device *pdev)
{
	struct resource mem;
	int ret = vmclock_region(&pdev->dev, &mem);

	if (ret)
		return dev_err_probe(&pdev->dev, ret,
				     "firmware names no memory for the page\n");
	return ptp_vmclock_bind(&pdev->dev, &mem);
}

const struct acpi_device_id ptp_vmclock_acpi_ids[] = {
	{ "AMZNC10C", 0 },
	{ "VMCLOCK", 0 },
	{ }
};
MODULE_DEVICE_TABLE(acpi, ptp_vmclock_acpi_ids);

static const struct of_device_id vmclock_of_ids[] = {
	{ .compatible = "amazon,vmclock" },
	{ }
};
MODULE_DEVICE_TABLE(of, vmclock_of_ids);

static struct platform_driver ptp_vmclock_driver = {
	.probe = ptp_vmclock_probe,
	.driver = {
		.name = "ptp_vmclock",
		.acpi_match_table = ptp_vmclock_acpi_ids,
		.of_match_table = vmclock_of_ids,
		.dev_groups = ptp_vmclock_groups,
		.pm = &ptp_vmclock_pm,
	},
};

static int __init ptp_vmclock_init(void)
{
	int ret = ptp_vmclock_clock_init();

	if (ret)
		return ret;
	ret = ptp_vmclock_reference_init();
	if (ret)
		goto err_clock_exit;
	ret = platform_driver_register(&ptp_vmclock_driver);
	if (ret)
		goto err_reference_exit;
	if (IS_ENABLED(CONFIG_PCI))
		ret = ptp_vmclock_ivshmem_init();
	if (ret)
		goto err_platform_exit;
	return 0;

err_platform_exit:
	platform_driver_unregister(&ptp_vmclock_driver);
err_reference_exit:
	ptp_vmclock_reference_exit();
err_clock_exit:
	ptp_vmclock_clock_exit();
	return ret;
}
module_init(ptp_vmclock_init);

static void __exit ptp_vmclock_exit(void)
{
	if (IS_ENABLED(CONFIG_PCI))
		ptp_vmclock_ivshmem_exit();
	platform_driver_unregister(&ptp_vmclock_driver);
	ptp_vmclock_reference_exit();
	ptp_vmclock_clock_exit();
}
module_exit(ptp_vmclock_exit);

MODULE_DESCRIPTION("PTP clock and device of a hypervisor's VMClock page");
MODULE_LICENSE("GPL");
MODULE_VERSION(VMCLOCK_VERSION);
MODULE_SOFTDEP("pre: timekeeping_reference");
