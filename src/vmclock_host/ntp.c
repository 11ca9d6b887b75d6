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
#include <linux/moduleparam.h>
#include <linux/sched.h>
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
/* A report comes with another frequency if that is not older, ns. */
#define UPDATE_NS	NSEC_PER_MSEC
/* What adjtime() slews in a second at most, ns */
#define ADJTIME_RATE_NS	(500 * NSEC_PER_USEC)

/**
 * struct ntp_report - errors as a program has set them by adjtimex()
 * @errors: what pages are made of, at CLOCK_MONOTONIC; its seq counts reports
 * @epoch: host_publish_epoch() then
 * @maxerror_us: maximum error, us; 0 if the program doesn't know it
 */
struct ntp_report {
	struct errors_report errors;
	unsigned int epoch;
	s64 maxerror_us;
};

/* Protects the three; taken when do_adjtimex() begins and when it returns. */
static DEFINE_RAW_SPINLOCK(report_lock);
static struct ntp_report last_report;
static struct slew_frequency last_frequency;
/* calls that have begun, so that last_report may lack what they have set */
static unsigned int calls_begun;

static unsigned int min_maxerror_ns;
module_param(min_maxerror_ns, uint, 0444);
MODULE_PARM_DESC(min_maxerror_ns,
		 "least maximum error, ns, for daemons that report 0; 0 = their clock has no bound (0)");

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
 * A step resets STA_UNSYNC; suspend does not, although the clock may be off by
 * a second after it. So the state is not believed after a discontinuity until a
 * program has set it again.
 */
static bool ntp_is_outdated(const struct host_ntp *now)
{
	return adjtimex_probed && READ_ONCE(vouched_epoch) != now->epoch;
}

/*
 * The largest error, 16 s, is the kernel's word for an unknown one: after a
 * step, and when no program has set it for hours. Older kernels accept any
 * number from a program, also a negative one. Daemons that don't know their
 * error set 0: systemd-timesyncd, openntpd, phc2sys.
 */
static bool ntp_is_bounded(const struct __kernel_timex *txc)
{
	lockdep_assert_held(&report_lock);
	return was_synchronised && txc->maxerror >= 0 &&
	       txc->maxerror < NTP_PHASE_LIMIT &&
	       (last_report.maxerror_us > 0 || min_maxerror_ns);
}

static u64 ntp_us_to_ns(s64 us)
{
	return clamp_t(s64, us, 0, NTP_PHASE_LIMIT) * NSEC_PER_USEC;
}

static void ntp_set_frequency(const struct __kernel_timex *txc, u64 ns)
{
	/* a microsecond of a tick of 1 / USER_HZ is USER_HZ ppm */
	s64 ppm16 = txc->freq + (s64)(txc->tick - TICK_USEC) * USER_HZ * 65536;

	lockdep_assert_held(&report_lock);
	if (ppm16 != last_frequency.ppm16 || !last_frequency.since_ns)
		last_frequency = (struct slew_frequency){ ppm16, ns };
}

/* The order of a report that was not watched and a frequency isn't known. */
static bool ntp_is_update(bool watched, u64 ns)
{
	lockdep_assert_held(&report_lock);
	if (!watched)
		return last_frequency.since_ns > last_report.errors.ns;
	return (s64)(ns - last_frequency.since_ns) < UPDATE_NS;
}

/* A report of whole microseconds may have been rounded down. */
static void ntp_set_report(const struct __kernel_timex *txc, u64 counter,
			   u64 ns, s64 maxerror_us)
{
	bool watched = txc->modes;
	bool given = !watched || txc->modes & ADJ_ESTERROR;
	u64 esterror_ns = given ? ntp_us_to_ns(txc->esterror) : 0;

	lockdep_assert_held(&report_lock);
	last_report = (struct ntp_report){
		.errors = {
			.seq = last_report.errors.seq + 1,
			.program = watched ? task_tgid_nr(current) : 0,
			.update = ntp_is_update(watched, ns),
			.counter = counter,
			.ns = ns,
			.previous_ns = last_report.errors.ns,
			.maxerror_ns = max3(esterror_ns, (u64)min_maxerror_ns,
					    ntp_us_to_ns(maxerror_us + 1)),
		},
		.epoch = host_publish_epoch(),
		.maxerror_us = maxerror_us,
	};
}

/* The kernel's maximum error is the reported one and what it adds to it. */
static bool ntp_saw_report(const struct __kernel_timex *txc, u64 ns)
{
	s64 age_s = div_u64(ns - last_report.errors.ns, NSEC_PER_SEC);
	s64 least = last_report.maxerror_us + (age_s - 2) * KERNEL_RATE_US;
	s64 most = last_report.maxerror_us + (age_s + 2) * KERNEL_RATE_US;

	lockdep_assert_held(&report_lock);
	return last_report.errors.seq &&
	       txc->maxerror >= min_t(s64, least, NTP_PHASE_LIMIT) &&
	       txc->maxerror <= most;
}

/*
 * Take the last report and the frequency, also if the probe has missed them:
 * the module was not loaded yet, or the probe is disabled. The kernel adds
 * whole steps to the maximum error. If it is a multiple of them it may have
 * been set as 0.
 *
 * A new frequency makes the kernel update its clock, and this state be read,
 * before the call returns. What that call reports is taken when it does.
 *
 * Return: false if a call has returned since the state was read, at @now->ns or
 * later. It has asked for another reading.
 */
static bool ntp_read_errors(const struct __kernel_timex *txc, u64 counter,
			    struct host_ntp *now)
{
	unsigned long irq_flags;
	u64 ns = now->ns;
	bool is_last;

	raw_spin_lock_irqsave(&report_lock, irq_flags);
	is_last = last_report.errors.ns <= ns && last_frequency.since_ns <= ns;
	if (is_last)
		ntp_set_frequency(txc, ns);
	if (is_last && !calls_begun && !ntp_saw_report(txc, ns))
		ntp_set_report(txc, counter, ns,
			       txc->maxerror % KERNEL_RATE_US ?
			       txc->maxerror : 0);
	now->frequency = last_frequency;
	if (last_report.epoch == now->epoch && ntp_is_bounded(txc))
		now->report = last_report.errors;
	raw_spin_unlock_irqrestore(&report_lock, irq_flags);
	return is_last;
}

/*
 * The counter is read before the state, which is no older then.
 *
 * Return: false if the state is not the last one any more.
 */
static bool ntp_read(struct host_ntp *now)
{
	struct __kernel_timex txc = { .modes = 0 };
	u64 counter = vmclock_counter_read();
	int state;

	*now = (struct host_ntp){
		.ns = ktime_get_ns(),
		.epoch = host_publish_epoch(),
		.status = VMCLOCK_STATUS_FREERUNNING,
	};
	state = vmclock_adjtimex(&txc);
	if (state < 0)
		return true;
	now->status = ntp_clock_status(&txc, state);
	now->leap = ntp_leap_indicator(&txc, state);
	now->utc_sec = txc.time.tv_sec;
	if (!ntp_read_errors(&txc, counter, now))
		return false;
	now->pending_ns = ntp_pending_ns(&txc);
	now->esterror_ns = ntp_us_to_ns(txc.esterror);
	if (!ntp_is_outdated(now))
		return true;
	now->report.seq = 0;
	if (now->status == VMCLOCK_STATUS_SYNCHRONIZED)
		now->status = VMCLOCK_STATUS_FREERUNNING;
	return true;
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

/* When to read the state again, jiffies */
static unsigned long ntp_delay(const struct host_ntp *now)
{
	unsigned int hz = host_publish_hz();

	if (!now->report.update && now->ns - now->report.ns < ERRORS_EARLY_NS)
		return nsecs_to_jiffies(ERRORS_EARLY_NS) + 2;
	return hz > 1 ? DIV_ROUND_UP(HZ, hz + 1) : HZ;
}

static void on_work(struct work_struct *work)
{
	struct host_ntp now;

	if (ntp_read(&now))
		host_publish_ntp(&now);
	log_counter();
	queue_delayed_work(system_power_efficient_wq, to_delayed_work(work),
			   ntp_delay(&now));
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

/**
 * struct ntp_call - a call of do_adjtimex() that changes something
 * @txc: its argument
 * @counter: the counter at its beginning
 */
struct ntp_call {
	const struct __kernel_timex *txc;
	u64 counter;
};

/*
 * A call that changes no line doesn't come by the timekeeper's updates. Calls
 * that only read, which this module makes as well, are left out.
 */
static int on_adjtimex_entry(struct kretprobe_instance *instance,
			     struct pt_regs *regs)
{
	struct ntp_call *call = (void *)instance->data;
	unsigned long irq_flags;

	call->txc = (void *)regs_get_kernel_argument(regs, 0);
	call->counter = vmclock_counter_read();
	if (!call->txc->modes || call->txc->modes == READ_ADJTIME)
		return -1;
	raw_spin_lock_irqsave(&report_lock, irq_flags);
	calls_begun++;
	raw_spin_unlock_irqrestore(&report_lock, irq_flags);
	return 0;
}

/* The argument has the new state, if the call was not refused. */
static void ntp_take_call(const struct ntp_call *call, bool refused)
{
	const struct __kernel_timex *txc = call->txc;
	unsigned long irq_flags;
	u64 ns;

	raw_spin_lock_irqsave(&report_lock, irq_flags);
	ns = ktime_get_ns();
	calls_begun--;
	if (!refused)
		ntp_set_frequency(txc, ns);
	if (!refused && txc->modes & ADJ_MAXERROR)
		ntp_set_report(txc, call->counter, ns, txc->maxerror);
	raw_spin_unlock_irqrestore(&report_lock, irq_flags);
}

/*
 * The change has been made, or it has been refused, since any user may call
 * adjtimex(). By its status or its error a program vouches for the clock.
 */
static int on_adjtimex_return(struct kretprobe_instance *instance,
			      struct pt_regs *regs)
{
	const struct ntp_call *call = (void *)instance->data;
	bool refused = (int)regs_return_value(regs) < 0;

	if (!refused && call->txc->modes & (ADJ_STATUS | ADJ_MAXERROR))
		WRITE_ONCE(vouched_epoch, host_publish_epoch());
	ntp_take_call(call, refused);
	if (!refused)
		host_ntp_refresh();
	return 0;
}

static struct kretprobe adjtimex_probe = {
	.kp.symbol_name = "do_adjtimex",
	.entry_handler = on_adjtimex_entry,
	.handler = on_adjtimex_return,
	.data_size = sizeof(struct ntp_call),
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
 *
 * Without it the page says that the clock runs freely, with unknown errors.
 *
 * Context: process.
 */
void host_ntp_start(void)
{
	int ret = vmclock_adjtimex_resolve();

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
