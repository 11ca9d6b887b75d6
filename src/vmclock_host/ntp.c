// SPDX-License-Identifier: GPL-2.0
/*
 * The state of NTP: whether the clock is synchronised, its errors, leap
 * seconds. The timekeeper doesn't hold them, so the kernel is asked through
 * adjtimex, in a work: after each change of the line, after each adjtimex() of
 * somebody else that changes something, and every second.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/irq_work.h>
#include <linux/kprobes.h>
#include <linux/minmax.h>
#include <linux/timex.h>
#include <linux/workqueue.h>

#include "common/counter.h"
#include "compat/do_adjtimex.h"
#include "ntp.h"
#include "publish.h"

static bool resolved;
static bool was_synchronised;
static bool had_counter = true;
/* host_publish_epoch() when somebody last set the state; if that is seen. */
static unsigned int told = 1;
static bool probing;

static u8 clock_status(const struct __kernel_timex *txc, int state)
{
	if (txc->status & STA_CLOCKERR)
		return VMCLOCK_STATUS_UNRELIABLE;
	if (state != TIME_ERROR && !(txc->status & STA_UNSYNC)) {
		was_synchronised = true;
		return VMCLOCK_STATUS_SYNCHRONIZED;
	}
	return was_synchronised ? VMCLOCK_STATUS_FREERUNNING :
				  VMCLOCK_STATUS_INITIALIZING;
}

/* The kernel looks at a flag that was set when the second ends. */
static u8 leap_indicator(const struct __kernel_timex *txc, int state)
{
	switch (state) {
	case TIME_OOP:
		return VMCLOCK_LEAP_POS;
	case TIME_WAIT:
		return txc->status & STA_DEL ? VMCLOCK_LEAP_POST_NEG :
					       VMCLOCK_LEAP_POST_POS;
	default:
		return txc->status & STA_INS ? VMCLOCK_LEAP_PRE_POS :
		       txc->status & STA_DEL ? VMCLOCK_LEAP_PRE_NEG :
					       VMCLOCK_LEAP_NONE;
	}
}

static u64 second_ns(const struct __kernel_timex *txc)
{
	return txc->status & STA_NANO ? txc->time.tv_usec :
					txc->time.tv_usec * NSEC_PER_USEC;
}

/*
 * The kernel adds 500 ppm of a second to its bound at the end of each second,
 * or rather at the first update behind it: until then the bound, read in a
 * second that has just begun, is still that of the last one. An update is a
 * tick away at most where something runs, as it does here.
 */
static u64 spread_ns(const struct __kernel_timex *txc)
{
	return second_ns(txc) < 2 * TICK_NSEC ? NSEC_PER_SEC / HOST_MAXRATE : 0;
}

/*
 * The part that belongs to the second that has begun is added here. Computed
 * with only if is_bounded().
 */
static u64 maxerror_ns(const struct __kernel_timex *txc)
{
	return (u64)txc->maxerror * NSEC_PER_USEC +
	       second_ns(txc) / HOST_MAXRATE + spread_ns(txc);
}

/*
 * After a step the kernel knows of nothing; but it holds on to its state where
 * the machine has slept, though the clock may have lost a second by that. Then
 * it isn't believed until somebody has set it again.
 */
static bool is_outdated(const struct host_ntp *now)
{
	return probing && READ_ONCE(told) != now->epoch;
}

/*
 * The largest error, 16 s, is the kernel's word for one that it doesn't know:
 * it says so after a step, and when nobody has bounded the clock for hours.
 * Older kernels take any number for one.
 */
static bool is_bounded(const struct __kernel_timex *txc)
{
	return was_synchronised && txc->maxerror >= 0 &&
	       txc->maxerror < NTP_PHASE_LIMIT;
}

static u64 esterror_ns(const struct __kernel_timex *txc)
{
	return clamp_t(s64, txc->esterror, 0, NTP_PHASE_LIMIT) * NSEC_PER_USEC;
}

static void read_status(struct host_ntp *now)
{
	struct __kernel_timex txc = { .modes = 0 };
	int state;

	*now = (struct host_ntp){
		.epoch = host_publish_epoch(),
		.status = VMCLOCK_STATUS_FREERUNNING,
	};
	if (!resolved)
		return;
	state = vmclock_adjtimex(&txc);
	if (state < 0)
		return;
	now->status = clock_status(&txc, state);
	now->leap = leap_indicator(&txc, state);
	now->utc_sec = txc.time.tv_sec;
	now->bounded = is_bounded(&txc);
	now->maxerror_ns = maxerror_ns(&txc);
	now->spread_ns = spread_ns(&txc);
	now->esterror_ns = esterror_ns(&txc);
	if (!is_outdated(now))
		return;
	now->bounded = false;
	if (now->status == VMCLOCK_STATUS_SYNCHRONIZED)
		now->status = VMCLOCK_STATUS_FREERUNNING;
}

static void check_counter(void)
{
	bool has = host_publish_has_counter();

	if (has && !had_counter)
		pr_info("the clocksource is readable by guests again\n");
	else if (!has && had_counter)
		pr_warn("the clocksource can't be read by guests, so the page has no time; remedy: %s\n",
			vmclock_counter_is_unstable() ?
			"none, the kernel says that the TSC is unstable" :
			"tsc (arch_sys_counter) in /sys/devices/system/clocksource/clocksource0/current_clocksource");
	had_counter = has;
}

static void refresh(struct work_struct *work)
{
	struct host_ntp now;

	read_status(&now);
	host_publish_ntp(&now);
	check_counter();
	queue_delayed_work(system_power_efficient_wq, to_delayed_work(work),
			   host_publish_is_short_lived() ? HZ / 8 :
			   round_jiffies_relative(HZ));
}

static DECLARE_DELAYED_WORK(refresh_work, refresh);

/* Works can't be queued in the timekeeper's updates, only from interrupts. */
static void kick(struct irq_work *work)
{
	mod_delayed_work(system_power_efficient_wq, &refresh_work, 0);
}

static DEFINE_IRQ_WORK(kick_work, kick);

/**
 * host_ntp_refresh() - look at the state of NTP, soon
 *
 * Context: any.
 */
void host_ntp_refresh(void)
{
	irq_work_queue(&kick_work);
}

/*
 * What doesn't change the line doesn't come by the timekeeper's updates. The
 * probe is on the way back: the change has been made. Our own looks, and those
 * of others, change nothing. What is kept for the way back is whether somebody
 * vouches for the clock.
 */
static int enter_adjtimex(struct kretprobe_instance *call, struct pt_regs *regs)
{
	const struct __kernel_timex *txc =
		(void *)regs_get_kernel_argument(regs, 0);

	*(bool *)call->data = txc->modes & (ADJ_STATUS | ADJ_MAXERROR);
	return txc->modes ? 0 : -1;
}

static int leave_adjtimex(struct kretprobe_instance *call, struct pt_regs *regs)
{
	if (*(bool *)call->data)
		WRITE_ONCE(told, host_publish_epoch());
	host_ntp_refresh();
	return 0;
}

static struct kretprobe adjtimex_probe = {
	.kp.symbol_name = "do_adjtimex",
	.entry_handler = enter_adjtimex,
	.handler = leave_adjtimex,
	.data_size = sizeof(bool),
};

/* Without it, changes of the state alone are seen within a second. */
static void start_probe(void)
{
	int ret = register_kretprobe(&adjtimex_probe);

	probing = !ret;
	if (ret)
		pr_info("adjtimex() can't be watched (error %d): the pages follow the state of NTP within a second\n",
			ret);
}

/**
 * host_ntp_start() - find the way to the state of NTP
 *
 * Without it the page says that the clock runs freely, with unknown errors.
 *
 * Context: process.
 */
void host_ntp_start(void)
{
	int ret = vmclock_adjtimex_resolve();

	resolved = !ret;
	if (ret)
		pr_warn("no access to do_adjtimex (error %d): the page has no synchronisation state and no error bounds\n",
			ret);
	else
		start_probe();
	if (vmclock_counter_is_virtual())
		pr_info("this machine is a virtual one: when it is moved or stopped the pages are wrong until its clock has been set right\n");
}

/**
 * host_ntp_wait() - wait until the page has the state of NTP
 *
 * Context: process, after the page got its first line.
 */
void host_ntp_wait(void)
{
	irq_work_sync(&kick_work);
	flush_delayed_work(&refresh_work);
}

/**
 * host_ntp_stop() - no more looks at the state of NTP
 *
 * Context: process; the source doesn't call host_ntp_refresh() any more.
 */
void host_ntp_stop(void)
{
	if (probing)
		unregister_kretprobe(&adjtimex_probe);
	irq_work_sync(&kick_work);
	cancel_delayed_work_sync(&refresh_work);
}
