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
 *	phase NS	the line jumps, here
 *	disrupt NS	the same, with a new disruption marker
 *	status N	VMCLOCK_STATUS_*
 *	lose N		the same, with a new disruption marker
 *	leap N SEC	VMCLOCK_LEAP_*, and the line is taken to SEC seconds
 *			before the end of its month, with a new marker
 *	type T V	VMCLOCK_TIME_*; V = 1 with a valid TAI offset, 0 without
 *	error NS PPB	maxerror (esterror half of it), and its growth
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

#include "tkref.h"
#include "vmclock/leap.h"

#define TAI_OFFSET_SEC	37

/* serialises orders */
static DEFINE_MUTEX(order_lock);
static struct tkref_reference reference = {
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

static void to_month_end(struct vmclock_params *p, u8 leap, s64 left_sec)
{
	s64 *sec = &p->line.time.sec;
	s64 utc_offset = p->time_type == VMCLOCK_TIME_TAI ? TAI_OFFSET_SEC : 0;

	vmclock_line_move(&p->line, get_cycles());
	*sec = vmclock_leap_midnight(VMCLOCK_LEAP_PRE_POS, *sec - utc_offset) +
	       utc_offset - left_sec;
	p->tai_offset_sec = TAI_OFFSET_SEC;
	p->leap = leap;
	p->disruption_marker++;
}

static void set_type(struct vmclock_params *p, u8 type, bool offset_valid)
{
	if (p->time_type == VMCLOCK_TIME_TAI)
		p->line.time.sec -= TAI_OFFSET_SEC;
	if (type == VMCLOCK_TIME_TAI)
		p->line.time.sec += TAI_OFFSET_SEC;
	p->time_type = type;
	p->flags &= ~VMCLOCK_FLAG_TAI_OFFSET_VALID;
	if (offset_valid)
		p->flags |= VMCLOCK_FLAG_TAI_OFFSET_VALID;
}

/*
 * A rate of PPB is PPB * period / 10^9 seconds for each count. Where the CPU
 * can't divide 128 bits, kernels such as 6.1 drop low bits of the second
 * factor, which may be all of a small one.
 */
static void set_error(struct vmclock_params *p, s64 ns, s64 ppb)
{
	p->maxerror_ns = ns;
	p->esterror_ns = ns / 2;
	p->maxerror_rate_frac = mul_u64_u64_div_u64(ppb, p->line.period_frac,
						    NSEC_PER_SEC);
	p->esterror_rate_frac = p->maxerror_rate_frac / 2;
	p->flags |= VMCLOCK_FLAG_TIME_MAXERROR_VALID |
		    VMCLOCK_FLAG_TIME_ESTERROR_VALID |
		    VMCLOCK_FLAG_PERIOD_MAXERROR_VALID |
		    VMCLOCK_FLAG_PERIOD_ESTERROR_VALID;
}

static void set_phase(struct vmclock_line *line, s64 ns)
{
	vmclock_line_move(line, get_cycles());
	line->time = vmclock_time_add(line->time, vmclock_time_from_ns(ns));
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
	else if (!strcmp(verb, "status") || !strcmp(verb, "lose"))
		p->status = x;
	else if (!strcmp(verb, "leap"))
		to_month_end(p, x, y);
	else if (!strcmp(verb, "type"))
		set_type(p, x, y);
	else if (!strcmp(verb, "error"))
		set_error(p, x, y);
	else if (!strcmp(verb, "period"))
		p->line.period_frac = x;
	else if (!strcmp(verb, "phase") || !strcmp(verb, "disrupt"))
		set_phase(&p->line, x);
	else
		ret = -EINVAL;
	if (!strcmp(verb, "disrupt") || !strcmp(verb, "lose"))
		p->disruption_marker++;
	return ret;
}

static int write_order(const char *text, const struct kernel_param *kp)
{
	struct tkref_reference next;
	s64 x = 0, y = 0;
	char verb[16];
	int ret;

	if (sscanf(text, "%15s %lld %lld", verb, &x, &y) < 1)
		return -EINVAL;
	mutex_lock(&order_lock);
	if (!strcmp(verb, "clear")) {
		tkref_clear_reference(THIS_MODULE);
		ret = 0;
	} else {
		next = reference;
		ret = change(&next.params, verb, x, y) ?:
		      tkref_set_reference(THIS_MODULE, &next);
		if (!ret)
			reference = next;
	}
	mutex_unlock(&order_lock);
	return ret;
}

static int read_order(char *text, const struct kernel_param *kp)
{
	const struct vmclock_line *line = &reference.params.line;
	s64 sec;
	int len;

	mutex_lock(&order_lock);
	sec = line->time.sec;
	if (reference.params.time_type == VMCLOCK_TIME_UTC)
		sec += TAI_OFFSET_SEC;
	len = sysfs_emit(text, "%llu %lld %llu %llu %u\n", line->counter, sec,
			 line->time.frac, line->period_frac,
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
	tkref_clear_reference(THIS_MODULE);
	pvclock_gtod_unregister_notifier(&notifier);
}

module_init(tkref_line_init);
module_exit(tkref_line_exit);

MODULE_DESCRIPTION("A made-up reference for the system clock");
MODULE_LICENSE("GPL");
