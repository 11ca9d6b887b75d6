// SPDX-License-Identifier: GPL-2.0
/*
 * vmclock_host: publishes this machine's own clock as a VMClock page,
 * /dev/vmclock_host, and as views of it that a VMM hands to its guests. This
 * file loads and unloads the module. Calls between the files go one way:
 *
 *	clock.c, ntp.c	follow the timekeeper and the state of NTP
 *	publish.c	merges them, with bounds.c and leap.c
 *	ioctl.c, node.c, chardev.c, view.c, limit.c
 *			what programs can do, and the life of views
 *	page.c, write.c	write the pages and wake up their readers
 *
 * idle_timer.c is an option of clock.c; debugfs.c shows counters.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/miscdevice.h>
#include <linux/module.h>

#include "chardev.h"
#include "clock.h"
#include "debugfs.h"
#include "idle_timer.h"
#include "ioctl.h"
#include "node.h"
#include "ntp.h"
#include "publish.h"
#include "view.h"

#define MAX_IDLE_ERROR_NS	1000
#define MAX_DRIFT_PPM		500

static bool notification;
module_param(notification, bool, 0444);
MODULE_PARM_DESC(notification,
		 "guests get an interrupt for each change of the page (the VMM has to see to it)");

static unsigned int idle_error_ns;
module_param(idle_error_ns, uint, 0444);
MODULE_PARM_DESC(idle_error_ns,
		 "maximum phase error of an idle host, ns; 0 = unlimited (0)");

static unsigned int drift_ppm = 15;
module_param(drift_ppm, uint, 0444);
MODULE_PARM_DESC(drift_ppm,
		 "growth of the maximum error between two reports of the NTP daemon, ppm (15)");

static char *time_type = "auto";
module_param(time_type, charp, 0444);
MODULE_PARM_DESC(time_type,
		 "what pages tell: tai, utc, smeared: what guests refuse, or auto: tai if the kernel knows TAI - UTC when they are made (auto)");

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

/* In the order in which they feed each other. */
static void host_stop(void)
{
	host_debugfs_stop();
	host_clock_stop();
	host_idle_timer_stop();
	host_ntp_stop();
	host_page_stop();
	if (!IS_ERR_OR_NULL(own_view))
		host_view_put(own_view);
	rcu_barrier();	/* the last view has been freed */
}

/*
 * The host's page needs to know the clock from its beginning. What was begun
 * when something fails is for host_stop() to undo.
 */
static int host_start(void)
{
	int ret;

	host_publish_set_drift(drift_ppm);
	host_ntp_start();
	host_idle_timer_start(idle_error_ns);
	ret = host_clock_start(idle_error_ns);
	if (ret)
		return ret;
	own_view = host_view_create_own(notification ?
					VMCLOCK_FLAG_NOTIFICATION_PRESENT : 0);
	if (IS_ERR(own_view))
		return PTR_ERR(own_view);
	host_ntp_wait();
	host_debugfs_start();
	return misc_register(&device);
}

static int read_time_type(void)
{
	static const char * const names[] = { "auto", "tai", "utc", "smeared" };
	static const u8 types[] = {
		HOST_TIME_AUTO, VMCLOCK_TIME_TAI, VMCLOCK_TIME_UTC,
		VMCLOCK_TIME_INVALID_SMEARED
	};
	int i = sysfs_match_string(names, time_type);

	if (i < 0) {
		pr_err("time_type must be auto, tai, utc or smeared\n");
		return i;
	}
	host_time_type = types[i];
	return 0;
}

static int __init vmclock_host_init(void)
{
	int ret;

	if (idle_error_ns > MAX_IDLE_ERROR_NS) {
		pr_err("idle_error_ns is limited to %u\n", MAX_IDLE_ERROR_NS);
		return -EINVAL;
	}
	if (!drift_ppm || drift_ppm > MAX_DRIFT_PPM) {
		pr_err("drift_ppm has to be 1 to %u\n", MAX_DRIFT_PPM);
		return -EINVAL;
	}
	ret = read_time_type();
	if (ret)
		return ret;
	ret = host_node_start(&host_view_fops);
	if (ret)
		return ret;
	ret = host_page_start();
	if (ret)
		goto stop_nodes;
	ret = host_start();
	if (!ret)
		return 0;

	host_stop();
stop_nodes:
	host_node_stop();
	return ret;
}

/* No file is open when the module is unloaded. */
static void __exit vmclock_host_exit(void)
{
	misc_deregister(&device);
	host_node_stop();
	host_stop();
}

module_init(vmclock_host_init);
module_exit(vmclock_host_exit);

MODULE_DESCRIPTION("This machine's clock as a VMClock page");
MODULE_VERSION(VMCLOCK_VERSION);
MODULE_LICENSE("GPL");
