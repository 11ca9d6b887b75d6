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

/* The fields that all pages have, but for the line. */
static struct vmclock_params published;
/* The clocksource is the counter that guests read. */
static bool counter_present;
/*
 * The published line in a TAI of our own: it goes on through a leap second, and
 * also when the kernel is told another TAI offset.
 */
static struct vmclock_line tai_line;
/* The kernel's TAI is the time of tai_line plus this, s */
static s32 tai_shift_sec;
/* The kernel's TAI - UTC, s */
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
/* publications of another line */
static u64 published_lines;
/* how often the counter has begun again */
static u64 counter_restarts;

/*
 * The counter value to anchor lines at. A clocksource that isn't the counter
 * can't be read here, so lines over it stay where they were anchored.
 */
static u64 anchor_now(void)
{
	return counter_present ? vmclock_counter_read() : tai_line.counter;
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

/* Make the content of the pages, count the publication, and write it. */
static void publish_content(enum host_cause cause, bool disrupted)
{
	struct host_content content = {
		.params = published,
		.has_counter = counter_present,
		.maxrate32 = is_bounded() ? bounds.rate32 : 0,
		.tai_shift_sec = tai_shift_sec,
		.utc_shift_sec = tai_shift_sec - kernel_tai_offset,
		.lines = published_lines,
		.restarts = counter_restarts,
	};

	lockdep_assert_held(&publish_lock);
	content.params.status = ntp_status;
	content.params.line = tai_line;
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

	is.sec -= tai_shift_sec;
	ns32 = vmclock_time_to_ns32(vmclock_time_sub(is, was));
	return counter_present && (ns32 > JUMP_NS32 || ns32 < -JUMP_NS32);
}

/* UTC as the kernel counts it, s */
static s64 utc_sec(u64 counter)
{
	return vmclock_line_at(&tai_line, counter).sec + tai_shift_sec -
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
	published.tai_offset_sec = known ? offset_sec : 0;
	published.flags &= ~VMCLOCK_FLAG_TAI_OFFSET_VALID;
	if (known)
		published.flags |= VMCLOCK_FLAG_TAI_OFFSET_VALID;
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
	tai_line.time.sec -= tai_shift_sec;
	if (!now->replaced && counter_present &&
	    (s64)(anchor - tai_line.counter) > 0)
		vmclock_line_move(&tai_line, anchor);
	set_tai_offset(now->tai_offset_sec);
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

/*
 * Tell a TAI offset that the kernel was told from a leap second: the one moves
 * the kernel's TAI, the other its UTC. Our TAI is moved by neither.
 *
 * Return: whether there is a leap second.
 */
static bool take_tai_offset(const struct host_line *now)
{
	s32 change = now->tai_offset_sec - kernel_tai_offset;

	lockdep_assert_held(&publish_lock);
	if (!change || (counter_present && !line_jumps(now)))
		return change;
	tai_shift_sec += change;
	return false;
}

/* Return: whether the line is a disruption, apart from its bounds. */
static bool take_line(const struct host_line *now)
{
	int change = now->tai_offset_sec - kernel_tai_offset;
	bool leap = take_tai_offset(now);
	bool disrupted = now->replaced ||
			 now->has_counter != counter_present ||
			 line_jumps(now);

	lockdep_assert_held(&publish_lock);
	if (disrupted && now->cause == HOST_CAUSE_STEP)
		WRITE_ONCE(clock_epoch, clock_epoch + 1);
	counter_restarts += now->restarted && counter_present;
	WRITE_ONCE(counter_present, now->has_counter);
	set_line(now);
	if (disrupted)
		forget_clock();
	else if (leap)
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
	bool disrupted;

	raw_spin_lock(&publish_lock);
	published_lines++;
	disrupted = take_line(now);
	if (is_bounded()) {
		disrupted = !bounds_move(&bounds, &tai_line);
		host_stats.nesting_violations += disrupted;
		set_bounded(true);
	}
	publish_content(now->cause, disrupted);
	raw_spin_unlock(&publish_lock);
	host_page_follow();
}

/* A page without time has no error either. */
static bool can_be_bounded(const struct host_ntp *now)
{
	return now->bounded && counter_present;
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
	s64 utc = counter_present ? utc_sec(counter) : now->utc_sec;
	enum host_cause cause;
	u8 indicator;
	bool news;

	if (!host_leap_at(&leap_memory, now->leap, now->utc_sec, utc,
			  &indicator))
		return false;
	cause = ntp_cause(now, counter, indicator);
	if (cause == HOST_CAUSE_NONE)
		return false;
	news = bounds_differ(now, counter);
	vmclock_line_move(&tai_line, counter);
	ntp_status = now->status;
	published.leap = indicator;
	publish_content(cause, !take_bounds(now, news));
	return true;
}

/* Growth of the maximum error since the state was read, ns. */
static u64 ntp_growth_ns(const struct host_ntp *now, u64 counter)
{
	struct vmclock_time age =
		vmclock_time_sub(vmclock_line_at(&tai_line, counter),
				 vmclock_line_at(&tai_line, now->counter));

	lockdep_assert_held(&publish_lock);
	if (!counter_present)
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
	return READ_ONCE(counter_present);
}
