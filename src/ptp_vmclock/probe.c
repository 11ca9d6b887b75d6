// SPDX-License-Identifier: GPL-2.0
/* A device is made of a page that was found. Called in probe. */
#include <linux/device.h>

#include "chardev.h"
#include "device.h"
#include "notify.h"
#include "probe.h"
#include "ptp.h"
#include "region.h"

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
	struct ptp_vmclock *vm = ptp_vmclock_alloc(dev, dev);
	int ret;

	if (IS_ERR(vm))
		return PTR_ERR(vm);
	ret = ptp_vmclock_map(vm, mem);
	if (ret)
		return ret;
	ret = ptp_vmclock_chardev_register(vm);
	if (ret)
		return ret;
	ret = ptp_vmclock_ptp_start(vm);
	if (ret)
		return ret;
	return ptp_vmclock_notify_start(vm);
}
