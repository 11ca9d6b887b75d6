/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The views of this host that have a name: pages of virtual machines.
 */
#ifndef _VMCLOCKCTL_VIEWS_H
#define _VMCLOCKCTL_VIEWS_H

#include "facts.h"
#include "vmclock_host.h"

#define VIEWS_MAX	65536	/* that are listed; the kernel's default */

/**
 * struct views - names of all views
 * @n: how many
 * @nodes: their nodes in /dev, sorted
 */
struct views {
	size_t n;
	char nodes[VIEWS_MAX][FS_NAME];
};

/**
 * struct view - one of them
 * @name: without the prefix of its node
 * @device: its page
 * @translation: how its counter follows from the host's; frac_bits is 0 while
 *	that is not known
 * @hidden: the translation is for those only who may write to the view
 */
struct view {
	const char *name;
	struct device device;
	struct vmclock_view_translation translation;
	bool hidden;
};

const char *views_reason(u32 reason);
size_t views_find(struct views *all);
void views_read(const struct views *all, size_t i, struct view *v);

#endif /* _VMCLOCKCTL_VIEWS_H */
