/* SPDX-License-Identifier: GPL-2.0 */
/* The bytes of a VMClock page as they are, for read(2). */
#ifndef _VMCLOCK_COMMON_PAGECOPY_H
#define _VMCLOCK_COMMON_PAGECOPY_H

#include <linux/iopoll.h>

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
 * vmclock_page_copy() - a consistent copy of some bytes
 * @page: the page
 * @to: where to
 * @pos: first byte
 * @count: how many bytes
 * @seq: sequence count of the copy
 *
 * Context: process. May sleep, for VMCLOCK_PAGE_WAIT_US.
 * Return: 0, or -ETIMEDOUT if the page was being changed all the time.
 */
static inline int vmclock_page_copy(const struct vmclock_abi *page, void *to,
				    size_t pos, size_t count, u32 *seq)
{
	int ret;

	return read_poll_timeout(vmclock_page_try_copy, ret, !ret, 100,
				 VMCLOCK_PAGE_WAIT_US, false, page, to, pos,
				 count, seq);
}

#endif /* _VMCLOCK_COMMON_PAGECOPY_H */
