// SPDX-License-Identifier: GPL-2.0
/*
 * tk_cost: what a notifier of the timekeeper's updates costs, in counts of the
 * CPU's counter, for tests in deterministic time, where a count is an
 * instruction. Notifiers of one priority are called in the order in which they
 * were registered, so two of this module's own take one that is registered
 * between theirs into the middle.
 *
 * Written to /sys/module/tk_cost/parameters/order:
 *	begin	the first one is registered; then load what is to be measured
 *	end	the second one is
 *	again	what was measured so far is forgotten
 *	control	a notifier that takes a lock, which each reader of
 *		/sys/kernel/debug/tk_locked holds until the notifier waits
 *	clear	all go
 * Read, /sys/kernel/debug/tk_cost holds the last updates, one a line: counts
 * between the two, and 1 if the clock was set, 0 otherwise. What the two cost
 * themselves they show with nothing between them; notifier_cost does all this.
 */
#include <linux/debugfs.h>
#include <linux/delay.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/pvclock_gtod.h>
#include <linux/seq_file.h>
#include <linux/spinlock.h>
#include <linux/timex.h>

#define SAMPLES	4096		/* a power of 2 */

struct sample {
	u32 counts;
	bool was_set;
};

/* serialises orders */
static DEFINE_MUTEX(order_lock);
static bool begun, ended;

/* written by the notifiers, under the timekeeper's lock */
static struct sample samples[SAMPLES];
static unsigned int taken;
static u64 before;

static int on_begin(struct notifier_block *nb, unsigned long was_set,
		    void *data)
{
	before = get_cycles();
	return NOTIFY_OK;
}

static int on_end(struct notifier_block *nb, unsigned long was_set, void *data)
{
	u64 after = get_cycles();
	struct sample *s = &samples[taken % SAMPLES];

	s->counts = after - before;
	s->was_set = was_set;
	WRITE_ONCE(taken, taken + 1);
	return NOTIFY_OK;
}

static struct notifier_block begin_notifier = { .notifier_call = on_begin };
static struct notifier_block end_notifier = { .notifier_call = on_end };

/* What a reader must not do: the notifier has to wait for it. */
#define HOLD_COUNTS	10000000	/* 10 ms if a count is a ns */
#define LEAST_WAIT	1000		/* instructions */

static DEFINE_RAW_SPINLOCK(control_lock);
static bool controlled;
static bool control_waits;	/* the notifier, for the lock */

static int on_control(struct notifier_block *nb, unsigned long was_set,
		      void *data)
{
	WRITE_ONCE(control_waits, true);
	raw_spin_lock(&control_lock);
	WRITE_ONCE(control_waits, false);
	raw_spin_unlock(&control_lock);
	return NOTIFY_OK;
}

static struct notifier_block control_notifier = { .notifier_call = on_control };

static int control(void)
{
	int ret = controlled ? -EBUSY :
		  pvclock_gtod_register_notifier(&control_notifier);

	controlled |= !ret;
	return ret;
}

/*
 * Whichever CPU updates the timekeeper, sooner or later a reader on another one
 * has the lock: the sleep lets them take turns. That one does not let go before
 * an update has come.
 */
static int tk_locked_show(struct seq_file *m, void *v)
{
	unsigned long flags;
	cycles_t began;
	unsigned int i;

	raw_spin_lock_irqsave(&control_lock, flags);
	began = get_cycles();
	while (!READ_ONCE(control_waits) && get_cycles() - began < HOLD_COUNTS)
		barrier();
	for (i = 0; i < LEAST_WAIT; i++)
		barrier();
	raw_spin_unlock_irqrestore(&control_lock, flags);
	usleep_range(1000, 2000);
	seq_puts(m, "read\n");
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(tk_locked);

/* Context: order_lock held, or the module goes. */
static void clear(void)
{
	if (controlled)
		pvclock_gtod_unregister_notifier(&control_notifier);
	controlled = false;
	if (ended)
		pvclock_gtod_unregister_notifier(&end_notifier);
	if (begun)
		pvclock_gtod_unregister_notifier(&begin_notifier);
	ended = false;
	begun = false;
}

static int begin(void)
{
	int ret = begun ? -EBUSY :
			  pvclock_gtod_register_notifier(&begin_notifier);

	begun |= !ret;
	return ret;
}

/* Registering calls back at once: what it takes counts from afterwards. */
static int end(void)
{
	int ret = !begun || ended ? -EINVAL :
		  pvclock_gtod_register_notifier(&end_notifier);

	ended |= !ret;
	WRITE_ONCE(taken, 0);
	return ret;
}

static int write_order(const char *text, const struct kernel_param *kp)
{
	int ret = 0;

	mutex_lock(&order_lock);
	if (sysfs_streq(text, "begin"))
		ret = begin();
	else if (sysfs_streq(text, "end"))
		ret = end();
	else if (sysfs_streq(text, "control"))
		ret = control();
	else if (sysfs_streq(text, "again"))
		WRITE_ONCE(taken, 0);
	else if (sysfs_streq(text, "clear"))
		clear();
	else
		ret = -EINVAL;
	mutex_unlock(&order_lock);
	return ret;
}

static const struct kernel_param_ops order_ops = {
	.set = write_order,
};
module_param_cb(order, &order_ops, NULL, 0200);
MODULE_PARM_DESC(order, "begin, end, control, again or clear");

static int tk_cost_show(struct seq_file *m, void *v)
{
	unsigned int n = min_t(unsigned int, READ_ONCE(taken), SAMPLES), i;

	for (i = 0; i < n; i++)
		seq_printf(m, "%u %d\n", samples[i].counts, samples[i].was_set);
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(tk_cost);

static struct dentry *file, *locked;

static int __init tk_cost_init(void)
{
	file = debugfs_create_file("tk_cost", 0400, NULL, NULL, &tk_cost_fops);
	locked = debugfs_create_file("tk_locked", 0444, NULL, NULL,
				     &tk_locked_fops);
	return 0;
}

static void __exit tk_cost_exit(void)
{
	debugfs_remove(file);
	debugfs_remove(locked);
	clear();
}

module_init(tk_cost_init);
module_exit(tk_cost_exit);

MODULE_DESCRIPTION("Cost of the timekeeper's notifiers, for tests");
MODULE_LICENSE("GPL");
