// SPDX-License-Identifier: GPL-2.0
/*
 * vmclock_host: publishes this machine's own clock as a VMClock page,
 * /dev/vmclock_host, that a VMM hands to its guests. This file loads and
 * unloads the module; the page is made in source.c, status.c and page.c.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/miscdevice.h>
#include <linux/module.h>
#include <linux/time64.h>

#include "vmclock_host.h"

static bool notification;
module_param(notification, bool, 0444);
MODULE_PARM_DESC(notification,
		 "guests get an interrupt for each change of the page (the VMM has to see to it)");

unsigned int host_threshold_ns = 1;
module_param_named(threshold_ns, host_threshold_ns, uint, 0444);
MODULE_PARM_DESC(threshold_ns,
		 "publish when the clock has left the page's line by more, ns");

static unsigned int settle_ns = 2;
module_param(settle_ns, uint, 0444);
MODULE_PARM_DESC(settle_ns,
		 "after a change of frequency that leaves an error of more, ns, publish the clock itself until the error is gone");

static struct miscdevice device = {
	.minor = MISC_DYNAMIC_MINOR,
	.name = "vmclock_host",
	.mode = 0444,
	.fops = &host_fops,
};

static void stop(void)
{
	host_source_stop();
	host_status_stop();
	host_chardev_stop();
	host_page_destroy();
}

static int __init vmclock_host_init(void)
{
	int ret;

	if (host_threshold_ns > NSEC_PER_SEC || settle_ns > NSEC_PER_SEC) {
		pr_err("threshold_ns and settle_ns are limited to 1000000000\n");
		return -EINVAL;
	}
	ret = host_page_create(notification);
	if (ret)
		return ret;
	host_status_start();
	ret = host_source_start(settle_ns);
	if (ret) {
		host_page_destroy();
		return ret;
	}
	host_status_wait();
	ret = misc_register(&device);
	if (ret)
		stop();
	return ret;
}

static void __exit vmclock_host_exit(void)
{
	misc_deregister(&device);
	stop();
}

module_init(vmclock_host_init);
module_exit(vmclock_host_exit);

MODULE_DESCRIPTION("This machine's clock as a VMClock page");
MODULE_VERSION(VMCLOCK_VERSION);
MODULE_LICENSE("GPL");
