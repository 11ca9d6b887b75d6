// SPDX-License-Identifier: GPL-2.0
/*
 * Counters that tell why guests are woken up, and the limits of clock.c for
 * tests: /sys/kernel/debug/vmclock_host/, see docs/ABI/debugfs-vmclock_host.
 */
#include <linux/debugfs.h>
#include <linux/time64.h>

#include "clock.h"
#include "debugfs.h"
#include "publish.h"

static const char * const cause_names[HOST_CAUSES] = {
	[HOST_CAUSE_STEP] = "for_step",
	[HOST_CAUSE_TAI] = "for_tai_offset",
	[HOST_CAUSE_FREQUENCY] = "for_frequency",
	[HOST_CAUSE_DEVIATION] = "for_deviation",
	[HOST_CAUSE_COMPENSATION] = "for_compensation",
	[HOST_CAUSE_STATUS] = "for_status",
	[HOST_CAUSE_LEAP] = "for_leap",
	[HOST_CAUSE_BOUNDS] = "for_bounds",
	[HOST_CAUSE_RENEWAL] = "for_renewal",
};

static struct dentry *debugfs_dir;

static int limit_get(void *data, u64 *ns)
{
	const s64 *ns32 = data;

	*ns = READ_ONCE(*ns32) >> 32;
	return 0;
}

static int limit_set(void *data, u64 ns)
{
	s64 *ns32 = data;

	if (ns > NSEC_PER_SEC)
		return -EINVAL;
	WRITE_ONCE(*ns32, ns << 32);
	return 0;
}

DEFINE_DEBUGFS_ATTRIBUTE(limit_fops, limit_get, limit_set, "%llu\n");

/**
 * host_debugfs_start() - make the files
 *
 * Context: process.
 */
void host_debugfs_start(void)
{
	struct dentry *dir = debugfs_create_dir("vmclock_host", NULL);
	unsigned int i;

	debugfs_dir = dir;
	debugfs_create_u64("publications", 0444, dir, &host_stats.publications);
	debugfs_create_u64("disruptions", 0444, dir, &host_stats.disruptions);
	debugfs_create_u64("nesting_violations", 0444, dir,
			   &host_stats.nesting_violations);
	for (i = HOST_CAUSE_NONE + 1; i < HOST_CAUSES; i++)
		debugfs_create_u64(cause_names[i], 0444, dir,
				   &host_stats.causes[i]);
	debugfs_create_file_unsafe("compensation_ns", 0600, dir,
				   &host_clock_limits.compensation_ns32,
				   &limit_fops);
	debugfs_create_file_unsafe("deviation_ns", 0600, dir,
				   &host_clock_limits.deviation_ns32,
				   &limit_fops);
}

/**
 * host_debugfs_stop() - remove the files
 *
 * Context: process.
 */
void host_debugfs_stop(void)
{
	debugfs_remove(debugfs_dir);
}
