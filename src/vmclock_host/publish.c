// SPDX-License-Identifier: GPL-2.0
/*
 * Merges the timekeeper's line with the state of NTP, decides what is a
 * disruption, and hands the content of all pages to page.c. There are two
 * callers: the notifier of clock.c, under the timekeeper's lock, and the work
 * of ntp.c.
 */
#include <linux/spinlock.h>

#include "common/counter.h"
#include "leap.h"
#include "page.h"
#include "publish.h"

/* A line that moves the time by more is a disruption, ns / 2^32. */
#define JUMP_NS32	(1000LL << 32)

/*
 * Nests inside the timekeeper's lock, and in the timekeeper's updates its
 * sequence count is odd: while the lock is held no clock may be read and
 * nothing printed. Protects all that follows.
 */
static DEFINE_RAW_SPINLOCK(publish_lock);

struct host_stats host_stats;

/* What pages say, as of the last publication. */
static struct host_content content;
/*
 * The published line in a TAI of our own: it goes on through a leap second, and
 * also when the kernel is told another TAI offset.
 */
static struct vmclock_line tai_line;
/* The kernel's TAI - UTC, s */
static s32 kernel_tai_offset;
static struct errors errors;
/* drift_ppm, of the time / 2^32 */
static u32 drift32;
static struct host_leap leap_memory;
static unsigned int clock_epoch;

/*
 * The counter value to anchor lines at. A clocksource that isn't the counter
 * can't be read here, so lines over it stay where they were anchored.
 */
static u64 anchor_now(void)
{
	return content.has_counter ? vmclock_counter_read() : tai_line.counter;
}

static void set_bound(void)
{
	const struct bounds *bounds = &errors.bounds;
	struct vmclock_params *p = &content.params;
	const u64 flags = VMCLOCK_FLAG_TIME_ESTERROR_VALID |
			  VMCLOCK_FLAG_TIME_MAXERROR_VALID |
			  VMCLOCK_FLAG_PERIOD_MAXERROR_VALID;

	lockdep_assert_held(&publish_lock);
	p->flags &= ~flags;
	if (bounds->valid)
		p->flags |= flags;
	else
		p->esterror_ns = 0;
	p->maxerror_ns = bounds->valid ? bounds->maxerror_ns : 0;
	content.maxrate32 = bounds->valid ? bounds->rate32 : 0;
}

/* Complete the content of the pages, count the publication, and write it. */
static void publish_content(enum host_cause cause, bool disrupted)
{
	lockdep_assert_held(&publish_lock);
	set_bound();
	content.params.line = tai_line;
	content.utc_shift_sec = content.tai_shift_sec - kernel_tai_offset;
	host_stats.publications++;
	host_stats.causes[cause]++;
	host_stats.disruptions += disrupted;
	content.disruptions = host_stats.disruptions;
	host_page_publish(&content);
}

/*
 * Return true if the new line differs from the published one by more than
 * JUMP_NS32 at the current counter value. At a change of frequency the lines
 * meet there, so it is no jump. Without a counter there is no time to jump.
 */
static bool line_jumps(const struct host_line *now)
{
	u64 counter = vmclock_counter_read();
	struct vmclock_time was = vmclock_line_at(&tai_line, counter);
	struct vmclock_time is = vmclock_line_at(&now->line, counter);
	s64 ns32;

	is.sec -= content.tai_shift_sec;
	ns32 = vmclock_time_to_ns32(vmclock_time_sub(is, was));
	return content.has_counter && (ns32 > JUMP_NS32 || ns32 < -JUMP_NS32);
}

/* UTC as the kernel counts it, s */
static s64 utc_sec(u64 counter)
{
	return vmclock_line_at(&tai_line, counter).sec + content.tai_shift_sec -
	       kernel_tai_offset;
}

/*
 * The offset is unknown if the kernel has not been told it, or has been told
 * one that readers don't take for one.
 */
static void set_tai_offset(s32 offset_sec)
{
	bool known = offset_sec >= VMCLOCK_TAI_OFFSET_MIN_SEC &&
		     offset_sec <= VMCLOCK_TAI_OFFSET_MAX_SEC;

	lockdep_assert_held(&publish_lock);
	kernel_tai_offset = offset_sec;
	content.params.tai_offset_sec = known ? offset_sec : 0;
	content.params.flags &= ~VMCLOCK_FLAG_TAI_OFFSET_VALID;
	if (known)
		content.params.flags |= VMCLOCK_FLAG_TAI_OFFSET_VALID;
}

/*
 * The update that a line comes from may be older than the published anchor,
 * which must not go back.
 */
static void set_line(const struct host_line *now)
{
	u64 anchor = tai_line.counter;

	lockdep_assert_held(&publish_lock);
	tai_line = now->line;
	tai_line.time.sec -= content.tai_shift_sec;
	if (!now->replaced && content.has_counter &&
	    (s64)(anchor - tai_line.counter) > 0)
		vmclock_line_move(&tai_line, anchor);
	set_tai_offset(now->tai_offset_sec);
}

/* Forget what was known of the clock before a disruption. */
static void forget_clock(void)
{
	lockdep_assert_held(&publish_lock);
	leap_memory.recorded = VMCLOCK_LEAP_NONE;
	errors_begin(&errors, &tai_line, drift32);
	if (content.params.status == VMCLOCK_STATUS_SYNCHRONIZED)
		content.params.status = VMCLOCK_STATUS_FREERUNNING;
}

/*
 * Tell a TAI offset that the kernel was told from a leap second: the one moves
 * the kernel's TAI, the other its UTC. Our TAI is moved by neither. @change is
 * that of the offset, s.
 *
 * Return: whether there is a leap second.
 */
static bool take_tai_offset(const struct host_line *now, s32 change)
{
	lockdep_assert_held(&publish_lock);
	if (!change || (content.has_counter && !line_jumps(now)))
		return change;
	content.tai_shift_sec += change;
	return false;
}

/* Return: whether the line is a disruption, apart from its bounds. */
static bool take_line(const struct host_line *now)
{
	s32 change = now->tai_offset_sec - kernel_tai_offset;
	bool leap = take_tai_offset(now, change);
	bool disrupted = now->replaced ||
			 now->has_counter != content.has_counter ||
			 line_jumps(now);
	s64 utc;

	lockdep_assert_held(&publish_lock);
	if (disrupted && now->cause == HOST_CAUSE_STEP)
		WRITE_ONCE(clock_epoch, clock_epoch + 1);
	content.restarts += now->restarted && content.has_counter;
	WRITE_ONCE(content.has_counter, now->has_counter);
	set_line(now);
	utc = utc_sec(tai_line.counter);
	if (disrupted)
		forget_clock();
	else if (leap)
		content.params.leap = host_leap_happen(&leap_memory, change,
						       utc);
	else if (leap_memory.recorded)	/* it may be over by now */
		host_leap_at(&leap_memory, content.params.leap, utc, utc,
			     &content.params.leap);
	return disrupted;
}

/**
 * host_publish_line() - publish a new line
 * @now: the line
 *
 * After a disruption the state of NTP is unknown until ntp.c has read it.
 *
 * Context: the timekeeper's lock held, interrupts off; no clock can be read.
 */
void host_publish_line(const struct host_line *now)
{
	bool disrupted;

	raw_spin_lock(&publish_lock);
	content.lines++;
	disrupted = take_line(now);
	bounds_move(&errors.bounds, &tai_line);
	publish_content(now->cause, disrupted);
	raw_spin_unlock(&publish_lock);
	host_page_follow();
}

/* A page without time has no error either. */
static void take_report(const struct host_ntp *now)
{
	static const struct errors_report none;

	lockdep_assert_held(&publish_lock);
	errors_report(&errors, content.has_counter ? &now->report : &none,
		      now->frequency, now->pending_ns, now->ns);
}

/* Why a state has to be published; HOST_CAUSE_NONE if it need not be. */
static enum host_cause ntp_cause(const struct host_ntp *now, u64 counter,
				 u8 indicator)
{
	if (now->status != content.params.status)
		return HOST_CAUSE_STATUS;
	if (indicator != content.params.leap)
		return HOST_CAUSE_LEAP;
	if (errors_differ(&errors, counter) ||
	    (errors.bounds.valid &&
	     now->esterror_ns != content.params.esterror_ns))
		return HOST_CAUSE_BOUNDS;
	if (errors.bounds.valid && bounds_expiring(&errors.bounds, counter))
		return HOST_CAUSE_RENEWAL;
	return HOST_CAUSE_NONE;
}

/* Return: whether the state was published. */
static bool publish_ntp(const struct host_ntp *now, u64 counter)
{
	s64 utc = content.has_counter ? utc_sec(counter) : now->utc_sec;
	enum host_cause cause;
	bool disrupted;
	u8 indicator;

	if (!host_leap_at(&leap_memory, now->leap, now->utc_sec, utc,
			  &indicator))
		return false;
	take_report(now);
	cause = ntp_cause(now, counter, indicator);
	if (cause == HOST_CAUSE_NONE)
		return false;
	vmclock_line_move(&tai_line, counter);
	content.params.status = now->status;
	content.params.leap = indicator;
	content.params.esterror_ns = now->esterror_ns;
	disrupted = !errors_take(&errors, &tai_line);
	host_stats.nesting_violations += disrupted;
	publish_content(cause, disrupted);
	return true;
}

/**
 * host_publish_ntp() - publish the state of NTP, if it is news
 * @now: the state; dropped if the clock has another epoch since it was read,
 *	because the next state follows
 *
 * Context: any but the timekeeper's updates.
 */
void host_publish_ntp(const struct host_ntp *now)
{
	unsigned long irq_flags;
	bool news;

	raw_spin_lock_irqsave(&publish_lock, irq_flags);
	news = now->epoch == clock_epoch && publish_ntp(now, anchor_now());
	raw_spin_unlock_irqrestore(&publish_lock, irq_flags);
	if (news)
		host_page_follow();
}

/**
 * host_publish_epoch() - count clock discontinuities
 *
 * A state of NTP that was read in an older epoch must be discarded.
 *
 * Context: any.
 * Return: the number of discontinuities so far; 1 after the first line.
 */
unsigned int host_publish_epoch(void)
{
	return READ_ONCE(clock_epoch);
}

/**
 * host_publish_hz() - how often the state of NTP should be read
 *
 * Context: any.
 * Return: times a second, so that pages are renewed in time.
 */
unsigned int host_publish_hz(void)
{
	unsigned long irq_flags;
	unsigned int hz;

	raw_spin_lock_irqsave(&publish_lock, irq_flags);
	hz = bounds_renewal_hz(&errors.bounds);
	raw_spin_unlock_irqrestore(&publish_lock, irq_flags);
	return hz;
}

/**
 * host_publish_has_counter() - whether the pages tell time at all
 *
 * Context: any.
 * Return: false if the clocksource isn't a counter that guests can read.
 */
bool host_publish_has_counter(void)
{
	return READ_ONCE(content.has_counter);
}

/**
 * host_publish_set_drift() - how fast the maximum error grows
 * @drift_ppm: growth between two reports of the NTP daemon, ppm
 *
 * Context: process, before anything else here is called.
 */
void host_publish_set_drift(unsigned int drift_ppm)
{
	drift32 = div_u64((u64)drift_ppm << 32, 1000000);
}
