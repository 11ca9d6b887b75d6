// SPDX-License-Identifier: GPL-2.0
/*
 * The life of views: a view lives as long as it is open or mapped, or has a
 * node. page.c keeps its page current meanwhile.
 */
#include <linux/eventfd.h>
#include <linux/mutex.h>
#include <linux/random.h>
#include <linux/slab.h>

#include "limit.h"
#include "view.h"

u8 host_time_type = HOST_TIME_AUTO;

/* Protects struct host_view::eventfd of each view. */
static DEFINE_MUTEX(view_mutex);

/*
 * The marker begins at a random value, so that readers don't meet one again
 * that they had before, or on another host.
 */
static struct host_view *view_alloc(u32 size, u64 flags, u8 time_type)
{
	struct host_view *view = kzalloc(sizeof(*view), GFP_KERNEL_ACCOUNT);

	if (!view)
		return NULL;
	view->page = alloc_page(VMCLOCK_GFP_MAPPED | __GFP_ZERO);
	if (!view->page) {
		kfree(view);
		return NULL;
	}
	kref_init(&view->ref);
	init_waitqueue_head(&view->wait);
	view->size = size;
	view->flags = flags;
	view->time_type = time_type;
	view->marker = get_random_u64();
	return view;
}

/**
 * host_view_create_own() - make the view whose counter is the host's
 * @flags: of HOST_VIEW_FLAGS, those that it begins with
 *
 * Context: process, may sleep.
 * Return: the view, with a reference for the caller, or an error pointer.
 */
struct host_view *host_view_create_own(u64 flags)
{
	struct host_view *view = view_alloc(PAGE_SIZE, flags, host_time_type);

	if (!view)
		return ERR_PTR(-ENOMEM);
	host_page_add_own(view);
	return view;
}

/**
 * host_view_create() - make a view for a machine
 * @size: size of its page as the page says it, bytes
 * @flags: of HOST_VIEW_FLAGS, those that it begins with
 * @time_type: VMCLOCK_TIME_* or HOST_TIME_AUTO
 * @uid: user on whose account it is
 *
 * Context: process, may sleep.
 * Return: the view, with a reference for the caller, or an error pointer.
 */
struct host_view *host_view_create(u32 size, u64 flags, u8 time_type,
				   kuid_t uid)
{
	struct host_view *view;
	int ret = host_limit_take(uid);

	if (ret)
		return ERR_PTR(ret);
	view = view_alloc(size, flags | VMCLOCK_FLAG_VM_GEN_COUNTER_PRESENT,
			  time_type);
	if (!view) {
		host_limit_give(uid);
		return ERR_PTR(-ENOMEM);
	}
	view->uid = uid;
	view->generation = get_random_u64();
	host_page_add_view(view);
	return view;
}

/* Called in a softirq when page.c rings for the view no more. */
static void view_free(struct rcu_head *rcu)
{
	struct host_view *view = container_of(rcu, struct host_view, rcu);
	struct eventfd_ctx *eventfd = rcu_access_pointer(view->eventfd);

	if (eventfd)
		eventfd_ctx_put(eventfd);
	kfree(view);
}

static void view_release(struct kref *ref)
{
	struct host_view *view = container_of(ref, struct host_view, ref);

	if (host_view_is_machine(view)) {
		host_page_remove_view(view);
		host_limit_give(view->uid);
	}
	put_page(view->page);
	call_rcu(&view->rcu, view_free);
}

/**
 * host_view_put() - drop a reference
 * @view: the view, which goes with the last one
 *
 * Context: process, may sleep.
 */
void host_view_put(struct host_view *view)
{
	kref_put(&view->ref, view_release);
}

static int add_mapping(struct host_view *view, const void *arg)
{
	const struct mm_struct *mm = arg ?: view->machine;

	if (view->machine && view->machine != mm)
		return -EBUSY;
	view->machine = mm;
	view->mappings++;
	return 0;
}

/*
 * The count and the translation change at once, so that what is set for the
 * next machine, which has mapped the view before, is never withdrawn.
 */
static int drop_mapping(struct host_view *view, const void *arg)
{
	static const struct vmclock_view_translation unknown = {
		.reason = VMCLOCK_UNKNOWN_GONE,
	};

	if (--view->mappings)
		return 0;
	view->machine = NULL;
	if (!view->translation.frac_bits && !view->translation.reason)
		return 0;
	return host_page_apply_translation(view, &unknown);
}

/**
 * host_view_map() - count a mapping
 * @view: the view
 * @mm: the address space that it is in; NULL: a mapping was copied, which no
 *	driver can refuse
 *
 * A machine's view is for one process, since two machines don't have the same
 * counter.
 *
 * Context: process.
 * Return: 0, or -EBUSY if another process has mapped it.
 */
int host_view_map(struct host_view *view, const struct mm_struct *mm)
{
	return host_view_is_machine(view) ?
	       host_page_change(view, add_mapping, mm) : 0;
}

/**
 * host_view_unmap() - a mapping is gone
 * @view: the view
 *
 * With the last mapping the machine is gone, and with it its counter: the page
 * says UNKNOWN until the counter of the next machine is set. This holds however
 * the machine's process has ended. The host's own counter stays.
 *
 * Context: process.
 */
void host_view_unmap(struct host_view *view)
{
	if (host_view_is_machine(view))
		host_page_change(view, drop_mapping, NULL);
}

/**
 * host_view_set_eventfd() - signal another eventfd from now on
 * @view: the view
 * @eventfd: the eventfd, of which the view takes the reference, or NULL
 *
 * Context: process, may sleep.
 */
void host_view_set_eventfd(struct host_view *view, struct eventfd_ctx *eventfd)
{
	mutex_lock(&view_mutex);
	eventfd = rcu_replace_pointer(view->eventfd, eventfd,
				      lockdep_is_held(&view_mutex));
	mutex_unlock(&view_mutex);
	if (!eventfd)
		return;
	synchronize_rcu();
	eventfd_ctx_put(eventfd);
}
