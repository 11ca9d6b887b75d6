// SPDX-License-Identifier: GPL-2.0
/*
 * Uevents of a page that has changed, described in docs/ABI/sysfs-ptp_vmclock.
 * Called in process context.
 */
#include <linux/device.h>
#include <linux/kobject.h>

#include "device.h"
#include "uevent.h"

/**
 * ptp_vmclock_status_name() - name of a clock status
 * @status: VMCLOCK_STATUS_*
 * @buf: used for a status that has no name yet, which is shown as a number
 * @size: of @buf
 *
 * Return: the name; as long as @buf.
 */
const char *ptp_vmclock_status_name(u8 status, char *buf, size_t size)
{
	static const char * const names[] = {
		[VMCLOCK_STATUS_UNKNOWN] = "unknown",
		[VMCLOCK_STATUS_INITIALIZING] = "initializing",
		[VMCLOCK_STATUS_SYNCHRONIZED] = "synchronized",
		[VMCLOCK_STATUS_FREERUNNING] = "freerunning",
		[VMCLOCK_STATUS_UNRELIABLE] = "unreliable",
	};

	if (status < ARRAY_SIZE(names))
		return names[status];
	snprintf(buf, size, "%u", status);
	return buf;
}

#define VMCLOCK_UEVENT_VARS	6

static void uevent_send(const struct ptp_vmclock *vm,
			const struct vmclock_params *p, const char *event)
{
	char var[VMCLOCK_UEVENT_VARS][48], number[4];
	char *env[VMCLOCK_UEVENT_VARS + 1] = { NULL };
	unsigned int n = 0;

	snprintf(var[n++], sizeof(*var), "VMCLOCK_EVENT=%s", event);
	snprintf(var[n++], sizeof(*var), "VMCLOCK_DEVICE=%s", vm->name);
	snprintf(var[n++], sizeof(*var), "CLOCK_STATUS=%s",
		 ptp_vmclock_status_name(p->status, number, sizeof(number)));
	snprintf(var[n++], sizeof(*var), "DISRUPTION_MARKER=%llu",
		 p->disruption_marker);
	snprintf(var[n++], sizeof(*var), "FLAGS=0x%llx", p->flags);
	if (p->flags & VMCLOCK_FLAG_VM_GEN_COUNTER_PRESENT)
		snprintf(var[n++], sizeof(*var), "VM_GENERATION=%llu",
			 p->vm_generation);
	while (n--)
		env[n] = var[n];
	kobject_uevent_env(&vm->dev->kobj, KOBJ_CHANGE, env);
}

#define VMCLOCK_FLAGS_WARNING	(VMCLOCK_FLAG_DISRUPTION_SOON |	\
				 VMCLOCK_FLAG_DISRUPTION_IMMINENT)

/**
 * ptp_vmclock_uevents() - send an event for each kind of change
 * @vm: the device; its last page is what was before
 * @p: its page now
 */
void ptp_vmclock_uevents(const struct ptp_vmclock *vm,
			 const struct vmclock_params *p)
{
	const struct vmclock_params *last = &vm->last;

	if (p->disruption_marker != last->disruption_marker)
		uevent_send(vm, p, "disruption");
	if ((p->flags & last->flags & VMCLOCK_FLAG_VM_GEN_COUNTER_PRESENT) &&
	    p->vm_generation != last->vm_generation)
		uevent_send(vm, p, "generation");
	if (p->status != last->status)
		uevent_send(vm, p, "status");
	if ((p->flags ^ last->flags) & VMCLOCK_FLAGS_WARNING)
		uevent_send(vm, p, "warning");
	if (p->leap != last->leap || p->tai_offset_sec != last->tai_offset_sec)
		uevent_send(vm, p, "leap");
}
