// SPDX-License-Identifier: GPL-2.0
/*
 * /dev/vmclock_host: the page for VMMs and other programs, by mmap, read and
 * poll; docs/ABI/dev-vmclock_host is its specification. Nobody can write to
 * the page through it.
 */
#include <linux/irq_work.h>
#include <linux/ktime.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/poll.h>
#include <linux/slab.h>
#include <linux/uaccess.h>
#include <linux/wait.h>

#include "vmclock_host.h"

/* Nobody writes for so long; a sequence count that stays odd is a fault. */
#define READ_TIMEOUT_MS	100

static DECLARE_WAIT_QUEUE_HEAD(wait_queue);

/**
 * struct host_file - an open file
 * @seq: sequence count of what was read last; odd: nothing as yet
 */
struct host_file {
	u32 seq;
};

static const struct vmclock_abi *abi(void)
{
	return page_address(host_page);
}

/* Wakes up from interrupts, as the timekeeper's updates mustn't. */
static void wake(struct irq_work *work)
{
	wake_up_interruptible(&wait_queue);
}

static DEFINE_IRQ_WORK(wake_work, wake);

/**
 * host_chardev_wake() - tell who waits that the page has changed
 *
 * Context: any.
 */
void host_chardev_wake(void)
{
	irq_work_queue(&wake_work);
}

/**
 * host_chardev_stop() - wait for the last wake-up
 *
 * Context: process; host_chardev_wake() isn't called any more.
 */
void host_chardev_stop(void)
{
	irq_work_sync(&wake_work);
}

static int copy_once(struct vmclock_abi *copy, u32 *seq)
{
	*seq = le32_to_cpu(READ_ONCE(abi()->seq_count));
	if (*seq & 1)
		return -EAGAIN;
	/* pairs with vmclock_wmb() in vmclock_page_write_end() */
	vmclock_rmb();
	memcpy(copy, abi(), sizeof(*copy));
	/* pairs with vmclock_wmb() in vmclock_page_write_begin() */
	vmclock_rmb();
	return le32_to_cpu(READ_ONCE(abi()->seq_count)) == *seq ? 0 : -EAGAIN;
}

static int copy_consistent(struct vmclock_abi *copy, u32 *seq)
{
	ktime_t end = ktime_add_ms(ktime_get(), READ_TIMEOUT_MS);

	while (copy_once(copy, seq)) {
		if (ktime_after(ktime_get(), end))
			return -ETIMEDOUT;
		if (fatal_signal_pending(current))
			return -EINTR;
		cond_resched();
	}
	return 0;
}

static int host_open(struct inode *inode, struct file *file)
{
	struct host_file *state = kzalloc(sizeof(*state), GFP_KERNEL);

	if (!state)
		return -ENOMEM;
	state->seq = 1;
	file->private_data = state;
	return 0;
}

static int host_release(struct inode *inode, struct file *file)
{
	kfree(file->private_data);
	return 0;
}

/* Behind the structure the page is zero, and stays so. */
static ssize_t host_read(struct file *file, char __user *buf, size_t count,
			 loff_t *pos)
{
	struct host_file *state = file->private_data;
	struct vmclock_abi copy;
	size_t head = 0;
	u32 seq;
	int ret;

	if (*pos >= PAGE_SIZE)
		return 0;
	count = min_t(size_t, count, PAGE_SIZE - *pos);
	ret = copy_consistent(&copy, &seq);
	if (ret)
		return ret;
	if (*pos < sizeof(copy))
		head = min_t(size_t, count, sizeof(copy) - *pos);
	if (copy_to_user(buf, (u8 *)&copy + *pos, head) ||
	    clear_user(buf + head, count - head))
		return -EFAULT;
	WRITE_ONCE(state->seq, seq);
	*pos += count;
	return count;
}

static __poll_t host_poll(struct file *file, poll_table *wait)
{
	struct host_file *state = file->private_data;
	u32 seq;

	poll_wait(file, &wait_queue, wait);
	/* a change under way isn't there yet, and wakes up when it is */
	seq = le32_to_cpu(READ_ONCE(abi()->seq_count)) & ~1u;
	return seq == READ_ONCE(state->seq) ? 0 : EPOLLIN | EPOLLRDNORM;
}

/*
 * Without VM_MAYWRITE the mapping can't become writable by mprotect(), nor be
 * written to by another process or through /proc/PID/mem. The page is counted:
 * it lives as long as somebody refers to it.
 */
static int host_mmap(struct file *file, struct vm_area_struct *vma)
{
	if (vma->vm_flags & VM_WRITE)
		return -EROFS;
	if (vma->vm_pgoff || vma->vm_end - vma->vm_start != PAGE_SIZE)
		return -EINVAL;
	vm_flags_clear(vma, VM_MAYWRITE);
	return vm_insert_page(vma, vma->vm_start, host_page);
}

const struct file_operations host_fops = {
	.owner = THIS_MODULE,
	.open = host_open,
	.release = host_release,
	.read = host_read,
	.poll = host_poll,
	.mmap = host_mmap,
};
