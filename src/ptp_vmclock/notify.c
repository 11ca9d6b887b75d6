// SPDX-License-Identifier: GPL-2.0
/*
 * What happens when the page has changed: poll() wakes up, and the update work
 * reads the page, sends uevents, logs whether there is time and feeds the lock.
 *
 * The hypervisor notifies by ACPI or an interrupt. Without that the work runs
 * every poll_ms. With it the work runs too, ten times as seldom, because a
 * hypervisor that stops in the middle of a change notifies no more. In between
 * the peek work compares the sequence count, on a CPU that is awake: it finds a
 * change whose notification did not come through. ACPI's interrupt has a
 * realtime thread, which does not run while the kernel throttles realtime
 * tasks, as Linux before 6.12 may do in a guest that was restored.
 */
#include <linux/acpi.h>
#include <linux/device.h>
#include <linux/interrupt.h>
#include <linux/moduleparam.h>
#include <linux/platform_device.h>

#include "acpi.h"
#include "device.h"
#include "lock.h"
#include "notify.h"
#include "page.h"
#include "uevent.h"

#define VMCLOCK_POLL_MIN_MS	10
#define VMCLOCK_POLL_MAX_MS	3600000
#define VMCLOCK_POLL_NOTIFIED	10	/* times poll_ms, with notifications */
#define VMCLOCK_UEVENT_RETRY_MS	1000U
#define VMCLOCK_STALE_MS	100U	/* until the machine has its new page */
#define VMCLOCK_PEEK_JIFFIES	(HZ / 4)

static unsigned int vmclock_poll_ms = 1000;

static int vmclock_poll_ms_set(const char *val, const struct kernel_param *kp)
{
	unsigned int ms;

	if (kstrtouint(val, 0, &ms) || ms > VMCLOCK_POLL_MAX_MS ||
	    (ms && ms < VMCLOCK_POLL_MIN_MS)) {
		pr_err(KBUILD_MODNAME ": poll_ms must be 0 (off) or %d to %d\n",
		       VMCLOCK_POLL_MIN_MS, VMCLOCK_POLL_MAX_MS);
		return -EINVAL;
	}
	WRITE_ONCE(vmclock_poll_ms, ms);
	ptp_vmclock_check_all();
	return 0;
}

static const struct kernel_param_ops vmclock_poll_ms_ops = {
	.set = vmclock_poll_ms_set,
	.get = param_get_uint,
};
module_param_cb(poll_ms, &vmclock_poll_ms_ops, &vmclock_poll_ms, 0644);
MODULE_PARM_DESC(poll_ms, "read a page without notification every so many ms, one with it every ten times as many (default 1000, 0: never)");

/*
 * One line for each change, but no flood: the hypervisor may change the page at
 * any rate. A page without time is not an error.
 */
static void vmclock_report(struct ptp_vmclock *vm, const char *defect)
{
	char number[4];

	if (vm->logged && defect == vm->defect)
		return;
	if (!defect)
		dev_info_ratelimited(vm->dev,
				     "%s: time is there, host's clock is %s\n",
				     vm->name,
				     ptp_vmclock_status_name(vm->last.status,
							     number,
							     sizeof(number)));
	else if (vm->logged || ptp_vmclock_has_time(&vm->last))
		dev_warn_ratelimited(vm->dev, "%s: no time: %s\n", vm->name,
				     defect);
	else
		dev_info(vm->dev, "%s: no PTP clock: %s\n", vm->name, defect);
	vm->logged = true;
	vm->defect = defect;
}

/*
 * A page that can't be read or isn't one any more tells neither time nor
 * whether there are notifications, whatever its fields hold; @vm->last stays.
 */
static void vmclock_update(struct work_struct *work)
{
	struct ptp_vmclock *vm = container_of(work, struct ptp_vmclock,
					      update.work);
	unsigned int poll_ms = READ_ONCE(vmclock_poll_ms);
	struct vmclock_params p;
	const char *defect;
	bool announced = true;

	WRITE_ONCE(vm->seq, le32_to_cpu(READ_ONCE(vm->page->seq_count)));
	defect = ptp_vmclock_read(vm, &p) ? "page is always being changed" :
					    ptp_vmclock_page_defect(vm, &p);
	if (defect) {
		p = vm->last;
		p.status = VMCLOCK_STATUS_UNKNOWN;
	} else {
		if (vm->valid)
			announced = ptp_vmclock_uevents(vm, &p);
		else
			vm->announced = p;
		vm->last = p;
		vm->valid = true;
		if (vm->ptp_register && vm->ptp_register(vm))
			dev_err_once(vm->dev, "cannot make a PTP clock\n");
		defect = ptp_vmclock_defect(vm, &p);
		if (!vm->no_irq && p.flags & VMCLOCK_FLAG_NOTIFICATION_PRESENT)
			poll_ms *= VMCLOCK_POLL_NOTIFIED;
	}
	if (vm->no_irq)
		wake_up_interruptible(&vm->wait);
	vmclock_report(vm, defect);
	if (ptp_vmclock_lock_feed(vm, &p) == -ESTALE)
		poll_ms = min(poll_ms, VMCLOCK_STALE_MS);
	if (!announced)
		poll_ms = min_not_zero(poll_ms, VMCLOCK_UEVENT_RETRY_MS);
	if (poll_ms)
		queue_delayed_work(system_highpri_wq, &vm->update,
				   msecs_to_jiffies(poll_ms));
}

/*
 * Deferrable: wakes no CPU that idles. The count is odd while the page is being
 * changed; a count stuck odd is detected by vmclock_update().
 */
static void vmclock_peek(struct work_struct *work)
{
	struct ptp_vmclock *vm = container_of(work, struct ptp_vmclock,
					      peek.work);
	u32 seq = le32_to_cpu(READ_ONCE(vm->page->seq_count));

	if (seq % 2 == 0 && seq != READ_ONCE(vm->seq) &&
	    READ_ONCE(vmclock_poll_ms))
		ptp_vmclock_changed(vm);
	schedule_delayed_work(&vm->peek, VMCLOCK_PEEK_JIFFIES);
}

static irqreturn_t vmclock_interrupt(int irq, void *vm)
{
	ptp_vmclock_changed(vm);
	return IRQ_HANDLED;
}

static int vmclock_irq_notify(struct ptp_vmclock *vm)
{
	struct platform_device *pdev = to_platform_device(vm->firmware);
	int irq = platform_get_irq_optional(pdev, 0);

	if (irq < 0)
		return irq;
	return devm_request_irq(vm->dev, irq, vmclock_interrupt, IRQF_SHARED,
				vm->name, vm);
}

static int vmclock_source(struct ptp_vmclock *vm)
{
	if (!dev_is_platform(vm->firmware))
		return -ENXIO;
	if (IS_ENABLED(CONFIG_ACPI) && has_acpi_companion(vm->firmware))
		return ptp_vmclock_acpi_notify(vm);
	return vmclock_irq_notify(vm);
}

static void vmclock_notify_stop(void *data)
{
	struct ptp_vmclock *vm = data;

	ptp_vmclock_list_del(vm);
	cancel_delayed_work_sync(&vm->peek);
	cancel_delayed_work_sync(&vm->update);
	ptp_vmclock_lock_release(vm);
}

/**
 * ptp_vmclock_notify_start() - begin to watch the page
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
	INIT_DEFERRABLE_WORK(&vm->peek, vmclock_peek);
	ptp_vmclock_list_add(vm);
	ret = devm_add_action_or_reset(vm->dev, vmclock_notify_stop, vm);
	if (ret)
		return ret;
	/* the page may say only later that there are notifications */
	ret = vmclock_source(vm);
	if (ret && ret != -ENXIO)
		return dev_err_probe(vm->dev, ret,
				     "cannot get notifications\n");
	vm->no_irq = ret;
	mod_delayed_work(system_highpri_wq, &vm->update, 0);
	if (!vm->no_irq)
		schedule_delayed_work(&vm->peek, VMCLOCK_PEEK_JIFFIES);
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
