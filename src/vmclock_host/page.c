// SPDX-License-Identifier: GPL-2.0
/*
 * Keeps all pages current. publish.c hands in what they say, partly in the
 * timekeeper's updates, where only the host's own page is written. A thread
 * brings the machines' views up to date at once afterwards, one after the
 * other, so that nothing waits for all of them. Until then a view has the page
 * that was true before: its bounds enclose those of the next, and a disruption
 * reaches its readers as much later.
 */
#include <linux/eventfd.h>
#include <linux/irq_work.h>
#include <linux/kthread.h>
#include <linux/list.h>
#include <linux/sched.h>
#include <linux/spinlock.h>
#include <linux/string.h>

#include "page.h"
#include "write.h"

/*
 * The machines' views, those with the oldest content first. Held while one view
 * is written, never for all of them.
 */
static DEFINE_RAW_SPINLOCK(views_lock);
static LIST_HEAD(page_views);

/*
 * The content, and the host's own page. Nests inside the publish lock, and so
 * inside the timekeeper's, and inside the views lock: while it is held no clock
 * may be read and nothing printed. For views it is held for a copy only.
 */
static DEFINE_RAW_SPINLOCK(content_lock);
static struct host_content page_content;
/* How often it was changed; also read without the lock. */
static u64 page_number;

static struct host_view *page_own;
static struct kthread_worker *page_worker;

/* Write a view with the newest content: it goes to the end of the list. */
static void page_update(struct host_view *view)
{
	struct host_content now;

	lockdep_assert_held(&views_lock);
	raw_spin_lock(&content_lock);
	now = page_content;
	view->number = page_number;
	raw_spin_unlock(&content_lock);
	host_write_page(view, &now);
	list_move_tail(&view->list, &page_views);
}

/* Wake up the readers of a view. They see the page that was written before. */
static void page_ring(struct host_view *view)
{
	struct eventfd_ctx *eventfd;

	wake_up_interruptible(&view->wait);
	rcu_read_lock();
	eventfd = rcu_dereference(view->eventfd);
	if (eventfd)
		eventfd_signal(eventfd);
	rcu_read_unlock();
}

/*
 * Bring the view that is the farthest behind up to date. RCU keeps it while its
 * readers are woken up.
 *
 * Return: whether there was one.
 */
static bool page_follow_one(void)
{
	struct host_view *view;
	unsigned long irq_flags;

	rcu_read_lock();
	raw_spin_lock_irqsave(&views_lock, irq_flags);
	view = list_first_entry_or_null(&page_views, struct host_view, list);
	if (view && view->number == READ_ONCE(page_number))
		view = NULL;
	if (view)
		page_update(view);
	raw_spin_unlock_irqrestore(&views_lock, irq_flags);
	if (view)
		page_ring(view);
	rcu_read_unlock();
	return view;
}

static void page_follow(struct kthread_work *work)
{
	/* pairs with smp_store_release() in host_page_add_own() */
	struct host_view *own = READ_ONCE(page_own);

	if (own)
		page_ring(own);
	while (page_follow_one())
		cond_resched();
}

static DEFINE_KTHREAD_WORK(page_work, page_follow);

/* The timekeeper's updates must not wake up a task, an interrupt may. */
static void page_on_irq_work(struct irq_work *work)
{
	kthread_queue_work(page_worker, &page_work);
}

static struct irq_work page_irq_work = IRQ_WORK_INIT_HARD(page_on_irq_work);

/**
 * host_page_publish() - write a new content to the host's own page
 * @now: the content; the views get it after host_page_follow()
 *
 * Context: interrupts off, the publish lock held; no clock is read.
 */
void host_page_publish(const struct host_content *now)
{
	raw_spin_lock(&content_lock);
	if (page_own)
		host_write_page(page_own, now);
	page_content = *now;
	WRITE_ONCE(page_number, page_number + 1);
	raw_spin_unlock(&content_lock);
}

/**
 * host_page_follow() - bring all views up to date, and wake up readers, soon
 *
 * Context: any.
 */
void host_page_follow(void)
{
	irq_work_queue(&page_irq_work);
}

/**
 * host_page_add_own() - write the host's own page, and keep it current
 * @own: its view, complete but for its page's contents; stays until
 *	host_page_stop(). HOST_TIME_AUTO is decided here, for the page's life
 *
 * Context: process.
 */
void host_page_add_own(struct host_view *own)
{
	unsigned long irq_flags;

	raw_spin_lock_irqsave(&content_lock, irq_flags);
	host_write_begin(own, &page_content);
	host_write_page(own, &page_content);
	/* pairs with READ_ONCE() in page_follow() */
	smp_store_release(&page_own, own);
	raw_spin_unlock_irqrestore(&content_lock, irq_flags);
}

/**
 * host_page_add_view() - write a machine's view, and keep it current
 * @view: the view, complete but for its page's contents; HOST_TIME_AUTO is
 *	decided here, for the page's life
 *
 * Context: process.
 */
void host_page_add_view(struct host_view *view)
{
	unsigned long irq_flags;

	raw_spin_lock_irqsave(&views_lock, irq_flags);
	raw_spin_lock(&content_lock);
	host_write_begin(view, &page_content);
	raw_spin_unlock(&content_lock);
	list_add_tail(&view->list, &page_views);
	page_update(view);
	raw_spin_unlock_irqrestore(&views_lock, irq_flags);
}

/**
 * host_page_remove_view() - write a machine's view no more
 * @view: the view; its readers may be woken up until a grace period of RCU is
 *	over
 *
 * Context: process.
 */
void host_page_remove_view(struct host_view *view)
{
	unsigned long irq_flags;

	raw_spin_lock_irqsave(&views_lock, irq_flags);
	list_del(&view->list);
	raw_spin_unlock_irqrestore(&views_lock, irq_flags);
}

/**
 * host_page_change() - change a machine's view, and rewrite its page
 * @view: the view
 * @change: changes members of the view under the views lock; returns 1 if the
 *	page has to be written, 0 if not, or a negative error
 * @arg: second argument of @change
 *
 * Context: process.
 * Return: 0 or the error.
 */
int host_page_change(struct host_view *view,
		     int (*change)(struct host_view *view, const void *arg),
		     const void *arg)
{
	unsigned long irq_flags;
	bool written;
	int ret;

	raw_spin_lock_irqsave(&views_lock, irq_flags);
	/* what is set now must not be taken for what was set before */
	written = view->number != READ_ONCE(page_number);
	if (written)
		page_update(view);
	ret = change(view, arg);
	if (ret > 0) {
		page_update(view);
		written = true;
	}
	raw_spin_unlock_irqrestore(&views_lock, irq_flags);
	if (written)
		page_ring(view);
	return min(ret, 0);
}

/**
 * host_page_apply_translation() - set the translation of a view
 * @view: the view
 * @arg: struct vmclock_view_translation, valid; all zero: unknown
 *
 * A change is a disruption.
 *
 * Context: called by host_page_change().
 * Return: 1 if the translation is another one, otherwise 0.
 */
int host_page_apply_translation(struct host_view *view, const void *arg)
{
	const struct vmclock_view_translation *t = arg;

	lockdep_assert_held(&views_lock);
	if (!memcmp(&view->translation, t, sizeof(*t)))
		return 0;
	host_write_translation(view, t);
	return 1;
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

	raw_spin_lock_irqsave(&views_lock, irq_flags);
	*t = view->translation;
	raw_spin_unlock_irqrestore(&views_lock, irq_flags);
}

/**
 * host_page_start() - be ready to bring views up to date
 *
 * Context: process, before anything is published.
 * Return: 0 or a negative error.
 */
int host_page_start(void)
{
	page_worker = kthread_create_worker(0, "vmclock_views");
	if (IS_ERR(page_worker))
		return PTR_ERR(page_worker);
	sched_set_fifo_low(page_worker->task);
	/* before 6.14 it runs already */
	wake_up_process(page_worker->task);
	return 0;
}

/**
 * host_page_stop() - write pages no more
 *
 * Context: process, may sleep; nothing is published any more.
 */
void host_page_stop(void)
{
	irq_work_sync(&page_irq_work);
	kthread_destroy_worker(page_worker);
}
