// SPDX-License-Identifier: GPL-2.0
/*
 * The list of all pages, and how they are written. publish.c writes all of
 * them at once, partly in the timekeeper's updates; the ioctls change one view
 * at a time.
 */
#include <linux/eventfd.h>
#include <linux/irq_work.h>
#include <linux/rculist.h>
#include <linux/spinlock.h>
#include <linux/string.h>

#include "common/counter.h"
#include "bounds.h"
#include "page.h"

/* Counter readings to wait for until a new line has caught up with the old. */
#define CATCH_UP_TRIES	64

/*
 * Nests inside the publish lock, which nests inside the timekeeper's lock:
 * while it is held no clock may be read and nothing printed.
 */
static DEFINE_RAW_SPINLOCK(page_lock);
/* All views; that of /dev/vmclock_host is the first. */
static LIST_HEAD(page_views);
/* The content that all pages have now. */
static struct host_content page_content;

/* From the time of a content's line to that of a page of this type, s */
static s32 page_shift_sec(const struct host_content *content, u8 time_type)
{
	return time_type == VMCLOCK_TIME_TAI ? content->tai_shift_sec :
					       content->utc_shift_sec;
}

static bool page_knows_tai(void)
{
	lockdep_assert_held(&page_lock);
	return page_content.params.flags & VMCLOCK_FLAG_TAI_OFFSET_VALID;
}

/* Whether the host's clock can be told by a page of this type. */
static bool page_has_time(u8 time_type)
{
	return page_content.has_counter &&
	       (time_type == VMCLOCK_TIME_UTC || page_knows_tai());
}

/* Turn a page's fields into those of a page that has no time. */
static void page_forget_time(struct vmclock_params *p, u8 status)
{
	p->status = status;
	p->flags &= VMCLOCK_FLAG_TAI_OFFSET_VALID | HOST_VIEW_FLAGS |
		    VMCLOCK_FLAG_VM_GEN_COUNTER_PRESENT;
	p->line = (struct vmclock_line){ 0 };
	p->maxerror_rate_frac = 0;
	p->maxerror_ns = 0;
	p->esterror_ns = 0;
}

/*
 * Bring the line, and with it the rate, from the host's counter to a view's.
 * Drivers of kernels 6.13 to 7.3 refuse nothing but the status UNRELIABLE.
 */
static void page_translate(const struct host_view *view,
			   struct vmclock_params *p)
{
	const struct vmclock_view_translation *t = &view->translation;

	p->line.time.sec += page_shift_sec(&page_content, view->time_type);
	p->maxerror_rate_frac = bounds_rate_frac(page_content.maxrate32,
						 p->line.period_frac);
	if (!page_has_time(view->time_type))
		page_forget_time(p, VMCLOCK_STATUS_UNRELIABLE);
	else if (!view->translated ||
		 (t->frac_bits && vmclock_line_scale(&p->line, t->ratio,
						     t->frac_bits, t->offset)))
		page_forget_time(p, VMCLOCK_STATUS_UNKNOWN);
}

/* Write all fields that change. The caller has made the sequence count odd. */
static void page_fill(struct host_view *view)
{
	struct vmclock_params p = page_content.params;

	p.disruption_marker = view->marker;
	p.vm_generation = view->generation;
	p.flags |= view->flags;
	if (view->monotonic)
		p.flags |= VMCLOCK_FLAG_TIME_MONOTONIC;
	page_translate(view, &p);
	vmclock_page_set(host_page_abi(view), &p);
}

/* Readers that are woken up after this see the new page. */
static void page_end(struct host_view *view)
{
	vmclock_page_write_end(host_page_abi(view));
	/* pairs with xchg() in page_on_irq_work(), which may run already */
	smp_store_release(&view->ring, true);
}

static void page_rewrite(struct host_view *view)
{
	lockdep_assert_held(&page_lock);
	vmclock_page_write_begin(host_page_abi(view));
	page_fill(view);
	page_end(view);
}

/**
 * host_page_write_all() - write a new content that has the same line
 * @now: the content
 * @disrupted: give all pages another disruption marker
 *
 * Context: interrupts off, the publish lock held; no clock is read.
 */
void host_page_write_all(const struct host_content *now, bool disrupted)
{
	struct host_view *view;

	raw_spin_lock(&page_lock);
	page_content = *now;
	list_for_each_entry(view, &page_views, list) {
		view->marker += disrupted;
		page_rewrite(view);
	}
	raw_spin_unlock(&page_lock);
}

/*
 * What a page of this type has jumped by although its line goes on, s: UTC by a
 * leap second, TAI by an offset that the kernel was told.
 */
static s32 page_jump_sec(const struct host_content *old, u8 time_type)
{
	return page_shift_sec(&page_content, time_type) -
	       page_shift_sec(old, time_type);
}

/*
 * Wait until the new line tells no earlier time than the old one told when the
 * sequence count became odd. VMCLOCK_FLAG_TIME_MONOTONIC promises that to
 * readers. The lines cross each other within some ns of now, so it takes some
 * ns; after a step backwards the wait is given up.
 *
 * Return: whether the promise holds.
 */
static bool page_catch_up(const struct vmclock_line *old)
{
	struct vmclock_time reached, now;
	int i;

	reached = vmclock_line_at(old, vmclock_counter_read());
	for (i = 0; i < CATCH_UP_TRIES; i++) {
		now = vmclock_line_at(&page_content.params.line,
				      vmclock_counter_read());
		if (!vmclock_time_before(now, reached))
			return true;
	}
	return false;
}

/**
 * host_page_write_all_lines() - write a new content that has another line
 * @now: the content
 * @disrupted: give all pages another disruption marker
 *
 * Context: interrupts off, the publish lock held; no clock is read.
 */
void host_page_write_all_lines(const struct host_content *now, bool disrupted)
{
	struct host_content old;
	struct host_view *view;
	s32 jump_sec;

	raw_spin_lock(&page_lock);
	old = page_content;
	page_content = *now;
	list_for_each_entry(view, &page_views, list) {
		jump_sec = page_jump_sec(&old, view->time_type);
		vmclock_page_write_begin(host_page_abi(view));
		view->marker += disrupted ||
			(jump_sec && view->time_type == VMCLOCK_TIME_TAI);
		view->monotonic = now->has_counter && jump_sec >= 0 &&
				  page_catch_up(&old.params.line);
		page_fill(view);
		page_end(view);
	}
	raw_spin_unlock(&page_lock);
}

/* The fields that never change. */
static void page_begin(struct host_view *view)
{
	if (view->time_type == HOST_TIME_AUTO)
		view->time_type = page_knows_tai() ? VMCLOCK_TIME_TAI :
						     VMCLOCK_TIME_UTC;
	vmclock_page_init(host_page_abi(view), &(struct vmclock_params){
		.size = view->size,
		.counter_id = VMCLOCK_COUNTER_ID,
		.time_type = view->time_type,
	});
}

/**
 * host_page_add_view() - write a view's page, and keep it current
 * @view: the view, complete but for its page's contents; HOST_TIME_AUTO is
 *	decided here, for the page's life
 *
 * Context: process.
 */
void host_page_add_view(struct host_view *view)
{
	unsigned long irq_flags;

	raw_spin_lock_irqsave(&page_lock, irq_flags);
	page_begin(view);
	page_rewrite(view);
	list_add_tail_rcu(&view->list, &page_views);
	raw_spin_unlock_irqrestore(&page_lock, irq_flags);
}

/**
 * host_page_remove_view() - write a view's page no more
 * @view: the view; a reader of the list under RCU may still see it
 *
 * Context: process.
 */
void host_page_remove_view(struct host_view *view)
{
	unsigned long irq_flags;

	raw_spin_lock_irqsave(&page_lock, irq_flags);
	list_del_rcu(&view->list);
	raw_spin_unlock_irqrestore(&page_lock, irq_flags);
}

/**
 * host_page_change() - change one view, and rewrite its page
 * @view: the view
 * @change: changes members of the view under the page lock; returns whether
 *	the page has to be written
 * @arg: second argument of @change
 *
 * Context: process.
 */
void host_page_change(struct host_view *view,
		      bool (*change)(struct host_view *view, const void *arg),
		      const void *arg)
{
	unsigned long irq_flags;

	raw_spin_lock_irqsave(&page_lock, irq_flags);
	if (change(view, arg))
		page_rewrite(view);
	raw_spin_unlock_irqrestore(&page_lock, irq_flags);
	host_page_wake();
}

/**
 * host_page_apply_translation() - set the translation of a view
 * @view: the view
 * @arg: struct vmclock_view_translation, valid; all zero: unknown
 *
 * A change is a disruption. Times by the old translation and by the new one
 * have no order.
 *
 * Context: called by host_page_change().
 * Return: whether the translation is another one.
 */
bool host_page_apply_translation(struct host_view *view, const void *arg)
{
	const struct vmclock_view_translation *t = arg;

	lockdep_assert_held(&page_lock);
	if (!memcmp(&view->translation, t, sizeof(*t)))
		return false;
	view->translation = *t;
	view->translated = t->frac_bits;
	view->monotonic = false;
	view->marker++;
	return true;
}

/**
 * host_page_get_translation() - read the translation of a view
 * @view: the view
 * @t: the translation; all zero if none has been set
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

/*
 * Wake up the readers of the views that have changed. The timekeeper's updates
 * must not wake up a task, an interrupt may. A change that comes meanwhile is
 * signalled by this call or by the next.
 */
static void page_on_irq_work(struct irq_work *work)
{
	struct eventfd_ctx *eventfd;
	struct host_view *view;

	rcu_read_lock();
	list_for_each_entry_rcu(view, &page_views, list) {
		if (!READ_ONCE(view->ring) || !xchg(&view->ring, false))
			continue;
		wake_up_interruptible(&view->wait);
		eventfd = rcu_dereference(view->eventfd);
		if (eventfd)
			eventfd_signal(eventfd);
	}
	rcu_read_unlock();
}

static DEFINE_IRQ_WORK(page_wake_work, page_on_irq_work);

/**
 * host_page_wake() - wake up the readers of pages that have changed, soon
 *
 * Context: any.
 */
void host_page_wake(void)
{
	irq_work_queue(&page_wake_work);
}

/**
 * host_page_stop() - wait for the last wake-up
 *
 * Context: process; host_page_wake() isn't called any more.
 */
void host_page_stop(void)
{
	irq_work_sync(&page_wake_work);
}
