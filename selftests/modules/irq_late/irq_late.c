// SPDX-License-Identifier: GPL-2.0
/*
 * irq_late: for how long interrupts are off, for tests in deterministic time,
 * where a nanosecond is an instruction. A timer is due every 10 us; while
 * interrupts are off it is late. The path of its interrupt is included.
 *
 * /sys/module/irq_late/parameters/worst_ns: the most since it was last written.
 */
#include <linux/hrtimer.h>
#include <linux/module.h>

/* no multiple of what else is periodical */
#define PERIOD_NS	9973

static unsigned int worst_ns;
module_param(worst_ns, uint, 0600);
MODULE_PARM_DESC(worst_ns, "the longest that interrupts were off");

static struct hrtimer timer;

static enum hrtimer_restart on_timer(struct hrtimer *t)
{
	s64 late_ns = ktime_sub(ktime_get(), hrtimer_get_expires(t));

	if (late_ns > READ_ONCE(worst_ns))
		WRITE_ONCE(worst_ns, late_ns);
	hrtimer_forward_now(t, PERIOD_NS);
	return HRTIMER_RESTART;
}

static int __init irq_late_init(void)
{
	hrtimer_setup(&timer, on_timer, CLOCK_MONOTONIC,
		      HRTIMER_MODE_REL_HARD);
	hrtimer_start(&timer, PERIOD_NS, HRTIMER_MODE_REL_HARD);
	return 0;
}

static void __exit irq_late_exit(void)
{
	hrtimer_cancel(&timer);
}

module_init(irq_late_init);
module_exit(irq_late_exit);

MODULE_DESCRIPTION("How long interrupts are off, for tests");
MODULE_LICENSE("GPL");
