// SPDX-License-Identifier: GPL-2.0
/*
 * Open files give programs the page, by mmap, read and poll, and no way to
 * write to it; docs/ABI/dev-vmclock_host is the specification. The files of
 * /dev/vmclock_host and of views differ in what opens them and in their ioctls.
 */
#include <linux/mm.h>
#include <linux/slab.h>

#include "common/pagecopy.h"
#include "chardev.h"
#include "view.h"

/**
 * struct host_file - an open file
 * @view: the view that the file shows
 * @seq: sequence count of what was read last; odd if nothing was
 */
struct host_file {
	struct host_view *view;
	u32 seq;
};

/**
 * host_chardev_view() - the view of an open file
 * @file: the file
 *
 * Context: any.
 * Return: the view; the file holds a reference to it.
 */
struct host_view *host_chardev_view(const struct file *file)
{
	const struct host_file *state = file->private_data;

	return state->view;
}

/**
 * host_chardev_open() - begin to read a view
 * @file: a file that is being opened
 * @view: the view
 *
 * Context: process.
 * Return: 0 or -ENOMEM.
 */
int host_chardev_open(struct file *file, struct host_view *view)
{
	struct host_file *state = kzalloc(sizeof(*state), GFP_KERNEL_ACCOUNT);

	if (!state)
		return -ENOMEM;
	kref_get(&view->ref);
	state->view = view;
	state->seq = 1;
	file->private_data = state;
	return 0;
}

/**
 * host_chardev_release() - release operation
 * @inode: not used
 * @file: the file, which is no longer open or mapped; of a view without a node
 *	host_chardev_open() may have failed
 *
 * Context: process.
 * Return: 0.
 */
int host_chardev_release(struct inode *inode, struct file *file)
{
	struct host_file *state = file->private_data;

	if (!state)
		return 0;
	host_view_put(state->view);
	kfree(state);
	return 0;
}

/**
 * host_chardev_read() - read operation
 * @file: the file
 * @buf: user space buffer
 * @count: bytes wanted
 * @pos: position in the page
 *
 * Behind the structure the page is zero, and stays so.
 *
 * Context: process.
 * Return: bytes read or a negative error.
 */
ssize_t host_chardev_read(struct file *file, char __user *buf, size_t count,
			  loff_t *pos)
{
	struct host_file *state = file->private_data;

	return vmclock_page_to_user(host_page_abi(state->view), PAGE_SIZE, buf,
				    count, pos, &state->seq);
}

/**
 * host_chardev_poll() - poll operation
 * @file: the file
 * @wait: the poll table
 *
 * Context: process.
 * Return: EPOLLIN | EPOLLRDNORM if the page isn't the one that was read last.
 */
__poll_t host_chardev_poll(struct file *file, poll_table *wait)
{
	struct host_file *state = file->private_data;
	const struct vmclock_abi *page = host_page_abi(state->view);
	u32 seq;

	poll_wait(file, &state->view->wait, wait);
	/* the writer of an odd count wakes up the reader when it is done */
	seq = le32_to_cpu(READ_ONCE(page->seq_count)) & ~1u;
	return seq == READ_ONCE(state->seq) ? 0 : EPOLLIN | EPOLLRDNORM;
}

static struct host_view *mapped_view(const struct vm_area_struct *vma)
{
	return host_chardev_view(vma->vm_file);
}

/* A mapping was copied by mremap(), or by fork() for a process that insists. */
static void on_copy(struct vm_area_struct *vma)
{
	host_view_map(mapped_view(vma), NULL);
}

static void on_unmap(struct vm_area_struct *vma)
{
	host_view_unmap(mapped_view(vma));
}

/* The page is counted, so it lives as long as it is referred to. */
static vm_fault_t on_fault(struct vm_fault *vmf)
{
	vmf->page = mapped_view(vmf->vma)->page;
	get_page(vmf->page);
	return 0;
}

static const struct vm_operations_struct map_ops = {
	.open = on_copy,
	.close = on_unmap,
	.fault = on_fault,
};

/**
 * host_chardev_mmap() - mmap operation
 * @file: the file
 * @vma: the mapping
 *
 * Without VM_MAYWRITE the mapping can't become writable by mprotect(), nor be
 * written to by another process or through /proc/PID/mem. A child doesn't
 * inherit that of a machine: it would be another machine.
 *
 * Context: process.
 * Return: 0 or a negative error.
 */
int host_chardev_mmap(struct file *file, struct vm_area_struct *vma)
{
	struct host_view *view = host_chardev_view(file);
	int ret;

	if (vma->vm_flags & VM_WRITE)
		return -EROFS;
	if (vma->vm_flags & VM_EXEC)
		return -EACCES;
	if (vma->vm_pgoff || vma->vm_end - vma->vm_start != PAGE_SIZE)
		return -EINVAL;
	ret = host_view_map(view, vma->vm_mm);
	if (ret)
		return ret;
	vm_flags_clear(vma, VM_MAYWRITE | VM_MAYEXEC);
	vm_flags_set(vma, VM_DONTEXPAND);
	if (host_view_is_machine(view))
		vm_flags_set(vma, VM_DONTCOPY);
	vma->vm_ops = &map_ops;
	return 0;
}
