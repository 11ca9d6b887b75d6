// SPDX-License-Identifier: GPL-2.0
/*
 * Findings about machines of this host that can have no time, and why.
 */
#include "findings.h"
#include "views.h"

#define TOLD_MAX	8	/* the others are in vmclockctl view list */

static const char *remedy(u32 reason)
{
	switch (reason) {
	case VMCLOCK_UNKNOWN_CPUS_DIFFER:
		return "Start the machine again, and let nothing in it write to its TSC";
	case VMCLOCK_UNKNOWN_CHANGES:
		return "Start the machine with the host's own tsc-frequency";
	case VMCLOCK_UNKNOWN_DISPUTED:
		return "Give each machine a view of its own: vmclockctl view create";
	case VMCLOCK_UNKNOWN_RESTARTED:
		return "Let vmclock-hostd follow the machines, or set the counter again: vmclockctl view set-counter";
	default:
		return NULL;
	}
}

/**
 * find_in_views() - find machines' views that are refused a counter
 * @all: findings
 */
void find_in_views(struct findings *all)
{
	static struct views views;
	size_t i, told = 0, n = views_find(&views);
	const char *what;
	struct view v;

	for (i = 0; i < n && told < TOLD_MAX; i++) {
		views_read(&views, i, &v);
		what = remedy(v.translation.reason);
		if (v.hidden || v.translation.frac_bits || !what)
			continue;
		finding_add(all, ERROR, "view-counter",
			    "view %.64s tells no time: its counter is not %s",
			    v.name, views_reason(v.translation.reason));
		finding_remedy(all, "%s", what);
		told++;
	}
}
