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

static int emit_state(char *buf, const struct ptp_vmclock *vm,
		      const struct vmclock_params *p)
{
	const char *defect = ptp_vmclock_page_defect(vm, p);

	if (defect)
		return sysfs_emit(buf, "page refused: %s\n", defect);
	defect = ptp_vmclock_defect(vm, p);
	if (defect)
		return sysfs_emit(buf, "no time: %s\n", defect);
	return sysfs_emit(buf, "ok\n");
}

static int emit_status(char *buf, u8 status)
{
	char number[4];

	return sysfs_emit(buf, "%s\n", ptp_vmclock_status_name(status, number,
							       sizeof(number)));
}

static int emit_known(char *buf, bool known, u64 number)
{
	return known ? sysfs_emit(buf, "%llu\n", number) :
		       sysfs_emit(buf, "unknown\n");
}

/* A bound is computed only from a page that was checked. */
static int emit_maxerror(char *buf, const struct ptp_vmclock *vm,
			 const struct vmclock_params *p)
{
	u64 ns = ptp_vmclock_defect(vm, p) ? U64_MAX :
		 vmclock_maxerror_at(p, vmclock_counter_read());

	return emit_known(buf, ns != U64_MAX, ns);
}

/* An attribute that prints a part of the page. */
#define VMCLOCK_ATTR(_name, _emit)					\
static ssize_t _name##_show(struct device *dev,				\
			    struct device_attribute *attr, char *buf)	\
{									\
	const struct ptp_vmclock *vm = dev_get_drvdata(dev);		\
	struct vmclock_params p;					\
	int ret = ptp_vmclock_read(vm, &p);				\
									\
	return ret ? ret : _emit;					\
}									\
static DEVICE_ATTR_RO(_name)

VMCLOCK_ATTR(state, emit_state(buf, vm, &p));
VMCLOCK_ATTR(clock_status, emit_status(buf, p.status));
VMCLOCK_ATTR(disruption_marker, emit_known(buf, true, p.disruption_marker));
VMCLOCK_ATTR(vm_generation_counter,
	     emit_known(buf, p.flags & VMCLOCK_FLAG_VM_GEN_COUNTER_PRESENT,
			p.vm_generation));
VMCLOCK_ATTR(maxerror_ns, emit_maxerror(buf, vm, &p));

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
