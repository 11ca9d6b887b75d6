// SPDX-License-Identifier: GPL-2.0
/*
 * The state of the lock in /sys/devices/platform/timekeeping_reference, see
 * docs/ABI. Process context.
 */
#include <linux/module.h>
#include <linux/platform_device.h>

#include "events.h"
#include "status.h"

static struct tkref_clock *shown;	/* set before the files exist */
static struct platform_device *device;

static int emit_bound(char *text, u64 bound_ns)
{
	return bound_ns == U64_MAX ? sysfs_emit(text, "unknown\n") :
	       sysfs_emit(text, "%llu\n", bound_ns);
}

/* An attribute that prints a part of the status. */
#define TKREF_ATTRIBUTE(_name, _emit)					\
static ssize_t _name##_show(struct device *dev,				\
			    struct device_attribute *attr, char *text)	\
{									\
	struct tkref_status s;						\
									\
	tkref_status_get(shown, &s);					\
	return _emit;							\
}									\
static DEVICE_ATTR_RO(_name)

TKREF_ATTRIBUTE(reason, sysfs_emit(text, "%s\n", s.reason));
TKREF_ATTRIBUTE(reference, sysfs_emit(text, "%s\n", s.reference));
TKREF_ATTRIBUTE(adjusted_by, sysfs_emit(text, "%s\n", s.adjuster));
TKREF_ATTRIBUTE(offset_ps,
		sysfs_emit(text, "%lld\n", tkref_to_ps(s.phase_ns32)));
TKREF_ATTRIBUTE(maxerror_ns, emit_bound(text, s.maxerror_ns));
TKREF_ATTRIBUTE(esterror_ns, emit_bound(text, s.esterror_ns));
TKREF_ATTRIBUTE(steps, sysfs_emit(text, "%llu\n", s.steps));

static ssize_t state_show(struct device *dev, struct device_attribute *attr,
			  char *text)
{
	struct tkref_status s;

	tkref_status_get(shown, &s);
	return sysfs_emit(text, "%s\n", tkref_state_name(s.state));
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
static DEVICE_ATTR_RW(state);

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

/**
 * tkref_sysfs_register() - make the device that shows the lock
 * @clk: the clock
 *
 * Return: 0 or negative errno.
 */
int tkref_sysfs_register(struct tkref_clock *clk)
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
	return 0;
}

/* The thread still runs, and events may be told. */
void tkref_sysfs_unregister(void)
{
	tkref_events_to(NULL);
	platform_device_unregister(device);
}
