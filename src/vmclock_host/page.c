// SPDX-License-Identifier: GPL-2.0
/*
 * The pages: merges the timekeeper's line with the state of NTP, decides what
 * is a disruption, and writes the page of each view. There are three writers:
 * the notifier in clock.c, under the timekeeper's lock, the work of ntp.c,
 * and the ioctls of view.c, for one view at a time.
 */
#include <linux/mm.h>
#include <linux/rculist.h>
#include <linux/spinlock.h>
#include <linux/string.h>

#include "common/counter.h"
#include "host.h"

/* Lines bend and drift by less; one that moved by more is a disruption. */
#define JUMP_NS32	(1000LL << 32)
/* How often to look whether a new line has caught up with the old one. */
#define CATCH_UP_TRIES	64
/*
 * TAI - UTC was 10 s when leap seconds began; less isn't known. The kernel
 * takes up to 100000 s, the page 16 bits.
 */
#define MIN_TAI_OFFSET	10
#define MAX_TAI_OFFSET	S16_MAX

/*
 * Nests inside the timekeeper's lock, where its sequence count is held: while
 * it is held nothing may read a clock or print.
 */
static DEFINE_RAW_SPINLOCK(page_lock);
/* All views, that of /dev/vmclock_host first. */
LIST_HEAD(host_views);
/* What happened since the module was loaded; for debugfs. */
struct host_stats host_stats;

/* What all pages say, over the host's counter. */
static struct vmclock_params published;
/* The line in the kernel's TAI, which leap seconds leave alone. */
static struct vmclock_line tai_line;
static s32 kernel_tai_offset;
/*
 * What the pages promise, if VMCLOCK_FLAG_TIME_MAXERROR_VALID; otherwise what
 * those of before have promised, if anything.
 */
static struct bounds bounds;
/* status without regard to the counter */
static u8 ntp_status;
/* The last leap second that was seen, VMCLOCK_LEAP_POST_*, and since when. */
static u8 past_leap;
static s64 past_month;
/* How often the line was another one, of which nothing is known. */
static unsigned int losses;

static struct vmclock_abi *abi(const struct host_view *view)
{
	return page_address(view->page);
}

static bool has_counter(void)
{
	return published.counter_id != VMCLOCK_COUNTER_INVALID;
}

/*
 * Where on the lines it is now. The clocksource that isn't a counter can't be
 * read here: lines over it stay where they were anchored.
 */
static u64 counter_now(void)
{
	return has_counter() ? vmclock_counter_read() : tai_line.counter;
}

static bool bounded(void)
{
	return published.flags & VMCLOCK_FLAG_TIME_MAXERROR_VALID;
}

/* Context: page_lock held. */
static void set_bounded(bool now)
{
	const u64 flags = VMCLOCK_FLAG_TIME_ESTERROR_VALID |
			  VMCLOCK_FLAG_TIME_MAXERROR_VALID |
			  VMCLOCK_FLAG_PERIOD_MAXERROR_VALID;

	published.flags &= ~flags;
	if (now)
		published.flags |= flags;
	published.maxerror_ns = now ? bounds.maxerror_ns : 0;
	if (!now)
		published.esterror_ns = 0;
}

static u64 maxerror_rate_frac(u64 period_frac)
{
	return bounded() ? bounds_rate_frac(bounds.rate32, period_frac) : 0;
}

static void set_status(void)
{
	published.status = ntp_status;
	if (!has_counter())
		published.status = vmclock_counter_is_unstable() ?
			VMCLOCK_STATUS_UNRELIABLE : VMCLOCK_STATUS_UNKNOWN;
}

/* What a page says that has no time. */
static void forget_time(struct vmclock_params *p)
{
	p->status = VMCLOCK_STATUS_UNKNOWN;
	p->flags &= VMCLOCK_FLAG_TAI_OFFSET_VALID | HOST_VIEW_FLAGS |
		    VMCLOCK_FLAG_VM_GEN_COUNTER_PRESENT;
	p->line = (struct vmclock_line){ 0 };
	p->maxerror_rate_frac = 0;
	p->maxerror_ns = 0;
	p->esterror_ns = 0;
}

/* Bring the line, and with it the rate, from the host's counter to a view's. */
static void translate(const struct host_view *view, struct vmclock_params *p)
{
	const struct vmclock_view_translation *t = &view->translation;

	if (!view->translated ||
	    (t->frac_bits && vmclock_line_scale(&p->line, t->ratio,
						t->frac_bits, t->offset))) {
		forget_time(p);
		return;
	}
	p->maxerror_rate_frac = maxerror_rate_frac(p->line.period_frac);
}

/* Context: page_lock held, between write_begin and write_end. */
static void write_view(struct host_view *view)
{
	struct vmclock_params p = published;

	p.size = view->size;
	p.disruption_marker = view->marker;
	p.vm_generation = view->generation;
	p.flags |= view->flags;
	if (view->monotonic)
		p.flags |= VMCLOCK_FLAG_TIME_MONOTONIC;
	translate(view, &p);
	vmclock_page_init(abi(view), &p);
	vmclock_page_set(abi(view), &p);
}

/* Who is told from here on finds the new page. Context: page_lock held. */
static void write_end(struct host_view *view)
{
	vmclock_page_write_end(abi(view));
	/* pairs with xchg() in host_view_signal(), which may run already */
	smp_store_release(&view->ring, true);
}

/* Context: page_lock held. */
static void rewrite(struct host_view *view)
{
	vmclock_page_write_begin(abi(view));
	write_view(view);
	write_end(view);
}

/* What is common has changed, but not the line. Context: page_lock held. */
static void write_all(bool disrupted)
{
	struct host_view *view;

	set_status();
	list_for_each_entry(view, &host_views, list) {
		view->marker += disrupted;
		rewrite(view);
	}
	host_stats.publications++;
	host_stats.disruptions += disrupted;
}

/*
 * VMCLOCK_FLAG_TIME_MONOTONIC: a time by the old line, from a counter read
 * right after the sequence count became odd, must not be later than one by the
 * new line right before it becomes even. The lines cross each other some ns
 * around the clock, so it takes some ns until that is true.
 */
static bool catch_up(const struct vmclock_line *old)
{
	struct vmclock_time reached, now;
	int i;

	reached = vmclock_line_at(old, vmclock_counter_read());
	for (i = 0; i < CATCH_UP_TRIES; i++) {
		now = vmclock_line_at(&published.line, vmclock_counter_read());
		if (!vmclock_time_before(now, reached))
			return true;
	}
	return false;
}

/* The line has changed. Context: page_lock held. */
static void write_all_lines(const struct vmclock_line *old, bool disrupted)
{
	struct host_view *view;

	set_status();
	list_for_each_entry(view, &host_views, list) {
		vmclock_page_write_begin(abi(view));
		view->marker += disrupted;
		view->monotonic = has_counter() && catch_up(old);
		write_view(view);
		write_end(view);
	}
	host_stats.publications++;
	host_stats.disruptions += disrupted;
}

/*
 * Has the time jumped? As seen now, where lines that bend still meet. Who has
 * no counter has no time that could.
 */
static bool jumped(const struct vmclock_line *now)
{
	u64 counter = vmclock_counter_read();
	struct vmclock_time was = vmclock_line_at(&tai_line, counter);
	struct vmclock_time is = vmclock_line_at(now, counter);
	s64 ns32 = vmclock_time_to_ns32(vmclock_time_sub(is, was));

	return has_counter() && (ns32 > JUMP_NS32 || ns32 < -JUMP_NS32);
}

/* UTC as the kernel counts it, at a counter value. */
static s64 utc_sec(u64 counter)
{
	return vmclock_line_at(&tai_line, counter).sec - kernel_tai_offset;
}

static s64 month_of(s64 utc)
{
	return vmclock_month_start(vmclock_div_floor(utc, VMCLOCK_SEC_PER_DAY));
}

/*
 * The published line is UTC if nobody has told the kernel what TAI is. It isn't
 * anchored before the last one: the update that it comes from may be older.
 */
static void set_line(const struct host_line *now)
{
	bool known = now->tai_offset_sec >= MIN_TAI_OFFSET &&
		     now->tai_offset_sec <= MAX_TAI_OFFSET;
	u64 anchor = tai_line.counter;

	tai_line = now->line;
	if (!now->replaced && has_counter() &&
	    (s64)(anchor - tai_line.counter) > 0)
		vmclock_line_move(&tai_line, anchor);
	kernel_tai_offset = now->tai_offset_sec;
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

/* A page whose interval is not inside those before is a disruption. */
static bool nests(bool does)
{
	host_stats.nesting_violations += !does;
	return does;
}

/* The indicator of the leap second that was seen, in it or behind it. */
static u8 seen_leap(s64 utc)
{
	return past_leap == VMCLOCK_LEAP_POST_POS &&
	       utc < past_month * VMCLOCK_SEC_PER_DAY ? VMCLOCK_LEAP_POS :
							past_leap;
}

/*
 * The kernel's TAI went on while UTC didn't: this is the leap second. The state
 * of NTP will say so only when it is asked, and the page mustn't announce what
 * is already in its offset. An idle machine may have slept through the second.
 */
static void leap(int change)
{
	s64 utc = utc_sec(tai_line.counter);

	past_leap = change > 0 ? VMCLOCK_LEAP_POST_POS : VMCLOCK_LEAP_POST_NEG;
	/* an inserted second still belongs to the day before */
	past_month = month_of(utc + VMCLOCK_SEC_PER_DAY / 2);
	published.leap = seen_leap(utc);
}

/* After this nothing that was known of the line before holds. */
static void disrupt(void)
{
	past_leap = VMCLOCK_LEAP_NONE;
	set_bounded(false);
	memset(&bounds, 0, sizeof(bounds));
	if (ntp_status == VMCLOCK_STATUS_SYNCHRONIZED)
		ntp_status = VMCLOCK_STATUS_FREERUNNING;
}

/**
 * host_page_set_line() - publish a new line
 * @now: the line
 *
 * A disruption leaves the NTP state unknown until ntp.c has asked for it.
 *
 * Context: the timekeeper's lock held, interrupts off, no clock can be read.
 */
void host_page_set_line(const struct host_line *now)
{
	struct vmclock_line old;
	bool disrupted;
	int change;
	u8 type;

	raw_spin_lock(&page_lock);
	change = now->tai_offset_sec - kernel_tai_offset;
	old = published.line;
	type = published.time_type;
	disrupted = now->replaced || now->counter_id != published.counter_id ||
		    jumped(&now->line);
	if (disrupted && now->cause == HOST_CAUSE_STEP)
		WRITE_ONCE(losses, losses + 1);
	published.counter_id = now->counter_id;
	set_line(now);
	disrupted |= published.time_type != type;
	if (disrupted)
		disrupt();
	else if (change)
		leap(change);
	if (bounded()) {
		disrupted = !nests(bounds_move(&bounds, &tai_line));
		set_bounded(true);
	}
	host_stats.causes[now->cause]++;
	write_all_lines(&old, disrupted);
	raw_spin_unlock(&page_lock);

	host_chardev_wake();
	host_ntp_refresh();
}

/*
 * The leap indicator at a counter value. @now is of a moment before; if the
 * timekeeper has still to leap in between, the page has to wait for that. A
 * leap second that was seen counts more, until its month is over: the kernel
 * forgets it when the daemon does, before that which of the two it was, and of
 * a clock that isn't synchronised it tells the flag, but not that it is over.
 * What it tells of the second itself may be ahead of the timekeeper, whose UTC
 * is another one then.
 */
static bool leap_at(const struct host_status *now, u64 counter, u8 *indicator)
{
	s64 utc = has_counter() ? utc_sec(counter) : now->utc_sec;

	/* an inserted second belongs to it too */
	if (past_leap && month_of(utc + 1) == past_month) {
		*indicator = seen_leap(utc);
		return true;
	}
	*indicator = now->leap;
	if (now->leap == VMCLOCK_LEAP_POS)
		return utc == now->utc_sec;
	return !vmclock_leap_at(indicator, now->utc_sec, utc);
}

/* A page without time has no error either. */
static bool is_bounded(const struct host_status *now)
{
	return now->bounded && has_counter();
}

/*
 * Without news the kernel's bound grows as ours; it does so in steps, which
 * host_status evens out, and is kept in us. A bound that has become wider is
 * published, and one that is tighter by an eighth.
 */
static bool bounds_differ(const struct host_status *now, u64 counter)
{
	u64 known_ns;

	if (is_bounded(now) != bounded() || !bounded())
		return is_bounded(now) != bounded();
	known_ns = bounds_truth_ns(&bounds, counter);
	return now->maxerror_ns - now->spread_ns > known_ns + NSEC_PER_USEC ||
	       now->maxerror_ns < known_ns - known_ns / 8 ||
	       now->esterror_ns != published.esterror_ns;
}

/* What a publication would be for; NONE: not needed. */
static enum host_cause status_cause(const struct host_status *now, u64 counter,
				    u8 indicator)
{
	if (now->status != ntp_status)
		return HOST_CAUSE_STATUS;
	if (indicator != published.leap)
		return HOST_CAUSE_LEAP;
	if (bounds_differ(now, counter))
		return HOST_CAUSE_BOUNDS;
	if (bounded() && bounds_expiring(&bounds, counter))
		return HOST_CAUSE_RENEWAL;
	return HOST_CAUSE_NONE;
}

/* Return: whether the page nests. Context: page_lock held. */
static bool take_bounds(const struct host_status *now, bool news)
{
	bool nesting = true, is = is_bounded(now);

	if (is && !bounds.count[0])
		bounds_begin(&bounds, &tai_line, now->maxerror_ns);
	else if (is && !bounded())
		nesting = bounds_resume(&bounds, &tai_line, now->maxerror_ns);
	else if (is && news)
		nesting = bounds_learn(&bounds, &tai_line, now->maxerror_ns);
	else if (is)
		nesting = bounds_move(&bounds, &tai_line);
	published.esterror_ns = now->esterror_ns;
	set_bounded(is);
	return nests(nesting);
}

/* Context: page_lock held. */
static bool take_status(const struct host_status *now, u64 counter)
{
	enum host_cause cause;
	u8 indicator;
	bool news;

	if (!leap_at(now, counter, &indicator))
		return false;
	cause = status_cause(now, counter, indicator);
	if (cause == HOST_CAUSE_NONE)
		return false;
	news = bounds_differ(now, counter);
	vmclock_line_move(&tai_line, counter);
	vmclock_line_move(&published.line, counter);
	ntp_status = now->status;
	published.leap = indicator;
	host_stats.causes[cause]++;
	write_all(!take_bounds(now, news));
	return true;
}

/**
 * host_page_losses() - what tells a state of NTP of now from one of before
 *
 * Context: any.
 * Return: how often the clock was another one; 1 after the first line.
 */
unsigned int host_page_losses(void)
{
	return READ_ONCE(losses);
}

/**
 * host_page_set_status() - publish the state of NTP, if it is news
 * @now: the state; if the clock is another one since then it is dropped, for
 *	the next one follows
 *
 * Context: any but the timekeeper's updates.
 */
void host_page_set_status(const struct host_status *now)
{
	unsigned long irq_flags;
	bool news;

	raw_spin_lock_irqsave(&page_lock, irq_flags);
	news = now->losses == losses && take_status(now, counter_now());
	raw_spin_unlock_irqrestore(&page_lock, irq_flags);
	if (news)
		host_chardev_wake();
}

/**
 * host_page_is_short_lived() - whether the pages are to be renewed soon
 *
 * Context: any.
 * Return: true if the state of NTP should be looked at several times a second.
 */
bool host_page_is_short_lived(void)
{
	unsigned long irq_flags;
	bool is;

	raw_spin_lock_irqsave(&page_lock, irq_flags);
	is = bounded() && bounds.life &&
	     bounds.life <= bounds.line.period_shift;
	raw_spin_unlock_irqrestore(&page_lock, irq_flags);
	return is;
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
 * host_page_init() - begin without a time
 *
 * Context: process, before anything else here is called.
 */
void host_page_init(void)
{
	published = (struct vmclock_params){
		.counter_id = VMCLOCK_COUNTER_INVALID,
	};
	ntp_status = VMCLOCK_STATUS_UNKNOWN;
}

/**
 * host_page_add_view() - write a view's page, and keep it current
 * @view: the view, complete but for its page's contents
 *
 * Context: process.
 */
void host_page_add_view(struct host_view *view)
{
	unsigned long irq_flags;

	raw_spin_lock_irqsave(&page_lock, irq_flags);
	rewrite(view);
	list_add_tail_rcu(&view->list, &host_views);
	raw_spin_unlock_irqrestore(&page_lock, irq_flags);
}

/**
 * host_page_remove_view() - leave a view alone from now on
 * @view: the view; who walks over it under RCU may still see it
 *
 * Context: any but the timekeeper's updates.
 */
void host_page_remove_view(struct host_view *view)
{
	unsigned long irq_flags;

	raw_spin_lock_irqsave(&page_lock, irq_flags);
	list_del_rcu(&view->list);
	raw_spin_unlock_irqrestore(&page_lock, irq_flags);
}

/**
 * host_page_set_translation() - say what the counter of a view's machine is
 * @view: the view
 * @t: checked translation; all zero: not known
 *
 * Another one than before is a disruption. Times by the old one and the new
 * one have no order.
 *
 * Context: process.
 */
void host_page_set_translation(struct host_view *view,
			       const struct vmclock_view_translation *t)
{
	unsigned long irq_flags;

	raw_spin_lock_irqsave(&page_lock, irq_flags);
	if (memcmp(&view->translation, t, sizeof(*t))) {
		view->translation = *t;
		view->translated = t->frac_bits;
		view->monotonic = false;
		view->marker++;
		rewrite(view);
	}
	raw_spin_unlock_irqrestore(&page_lock, irq_flags);
	host_chardev_wake();
}

/**
 * host_page_get_translation() - what host_page_set_translation() was told
 * @view: the view
 * @t: the translation
 *
 * Context: process.
 */
void host_page_get_translation(struct host_view *view,
			       struct vmclock_view_translation *t)
{
	unsigned long irq_flags;

	raw_spin_lock_irqsave(&page_lock, irq_flags);
	*t = view->translation;
	raw_spin_unlock_irqrestore(&page_lock, irq_flags);
}

/**
 * host_page_set_flags() - change flags of one view
 * @view: the view
 * @mask: which of HOST_VIEW_FLAGS
 * @flags: their values
 *
 * Context: process.
 */
void host_page_set_flags(struct host_view *view, u64 mask, u64 flags)
{
	unsigned long irq_flags;

	raw_spin_lock_irqsave(&page_lock, irq_flags);
	if ((view->flags & mask) != flags) {
		view->flags = (view->flags & ~mask) | flags;
		rewrite(view);
	}
	raw_spin_unlock_irqrestore(&page_lock, irq_flags);
	host_chardev_wake();
}

/**
 * host_page_set_generation() - a view's machine goes on from a copy
 * @view: the view
 * @generation: its generation counter; another one is a disruption
 *
 * Context: process.
 */
void host_page_set_generation(struct host_view *view, u64 generation)
{
	unsigned long irq_flags;

	raw_spin_lock_irqsave(&page_lock, irq_flags);
	if (view->generation != generation) {
		view->generation = generation;
		view->marker++;
		rewrite(view);
	}
	raw_spin_unlock_irqrestore(&page_lock, irq_flags);
	host_chardev_wake();
}

/**
 * host_page_disrupt() - give a view another disruption marker
 * @view: the view
 *
 * Context: process.
 */
void host_page_disrupt(struct host_view *view)
{
	unsigned long irq_flags;

	raw_spin_lock_irqsave(&page_lock, irq_flags);
	view->marker++;
	rewrite(view);
	raw_spin_unlock_irqrestore(&page_lock, irq_flags);
	host_chardev_wake();
}
