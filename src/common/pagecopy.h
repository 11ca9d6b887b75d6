/* SPDX-License-Identifier: GPL-2.0 */
/* The bytes of a VMClock page as they are, for read(2). */
#ifndef _VMCLOCK_COMMON_PAGECOPY_H
#define _VMCLOCK_COMMON_PAGECOPY_H

#include <linux/iopoll.h>
#include <linux/slab.h>
#include <linux/uaccess.h>

#include "vmclock/page.h"

/* As long as the in-tree driver waits; a change takes microseconds. */
#define VMCLOCK_PAGE_WAIT_US	100000

static inline int vmclock_page_try_copy(const struct vmclock_abi *page,
					void *to, size_t pos, size_t count,
					u32 *seq)
{
	u64 marker;

	*seq = le32_to_cpu(READ_ONCE(page->seq_count));
	if (*seq & 1)
		return -EAGAIN;
	/* pairs with vmclock_wmb() in vmclock_page_write_end() */
	vmclock_rmb();
	marker = le64_to_cpu(READ_ONCE(page->disruption_marker));
	memcpy(to, (const u8 *)page + pos, count);
	/* pairs with vmclock_wmb() in vmclock_page_write_begin() */
	vmclock_rmb();
	return vmclock_page_unchanged(page, *seq, marker) ? 0 : -EAGAIN;
}

/**
 * vmclock_page_to_user() - the read operation of a page's file
 * @page: the page
 * @len: bytes of it that can be read
 * @to: user space buffer
 * @count: bytes wanted
 * @pos: position in the page; moves on
 * @seq: becomes the sequence count of what was read
 *
 * What one call returns is of one state of the page.
 *
 * Context: process. May sleep, for VMCLOCK_PAGE_WAIT_US.
 * Return: bytes read or a negative error, -ETIMEDOUT if the page was being
 * changed all the time.
 */
static inline ssize_t vmclock_page_to_user(const struct vmclock_abi *page,
					   size_t len, char __user *to,
					   size_t count, loff_t *pos, u32 *seq)
{
	void *copy;
	u32 now;
	int ret;

	if (*pos < 0)
		return -EINVAL;
	if (*pos >= len || !count)
		return 0;
	count = min_t(size_t, count, len - *pos);
	copy = kmalloc(count, GFP_KERNEL);
	if (!copy)
		return -ENOMEM;
	ret = read_poll_timeout(vmclock_page_try_copy, ret, !ret, 100,
				VMCLOCK_PAGE_WAIT_US, false, page, copy, *pos,
				count, &now);
	if (!ret && copy_to_user(to, copy, count))
		ret = -EFAULT;
	kfree(copy);
	if (ret)
		return ret;
	WRITE_ONCE(*seq, now);
	*pos += count;
	return count;
}

#endif /* _VMCLOCK_COMMON_PAGECOPY_H */
