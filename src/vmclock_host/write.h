/* SPDX-License-Identifier: GPL-2.0 */
/* How one page is written; for page.c. */
#ifndef _VMCLOCK_HOST_WRITE_H
#define _VMCLOCK_HOST_WRITE_H

struct host_content;
struct host_view;
struct vmclock_view_translation;

void host_write_begin(struct host_view *view, const struct host_content *now);
void host_write_page(struct host_view *view, const struct host_content *now);
void host_write_translation(struct host_view *view,
			    const struct vmclock_view_translation *t);

#endif /* _VMCLOCK_HOST_WRITE_H */
