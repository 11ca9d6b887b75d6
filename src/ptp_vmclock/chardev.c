// SPDX-License-Identifier: GPL-2.0
/*
 * /dev/vmclockN: the page for programs, to be read, mapped and waited for,
 * never to be written. A file may outlive the binding (sysfs unbind): then its
 * operations fail, and mappings raise SIGBUS. Called in process context.
 */
#include <linux/device.h>
#include <linux/fs.h>
#include <linux/list.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/poll.h>
#include <linux/slab.h>

#include "common/pagecopy.h"
#include "chardev.h"
#include "device.h"

/* no sequence count that a read returns: all are even */
#define VMCLOCK_NEVER_READ	1

/**
 * struct vmclock_file - an open file
 * @vm: the device; the file holds a reference
 * @seq: sequence count of what was read last, or VMCLOCK_NEVER_READ
 * @mapping: what unmaps all mappings of the file; the file holds it
 * @node: in the device's list of open files
 */
struct vmclock_file {
	struct ptp_vmclock *vm;
	u32 seq;
	struct address_space *mapping;
	struct list_head node;
};

/* Context: misc_mtx is held, so the device is still bound. */
static int chardev_open(struct inode *inode, struct file *file)
{
	struct vmclock_file *vf = kzalloc(sizeof(*vf), GFP_KERNEL);

	if (!vf)
		return -ENOMEM;
	vf->vm = container_of(file->private_data, struct ptp_vmclock, misc);
	vf->seq = VMCLOCK_NEVER_READ;
	vf->mapping = file->f_mapping;
	kref_get(&vf->vm->ref);
	mutex_lock(&vf->vm->files_lock);
	list_add(&vf->node, &vf->vm->files);
	mutex_unlock(&vf->vm->files_lock);
	file->private_data = vf;
	return 0;
}

static int chardev_release(struct inode *inode, struct file *file)
{
	struct vmclock_file *vf = file->private_data;

	mutex_lock(&vf->vm->files_lock);
	list_del(&vf->node);
	mutex_unlock(&vf->vm->files_lock);
	ptp_vmclock_put(vf->vm);
	kfree(vf);
	return 0;
}

static ssize_t chardev_read(struct file *file, char __user *to, size_t count,
			    loff_t *pos)
{
	struct vmclock_file *vf = file->private_data;

	if (READ_ONCE(vf->vm->gone))
		return -ENODEV;
	return vmclock_page_to_user(vf->vm->page, vf->vm->len, to, count, pos,
				    &vf->seq);
}

/*
 * Ready if something has changed since the last read() from this file. During
 * a change (odd count) that is as it was before: another notification follows.
 */
static __poll_t chardev_poll(struct file *file, poll_table *wait)
{
	struct vmclock_file *vf = file->private_data;
	struct ptp_vmclock *vm = vf->vm;
	u32 seq;

	poll_wait(file, &vm->wait, wait);
	if (READ_ONCE(vm->gone))
		return EPOLLHUP | EPOLLERR;
	/* nothing would ever wake the caller */
	if (!(le64_to_cpu(READ_ONCE(vm->page->flags)) &
	      VMCLOCK_FLAG_NOTIFICATION_PRESENT))
		return EPOLLHUP;
	seq = le32_to_cpu(READ_ONCE(vm->page->seq_count)) & ~1U;
	return seq != READ_ONCE(vf->seq) ? EPOLLIN | EPOLLRDNORM : 0;
}

/*
 * The page is mapped when it is touched, so that it can be unmapped for good:
 * once the device is unbound, what is at its address may be anything.
 */
static vm_fault_t chardev_fault(struct vm_fault *vmf)
{
	struct vmclock_file *vf = vmf->vma->vm_private_data;
	struct ptp_vmclock *vm = vf->vm;
	vm_fault_t ret = VM_FAULT_SIGBUS;

	mutex_lock(&vm->files_lock);
	if (!vm->gone)
		ret = vmf_insert_pfn(vmf->vma, vmf->vma->vm_start,
				     vm->phys >> PAGE_SHIFT);
	mutex_unlock(&vm->files_lock);
	return ret;
}

static const struct vm_operations_struct chardev_vm_ops = {
	.fault = chardev_fault,
};

/*
 * Read-only for good: without VM_MAYWRITE neither mprotect() nor a forced
 * access by ptrace or /proc/PID/mem can make it writable or private. A page of
 * the CPU that is larger than the region would show what lies beside it. The
 * mapping holds a reference to the file.
 */
static int chardev_mmap(struct file *file, struct vm_area_struct *vma)
{
	struct vmclock_file *vf = file->private_data;
	struct ptp_vmclock *vm = vf->vm;

	if (READ_ONCE(vm->gone))
		return -ENODEV;
	if ((vma->vm_flags & (VM_READ | VM_WRITE)) != VM_READ)
		return -EROFS;
	if (vma->vm_end - vma->vm_start != PAGE_SIZE || vma->vm_pgoff)
		return -EINVAL;
	if (vm->len < PAGE_SIZE || vm->phys % PAGE_SIZE)
		return -ENODEV;
	vm_flags_clear(vma, VM_MAYWRITE);
	vm_flags_set(vma, VM_IO | VM_PFNMAP | VM_DONTEXPAND | VM_DONTDUMP);
	vma->vm_page_prot = pgprot_decrypted(vma->vm_page_prot);
	vma->vm_private_data = vf;
	vma->vm_ops = &chardev_vm_ops;
	return 0;
}

static const struct file_operations chardev_fops = {
	.owner = THIS_MODULE,
	.open = chardev_open,
	.release = chardev_release,
	.read = chardev_read,
	.poll = chardev_poll,
	.mmap = chardev_mmap,
};

static void chardev_unregister(void *data)
{
	struct ptp_vmclock *vm = data;
	struct vmclock_file *vf;

	misc_deregister(&vm->misc);
	mutex_lock(&vm->files_lock);
	WRITE_ONCE(vm->gone, true);
	list_for_each_entry(vf, &vm->files, node)
		unmap_mapping_range(vf->mapping, 0, 0, 1);
	mutex_unlock(&vm->files_lock);
	wake_up_all(&vm->wait);
}

/**
 * ptp_vmclock_chardev_register() - /dev/vmclockN
 * @vm: the device
 *
 * Context: process, in probe.
 * Return: 0 or negative errno.
 */
int ptp_vmclock_chardev_register(struct ptp_vmclock *vm)
{
	int ret;

	vm->misc.minor = MISC_DYNAMIC_MINOR;
	vm->misc.name = vm->name;
	vm->misc.fops = &chardev_fops;
	vm->misc.mode = 0444;
	vm->misc.parent = vm->dev;
	ret = misc_register(&vm->misc);
	if (ret)
		return dev_err_probe(vm->dev, ret, "cannot make /dev/%s\n",
				     vm->name);
	return devm_add_action_or_reset(vm->dev, chardev_unregister, vm);
}
