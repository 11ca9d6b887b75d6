// SPDX-License-Identifier: GPL-2.0
/*
 * The files that show the lock: its state in
 * /sys/devices/platform/timekeeping_reference, and diagnostics in
 * /sys/kernel/debug/timekeeping_reference. See docs/ABI. Process context.
 */
#include <linux/debugfs.h>
#include <linux/module.h>
#include <linux/platform_device.h>
#include <linux/seq_file.h>

#include "events.h"
#include "status.h"

static struct tkref_clock *shown;	/* set before the files exist */
static struct platform_device *device;
static struct dentry *directory;

static int emit_bound(char *text, u64 bound_ns)
{
	return bound_ns == U64_MAX ? sysfs_emit(text, "unknown\n") :
	       sysfs_emit(text, "%llu\n", bound_ns);
}

/* "lock" takes the clock back from the program that it was yielded to. */
static ssize_t state_store(struct device *dev, struct device_attribute *attr,
			   const char *text, size_t count)
{
	if (!sysfs_streq(text, "lock"))
		return -EINVAL;
	tkref_clock_relock(shown);
	return count;
}

/* An attribute that prints a part of the status. */
#define TKREF_ATTRIBUTE(_name, _access, _emit)				\
static ssize_t _name##_show(struct device *dev,				\
			    struct device_attribute *attr, char *text)	\
{									\
	struct tkref_status s;						\
									\
	tkref_status_get(shown, &s);					\
	return _emit;							\
}									\
static DEVICE_ATTR_##_access(_name)

TKREF_ATTRIBUTE(state, RW,
		sysfs_emit(text, "%s\n", tkref_state_name(s.d.state)));
TKREF_ATTRIBUTE(reason, RO, sysfs_emit(text, "%s\n", tkref_reason(&s.d)));
TKREF_ATTRIBUTE(reference, RO, sysfs_emit(text, "%s\n", s.d.source.name));
TKREF_ATTRIBUTE(adjusted_by, RO, sysfs_emit(text, "%s\n", s.d.external.name));
TKREF_ATTRIBUTE(offset_ps, RO,
		sysfs_emit(text, "%lld\n", tkref_to_ps(s.phase_ns32)));
TKREF_ATTRIBUTE(maxerror_ns, RO, emit_bound(text, s.maxerror_ns));
TKREF_ATTRIBUTE(esterror_ns, RO, emit_bound(text, s.esterror_ns));
TKREF_ATTRIBUTE(steps, RO, sysfs_emit(text, "%llu\n", s.d.applied.steps));

static struct attribute *tkref_attrs[] = {
	&dev_attr_state.attr,
	&dev_attr_reason.attr,
	&dev_attr_reference.attr,
	&dev_attr_adjusted_by.attr,
	&dev_attr_offset_ps.attr,
	&dev_attr_maxerror_ns.attr,
	&dev_attr_esterror_ns.attr,
	&dev_attr_steps.attr,
	NULL
};
ATTRIBUTE_GROUPS(tkref);

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

TKREF_DIAGNOSTIC(mult_accounting, "%s", accounting_names[s.d.servo.accounting]);
TKREF_DIAGNOSTIC(mode, "%s", mode_names[s.d.servo.mode]);
TKREF_DIAGNOSTIC(ntp_offset_ps, "%lld", tkref_to_ps(s.ntp_offset_ns32));

/* Without debugfs there are no diagnostics, which is no error. */
static void make_diagnostics(struct tkref_clock *clk)
{
	directory = debugfs_create_dir("timekeeping_reference", NULL);
	debugfs_create_file("mult_accounting", 0444, directory, NULL,
			    &mult_accounting_fops);
	debugfs_create_file("mode", 0444, directory, NULL, &mode_fops);
	debugfs_create_file("ntp_offset_ps", 0444, directory, NULL,
			    &ntp_offset_ps_fops);
	debugfs_create_u64("calls", 0444, directory, &tkref_calls);
	debugfs_create_u64("wakeups", 0444, directory, &clk->d.timing.wakeups);
}

/**
 * tkref_files_register() - make the files, and the device that uevents are from
 * @clk: the clock
 *
 * Return: 0 or negative errno.
 */
int tkref_files_register(struct tkref_clock *clk)
{
	int ret;

	shown = clk;
	device = platform_device_alloc("timekeeping_reference",
				       PLATFORM_DEVID_NONE);
	if (!device)
		return -ENOMEM;
	device->dev.groups = tkref_groups;
	ret = platform_device_add(device);
	if (ret) {
		platform_device_put(device);
		return ret;
	}
	tkref_events_to(&device->dev);
	make_diagnostics(clk);
	return 0;
}

/* The thread still runs, and events may be told. */
void tkref_files_unregister(void)
{
	debugfs_remove(directory);
	tkref_events_to(NULL);
	platform_device_unregister(device);
}
