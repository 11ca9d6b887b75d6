/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The pages that readers map: the host's own and one for each view. page.c
 * writes them under their sequence counts, and wakes up their readers. It does
 * not know where the content comes from.
 */
#ifndef _VMCLOCK_HOST_PAGE_H
#define _VMCLOCK_HOST_PAGE_H

#include <linux/kref.h>
#include <linux/mm.h>
#include <linux/rcupdate.h>
#include <linux/types.h>
#include <linux/uidgid.h>
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
 * @list: entry in the list of the machines' views
 * @ref: counts open files, and the node
 * @rcu: for freeing the view
 * @page: the page
 * @uid: user on whose account the view is
 * @translation: from the host's counter to a machine's; not used by the host's
 *	own view
 * @monotonic: the page has VMCLOCK_FLAG_TIME_MONOTONIC
 * @time_type: VMCLOCK_TIME_*, constant in the life of the page
 * @line: the line that the page has, over the host's counter
 * @shift_sec: from its time to the page's, s
 * @number: of the content that the page has
 * @lines: struct host_content::lines of what the page has
 * @restarts: struct host_content::restarts of what the page has
 * @size: size of the page as the page says it, bytes
 * @marker: disruption marker, without the disruptions of all pages
 * @generation: VM generation counter
 * @flags: VMCLOCK_FLAG_* that the page has besides those of all pages
 * @mappings: mappings of the page
 * @machine: address space of the process that has them; NULL: none
 * @wait: readers in poll(2)
 * @eventfd: signalled after each change, or NULL; changed under the view mutex
 *
 * The views lock protects all members but @ref, @page, @uid, @wait and those
 * that say otherwise. Those of the host's own view, which is in no list, the
 * publish lock protects.
 */
struct host_view {
	struct list_head list;
	struct kref ref;
	struct rcu_head rcu;
	struct page *page;
	kuid_t uid;
	struct vmclock_view_translation translation;
	bool monotonic;
	u8 time_type;
	struct vmclock_line line;
	s32 shift_sec;
	u64 number;
	u64 lines;
	u64 restarts;
	u32 size;
	u64 marker;
	u64 generation;
	u64 flags;
	unsigned int mappings;
	const struct mm_struct *machine;
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
 * @lines: publications of another line so far
 * @restarts: how often the host's counter has begun again
 * @disruptions: disruptions so far
 */
struct host_content {
	struct vmclock_params params;
	bool has_counter;
	u32 maxrate32;
	s32 tai_shift_sec;
	s32 utc_shift_sec;
	u64 lines;
	u64 restarts;
	u64 disruptions;
};

int host_page_start(void);
void host_page_add_own(struct host_view *own);
void host_page_publish(const struct host_content *now);
void host_page_follow(void);
void host_page_add_view(struct host_view *view);
void host_page_remove_view(struct host_view *view);
int host_page_change(struct host_view *view,
		     int (*change)(struct host_view *view, const void *arg),
		     const void *arg);
void host_page_get_translation(struct host_view *view,
			       struct vmclock_view_translation *t);
int host_page_apply_translation(struct host_view *view, const void *arg);
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

/**
 * host_view_is_machine() - whether a view is for a machine
 * @view: the view
 *
 * Context: any.
 * Return: false if it is the host's own.
 */
static inline bool host_view_is_machine(const struct host_view *view)
{
	return READ_ONCE(view->flags) & VMCLOCK_FLAG_VM_GEN_COUNTER_PRESENT;
}

#endif /* _VMCLOCK_HOST_PAGE_H */
