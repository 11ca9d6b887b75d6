// SPDX-License-Identifier: GPL-2.0
/*
 * The page in BAR 2 of ivshmem-plain, a PCI function of shared memory, for
 * machines whose users can't add an ACPI table. Other virtual machines may be
 * able to write to such memory, and would then set this one's clock: so it is
 * bound only if the parameter "ivshmem" says that the host alone writes it, and
 * the module has no alias by which udev would load it for such a function.
 *
 * The memory may serve any purpose: a function whose memory doesn't begin with
 * VMClock's magic is left for others, and so is one that ACPI names as well.
 * Called by the PCI core in process context.
 */
#include <linux/acpi.h>
#include <linux/io.h>
#include <linux/module.h>
#include <linux/pci.h>
#include <linux/property.h>

#include "acpi.h"
#include "ivshmem.h"
#include "notify.h"
#include "probe.h"
#include "sysfs.h"
#include "vmclock/page.h"

#define IVSHMEM_DEVICE	0x1110
#define IVSHMEM_BAR	2

static bool ivshmem_wanted;
module_param_named(ivshmem, ivshmem_wanted, bool, 0444);
MODULE_PARM_DESC(ivshmem, "bind to a page in ivshmem memory, which only the host must be able to write (default 0)");

static bool ivshmem_has_page(const struct resource *bar)
{
	const struct vmclock_abi *page;
	bool found;

	if (resource_size(bar) < VMCLOCK_MIN_SIZE)
		return false;
	page = memremap(bar->start, VMCLOCK_MIN_SIZE,
			MEMREMAP_WB | MEMREMAP_DEC);
	if (!page)
		return false;
	found = le32_to_cpu(READ_ONCE(page->magic)) == VMCLOCK_MAGIC;
	memunmap((void *)page);
	return found;
}

/* A device that the firmware names is preferred: it has notifications. */
static bool ivshmem_in_acpi(struct device *dev)
{
	struct fwnode_handle *child;

	device_for_each_child_node(dev, child) {
		if (IS_ENABLED(CONFIG_ACPI) && is_acpi_device_node(child) &&
		    !acpi_match_device_ids(to_acpi_device_node(child),
					   ptp_vmclock_acpi_ids)) {
			fwnode_handle_put(child);
			return true;
		}
	}
	return false;
}

static int ivshmem_probe(struct pci_dev *pdev, const struct pci_device_id *id)
{
	const struct resource *bar = &pdev->resource[IVSHMEM_BAR];
	int ret;

	if (!(bar->flags & IORESOURCE_MEM) || ivshmem_in_acpi(&pdev->dev))
		return -ENODEV;
	ret = pcim_enable_device(pdev);
	if (ret)
		return ret;
	if (!ivshmem_has_page(bar))
		return -ENODEV;
	if (!devm_request_mem_region(&pdev->dev, bar->start,
				     resource_size(bar), "ptp_vmclock"))
		return -EBUSY;
	return ptp_vmclock_bind(&pdev->dev, bar);
}

static const struct pci_device_id ivshmem_ids[] = {
	/* QEMU */
	{ PCI_DEVICE_SUB(PCI_VENDOR_ID_REDHAT_QUMRANET, IVSHMEM_DEVICE,
			 PCI_SUBVENDOR_ID_REDHAT_QUMRANET,
			 PCI_SUBDEVICE_ID_QEMU) },
	/* Cloud Hypervisor */
	{ PCI_DEVICE_SUB(PCI_VENDOR_ID_REDHAT_QUMRANET, IVSHMEM_DEVICE, 0, 0) },
	{ }
};

static struct pci_driver ivshmem_driver = {
	.name = "ptp_vmclock",
	.id_table = ivshmem_ids,
	.probe = ivshmem_probe,
	.VMCLOCK_PCI_DEV_GROUPS = ptp_vmclock_groups,
	.driver.pm = &ptp_vmclock_pm,
};

/**
 * ptp_vmclock_ivshmem_init() - bind such functions, if that is wanted
 *
 * Return: 0 or negative errno.
 */
int ptp_vmclock_ivshmem_init(void)
{
	return ivshmem_wanted ? pci_register_driver(&ivshmem_driver) : 0;
}

/**
 * ptp_vmclock_ivshmem_exit() - undo ptp_vmclock_ivshmem_init()
 */
void ptp_vmclock_ivshmem_exit(void)
{
	if (ivshmem_wanted)
		pci_unregister_driver(&ivshmem_driver);
}
