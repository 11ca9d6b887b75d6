// SPDX-License-Identifier: GPL-2.0
/* A device is made of a page that was found. Called in probe. */
#include "chardev.h"
#include "device.h"
#include "notify.h"
#include "probe.h"
#include "ptp.h"
#include "region.h"

static void probe_ptp_remove(void *vm)
{
	ptp_vmclock_ptp_unregister(vm);
}

/* The update work, which ends before it, makes the clock of a late page. */
static int probe_ptp(struct ptp_vmclock *vm)
{
	int ret = ptp_vmclock_ptp_register(vm);

	if (ret)
		return dev_err_probe(vm->dev, ret, "cannot make a PTP clock\n");
	vm->ptp_register = ptp_vmclock_ptp_register;
	return devm_add_action_or_reset(vm->dev, probe_ptp_remove, vm);
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
	ret = probe_ptp(vm);
	if (ret)
		return ret;
	return ptp_vmclock_notify_start(vm);
}
