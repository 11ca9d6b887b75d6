// SPDX-License-Identifier: GPL-2.0
/* A device's life, the list of all devices, and word of a changed page. */
#include <linux/device.h>
#include <linux/idr.h>
#include <linux/io.h>
#include <linux/mutex.h>
#include <linux/ratelimit.h>
#include <linux/slab.h>

#include "device.h"

#define VMCLOCK_UEVENTS_PER_SEC	20

static DEFINE_IDA(vmclock_ida);
static LIST_HEAD(vmclock_list);
static DEFINE_MUTEX(vmclock_list_lock);	/* protects vmclock_list */

static void vmclock_free(struct kref *ref)
{
	struct ptp_vmclock *vm = container_of(ref, struct ptp_vmclock, ref);

	if (vm->page)
		memunmap((void *)vm->page);
	ida_free(&vmclock_ida, vm->index);
	kfree(vm);
}

/**
 * ptp_vmclock_put() - let go of a device's state
 * @vm: the device
 *
 * Context: process. The last one unmaps the page.
 */
void ptp_vmclock_put(struct ptp_vmclock *vm)
{
	kref_put(&vm->ref, vmclock_free);
}

static void vmclock_put_action(void *vm)
{
	ptp_vmclock_put(vm);
}

/**
 * ptp_vmclock_alloc() - state for a device that is being bound
 * @dev: becomes the owner: the binding's reference is put when it is unbound
 * @firmware: whose page it is by the firmware; not unbound before @dev
 *
 * Context: process, in probe.
 * Return: the device, @dev's driver data; or an error pointer.
 */
struct ptp_vmclock *ptp_vmclock_alloc(struct device *dev,
				      struct device *firmware)
{
	struct ptp_vmclock *vm = kzalloc(sizeof(*vm), GFP_KERNEL);
	int ret;

	if (!vm)
		return ERR_PTR(-ENOMEM);
	vm->index = ida_alloc(&vmclock_ida, GFP_KERNEL);
	if (vm->index < 0) {
		ret = vm->index;
		kfree(vm);
		return ERR_PTR(ret);
	}
	kref_init(&vm->ref);
	vm->dev = dev;
	vm->firmware = firmware;
	init_waitqueue_head(&vm->wait);
	mutex_init(&vm->files_lock);
	INIT_LIST_HEAD(&vm->files);
	ratelimit_state_init(&vm->uevent_limit, HZ, VMCLOCK_UEVENTS_PER_SEC);
	ratelimit_set_flags(&vm->uevent_limit, RATELIMIT_MSG_ON_RELEASE);
	snprintf(vm->name, sizeof(vm->name), "vmclock%d", vm->index);
	dev_set_drvdata(dev, vm);
	ret = devm_add_action_or_reset(dev, vmclock_put_action, vm);
	return ret ? ERR_PTR(ret) : vm;
}

/**
 * ptp_vmclock_list_add() - let ptp_vmclock_check_all() find a device
 * @vm: the device; its works are initialised
 *
 * Context: process. Takes vmclock_list_lock.
 */
void ptp_vmclock_list_add(struct ptp_vmclock *vm)
{
	mutex_lock(&vmclock_list_lock);
	list_add_tail(&vm->node, &vmclock_list);
	mutex_unlock(&vmclock_list_lock);
}

/**
 * ptp_vmclock_list_del() - undo ptp_vmclock_list_add()
 * @vm: the device
 *
 * Context: process. Takes vmclock_list_lock.
 */
void ptp_vmclock_list_del(struct ptp_vmclock *vm)
{
	mutex_lock(&vmclock_list_lock);
	list_del(&vm->node);
	mutex_unlock(&vmclock_list_lock);
}

/**
 * ptp_vmclock_check_all() - let all devices read their pages
 *
 * Context: process. Takes vmclock_list_lock.
 */
void ptp_vmclock_check_all(void)
{
	struct ptp_vmclock *vm;

	mutex_lock(&vmclock_list_lock);
	list_for_each_entry(vm, &vmclock_list, node)
		mod_delayed_work(system_highpri_wq, &vm->update, 0);
	mutex_unlock(&vmclock_list_lock);
}

/**
 * ptp_vmclock_changed() - the page has changed
 * @vm: the device
 *
 * Context: any but NMI.
 */
void ptp_vmclock_changed(struct ptp_vmclock *vm)
{
	wake_up_interruptible(&vm->wait);
	mod_delayed_work(system_highpri_wq, &vm->update, 0);
}
