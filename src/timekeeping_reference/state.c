// SPDX-License-Identifier: GPL-2.0
/*
 * The state of the lock in words: one line in the log for a transition, and
 * /sys/devices/platform/timekeeping_reference (docs/ABI). Process context.
 */
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/platform_device.h>

#define CREATE_TRACE_POINTS
#include "trace.h"

static DEFINE_MUTEX(state_lock);
static struct platform_device *device;	/* under state_lock */

static const char *const state_names[] = {
	[TKREF_WAITING] = "waiting",
	[TKREF_LOCKED] = "locked",
	[TKREF_HOLDOVER] = "holdover",
	[TKREF_UNSYNCHRONISED] = "unsynchronised",
	[TKREF_YIELDED] = "yielded",
};

static const char *const class_names[] = {
	[SERVO_CLASS_UNKNOWN] = "unknown",
	[SERVO_CLASS_KEEPS_ERROR] = "keeps-error",
	[SERVO_CLASS_KEEPS_LINE] = "keeps-line",
};

static const char *const mode_names[] = {
	[SERVO_STEADY] = "steady",
	[SERVO_ALIGN] = "align",
	[SERVO_PROBE] = "probe",
	[SERVO_PULSE] = "pulse",
};

/* ns / 2^32 to ps: up to 2 s of 2^32 make 2^63, times 1000 2^73 */
static s64 to_ps(s64 ns32)
{
	return (s64)(((__int128)ns32 * 1000) >> 32);
}

static int emit_bound(char *text, u64 bound_ns)
{
	return bound_ns == U64_MAX ? sysfs_emit(text, "unknown\n") :
	       sysfs_emit(text, "%llu\n", bound_ns);
}

/* One attribute: what of a status it prints, and how. */
#define TKREF_ATTRIBUTE(_name, _emit)					\
static ssize_t _name##_show(struct device *dev,				\
			    struct device_attribute *attr, char *text)	\
{									\
	struct tkref_status s;						\
									\
	tkref_engine_status(&s);					\
	return _emit;							\
}									\
static DEVICE_ATTR_RO(_name)

TKREF_ATTRIBUTE(reason, sysfs_emit(text, "%s\n", s.reason));
TKREF_ATTRIBUTE(reference, sysfs_emit(text, "%s\n", s.reference));
TKREF_ATTRIBUTE(adjusted_by, sysfs_emit(text, "%s\n", s.foreign));
TKREF_ATTRIBUTE(kernel_class, sysfs_emit(text, "%s\n", class_names[s.class]));
TKREF_ATTRIBUTE(mode, sysfs_emit(text, "%s\n", mode_names[s.mode]));
TKREF_ATTRIBUTE(residual_ps, sysfs_emit(text, "%lld\n", to_ps(s.phase_ns32)));
TKREF_ATTRIBUTE(line_error_ps, sysfs_emit(text, "%lld\n", to_ps(s.line_ns32)));
TKREF_ATTRIBUTE(maxerror_ns, emit_bound(text, s.maxerror_ns));
TKREF_ATTRIBUTE(esterror_ns, emit_bound(text, s.esterror_ns));
TKREF_ATTRIBUTE(calls, sysfs_emit(text, "%llu\n", s.calls));
TKREF_ATTRIBUTE(steps, sysfs_emit(text, "%llu\n", s.steps));
TKREF_ATTRIBUTE(wakeups, sysfs_emit(text, "%llu\n", s.wakeups));

static ssize_t state_show(struct device *dev, struct device_attribute *attr,
			  char *text)
{
	struct tkref_status s;

	tkref_engine_status(&s);
	return sysfs_emit(text, "%s\n", state_names[s.state]);
}

/* "lock" takes the clock back from whom it was yielded to. */
static ssize_t state_store(struct device *dev, struct device_attribute *attr,
			   const char *text, size_t count)
{
	if (!sysfs_streq(text, "lock"))
		return -EINVAL;
	tkref_engine_relock();
	return count;
}
static DEVICE_ATTR_RW(state);

static struct attribute *tkref_attrs[] = {
	&dev_attr_state.attr,
	&dev_attr_reason.attr,
	&dev_attr_reference.attr,
	&dev_attr_adjusted_by.attr,
	&dev_attr_kernel_class.attr,
	&dev_attr_mode.attr,
	&dev_attr_residual_ps.attr,
	&dev_attr_line_error_ps.attr,
	&dev_attr_maxerror_ns.attr,
	&dev_attr_esterror_ns.attr,
	&dev_attr_calls.attr,
	&dev_attr_steps.attr,
	&dev_attr_wakeups.attr,
	NULL
};
ATTRIBUTE_GROUPS(tkref);

static void send_uevent(const struct tkref_status *status)
{
	char state[32], reason[64];
	char *env[3] = { state, reason };

	snprintf(state, sizeof(state), "STATE=%s", state_names[status->state]);
	snprintf(reason, sizeof(reason), "REASON=%s", status->reason);
	mutex_lock(&state_lock);
	if (device)
		kobject_uevent_env(&device->dev.kobj, KOBJ_CHANGE, env);
	mutex_unlock(&state_lock);
}

/**
 * tkref_state_changed() - log a transition, once, and tell user space
 * @status: as it is now
 *
 * Context: the engine's thread.
 */
void tkref_state_changed(const struct tkref_status *status)
{
	static enum tkref_state last_state;
	static const char *last_reason;

	if (status->state == last_state && status->reason == last_reason)
		return;
	last_state = status->state;
	last_reason = status->reason;
	if (status->state == TKREF_YIELDED)
		pr_warn("timekeeping_reference: yielded: %s adjusted the clock\n",
			status->foreign);
	else
		pr_info("timekeeping_reference: %s: %s\n",
			state_names[status->state], status->reason);
	trace_tkref_state(status);
	send_uevent(status);
}

int tkref_state_register(void)
{
	struct platform_device *pdev;
	int ret;

	pdev = platform_device_alloc("timekeeping_reference",
				     PLATFORM_DEVID_NONE);
	if (!pdev)
		return -ENOMEM;
	pdev->dev.groups = tkref_groups;
	ret = platform_device_add(pdev);
	if (ret) {
		platform_device_put(pdev);
		return ret;
	}
	mutex_lock(&state_lock);
	device = pdev;
	mutex_unlock(&state_lock);
	return 0;
}

/* The engine still runs, and may be in tkref_state_changed(). */
void tkref_state_unregister(void)
{
	struct platform_device *pdev;

	mutex_lock(&state_lock);
	pdev = device;
	device = NULL;
	mutex_unlock(&state_lock);
	platform_device_unregister(pdev);
}
