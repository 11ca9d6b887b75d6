// SPDX-License-Identifier: GPL-2.0
/*
 * The state of NTP: whether the clock is synchronised, its errors, and leap
 * seconds. The timekeeper doesn't hold them, so a work asks the kernel through
 * adjtimex: after each change of the line, after each adjtimex() of a program
 * that changes something, and every second.
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

/* The kernel adds so much to its maximum error each second, us. */
#define KERNEL_RATE_US	500
/* Reads what adjtime() has still to slew, and changes nothing. */
#define READ_ADJTIME	(ADJ_ADJTIME | ADJ_OFFSET_SINGLESHOT |	\
			 ADJ_OFFSET_READONLY)
/* What adjtime() slews in a second at most, ns */
#define ADJTIME_RATE_NS	(500 * NSEC_PER_USEC)

/* Whether a program has set the maximum error, and whether to 0. */
enum ntp_report {
	NTP_REPORT_UNSEEN,
	NTP_REPORT_ZERO,
	NTP_REPORT_ERROR,
};

static enum ntp_report last_report;
static u64 least_maxerror_ns;
static bool adjtimex_resolved;
static bool adjtimex_probed;
static bool was_synchronised;
static bool had_counter = true;
/* host_publish_epoch() when a program last set the state of NTP */
static unsigned int vouched_epoch = 1;

static u8 ntp_clock_status(const struct __kernel_timex *txc, int state)
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

/* A flag that was set just now is in effect from the second's end. */
static u8 ntp_leap_indicator(const struct __kernel_timex *txc, int state)
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

/* How much of the current second has passed, ns */
static u64 ntp_second_ns(const struct __kernel_timex *txc)
{
	return txc->status & STA_NANO ? txc->time.tv_usec :
					txc->time.tv_usec * NSEC_PER_USEC;
}

/*
 * The kernel adds 500 ppm of a second to its bound at the first update after
 * the second's end. A bound that is read between the two is still that of the
 * last second. Where something runs, as this work does, an update is a tick
 * away at most.
 */
static u64 ntp_spread_ns(const struct __kernel_timex *txc)
{
	return ntp_second_ns(txc) < 2 * TICK_NSEC ?
		NSEC_PER_SEC / HOST_MAXRATE : 0;
}

/*
 * What the kernel slews by itself: the offset of its PLL and that of adjtime(),
 * and what has been taken off them for the second that has begun, which is at
 * most a quarter of the first one, and ADJTIME_RATE_NS of the other.
 */
static u64 ntp_pending_ns(const struct __kernel_timex *txc)
{
	struct __kernel_timex adjtime = { .modes = READ_ADJTIME };
	u64 pll_ns = abs(txc->offset);
	static bool had_adjtime;
	u64 adjtime_ns = 0;

	if (!(txc->status & STA_NANO))
		pll_ns *= NSEC_PER_USEC;
	if (vmclock_adjtimex(&adjtime) >= 0)
		adjtime_ns = abs(adjtime.offset) * NSEC_PER_USEC;
	if (adjtime_ns || had_adjtime)
		pll_ns += ADJTIME_RATE_NS;
	had_adjtime = adjtime_ns;
	return pll_ns + pll_ns / 3 + adjtime_ns;
}

/*
 * The kernel's bound, what belongs to the second that has begun, and what is
 * still being slewed.
 */
static u64 ntp_maxerror_ns(const struct __kernel_timex *txc)
{
	return max((u64)txc->maxerror * NSEC_PER_USEC, least_maxerror_ns) +
	       ntp_second_ns(txc) / HOST_MAXRATE + ntp_spread_ns(txc) +
	       ntp_pending_ns(txc);
}

/*
 * A step resets STA_UNSYNC; suspend does not, although the clock may be off by
 * a second after it. So the state is not believed after a discontinuity until a
 * program has set it again.
 */
static bool ntp_is_outdated(const struct host_ntp *now)
{
	return adjtimex_probed && READ_ONCE(vouched_epoch) != now->epoch;
}

/*
 * Daemons that don't know their error set 0: systemd-timesyncd, openntpd,
 * phc2sys. The kernel adds whole steps to it, so a multiple of them that was
 * set when nothing watched may have been 0 as well.
 */
static bool ntp_error_is_known(const struct __kernel_timex *txc)
{
	switch (READ_ONCE(last_report)) {
	case NTP_REPORT_ERROR:
		return true;
	case NTP_REPORT_UNSEEN:
		return txc->maxerror % KERNEL_RATE_US || least_maxerror_ns;
	default:
		return least_maxerror_ns;
	}
}

/*
 * The largest error, 16 s, is the kernel's word for an unknown one: after a
 * step, and when no program has set it for hours. Older kernels accept any
 * number from a program, also a negative one.
 */
static bool ntp_is_bounded(const struct __kernel_timex *txc)
{
	return was_synchronised && txc->maxerror >= 0 &&
	       txc->maxerror < NTP_PHASE_LIMIT && ntp_error_is_known(txc);
}

static u64 ntp_esterror_ns(const struct __kernel_timex *txc)
{
	return clamp_t(s64, txc->esterror, 0, NTP_PHASE_LIMIT) * NSEC_PER_USEC;
}

/* The counter is read before the state, which is no older then. */
static void ntp_read(struct host_ntp *now)
{
	struct __kernel_timex txc = { .modes = 0 };
	int state;

	*now = (struct host_ntp){
		.epoch = host_publish_epoch(),
		.status = VMCLOCK_STATUS_FREERUNNING,
		.counter = vmclock_counter_read(),
	};
	if (!adjtimex_resolved)
		return;
	state = vmclock_adjtimex(&txc);
	if (state < 0)
		return;
	now->status = ntp_clock_status(&txc, state);
	now->leap = ntp_leap_indicator(&txc, state);
	now->utc_sec = txc.time.tv_sec;
	now->bounded = ntp_is_bounded(&txc);
	now->maxerror_ns = ntp_maxerror_ns(&txc);
	now->spread_ns = ntp_spread_ns(&txc);
	now->esterror_ns = ntp_esterror_ns(&txc);
	if (!ntp_is_outdated(now))
		return;
	now->bounded = false;
	if (now->status == VMCLOCK_STATUS_SYNCHRONIZED)
		now->status = VMCLOCK_STATUS_FREERUNNING;
}

/* Log once that the pages have no time, and once that they have it again. */
static void log_counter(void)
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

static void on_work(struct work_struct *work)
{
	struct host_ntp now;

	ntp_read(&now);
	host_publish_ntp(&now);
	log_counter();
	queue_delayed_work(system_power_efficient_wq, to_delayed_work(work),
			   host_publish_is_short_lived() ? HZ / 8 :
			   round_jiffies_relative(HZ));
}

static DECLARE_DELAYED_WORK(refresh_work, on_work);

/* Works can't be queued in the timekeeper's updates, only from interrupts. */
static void on_irq_work(struct irq_work *work)
{
	mod_delayed_work(system_power_efficient_wq, &refresh_work, 0);
}

static DEFINE_IRQ_WORK(refresh_irq_work, on_irq_work);

/**
 * host_ntp_refresh() - read the state of NTP, soon
 *
 * Context: any.
 */
void host_ntp_refresh(void)
{
	irq_work_queue(&refresh_irq_work);
}

/*
 * A call that changes no line doesn't come by the timekeeper's updates. Calls
 * that only read, which this module makes as well, are left out. What is kept
 * for the return is the argument.
 */
static int on_adjtimex_entry(struct kretprobe_instance *call,
			     struct pt_regs *regs)
{
	const struct __kernel_timex *txc =
		(void *)regs_get_kernel_argument(regs, 0);

	*(const struct __kernel_timex **)call->data = txc;
	return txc->modes && txc->modes != READ_ADJTIME ? 0 : -1;
}

/*
 * The change has been made, and the argument has the new state; or it has been
 * refused, since any user may call adjtimex(). By its status or its error a
 * program vouches for the clock.
 */
static int on_adjtimex_return(struct kretprobe_instance *call,
			      struct pt_regs *regs)
{
	const struct __kernel_timex *txc =
		*(const struct __kernel_timex **)call->data;

	if ((int)regs_return_value(regs) < 0)
		return 0;
	if (txc->modes & (ADJ_STATUS | ADJ_MAXERROR))
		WRITE_ONCE(vouched_epoch, host_publish_epoch());
	if (txc->modes & ADJ_MAXERROR)
		WRITE_ONCE(last_report, txc->maxerror > 0 ? NTP_REPORT_ERROR :
							    NTP_REPORT_ZERO);
	host_ntp_refresh();
	return 0;
}

static struct kretprobe adjtimex_probe = {
	.kp.symbol_name = "do_adjtimex",
	.entry_handler = on_adjtimex_entry,
	.handler = on_adjtimex_return,
	.data_size = sizeof(const struct __kernel_timex *),
};

/* Without the probe, changes of the state alone are seen within a second. */
static void start_probe(void)
{
	int ret = register_kretprobe(&adjtimex_probe);

	adjtimex_probed = !ret;
	if (ret)
		pr_info("adjtimex() can't be watched (error %d): the pages follow the state of NTP within a second\n",
			ret);
}

/**
 * host_ntp_start() - find the way to the state of NTP
 * @min_maxerror_ns: least maximum error, for which the operator vouches, ns;
 *	0: the clock of a daemon that reports an error of 0 has no bound
 *
 * Without it the page says that the clock runs freely, with unknown errors.
 *
 * Context: process.
 */
void host_ntp_start(unsigned int min_maxerror_ns)
{
	int ret = vmclock_adjtimex_resolve();

	least_maxerror_ns = min_maxerror_ns;
	adjtimex_resolved = !ret;
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
	irq_work_sync(&refresh_irq_work);
	flush_delayed_work(&refresh_work);
}

/**
 * host_ntp_stop() - read the state of NTP no more
 *
 * Context: process; clock.c doesn't call host_ntp_refresh() any more.
 */
void host_ntp_stop(void)
{
	if (adjtimex_probed)
		unregister_kretprobe(&adjtimex_probe);
	irq_work_sync(&refresh_irq_work);
	cancel_delayed_work_sync(&refresh_work);
}
