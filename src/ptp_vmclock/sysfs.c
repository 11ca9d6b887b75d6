// SPDX-License-Identifier: GPL-2.0
/*
 * Attributes of the platform device, for scripts; described in
 * docs/ABI/sysfs-ptp_vmclock. Each one is of the page at that moment. Called
 * in process context, while the device is bound.
 */
#include <linux/device.h>
#include <linux/sysfs.h>

#include "common/counter.h"
#include "device.h"
#include "page.h"
#include "sysfs.h"
#include "uevent.h"

#define VMCLOCK_ATTR(_name)						\
static ssize_t _name##_show(struct device *dev,				\
			    struct device_attribute *attr, char *buf)	\
{									\
	const struct ptp_vmclock *vm = dev_get_drvdata(dev);		\
	struct vmclock_params p;					\
	int ret = ptp_vmclock_read(vm, &p);				\
									\
	return ret ? ret : vmclock_emit_##_name(vm, &p, buf);		\
}									\
static DEVICE_ATTR_RO(_name)

static int vmclock_emit_state(const struct ptp_vmclock *vm,
			      const struct vmclock_params *p, char *buf)
{
	const char *defect = ptp_vmclock_page_defect(vm, p);

	if (defect)
		return sysfs_emit(buf, "page refused: %s\n", defect);
	defect = ptp_vmclock_defect(vm, p);
	if (defect)
		return sysfs_emit(buf, "no time: %s\n", defect);
	return sysfs_emit(buf, "ok\n");
}
VMCLOCK_ATTR(state);

static int vmclock_emit_clock_status(const struct ptp_vmclock *vm,
				     const struct vmclock_params *p, char *buf)
{
	char number[4];

	return sysfs_emit(buf, "%s\n",
			  ptp_vmclock_status_name(p->status, number,
						  sizeof(number)));
}
VMCLOCK_ATTR(clock_status);

static int vmclock_emit_disruption_marker(const struct ptp_vmclock *vm,
					  const struct vmclock_params *p,
					  char *buf)
{
	return sysfs_emit(buf, "%llu\n", p->disruption_marker);
}
VMCLOCK_ATTR(disruption_marker);

static int vmclock_emit_vm_generation_counter(const struct ptp_vmclock *vm,
					      const struct vmclock_params *p,
					      char *buf)
{
	if (!(p->flags & VMCLOCK_FLAG_VM_GEN_COUNTER_PRESENT))
		return sysfs_emit(buf, "unknown\n");
	return sysfs_emit(buf, "%llu\n", p->vm_generation);
}
VMCLOCK_ATTR(vm_generation_counter);

/* A bound is computed only from a page that was checked. */
static int vmclock_emit_maxerror_ns(const struct ptp_vmclock *vm,
				    const struct vmclock_params *p, char *buf)
{
	u64 ns = ptp_vmclock_defect(vm, p) ? U64_MAX :
		 vmclock_maxerror_at(p, vmclock_counter_read());

	if (ns == U64_MAX)
		return sysfs_emit(buf, "unknown\n");
	return sysfs_emit(buf, "%llu\n", ns);
}
VMCLOCK_ATTR(maxerror_ns);

static struct attribute *vmclock_attrs[] = {
	&dev_attr_state.attr,
	&dev_attr_clock_status.attr,
	&dev_attr_disruption_marker.attr,
	&dev_attr_vm_generation_counter.attr,
	&dev_attr_maxerror_ns.attr,
	NULL
};

static const struct attribute_group vmclock_group = {
	.attrs = vmclock_attrs,
};

const struct attribute_group *ptp_vmclock_groups[] = {
	&vmclock_group,
	NULL
};
