/* SPDX-License-Identifier: GPL-2.0 */
/* The life of a view; struct host_view is in page.h. */
#ifndef _VMCLOCK_HOST_VIEW_H
#define _VMCLOCK_HOST_VIEW_H

#include <linux/uidgid.h>

#include "page.h"

/* What pages become that were not asked to be something else. */
extern u8 host_time_type;

struct host_view *host_view_create(u32 size, u64 flags, u8 time_type,
				   kuid_t uid);
struct host_view *host_view_create_own(u64 flags);
void host_view_put(struct host_view *view);
int host_view_map(struct host_view *view, const struct mm_struct *mm);
void host_view_unmap(struct host_view *view);
void host_view_set_eventfd(struct host_view *view, struct eventfd_ctx *eventfd);

#endif /* _VMCLOCK_HOST_VIEW_H */
