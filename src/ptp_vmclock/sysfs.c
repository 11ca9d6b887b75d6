// SPDX-License-Identifier: GPL-2.0
/*
 * Attributes of the platform device, for people and scripts; described in
 * docs/ABI/sysfs-ptp_vmclock. Each one is of the page at that moment. Called
 * in process context, while the device is bound.
 */
#include <linux/device.h>
#include <linux/kernel.h>
#include <linux/sysfs.h>

#include "common/counter.h"
#include "device.h"
#include "page.h"
#include "sysfs.h"
#include "uevent.h"

static const char * const vmclock_time_type_names[] = {
	[VMCLOCK_TIME_UTC] = "utc",
	[VMCLOCK_TIME_TAI] = "tai",
	[VMCLOCK_TIME_MONOTONIC] = "monotonic",
	[VMCLOCK_TIME_INVALID_SMEARED] = "smeared",
	[VMCLOCK_TIME_INVALID_MAYBE_SMEARED] = "maybe-smeared",
};

static const char * const vmclock_leap_names[] = {
	[VMCLOCK_LEAP_NONE] = "none",
	[VMCLOCK_LEAP_PRE_POS] = "pre-positive",
	[VMCLOCK_LEAP_PRE_NEG] = "pre-negative",
	[VMCLOCK_LEAP_POS] = "positive",
	[VMCLOCK_LEAP_POST_POS] = "post-positive",
	[VMCLOCK_LEAP_POST_NEG] = "post-negative",
};

typedef int (*vmclock_emit_fn)(const struct ptp_vmclock *vm,
			       const struct ptp_vmclock_sample *s, char *buf);

static ssize_t vmclock_show(struct device *dev, char *buf, vmclock_emit_fn emit)
{
	const struct ptp_vmclock *vm = dev_get_drvdata(dev);
	struct ptp_vmclock_sample s;
	int ret = ptp_vmclock_read(vm, &s.p);

	if (ret)
		return ret;
	s.counter = vmclock_counter_read();
	return emit(vm, &s, buf);
}

#define VMCLOCK_ATTR(_name)						\
static ssize_t _name##_show(struct device *dev,				\
			    struct device_attribute *attr, char *buf)	\
{									\
	return vmclock_show(dev, buf, vmclock_emit_##_name);		\
}									\
static DEVICE_ATTR_RO(_name)

/* Numbers that have no name yet are shown as such. */
static int vmclock_emit_named(char *buf, const char * const *names, size_t n,
			      u8 value)
{
	if (value < n)
		return sysfs_emit(buf, "%s\n", names[value]);
	return sysfs_emit(buf, "%u\n", value);
}

/* Bounds and counters that the page doesn't give are unknown, not 0. */
static int vmclock_emit_u64(char *buf, bool known, u64 value)
{
	if (!known)
		return sysfs_emit(buf, "unknown\n");
	return sysfs_emit(buf, "%llu\n", value);
}

static int vmclock_emit_state(const struct ptp_vmclock *vm,
			      const struct ptp_vmclock_sample *s, char *buf)
{
	const char *defect = ptp_vmclock_page_defect(vm, &s->p);

	if (defect)
		return sysfs_emit(buf, "page refused: %s\n", defect);
	defect = ptp_vmclock_defect(vm, &s->p);
	if (defect)
		return sysfs_emit(buf, "no time: %s\n", defect);
	return sysfs_emit(buf, "ok\n");
}
VMCLOCK_ATTR(state);

static int vmclock_emit_clock_status(const struct ptp_vmclock *vm,
				     const struct ptp_vmclock_sample *s,
				     char *buf)
{
	char number[4];

	return sysfs_emit(buf, "%s\n",
			  ptp_vmclock_status_name(s->p.status, number,
						  sizeof(number)));
}
VMCLOCK_ATTR(clock_status);

static int vmclock_emit_time_type(const struct ptp_vmclock *vm,
				  const struct ptp_vmclock_sample *s, char *buf)
{
	return vmclock_emit_named(buf, vmclock_time_type_names,
				  ARRAY_SIZE(vmclock_time_type_names),
				  s->p.time_type);
}
VMCLOCK_ATTR(time_type);

static int vmclock_emit_leap_indicator(const struct ptp_vmclock *vm,
				       const struct ptp_vmclock_sample *s,
				       char *buf)
{
	return vmclock_emit_named(buf, vmclock_leap_names,
				  ARRAY_SIZE(vmclock_leap_names), s->p.leap);
}
VMCLOCK_ATTR(leap_indicator);

static int vmclock_emit_tai_offset(const struct ptp_vmclock *vm,
				   const struct ptp_vmclock_sample *s,
				   char *buf)
{
	if (!vmclock_tai_offset_known(&s->p))
		return sysfs_emit(buf, "unknown\n");
	return sysfs_emit(buf, "%d\n", s->p.tai_offset_sec);
}
VMCLOCK_ATTR(tai_offset);

static int vmclock_emit_disruption_marker(const struct ptp_vmclock *vm,
					  const struct ptp_vmclock_sample *s,
					  char *buf)
{
	return vmclock_emit_u64(buf, true, s->p.disruption_marker);
}
VMCLOCK_ATTR(disruption_marker);

static int
vmclock_emit_vm_generation_counter(const struct ptp_vmclock *vm,
				   const struct ptp_vmclock_sample *s,
				   char *buf)
{
	return vmclock_emit_u64(buf, s->p.flags &
				VMCLOCK_FLAG_VM_GEN_COUNTER_PRESENT,
				s->p.vm_generation);
}
VMCLOCK_ATTR(vm_generation_counter);

static int vmclock_emit_notification(const struct ptp_vmclock *vm,
				     const struct ptp_vmclock_sample *s,
				     char *buf)
{
	return sysfs_emit(buf, "%d\n", !!(s->p.flags &
					  VMCLOCK_FLAG_NOTIFICATION_PRESENT));
}
VMCLOCK_ATTR(notification);

/* A bound is computed only from a page that was checked. */
static int vmclock_emit_maxerror_ns(const struct ptp_vmclock *vm,
				    const struct ptp_vmclock_sample *s,
				    char *buf)
{
	u64 ns = ptp_vmclock_defect(vm, &s->p) ? U64_MAX :
		 vmclock_maxerror_at(&s->p, s->counter);

	return vmclock_emit_u64(buf, ns != U64_MAX, ns);
}
VMCLOCK_ATTR(maxerror_ns);

static int vmclock_emit_esterror_ns(const struct ptp_vmclock *vm,
				    const struct ptp_vmclock_sample *s,
				    char *buf)
{
	u64 ns = ptp_vmclock_defect(vm, &s->p) ? U64_MAX :
		 vmclock_esterror_at(&s->p, s->counter);

	return vmclock_emit_u64(buf, ns != U64_MAX, ns);
}
VMCLOCK_ATTR(esterror_ns);

static struct attribute *vmclock_attrs[] = {
	&dev_attr_state.attr,
	&dev_attr_clock_status.attr,
	&dev_attr_time_type.attr,
	&dev_attr_leap_indicator.attr,
	&dev_attr_tai_offset.attr,
	&dev_attr_disruption_marker.attr,
	&dev_attr_vm_generation_counter.attr,
	&dev_attr_notification.attr,
	&dev_attr_maxerror_ns.attr,
	&dev_attr_esterror_ns.attr,
	NULL
};

static const struct attribute_group vmclock_group = {
	.attrs = vmclock_attrs,
};

const struct attribute_group *ptp_vmclock_groups[] = {
	&vmclock_group,
	NULL
};
