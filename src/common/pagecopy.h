/* SPDX-License-Identifier: GPL-2.0 */
/* The bytes of a VMClock page as they are, for read(2). Any context. */
#ifndef _VMCLOCK_COMMON_PAGECOPY_H
#define _VMCLOCK_COMMON_PAGECOPY_H

#include <linux/string.h>

#include "vmclock/page.h"

/**
 * vmclock_page_copy() - one attempt at a consistent copy of some bytes
 * @page: the page
 * @to: where to
 * @pos: first byte
 * @count: how many bytes
 * @seq: sequence count of the copy
 *
 * Return: 0, or -EAGAIN if the page was being changed.
 */
static inline int vmclock_page_copy(const struct vmclock_abi *page, void *to,
				    size_t pos, size_t count, u32 *seq)
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

#endif /* _VMCLOCK_COMMON_PAGECOPY_H */
