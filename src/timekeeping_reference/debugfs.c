// SPDX-License-Identifier: GPL-2.0
/*
 * Diagnostics of the lock in /sys/kernel/debug/timekeeping_reference, see
 * docs/ABI. Process context.
 */
#include <linux/debugfs.h>
#include <linux/seq_file.h>

#include "status.h"

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

/* A file that prints a part of the status. */
#define TKREF_DIAGNOSTIC(_name, _format, _value)			\
static int _name##_show(struct seq_file *file, void *unused)		\
{									\
	struct tkref_status s;						\
									\
	tkref_status_get(shown, &s);					\
	seq_printf(file, _format "\n", _value);				\
	return 0;							\
}									\
DEFINE_SHOW_ATTRIBUTE(_name)

TKREF_DIAGNOSTIC(mult_accounting, "%s", accounting_names[s.accounting]);
TKREF_DIAGNOSTIC(mode, "%s", mode_names[s.mode]);
TKREF_DIAGNOSTIC(ntp_offset_ps, "%lld", tkref_to_ps(s.ntp_offset_ns32));

/* Without debugfs there are no diagnostics, which is no error. */
void tkref_debugfs_register(struct tkref_clock *clk)
{
	struct dentry *dir = debugfs_create_dir("timekeeping_reference", NULL);

	shown = clk;
	directory = dir;
	debugfs_create_file("mult_accounting", 0444, dir, NULL,
			    &mult_accounting_fops);
	debugfs_create_file("mode", 0444, dir, NULL, &mode_fops);
	debugfs_create_file("ntp_offset_ps", 0444, dir, NULL,
			    &ntp_offset_ps_fops);
	debugfs_create_u64("calls", 0444, dir, &tkref_calls);
	debugfs_create_u64("wakeups", 0444, dir, &clk->d.timing.wakeups);
}

void tkref_debugfs_unregister(void)
{
	debugfs_remove(directory);
}
