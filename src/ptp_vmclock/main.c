// SPDX-License-Identifier: GPL-2.0
/*
 * ptp_vmclock: a guest's driver of the VMClock device. From a page in which
 * the hypervisor tells the time it makes a PTP clock, /dev/vmclockN, attributes
 * and uevents of its device, and the reference that the system clock is locked
 * to. This file finds pages by ACPI and device tree. Which file calls which:
 *
 *	main -> ivshmem -> acpi, probe
 *	probe -> region, chardev, ptp, notify
 *	notify -> acpi, lock, uevent
 *	region -> acpi
 *	sysfs -> uevent
 *	all -> page, device
 */
#include <linux/acpi.h>
#include <linux/device.h>
#include <linux/module.h>
#include <linux/platform_device.h>

#include "acpi.h"
#include "ivshmem.h"
#include "lock.h"
#include "notify.h"
#include "probe.h"
#include "ptp.h"
#include "region.h"
#include "sysfs.h"

static int ptp_vmclock_probe(struct platform_device *pdev)
{
	struct resource mem;
	int ret = ptp_vmclock_region(&pdev->dev, &mem);

	if (ret)
		return dev_err_probe(&pdev->dev, ret,
				     "firmware names no memory for the page\n");
	return ptp_vmclock_bind(&pdev->dev, &mem);
}

static struct platform_driver ptp_vmclock_driver = {
	.probe = ptp_vmclock_probe,
	.driver = {
		.name = "ptp_vmclock",
		.acpi_match_table = ACPI_PTR(ptp_vmclock_acpi_ids),
		.of_match_table = ptp_vmclock_of_ids,
		.dev_groups = ptp_vmclock_groups,
		.pm = &ptp_vmclock_pm,
	},
};

static int __init ptp_vmclock_init(void)
{
	int ret = ptp_vmclock_ptp_init();

	if (ret)
		return ret;
	ret = ptp_vmclock_lock_init();
	if (ret)
		goto err_ptp_exit;
	ret = platform_driver_register(&ptp_vmclock_driver);
	if (ret)
		goto err_lock_exit;
	if (IS_ENABLED(CONFIG_PCI))
		ret = ptp_vmclock_ivshmem_init();
	if (ret)
		goto err_platform_exit;
	return 0;

err_platform_exit:
	platform_driver_unregister(&ptp_vmclock_driver);
err_lock_exit:
	ptp_vmclock_lock_exit();
err_ptp_exit:
	ptp_vmclock_ptp_exit();
	return ret;
}
module_init(ptp_vmclock_init);

static void __exit ptp_vmclock_exit(void)
{
	if (IS_ENABLED(CONFIG_PCI))
		ptp_vmclock_ivshmem_exit();
	platform_driver_unregister(&ptp_vmclock_driver);
	ptp_vmclock_lock_exit();
	ptp_vmclock_ptp_exit();
}
module_exit(ptp_vmclock_exit);

MODULE_DESCRIPTION("PTP clock and device of a hypervisor's VMClock page");
MODULE_LICENSE("GPL");
MODULE_VERSION(VMCLOCK_VERSION);
MODULE_SOFTDEP("pre: timekeeping_reference");
