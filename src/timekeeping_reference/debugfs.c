// SPDX-License-Identifier: GPL-2.0
/*
 * Diagnostics of the lock in /sys/kernel/debug/timekeeping_reference, see
 * docs/ABI. Process context.
 */
#include <linux/debugfs.h>
#include <linux/kernel.h>
#include <linux/seq_file.h>

#include "status.h"
#include "sysfs.h"

enum { DEBUG_ACCOUNTING, DEBUG_MODE, DEBUG_NTP_OFFSET, DEBUG_CALLS,
       DEBUG_WAKEUPS };

static const char *const file_names[] = {
	[DEBUG_ACCOUNTING] = "mult_accounting",
	[DEBUG_MODE] = "mode",
	[DEBUG_NTP_OFFSET] = "ntp_offset_ps",
	[DEBUG_CALLS] = "calls",
	[DEBUG_WAKEUPS] = "wakeups",
};

static const char *const accounting_names[] = {
	[SERVO_ACCOUNTING_UNKNOWN] = "unknown",
	[SERVO_PRE_FIX] = "pre-fix",
	[SERVO_POST_FIX] = "post-fix",
};

static const char *const mode_names[] = {
	[SERVO_STEADY] = "steady",
	[SERVO_ALIGN] = "align",
	[SERVO_PROBE] = "probe",
	[SERVO_PULSE] = "pulse",
};

static struct tkref_clock *shown;	/* set before the files exist */
static struct dentry *directory;

static int tkref_debug_show(struct seq_file *file, void *unused)
{
	struct tkref_status s;

	tkref_status_get(shown, &s);
	switch ((unsigned long)file->private) {
	case DEBUG_ACCOUNTING:
		seq_printf(file, "%s\n", accounting_names[s.accounting]);
		break;
	case DEBUG_MODE:
		seq_printf(file, "%s\n", mode_names[s.mode]);
		break;
	case DEBUG_NTP_OFFSET:
		seq_printf(file, "%lld\n", tkref_to_ps(s.ntp_offset_ns32));
		break;
	case DEBUG_CALLS:
		seq_printf(file, "%llu\n", s.calls);
		break;
	case DEBUG_WAKEUPS:
		seq_printf(file, "%llu\n", s.wakeups);
		break;
	}
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(tkref_debug);

/* Without debugfs there are no diagnostics, which is no error. */
void tkref_debugfs_register(struct tkref_clock *clk)
{
	unsigned long i;

	shown = clk;
	directory = debugfs_create_dir("timekeeping_reference", NULL);
	for (i = 0; i < ARRAY_SIZE(file_names); i++)
		debugfs_create_file(file_names[i], 0444, directory, (void *)i,
				    &tkref_debug_fops);
}

void tkref_debugfs_unregister(void)
{
	debugfs_remove(directory);
}
