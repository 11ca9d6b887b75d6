// SPDX-License-Identifier: GPL-2.0
/*
 * What happens when the page has changed: poll() wakes up, and a work looks at
 * the page, sends uevents, logs what became of the time and hands the line on.
 * The hypervisor says when, by ACPI or an interrupt; where it does not, the
 * work looks every poll_ms. Where it does the work looks all the same, ten
 * times as seldom: a hypervisor that stops in the middle of a change says
 * nothing any more. In between a glance at the sequence count finds what was
 * changed without the notification having come through: ACPI's interrupt has a
 * realtime thread, which does not run while the kernel throttles those, as
 * Linux before 6.12 may in a guest that was restored.
 */
#include <linux/acpi.h>
#include <linux/device.h>
#include <linux/interrupt.h>
#include <linux/kobject.h>
#include <linux/module.h>
#include <linux/moduleparam.h>
#include <linux/mutex.h>
#include <linux/platform_device.h>

#include "ptp_vmclock.h"

#define VMCLOCK_POLL_MIN_MS	10
#define VMCLOCK_POLL_MAX_MS	3600000
#define VMCLOCK_POLL_PROMISED	10	/* times poll_ms, with notifications */
#define VMCLOCK_GLANCE_JIFFIES	(HZ / 4)

static LIST_HEAD(vmclock_list);
static DEFINE_MUTEX(vmclock_list_lock);	/* protects vmclock_list */

/**
 * ptp_vmclock_kick_all() - let all devices look at their pages
 *
 * Context: process. Takes vmclock_list_lock.
 */
void ptp_vmclock_kick_all(void)
{
	struct ptp_vmclock *vm;

	mutex_lock(&vmclock_list_lock);
	list_for_each_entry(vm, &vmclock_list, node)
		mod_delayed_work(system_highpri_wq, &vm->update, 0);
	mutex_unlock(&vmclock_list_lock);
}

static unsigned int vmclock_poll_ms = 1000;

static int vmclock_poll_ms_set(const char *val, const struct kernel_param *kp)
{
	unsigned int ms;

	if (kstrtouint(val, 0, &ms) || ms > VMCLOCK_POLL_MAX_MS ||
	    (ms && ms < VMCLOCK_POLL_MIN_MS)) {
		pr_err("ptp_vmclock: poll_ms must be 0 (off) or %d to %d\n",
		       VMCLOCK_POLL_MIN_MS, VMCLOCK_POLL_MAX_MS);
		return -EINVAL;
	}
	WRITE_ONCE(vmclock_poll_ms, ms);
	ptp_vmclock_kick_all();
	return 0;
}

static const struct kernel_param_ops vmclock_poll_ms_ops = {
	.set = vmclock_poll_ms_set,
	.get = param_get_uint,
};
module_param_cb(poll_ms, &vmclock_poll_ms_ops, &vmclock_poll_ms, 0644);
MODULE_PARM_DESC(poll_ms, "look at a page without notification every so many ms, at one with it every ten times as many (default 1000, 0: never)");

#define VMCLOCK_UEVENT_VARS	6

static void vmclock_uevent(const struct ptp_vmclock *vm,
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

static void vmclock_uevents(const struct ptp_vmclock *vm,
			    const struct vmclock_params *p)
{
	const struct vmclock_params *last = &vm->last;

	if (p->disruption_marker != last->disruption_marker)
		vmclock_uevent(vm, p, "disruption");
	if ((p->flags & last->flags & VMCLOCK_FLAG_VM_GEN_COUNTER_PRESENT) &&
	    p->vm_generation != last->vm_generation)
		vmclock_uevent(vm, p, "generation");
	if (p->status != last->status)
		vmclock_uevent(vm, p, "status");
	if ((p->flags ^ last->flags) & VMCLOCK_FLAGS_WARNING)
		vmclock_uevent(vm, p, "warning");
	if (p->leap != last->leap || p->tai_offset_sec != last->tai_offset_sec)
		vmclock_uevent(vm, p, "leap");
}

/*
 * One line for each change, but no flood: the hypervisor may change its mind at
 * any rate. A page that is none for time is no fault.
 */
static void vmclock_tell(struct ptp_vmclock *vm, const char *defect)
{
	char number[4];

	if (vm->told && defect == vm->defect)
		return;
	if (!defect)
		dev_info_ratelimited(vm->dev,
				     "%s: time is there, host's clock is %s\n",
				     vm->name,
				     ptp_vmclock_status_name(vm->last.status,
							     number,
							     sizeof(number)));
	else if (vm->told || ptp_vmclock_has_time(&vm->last))
		dev_warn_ratelimited(vm->dev, "%s: no time: %s\n", vm->name,
				     defect);
	else
		dev_info(vm->dev, "%s: no PTP clock: %s\n", vm->name, defect);
	vm->told = true;
	vm->defect = defect;
}

/* Why the page can't be relied on at all, NULL if it can. */
static const char *vmclock_look(struct ptp_vmclock *vm,
				struct vmclock_params *p)
{
	if (ptp_vmclock_read(vm, p))
		return "page is always being changed";
	return ptp_vmclock_page_defect(vm, p);
}

/*
 * A page that can't be read or isn't one any more says nothing of its time,
 * whatever its status field holds, nor of notifications; what is remembered of
 * it stays as it was.
 */
static void vmclock_update(struct work_struct *work)
{
	struct ptp_vmclock *vm = container_of(work, struct ptp_vmclock,
					      update.work);
	unsigned int poll_ms = READ_ONCE(vmclock_poll_ms);
	struct vmclock_params p;
	const char *defect;

	WRITE_ONCE(vm->seq, le32_to_cpu(READ_ONCE(vm->page->seq_count)));
	defect = vmclock_look(vm, &p);
	if (defect) {
		p = vm->last;
		p.status = VMCLOCK_STATUS_UNKNOWN;
	} else {
		if (vm->seen)
			vmclock_uevents(vm, &p);
		vm->last = p;
		vm->seen = true;
		defect = ptp_vmclock_defect(vm, &p);
		if (!vm->deaf && p.flags & VMCLOCK_FLAG_NOTIFICATION_PRESENT)
			poll_ms *= VMCLOCK_POLL_PROMISED;
	}
	if (vm->deaf)
		wake_up_interruptible(&vm->wait);
	vmclock_tell(vm, defect);
	ptp_vmclock_reference_feed(vm, &p);
	if (poll_ms)
		queue_delayed_work(system_highpri_wq, &vm->update,
				   msecs_to_jiffies(poll_ms));
}

/**
 * ptp_vmclock_notify() - the page has changed
 * @vm: the device
 *
 * Context: any but NMI.
 */
void ptp_vmclock_notify(struct ptp_vmclock *vm)
{
	wake_up_interruptible(&vm->wait);
	mod_delayed_work(system_highpri_wq, &vm->update, 0);
}

/*
 * Wakes no CPU that idles. The count is odd while the page is being changed;
 * that it stays so is for the slow look to find.
 */
static void vmclock_glance(struct work_struct *work)
{
	struct ptp_vmclock *vm = container_of(work, struct ptp_vmclock,
					      glance.work);
	u32 seq = le32_to_cpu(READ_ONCE(vm->page->seq_count));

	if (seq % 2 == 0 && seq != READ_ONCE(vm->seq) &&
	    READ_ONCE(vmclock_poll_ms))
		ptp_vmclock_notify(vm);
	schedule_delayed_work(&vm->glance, VMCLOCK_GLANCE_JIFFIES);
}

static irqreturn_t vmclock_interrupt(int irq, void *vm)
{
	ptp_vmclock_notify(vm);
	return IRQ_HANDLED;
}

static int vmclock_irq_notify(struct ptp_vmclock *vm)
{
	int irq = platform_get_irq_optional(to_platform_device(vm->dev), 0);

	if (irq < 0)
		return irq;
	return devm_request_irq(vm->dev, irq, vmclock_interrupt, IRQF_SHARED,
				vm->name, vm);
}

static int vmclock_source(struct ptp_vmclock *vm)
{
	if (!dev_is_platform(vm->dev))
		return -ENXIO;
	if (IS_ENABLED(CONFIG_ACPI) && has_acpi_companion(vm->dev))
		return ptp_vmclock_acpi_notify(vm);
	return vmclock_irq_notify(vm);
}

static void vmclock_list_del(void *data)
{
	struct ptp_vmclock *vm = data;

	mutex_lock(&vmclock_list_lock);
	list_del(&vm->node);
	mutex_unlock(&vmclock_list_lock);
	cancel_delayed_work_sync(&vm->glance);
	cancel_delayed_work_sync(&vm->update);
	ptp_vmclock_reference_release(vm);
}

/**
 * ptp_vmclock_notify_start() - begin to look at the page
 * @vm: the device, otherwise complete
 *
 * Sources of notifications end before the work does, and the work before the
 * rest of the device.
 *
 * Context: process, last in probe.
 * Return: 0 or negative errno.
 */
int ptp_vmclock_notify_start(struct ptp_vmclock *vm)
{
	int ret;

	INIT_DELAYED_WORK(&vm->update, vmclock_update);
	INIT_DEFERRABLE_WORK(&vm->glance, vmclock_glance);
	mutex_lock(&vmclock_list_lock);
	list_add_tail(&vm->node, &vmclock_list);
	mutex_unlock(&vmclock_list_lock);
	ret = devm_add_action_or_reset(vm->dev, vmclock_list_del, vm);
	if (ret)
		return ret;
	/* it may be there before the page promises notifications */
	ret = vmclock_source(vm);
	if (ret && ret != -ENXIO)
		return dev_err_probe(vm->dev, ret,
				     "cannot get notifications\n");
	vm->deaf = ret;
	mod_delayed_work(system_highpri_wq, &vm->update, 0);
	if (!vm->deaf)
		schedule_delayed_work(&vm->glance, VMCLOCK_GLANCE_JIFFIES);
	return 0;
}

/* No copy of the page from before a suspend may be fed after it. */
static int __maybe_unused vmclock_suspend(struct device *dev)
{
	struct ptp_vmclock *vm = dev_get_drvdata(dev);

	cancel_delayed_work_sync(&vm->update);
	return 0;
}

/* The lock's line is void since the resume: read the page at once. */
static int __maybe_unused vmclock_resume(struct device *dev)
{
	struct ptp_vmclock *vm = dev_get_drvdata(dev);

	mod_delayed_work(system_highpri_wq, &vm->update, 0);
	return 0;
}

const struct dev_pm_ops ptp_vmclock_pm = {
	SET_SYSTEM_SLEEP_PM_OPS(vmclock_suspend, vmclock_resume)
};
