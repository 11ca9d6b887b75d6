// SPDX-License-Identifier: GPL-2.0
/*
 * vmclock_host: publishes this machine's own clock as a VMClock page,
 * /dev/vmclock_host, and as views of it that a VMM hands to its guests. This
 * file loads and unloads the module; the pages are made in clock.c, ntp.c
 * and page.c.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/miscdevice.h>
#include <linux/module.h>
#include <linux/time64.h>

#include "chardev.h"
#include "clock.h"
#include "debugfs.h"
#include "idle_timer.h"
#include "ioctl.h"
#include "node.h"
#include "ntp.h"
#include "publish.h"
#include "view.h"

#define MAX_DEADLINE_NS	1000

static bool notification;
module_param(notification, bool, 0444);
MODULE_PARM_DESC(notification,
		 "guests get an interrupt for each change of the page (the VMM has to see to it)");

static unsigned int threshold_ns = 1;
module_param(threshold_ns, uint, 0444);
MODULE_PARM_DESC(threshold_ns,
		 "publish when the clock has left the page's line by more, ns");

static unsigned int settle_ns = 1;
module_param(settle_ns, uint, 0444);
MODULE_PARM_DESC(settle_ns,
		 "after a change of frequency that leaves an error of more, ns, publish the clock itself until the error is gone");

static unsigned int deadline_ns;
module_param(deadline_ns, uint, 0444);
MODULE_PARM_DESC(deadline_ns,
		 "keep the clock of an idle machine so near to the page, ns; 0 = leave it alone (0)");

static struct host_view *own_view;

static int own_open(struct inode *inode, struct file *file)
{
	return host_chardev_open(file, own_view);
}

static const struct file_operations own_fops = {
	.owner = THIS_MODULE,
	.open = own_open,
	.release = host_chardev_release,
	.read = host_chardev_read,
	.poll = host_chardev_poll,
	.mmap = host_chardev_mmap,
	.unlocked_ioctl = host_ioctl,
	.compat_ioctl = compat_ptr_ioctl,
};

static struct miscdevice device = {
	.minor = MISC_DYNAMIC_MINOR,
	.name = "vmclock_host",
	.mode = 0444,
	.fops = &own_fops,
};

static int create_own_view(void)
{
	u64 flags = notification ? VMCLOCK_FLAG_NOTIFICATION_PRESENT : 0;

	own_view = host_view_create_own(flags);
	return PTR_ERR_OR_ZERO(own_view);
}

/* In the order in which they feed each other. */
static void stop(void)
{
	host_debugfs_stop();
	host_clock_stop();
	host_idle_timer_stop();
	host_ntp_stop();
	host_page_stop();
	host_view_put(own_view);
	host_view_stop();
}

static int start(void)
{
	int ret;

	host_publish_init();
	ret = create_own_view();
	if (ret)
		return ret;
	host_ntp_start();
	host_idle_timer_start(deadline_ns);
	ret = host_clock_start(settle_ns, threshold_ns, deadline_ns);
	if (ret) {
		stop();
		return ret;
	}
	host_ntp_wait();
	host_debugfs_start();
	return 0;
}

static int __init vmclock_host_init(void)
{
	int ret;

	if (threshold_ns > NSEC_PER_SEC || settle_ns > NSEC_PER_SEC) {
		pr_err("threshold_ns and settle_ns are limited to 1000000000\n");
		return -EINVAL;
	}
	if (deadline_ns > MAX_DEADLINE_NS) {
		pr_err("deadline_ns is limited to %u\n", MAX_DEADLINE_NS);
		return -EINVAL;
	}
	ret = host_node_start(&host_view_fops);
	if (ret)
		return ret;
	ret = start();
	if (ret)
		goto stop_nodes;
	ret = misc_register(&device);
	if (ret)
		goto stop_all;
	return 0;

stop_all:
	stop();
stop_nodes:
	host_node_stop();
	return ret;
}

/* Nobody has a file open, and nobody can open one any more. */
static void __exit vmclock_host_exit(void)
{
	misc_deregister(&device);
	host_node_stop();
	stop();
}

module_init(vmclock_host_init);
module_exit(vmclock_host_exit);

MODULE_DESCRIPTION("This machine's clock as a VMClock page");
MODULE_VERSION(VMCLOCK_VERSION);
MODULE_LICENSE("GPL");
