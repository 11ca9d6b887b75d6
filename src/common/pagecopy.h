/* SPDX-License-Identifier: GPL-2.0 */
/* The bytes of a VMClock page as they are, for read(2). */
#ifndef _VMCLOCK_COMMON_PAGECOPY_H
#define _VMCLOCK_COMMON_PAGECOPY_H

#include <linux/delay.h>
#include <linux/ktime.h>
#include <linux/sched/signal.h>

#include "vmclock/page.h"

/* As long as the in-tree driver waits; a change takes microseconds. */
#define VMCLOCK_PAGE_WAIT_MS	100

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
 * Context: process. May sleep, for VMCLOCK_PAGE_WAIT_MS.
 * Return: 0; -ETIMEDOUT if the page was being changed all the time; -EINTR if
 * the task is being killed.
 */
static inline int vmclock_page_copy(const struct vmclock_abi *page, void *to,
				    size_t pos, size_t count, u32 *seq)
{
	ktime_t end = ktime_add_ms(ktime_get(), VMCLOCK_PAGE_WAIT_MS);

	while (vmclock_page_try_copy(page, to, pos, count, seq)) {
		if (ktime_after(ktime_get(), end))
			return -ETIMEDOUT;
		if (fatal_signal_pending(current))
			return -EINTR;
		usleep_range(20, 100);
	}
	return 0;
}

#endif /* _VMCLOCK_COMMON_PAGECOPY_H */
