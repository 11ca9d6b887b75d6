// SPDX-License-Identifier: GPL-2.0
/*
 * pci_subsystem: while this is loaded, QEMU's ivshmem function in slot "slot"
 * of the first bus is one of Cloud Hypervisor, whose subsystem is 0:0, to each
 * driver that looks for devices.
 */
#include <linux/module.h>
#include <linux/pci.h>

static unsigned int slot;
module_param(slot, uint, 0444);
MODULE_PARM_DESC(slot, "number of the slot");

static struct pci_dev *function;
static u16 vendor, device;

static int __init pci_subsystem_init(void)
{
	function = pci_get_domain_bus_and_slot(0, 0, PCI_DEVFN(slot, 0));
	if (!function)
		return -ENODEV;
	vendor = function->subsystem_vendor;
	device = function->subsystem_device;
	function->subsystem_vendor = 0;
	function->subsystem_device = 0;
	return 0;
}

static void __exit pci_subsystem_exit(void)
{
	function->subsystem_vendor = vendor;
	function->subsystem_device = device;
	pci_dev_put(function);
}

module_init(pci_subsystem_init);
module_exit(pci_subsystem_exit);

MODULE_DESCRIPTION("Another subsystem of a PCI function");
MODULE_LICENSE("GPL");
