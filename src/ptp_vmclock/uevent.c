// SPDX-License-Identifier: GPL-2.0
/*
 * Uevents of a page that has changed, described in docs/ABI/sysfs-ptp_vmclock.
 * Called in process context.
 */
#include <linux/device.h>
#include <linux/kobject.h>
#include <linux/ratelimit.h>

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
 * @vm: the device; its page was @vm->announced when events were sent last
 * @p: its page now
 *
 * The hypervisor may change the page at any rate. Beyond some changes a second
 * nothing is sent, and later changes are reported together with those.
 *
 * Return: false if there is something to send later.
 */
bool ptp_vmclock_uevents(struct ptp_vmclock *vm, const struct vmclock_params *p)
{
	const struct vmclock_params *last = &vm->announced;
	const char *events[5];
	unsigned int i, n = 0;

	if (p->disruption_marker != last->disruption_marker)
		events[n++] = "disruption";
	if ((p->flags & last->flags & VMCLOCK_FLAG_VM_GEN_COUNTER_PRESENT) &&
	    p->vm_generation != last->vm_generation)
		events[n++] = "generation";
	if (p->status != last->status)
		events[n++] = "status";
	if ((p->flags ^ last->flags) & VMCLOCK_FLAGS_WARNING)
		events[n++] = "warning";
	if (p->leap != last->leap || p->tai_offset_sec != last->tai_offset_sec)
		events[n++] = "leap";
	if (n && !__ratelimit(&vm->uevent_limit))
		return false;
	for (i = 0; i < n; i++)
		uevent_send(vm, p, events[i]);
	vm->announced = *p;
	return true;
}
