/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The pages that readers map: the host's own and one for each view. page.c
 * keeps them in a list, writes them under their sequence counts, and wakes up
 * their readers. It does not know where the content comes from.
 */
#ifndef _VMCLOCK_HOST_PAGE_H
#define _VMCLOCK_HOST_PAGE_H

#include <linux/kref.h>
#include <linux/mm.h>
#include <linux/rcupdate.h>
#include <linux/types.h>
#include <linux/wait.h>

#include "vmclock/page.h"
#include <vmclock_host.h>

struct eventfd_ctx;

/* The flags that a VMM sets. */
#define HOST_VIEW_FLAGS	((u64)(VMCLOCK_FLAG_DISRUPTION_SOON |		\
			       VMCLOCK_FLAG_DISRUPTION_IMMINENT |	\
			       VMCLOCK_FLAG_NOTIFICATION_PRESENT))

/* A page that has yet to become VMCLOCK_TIME_TAI or VMCLOCK_TIME_UTC. */
#define HOST_TIME_AUTO	0xff

/**
 * struct host_view - a page, and what is particular to it
 * @list: entry in the list of all views; changed under the page lock, also
 *	read under RCU
 * @ref: counts open files, and the node
 * @rcu: for freeing the view
 * @page: the page
 * @translation: from the host's counter to the counter of this view's readers
 * @translated: @translation is known, or the readers use the host's counter
 * @monotonic: the page has VMCLOCK_FLAG_TIME_MONOTONIC
 * @ring: the page has changed since readers were woken up
 * @time_type: VMCLOCK_TIME_*, constant in the life of the page
 * @size: size of the page as the page says it, bytes
 * @marker: disruption marker
 * @generation: VM generation counter
 * @flags: VMCLOCK_FLAG_* that the page has besides those of all pages
 * @mappings: mappings of the page in processes
 * @wait: readers in poll(2)
 * @eventfd: signalled after each change, or NULL; changed under the view mutex
 *
 * The page lock protects all members but @ref, @page, @wait and those that say
 * otherwise.
 */
struct host_view {
	struct list_head list;
	struct kref ref;
	struct rcu_head rcu;
	struct page *page;
	struct vmclock_view_translation translation;
	bool translated;
	bool monotonic;
	bool ring;
	u8 time_type;
	u32 size;
	u64 marker;
	u64 generation;
	u64 flags;
	unsigned int mappings;
	struct wait_queue_head wait;
	struct eventfd_ctx __rcu *eventfd;
};

/**
 * struct host_content - what all pages say, over the host's counter
 * @params: the fields, but for those that struct host_view has
 * @has_counter: the clocksource is the counter that guests read
 * @maxrate32: growth of the maximum error, of the elapsed time / 2^32
 * @tai_shift_sec: the kernel's TAI - the line's time, s
 * @utc_shift_sec: UTC - the line's time, s
 */
struct host_content {
	struct vmclock_params params;
	bool has_counter;
	u32 maxrate32;
	s32 tai_shift_sec;
	s32 utc_shift_sec;
};

void host_page_write_all(const struct host_content *now, bool disrupted);
void host_page_write_all_lines(const struct host_content *now, bool disrupted);
void host_page_add_view(struct host_view *view);
void host_page_remove_view(struct host_view *view);
void host_page_change(struct host_view *view,
		      bool (*change)(struct host_view *view, const void *arg),
		      const void *arg);
void host_page_get_translation(struct host_view *view,
			       struct vmclock_view_translation *t);
bool host_page_apply_translation(struct host_view *view, const void *arg);
void host_page_wake(void);
void host_page_stop(void);

/**
 * host_page_abi() - the mapped structure of a view
 * @view: the view
 *
 * Context: any.
 * Return: the page.
 */
static inline struct vmclock_abi *host_page_abi(const struct host_view *view)
{
	return page_address(view->page);
}

#endif /* _VMCLOCK_HOST_PAGE_H */
