// SPDX-License-Identifier: GPL-2.0
/*
 * tk_updates: a VMClock page against the timekeeper, at each of the
 * timekeeper's updates, for tests. Between two updates both are straight lines,
 * so nothing is missed. To be loaded after what writes the page, whose notifier
 * is then called first.
 *
 * A program that has mapped the page writes its address, in decimal, to
 * /sys/module/tk_updates/parameters/page; 0 ends it. In debugfs, tk_updates/:
 *	taken	how many updates there were since
 *	samples	of the first TK_UPDATES_MAX, struct tk_update
 */
#include <linux/debugfs.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/pvclock_gtod.h>
#include <linux/timekeeper_internal.h>
#include <linux/vmalloc.h>

#include "vmclock/page.h"

#include "tk_updates.h"

/* serialises who writes the parameter */
static DEFINE_MUTEX(follow_lock);
static struct page *followed;
static struct debugfs_blob_wrapper samples;
/* written by the notifier, under the timekeeper's lock */
static u32 taken;

static struct vmclock_time xtime(const struct timekeeper *tk)
{
	u64 ns32 = tk->tkr_mono.xtime_nsec << tk->ntp_error_shift;

	return (struct vmclock_time){
		.sec = tk->xtime_sec,
		.frac = vmclock_ns32_to_frac(ns32),
	};
}

static s64 from_clock(const struct timekeeper *tk,
		      const struct vmclock_params *p)
{
	struct vmclock_time line = vmclock_line_at(&p->line,
						   tk->tkr_mono.cycle_last);
	struct vmclock_time clock = xtime(tk);

	if (p->time_type == VMCLOCK_TIME_TAI)
		clock.sec += tk->tai_offset;
	return vmclock_time_to_ns32(vmclock_time_sub(line, clock));
}

/* Context: the timekeeper's lock held, interrupts off, no clock can be read. */
static int on_update(struct notifier_block *nb, unsigned long was_set,
		     void *data)
{
	const struct timekeeper *tk = data;
	struct tk_update *u = (struct tk_update *)samples.data + taken;
	const struct vmclock_abi *page = page_address(followed);
	struct vmclock_params p;

	if (taken >= TK_UPDATES_MAX)
		return NOTIFY_DONE;
	*u = (struct tk_update){
		.cycle_last = tk->tkr_mono.cycle_last,
		.mult = tk->tkr_mono.mult,
	};
	if (!vmclock_page_read(page, sizeof(*page), &p) &&
	    p.line.period_frac) {
		u->from_clock = from_clock(tk, &p);
		u->from_ntp = u->from_clock - tk->ntp_error;
		u->valid = 1;
	}
	taken++;
	return NOTIFY_OK;
}

static struct notifier_block notifier = {
	.notifier_call = on_update,
};

/* Context: follow_lock held, or the module goes. */
static void stop(void)
{
	if (!followed)
		return;
	pvclock_gtod_unregister_notifier(&notifier);
	put_page(followed);
	followed = NULL;
}

static int start(unsigned long address)
{
	int ret = get_user_pages_fast(address & PAGE_MASK, 1, 0, &followed);

	if (ret != 1)
		return ret < 0 ? ret : -EFAULT;
	taken = 0;
	ret = pvclock_gtod_register_notifier(&notifier);
	if (ret) {
		put_page(followed);
		followed = NULL;
	}
	return ret;
}

static int set_page(const char *text, const struct kernel_param *kp)
{
	unsigned long address;
	int ret = kstrtoul(text, 0, &address);

	if (ret)
		return ret;
	mutex_lock(&follow_lock);
	stop();
	if (address)
		ret = start(address);
	mutex_unlock(&follow_lock);
	return ret;
}

static const struct kernel_param_ops page_ops = {
	.set = set_page,
};
module_param_cb(page, &page_ops, NULL, 0200);
MODULE_PARM_DESC(page, "address of the page in the writer's memory, or 0");

static struct dentry *dir;

static int __init tk_updates_init(void)
{
	samples.size = TK_UPDATES_MAX * sizeof(struct tk_update);
	samples.data = vzalloc(samples.size);
	if (!samples.data)
		return -ENOMEM;
	dir = debugfs_create_dir("tk_updates", NULL);
	debugfs_create_u32("taken", 0400, dir, &taken);
	debugfs_create_blob("samples", 0400, dir, &samples);
	return 0;
}

static void __exit tk_updates_exit(void)
{
	debugfs_remove(dir);
	stop();
	vfree(samples.data);
}

module_init(tk_updates_init);
module_exit(tk_updates_exit);

MODULE_DESCRIPTION("A VMClock page at the timekeeper's updates, for tests");
MODULE_LICENSE("GPL");
