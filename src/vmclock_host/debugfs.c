// SPDX-License-Identifier: GPL-2.0
/*
 * Counters for tests and for who wonders why guests are woken up:
 * /sys/kernel/debug/vmclock_host/, see docs/ABI/debugfs-vmclock_host.
 */
#include <linux/debugfs.h>

#include "debugfs.h"
#include "publish.h"

static const char * const cause_names[HOST_CAUSES] = {
	[HOST_CAUSE_STEP] = "for_step",
	[HOST_CAUSE_TAI] = "for_tai_offset",
	[HOST_CAUSE_FREQUENCY] = "for_frequency",
	[HOST_CAUSE_DEVIATION] = "for_deviation",
	[HOST_CAUSE_SETTLING] = "for_settling",
	[HOST_CAUSE_STATUS] = "for_status",
	[HOST_CAUSE_LEAP] = "for_leap",
	[HOST_CAUSE_BOUNDS] = "for_bounds",
	[HOST_CAUSE_RENEWAL] = "for_renewal",
};

static struct dentry *dir;

/**
 * host_debugfs_start() - show the counters
 *
 * Context: process.
 */
void host_debugfs_start(void)
{
	unsigned int i;

	dir = debugfs_create_dir("vmclock_host", NULL);
	debugfs_create_u64("publications", 0444, dir, &host_stats.publications);
	debugfs_create_u64("disruptions", 0444, dir, &host_stats.disruptions);
	debugfs_create_u64("nesting_violations", 0444, dir,
			   &host_stats.nesting_violations);
	for (i = HOST_CAUSE_NONE + 1; i < HOST_CAUSES; i++)
		debugfs_create_u64(cause_names[i], 0444, dir,
				   &host_stats.causes[i]);
}

/**
 * host_debugfs_stop() - undo host_debugfs_start()
 *
 * Context: process.
 */
void host_debugfs_stop(void)
{
	debugfs_remove(dir);
}
