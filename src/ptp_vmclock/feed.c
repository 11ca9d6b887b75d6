// SPDX-License-Identifier: GPL-2.0
/*
 * vmclock_feed: has the system clock locked to the page of a device that the
 * kernel's own driver of VMClock has, where that driver is built in and so
 * cannot be replaced by ptp_vmclock. Both modules are made of the same files;
 * this one has no PTP clock and no /dev/vmclockN, for the kernel's driver has
 * them. Which file calls which:
 *
 *	feed -> region, notify
 *	notify -> acpi, lock, uevent
 *	region -> acpi
 *	sysfs -> uevent
 *	all -> page, device
 *
 * Beside each device of the kernel's driver there is one of this module's,
 * vmclock_feed.N, as consumer of a device link. So the driver core binds it
 * only while the kernel's driver is bound, and suspends it before the other. It
 * maps the page a second time, and gets its notifications in addition.
 */
#include <linux/device.h>
#include <linux/module.h>
#include <linux/platform_device.h>

#include "device.h"
#include "lock.h"
#include "notify.h"
#include "region.h"
#include "sysfs.h"

#define FEED_KERNELS_DRIVER	"vmclock"
#define FEED_DEVICES		8	/* a machine has one */

/* written in init and exit only */
static struct platform_device *feed_devices[FEED_DEVICES];
static int feed_count;

static bool feed_is_kernels(const struct device_driver *driver)
{
	return driver && !strcmp(driver->name, FEED_KERNELS_DRIVER);
}

/* The platform data is a pointer to the kernel's device. */
static struct device *feed_kernels(struct platform_device *pdev)
{
	return *(struct device **)dev_get_platdata(&pdev->dev);
}

/* The link keeps the kernel's device bound meanwhile. */
static int feed_probe(struct platform_device *pdev)
{
	struct device *kernels = feed_kernels(pdev);
	struct ptp_vmclock *vm;
	struct resource mem;
	int ret;

	if (!feed_is_kernels(kernels->driver))
		return -ENODEV;
	ret = ptp_vmclock_region(kernels, &mem);
	if (ret)
		return ret;
	vm = ptp_vmclock_alloc(&pdev->dev, kernels);
	if (IS_ERR(vm))
		return PTR_ERR(vm);
	ret = ptp_vmclock_map(vm, &mem);
	if (ret)
		return ret;
	dev_info(&pdev->dev, "%s: page of %s\n", vm->name, dev_name(kernels));
	return ptp_vmclock_notify_start(vm);
}

static struct platform_driver feed_driver = {
	.probe = feed_probe,
	.driver = {
		.name = "vmclock_feed",
		.dev_groups = ptp_vmclock_groups,
		.pm = &ptp_vmclock_pm,
	},
};

static void feed_remove_devices(void)
{
	struct device *kernels;

	while (feed_count) {
		kernels = feed_kernels(feed_devices[--feed_count]);
		platform_device_unregister(feed_devices[feed_count]);
		put_device(kernels);
	}
}

static int feed_add_device(struct device *kernels)
{
	struct platform_device *pdev;

	pdev = platform_device_register_data(NULL, "vmclock_feed", feed_count,
					     &kernels, sizeof(kernels));
	if (IS_ERR(pdev))
		return PTR_ERR(pdev);
	if (!device_link_add(&pdev->dev, kernels, DL_FLAG_AUTOPROBE_CONSUMER)) {
		platform_device_unregister(pdev);
		return -ENODEV;
	}
	get_device(kernels);
	feed_devices[feed_count++] = pdev;
	return 0;
}

static int feed_check(struct device *dev, void *data)
{
	bool found;

	device_lock(dev);
	found = feed_is_kernels(dev->driver);
	device_unlock(dev);
	return found && feed_count < FEED_DEVICES ? feed_add_device(dev) : 0;
}

static int feed_add_devices(void)
{
	int ret = bus_for_each_dev(&platform_bus_type, NULL, NULL, feed_check);

	if (!ret && !feed_count) {
		pr_err("vmclock_feed: no device has the kernel's own driver of VMClock, so there is nothing to feed from\n");
		ret = -ENODEV;
	}
	return ret;
}

static int __init feed_init(void)
{
	int ret = ptp_vmclock_lock_init();

	if (ret)
		return ret;
	ret = feed_add_devices();
	if (!ret)
		ret = platform_driver_register(&feed_driver);
	if (!ret)
		return 0;
	feed_remove_devices();
	ptp_vmclock_lock_exit();
	return ret;
}
module_init(feed_init);

static void __exit feed_exit(void)
{
	platform_driver_unregister(&feed_driver);
	feed_remove_devices();
	ptp_vmclock_lock_exit();
}
module_exit(feed_exit);

MODULE_DESCRIPTION("Locks the system clock to the VMClock page of the kernel's own driver");
MODULE_LICENSE("GPL");
MODULE_VERSION(VMCLOCK_VERSION);
MODULE_SOFTDEP("pre: timekeeping_reference");
