// SPDX-License-Identifier: GPL-2.0
/*
 * tkref_line: a reference without a page, for tests of timekeeping_reference
 * and as the smallest user of its interface. The line is made up here, from
 * the clocksource's nominal rate and the clock at the moment of the order.
 *
 * Written to /sys/module/tkref_line/parameters/order, one order each:
 *	line PPB NS	a line NS ahead of CLOCK_REALTIME now, PPB faster than
 *			the clocksource says
 *	freq PPB	the line goes on from the last tick, with this rate
 *	turn PPB	the line goes on from here
 *	phase NS	the line jumps
 *	disrupt NS	the same, with a new disruption marker
 *	status N	VMCLOCK_STATUS_*
 *	period 0	garbage
 *	clear		no reference any more
 * What is refused is forgotten: the next order begins with the last good line.
 * Read, it gives the line: counter, seconds (TAI), fraction, period, shift.
 */
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/pvclock_gtod.h>
#include <linux/timekeeper_internal.h>
#include <linux/timekeeping.h>
#include <linux/timex.h>

#include "timekeeping_reference.h"

#define TAI_OFFSET_SEC	37

/* serialises orders */
static DEFINE_MUTEX(order_lock);
static struct tk_reference reference = {
	.name = "tkref_line",
	.params = {
		.magic = VMCLOCK_MAGIC,
		.size = sizeof(struct vmclock_abi),
		.version = 1,
		.time_type = VMCLOCK_TIME_TAI,
		.flags = VMCLOCK_FLAG_TAI_OFFSET_VALID,
		.status = VMCLOCK_STATUS_SYNCHRONIZED,
		.tai_offset_sec = TAI_OFFSET_SEC,
	},
};

/* written under the timekeeper's lock */
static DEFINE_RAW_SPINLOCK(tk_lock);
static u64 cycle_last;
static struct vmclock_time xtime;
static u32 nominal_mult, shift;

/* Context: the timekeeper's lock held, no clock can be read. */
static int on_update(struct notifier_block *nb, unsigned long was_set,
		     void *data)
{
	const struct timekeeper *tk = data;
	const struct tk_read_base *tkr = &tk->tkr_mono;

	raw_spin_lock(&tk_lock);
	cycle_last = tkr->cycle_last;
	xtime.sec = tk->xtime_sec;
	xtime.frac = vmclock_ns32_to_frac(tkr->xtime_nsec << (32 - tkr->shift));
	nominal_mult = tkr->clock->mult;
	shift = tkr->shift;
	raw_spin_unlock(&tk_lock);
	return NOTIFY_OK;
}

static struct notifier_block notifier = {
	.notifier_call = on_update,
};

/* nominal * (1 + ppb / 10^9), as nominal / 10^9 * (10^9 + ppb) / 10^9 s */
static void set_rate(struct vmclock_line *line, s64 ppb)
{
	u64 billionths = NSEC_PER_SEC + ppb;

	vmclock_line_set_period(line, nominal_mult * billionths,
				NSEC_PER_SEC * NSEC_PER_SEC, shift);
}

static void set_line(struct vmclock_line *line, s64 ppb, s64 ns)
{
	raw_spin_lock_irq(&tk_lock);
	line->counter = cycle_last;
	line->time = vmclock_time_add(xtime, vmclock_time_from_ns(ns));
	line->time.sec += TAI_OFFSET_SEC;
	set_rate(line, ppb);
	raw_spin_unlock_irq(&tk_lock);
}

static void set_freq(struct vmclock_line *line, s64 ppb, bool now)
{
	raw_spin_lock_irq(&tk_lock);
	vmclock_line_move(line, now ? get_cycles() : cycle_last);
	set_rate(line, ppb);
	raw_spin_unlock_irq(&tk_lock);
}

static int change(struct vmclock_params *p, const char *verb, s64 x, s64 y)
{
	int ret = 0;

	if (!strcmp(verb, "line"))
		set_line(&p->line, x, y);
	else if (!strcmp(verb, "freq"))
		set_freq(&p->line, x, false);
	else if (!strcmp(verb, "turn"))
		set_freq(&p->line, x, true);
	else if (!strcmp(verb, "status"))
		p->status = x;
	else if (!strcmp(verb, "period"))
		p->line.period_frac = x;
	else if (!strcmp(verb, "phase") || !strcmp(verb, "disrupt"))
		p->line.time = vmclock_time_add(p->line.time,
						vmclock_time_from_ns(x));
	else
		ret = -EINVAL;
	if (!strcmp(verb, "disrupt"))
		p->disruption_marker++;
	return ret;
}

static int write_order(const char *text, const struct kernel_param *kp)
{
	struct tk_reference next;
	s64 x = 0, y = 0;
	char verb[16];
	int ret;

	if (sscanf(text, "%15s %lld %lld", verb, &x, &y) < 1)
		return -EINVAL;
	mutex_lock(&order_lock);
	if (!strcmp(verb, "clear")) {
		timekeeping_clear_reference(THIS_MODULE);
		ret = 0;
	} else {
		next = reference;
		ret = change(&next.params, verb, x, y) ?:
		      timekeeping_set_reference(THIS_MODULE, &next);
		if (!ret)
			reference = next;
	}
	mutex_unlock(&order_lock);
	return ret;
}

static int read_order(char *text, const struct kernel_param *kp)
{
	const struct vmclock_line *line = &reference.params.line;
	int len;

	mutex_lock(&order_lock);
	len = sysfs_emit(text, "%llu %lld %llu %llu %u\n", line->counter,
			 line->time.sec, line->time.frac, line->period_frac,
			 line->period_shift);
	mutex_unlock(&order_lock);
	return len;
}

static const struct kernel_param_ops order_ops = {
	.set = write_order,
	.get = read_order,
};
module_param_cb(order, &order_ops, NULL, 0600);
MODULE_PARM_DESC(order, "see the head of the source");

static int __init tkref_line_init(void)
{
	reference.params.counter_id = IS_ENABLED(CONFIG_X86) ?
		VMCLOCK_COUNTER_X86_TSC : VMCLOCK_COUNTER_ARM_VCNT;
	return pvclock_gtod_register_notifier(&notifier);
}

static void __exit tkref_line_exit(void)
{
	timekeeping_clear_reference(THIS_MODULE);
	pvclock_gtod_unregister_notifier(&notifier);
}

module_init(tkref_line_init);
module_exit(tkref_line_exit);

MODULE_DESCRIPTION("A made-up reference for the system clock");
MODULE_LICENSE("GPL");
