// SPDX-License-Identifier: GPL-2.0
/*
 * Merges the timekeeper's line with the state of NTP, decides what is a
 * disruption, and hands the content of all pages to page.c. There are two
 * callers: the notifier of clock.c, under the timekeeper's lock, and the work
 * of ntp.c.
 */
#include <linux/spinlock.h>
#include <linux/string.h>

#include "common/counter.h"
#include "bounds.h"
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

/* The fields that all pages have, over the host's counter. */
static struct vmclock_params published;
/* The published line in the kernel's TAI, which leap seconds leave alone. */
static struct vmclock_line tai_line;
static s32 kernel_tai_offset;
/*
 * The bounds of the published page if VMCLOCK_FLAG_TIME_MAXERROR_VALID;
 * otherwise those that earlier pages had, if any.
 */
static struct bounds bounds;
/* VMCLOCK_STATUS_* without regard to the counter */
static u8 ntp_status;
static struct host_leap leap_memory;
static unsigned int clock_epoch;

static bool has_counter(void)
{
	return published.counter_id != VMCLOCK_COUNTER_INVALID;
}

/*
 * The counter value to anchor lines at. A clocksource that isn't the counter
 * can't be read here, so lines over it stay where they were anchored.
 */
static u64 anchor_now(void)
{
	return has_counter() ? vmclock_counter_read() : tai_line.counter;
}

static bool is_bounded(void)
{
	return published.flags & VMCLOCK_FLAG_TIME_MAXERROR_VALID;
}

static void set_bounded(bool is)
{
	const u64 flags = VMCLOCK_FLAG_TIME_ESTERROR_VALID |
			  VMCLOCK_FLAG_TIME_MAXERROR_VALID |
			  VMCLOCK_FLAG_PERIOD_MAXERROR_VALID;

	lockdep_assert_held(&publish_lock);
	published.flags &= ~flags;
	if (is)
		published.flags |= flags;
	published.maxerror_ns = is ? bounds.maxerror_ns : 0;
	if (!is)
		published.esterror_ns = 0;
}

static void set_status(void)
{
	published.status = ntp_status;
	if (!has_counter())
		published.status = vmclock_counter_is_unstable() ?
			VMCLOCK_STATUS_UNRELIABLE : VMCLOCK_STATUS_UNKNOWN;
}

/* Complete the content of the pages, and count the publication. */
static struct host_content publish_content(enum host_cause cause,
					   bool disrupted)
{
	lockdep_assert_held(&publish_lock);
	set_status();
	host_stats.publications++;
	host_stats.causes[cause]++;
	host_stats.disruptions += disrupted;
	return (struct host_content){
		.params = published,
		.maxrate32 = is_bounded() ? bounds.rate32 : 0,
	};
}

/*
 * Return true if the new line differs from the published one by more than
 * JUMP_NS32 at the current counter value. At a change of frequency the lines
 * meet there, so it is no jump. Without a counter there is no time to jump.
 */
static bool line_jumps(const struct vmclock_line *now)
{
	u64 counter = vmclock_counter_read();
	struct vmclock_time was = vmclock_line_at(&tai_line, counter);
	struct vmclock_time is = vmclock_line_at(now, counter);
	s64 ns32 = vmclock_time_to_ns32(vmclock_time_sub(is, was));

	return has_counter() && (ns32 > JUMP_NS32 || ns32 < -JUMP_NS32);
}

/* UTC as the kernel counts it, s */
static s64 utc_sec(u64 counter)
{
	return vmclock_line_at(&tai_line, counter).sec - kernel_tai_offset;
}

/*
 * The published line is UTC if the kernel has not been told the TAI offset, or
 * has been told one that readers don't take for one.
 */
static void set_scale(void)
{
	bool known = kernel_tai_offset >= VMCLOCK_TAI_OFFSET_MIN_SEC &&
		     kernel_tai_offset <= VMCLOCK_TAI_OFFSET_MAX_SEC;

	published.line = tai_line;
	if (known) {
		published.time_type = VMCLOCK_TIME_TAI;
		published.tai_offset_sec = kernel_tai_offset;
		published.flags |= VMCLOCK_FLAG_TAI_OFFSET_VALID;
	} else {
		published.line.time.sec -= kernel_tai_offset;
		published.time_type = VMCLOCK_TIME_UTC;
		published.tai_offset_sec = 0;
		published.flags &= ~VMCLOCK_FLAG_TAI_OFFSET_VALID;
	}
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
	if (!now->replaced && has_counter() &&
	    (s64)(anchor - tai_line.counter) > 0)
		vmclock_line_move(&tai_line, anchor);
	kernel_tai_offset = now->tai_offset_sec;
	set_scale();
}

/* Forget what was known of the clock before a disruption. */
static void forget_clock(void)
{
	lockdep_assert_held(&publish_lock);
	leap_memory.recorded = VMCLOCK_LEAP_NONE;
	set_bounded(false);
	memset(&bounds, 0, sizeof(bounds));
	if (ntp_status == VMCLOCK_STATUS_SYNCHRONIZED)
		ntp_status = VMCLOCK_STATUS_FREERUNNING;
}

/* Return: whether the line is a disruption, apart from its bounds. */
static bool take_line(const struct host_line *now)
{
	int change = now->tai_offset_sec - kernel_tai_offset;
	u8 type = published.time_type;
	bool disrupted = now->replaced ||
			 now->counter_id != published.counter_id ||
			 line_jumps(&now->line);

	lockdep_assert_held(&publish_lock);
	if (disrupted && now->cause == HOST_CAUSE_STEP)
		WRITE_ONCE(clock_epoch, clock_epoch + 1);
	published.counter_id = now->counter_id;
	set_line(now);
	disrupted |= published.time_type != type;
	if (disrupted)
		forget_clock();
	else if (change)
		published.leap = host_leap_happen(&leap_memory, change,
						  utc_sec(tai_line.counter));
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
	struct host_content content;
	bool disrupted;

	raw_spin_lock(&publish_lock);
	disrupted = take_line(now);
	if (is_bounded()) {
		disrupted = !bounds_move(&bounds, &tai_line);
		host_stats.nesting_violations += disrupted;
		set_bounded(true);
	}
	content = publish_content(now->cause, disrupted);
	host_page_write_all_lines(&content, disrupted);
	raw_spin_unlock(&publish_lock);
	host_page_wake();
}

/* A page without time has no error either. */
static bool can_be_bounded(const struct host_ntp *now)
{
	return now->bounded && has_counter();
}

/*
 * Without news the kernel's bound grows as the page's does. The kernel keeps
 * it in us and lets it grow in steps, which ntp.c evens out. A bound that has
 * become wider is published, and one that is tighter by an eighth.
 */
static bool bounds_differ(const struct host_ntp *now, u64 counter)
{
	u64 known_ns;

	if (can_be_bounded(now) != is_bounded() || !is_bounded())
		return can_be_bounded(now) != is_bounded();
	known_ns = bounds_known_error_ns(&bounds, counter);
	return now->maxerror_ns - now->spread_ns > known_ns + NSEC_PER_USEC ||
	       now->maxerror_ns < known_ns - known_ns / 8 ||
	       now->esterror_ns != published.esterror_ns;
}

/* Why a state has to be published; HOST_CAUSE_NONE if it need not be. */
static enum host_cause ntp_cause(const struct host_ntp *now, u64 counter,
				 u8 indicator)
{
	if (now->status != ntp_status)
		return HOST_CAUSE_STATUS;
	if (indicator != published.leap)
		return HOST_CAUSE_LEAP;
	if (bounds_differ(now, counter))
		return HOST_CAUSE_BOUNDS;
	if (is_bounded() && bounds_expiring(&bounds, counter))
		return HOST_CAUSE_RENEWAL;
	return HOST_CAUSE_NONE;
}

/* Return: whether the page nests. */
static bool take_bounds(const struct host_ntp *now, bool news)
{
	bool nesting = true, is = can_be_bounded(now);

	lockdep_assert_held(&publish_lock);
	if (is && !bounds.count[0])
		bounds_begin(&bounds, &tai_line, now->maxerror_ns);
	else if (is && !is_bounded())
		nesting = bounds_resume(&bounds, &tai_line, now->maxerror_ns);
	else if (is && news)
		nesting = bounds_learn(&bounds, &tai_line, now->maxerror_ns);
	else if (is)
		nesting = bounds_move(&bounds, &tai_line);
	published.esterror_ns = now->esterror_ns;
	set_bounded(is);
	host_stats.nesting_violations += !nesting;
	return nesting;
}

/* Return: whether the state was published. */
static bool publish_ntp(const struct host_ntp *now, u64 counter)
{
	s64 utc = has_counter() ? utc_sec(counter) : now->utc_sec;
	struct host_content content;
	enum host_cause cause;
	bool news, disrupted;
	u8 indicator;

	if (!host_leap_at(&leap_memory, now->leap, now->utc_sec, utc,
			  &indicator))
		return false;
	cause = ntp_cause(now, counter, indicator);
	if (cause == HOST_CAUSE_NONE)
		return false;
	news = bounds_differ(now, counter);
	vmclock_line_move(&tai_line, counter);
	vmclock_line_move(&published.line, counter);
	ntp_status = now->status;
	published.leap = indicator;
	disrupted = !take_bounds(now, news);
	content = publish_content(cause, disrupted);
	host_page_write_all(&content, disrupted);
	return true;
}

/* Growth of the maximum error since the state was read, ns. */
static u64 ntp_growth_ns(const struct host_ntp *now, u64 counter)
{
	struct vmclock_time age =
		vmclock_time_sub(vmclock_line_at(&tai_line, counter),
				 vmclock_line_at(&tai_line, now->counter));

	lockdep_assert_held(&publish_lock);
	if (!has_counter())
		return 0;
	return (age.sec * NSEC_PER_SEC + vmclock_frac_to_ns(age.frac)) /
	       HOST_MAXRATE;
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
	struct host_ntp aged = *now;
	unsigned long irq_flags;
	u64 counter;
	bool news;

	raw_spin_lock_irqsave(&publish_lock, irq_flags);
	counter = anchor_now();
	aged.maxerror_ns += ntp_growth_ns(now, counter);
	news = now->epoch == clock_epoch && publish_ntp(&aged, counter);
	raw_spin_unlock_irqrestore(&publish_lock, irq_flags);
	if (news)
		host_page_wake();
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
 * host_publish_is_short_lived() - whether the pages have to be renewed soon
 *
 * Context: any.
 * Return: true if the state of NTP should be read several times a second.
 */
bool host_publish_is_short_lived(void)
{
	unsigned long irq_flags;
	bool is;

	raw_spin_lock_irqsave(&publish_lock, irq_flags);
	is = is_bounded() && bounds.validity &&
	     bounds.validity <= bounds.line.period_shift;
	raw_spin_unlock_irqrestore(&publish_lock, irq_flags);
	return is;
}

/**
 * host_publish_has_counter() - whether the pages tell time at all
 *
 * Context: any.
 * Return: false if the clocksource isn't a counter that guests can read.
 */
bool host_publish_has_counter(void)
{
	return READ_ONCE(published.counter_id) != VMCLOCK_COUNTER_INVALID;
}

/**
 * host_publish_init() - begin without a time
 *
 * Context: process, before anything else here is called.
 */
void host_publish_init(void)
{
	published = (struct vmclock_params){
		.counter_id = VMCLOCK_COUNTER_INVALID,
	};
	ntp_status = VMCLOCK_STATUS_UNKNOWN;
}
