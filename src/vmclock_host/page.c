// SPDX-License-Identifier: GPL-2.0
/*
 * The page: merges the timekeeper's line with the state of NTP, decides what
 * is a disruption, and publishes. There are two writers, the notifier in
 * source.c, under the timekeeper's lock, and the work of status.c.
 */
#include <linux/mm.h>
#include <linux/random.h>

#include "vmclock_host.h"

/* Lines bend and drift by less; one that moved by more is a disruption. */
#define JUMP_NS32	(1000LL << 32)
/* How often to look whether a new line has caught up with the old one. */
#define CATCH_UP_TRIES	64

struct page *host_page;

/*
 * Nests inside the timekeeper's lock, where its sequence count is held: while
 * it is held nothing may read a clock or print.
 */
static DEFINE_RAW_SPINLOCK(page_lock);
static struct vmclock_params published;
/* status without regard to the counter */
static u8 ntp_status;

static struct vmclock_abi *abi(void)
{
	return page_address(host_page);
}

/* Context: page_lock held, the sequence count odd. */
static void set_bounds(bool bounded)
{
	const u64 flags = VMCLOCK_FLAG_TIME_ESTERROR_VALID |
			  VMCLOCK_FLAG_TIME_MAXERROR_VALID |
			  VMCLOCK_FLAG_PERIOD_MAXERROR_VALID;

	published.flags &= ~flags;
	if (bounded) {
		published.flags |= flags;
		return;
	}
	published.maxerror_ns = 0;
	published.esterror_ns = 0;
}

/* The rate is rounded up, since a bound must not shrink. */
static void set_rate(void)
{
	published.maxerror_rate_frac =
		published.line.period_frac / HOST_MAXRATE + 1;
}

static void set_status(void)
{
	published.status =
		published.counter_id == VMCLOCK_COUNTER_INVALID ?
		VMCLOCK_STATUS_UNKNOWN : ntp_status;
}

static void write_end(void)
{
	set_status();
	vmclock_page_init(abi(), &published);
	vmclock_page_set(abi(), &published);
	vmclock_page_write_end(abi());
}

/*
 * VMCLOCK_FLAG_TIME_MONOTONIC: a time by the old line, from a counter read
 * right after the sequence count became odd, must not be later than one by the
 * new line right before it becomes even. The lines cross each other some ns
 * around the clock, so it takes some ns until that is true.
 */
static bool catch_up(const struct vmclock_line *line)
{
	struct vmclock_time reached =
		vmclock_line_at(&published.line, host_counter_read());
	int i;

	for (i = 0; i < CATCH_UP_TRIES; i++) {
		if (!vmclock_time_before(vmclock_line_at(line,
							 host_counter_read()),
					 reached))
			return true;
	}
	return false;
}

/* Has the time jumped? As seen now, where lines that bend still meet. */
static bool jumped(const struct host_line *now)
{
	u64 counter = host_counter_read();
	struct vmclock_time was = vmclock_line_at(&published.line, counter);
	struct vmclock_time is = vmclock_line_at(&now->line, counter);
	s64 ns32 = vmclock_time_to_ns32(vmclock_time_sub(is, was));

	return ns32 > JUMP_NS32 || ns32 < -JUMP_NS32;
}

static void set_tai_offset(s32 offset_sec)
{
	published.tai_offset_sec = offset_sec;
	if (offset_sec) {
		published.time_type = VMCLOCK_TIME_TAI;
		published.flags |= VMCLOCK_FLAG_TAI_OFFSET_VALID;
	} else {
		published.time_type = VMCLOCK_TIME_UTC;
		published.flags &= ~VMCLOCK_FLAG_TAI_OFFSET_VALID;
	}
}

/* The bounds at the old anchor, moved to the new one. */
static void move_bounds(u64 counter)
{
	published.maxerror_ns = vmclock_error_at(published.maxerror_ns,
						 published.maxerror_rate_frac,
						 &published.line, counter);
}

/**
 * host_page_set_line() - publish a new line
 * @now: the line
 *
 * A disruption leaves the NTP state unknown until status.c has asked for it.
 *
 * Context: the timekeeper's lock held, interrupts off, no clock can be read.
 */
void host_page_set_line(const struct host_line *now)
{
	u8 type = published.time_type;
	bool disrupted;

	raw_spin_lock(&page_lock);
	vmclock_page_write_begin(abi());
	disrupted = now->replaced || now->counter_id != published.counter_id ||
		    jumped(now);
	published.flags &= ~VMCLOCK_FLAG_TIME_MONOTONIC;
	if (catch_up(&now->line))
		published.flags |= VMCLOCK_FLAG_TIME_MONOTONIC;

	move_bounds(now->line.counter);
	published.counter_id = now->counter_id;
	published.line = now->line;
	set_rate();
	set_tai_offset(now->tai_offset_sec);
	if (disrupted || published.time_type != type) {
		published.disruption_marker++;
		set_bounds(false);
		if (ntp_status == VMCLOCK_STATUS_SYNCHRONIZED)
			ntp_status = VMCLOCK_STATUS_FREERUNNING;
	}
	write_end();
	raw_spin_unlock(&page_lock);

	host_chardev_wake();
	host_status_refresh();
}

/*
 * Without news the bound grows as published, and the kernel's in steps that
 * host_status evens out, to the us in which the kernel keeps it. A bound that
 * has become wider is published, and one that is tighter by an eighth.
 */
static bool status_differs(const struct host_status *now, u64 counter)
{
	u64 bound_ns = vmclock_error_at(published.maxerror_ns,
					published.maxerror_rate_frac,
					&published.line, counter);
	bool bounded = published.flags & VMCLOCK_FLAG_TIME_MAXERROR_VALID;

	return now->status != ntp_status || now->leap != published.leap ||
	       now->bounded != bounded ||
	       (bounded && (now->maxerror_ns > bound_ns + NSEC_PER_USEC ||
			    now->maxerror_ns < bound_ns - bound_ns / 8 ||
			    now->esterror_ns != published.esterror_ns));
}

/**
 * host_page_set_status() - publish the state of NTP, if it is news
 * @now: the state
 *
 * Context: any but the timekeeper's updates.
 */
void host_page_set_status(const struct host_status *now)
{
	unsigned long irq_flags;
	u64 counter;
	bool news;

	raw_spin_lock_irqsave(&page_lock, irq_flags);
	counter = host_counter_read();
	news = status_differs(now, counter);
	if (news) {
		vmclock_page_write_begin(abi());
		vmclock_line_move(&published.line, counter);
		ntp_status = now->status;
		published.leap = now->leap;
		published.maxerror_ns = now->maxerror_ns;
		published.esterror_ns = now->esterror_ns;
		set_bounds(now->bounded);
		write_end();
	}
	raw_spin_unlock_irqrestore(&page_lock, irq_flags);
	if (news)
		host_chardev_wake();
}

/**
 * host_page_has_counter() - whether the page tells time at all
 *
 * Context: any.
 * Return: false if the clocksource isn't a counter that guests can read.
 */
bool host_page_has_counter(void)
{
	return READ_ONCE(published.counter_id) != VMCLOCK_COUNTER_INVALID;
}

/**
 * host_page_create() - make the page, without a time as yet
 * @notification: whether guests are promised an interrupt for each change
 *
 * The marker begins at a random value so that one from before a reload of the
 * module isn't met again.
 *
 * Context: process.
 * Return: 0 or -ENOMEM.
 */
int host_page_create(bool notification)
{
	host_page = alloc_page(GFP_KERNEL | __GFP_ZERO);
	if (!host_page)
		return -ENOMEM;
	published = (struct vmclock_params){
		.size = PAGE_SIZE,
		.counter_id = VMCLOCK_COUNTER_INVALID,
		.disruption_marker = get_random_u64(),
		.flags = notification ? VMCLOCK_FLAG_NOTIFICATION_PRESENT : 0,
	};
	ntp_status = VMCLOCK_STATUS_UNKNOWN;
	return 0;
}

/**
 * host_page_destroy() - drop the page
 *
 * Context: process; nobody writes any more.
 */
void host_page_destroy(void)
{
	put_page(host_page);
}
