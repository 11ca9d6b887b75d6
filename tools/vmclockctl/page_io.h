/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A consistent copy of a page out of a device, a file, memory or a pipe.
 */
#ifndef _VMCLOCKCTL_PAGE_IO_H
#define _VMCLOCKCTL_PAGE_IO_H

#include <sys/types.h>

#include "vmclock/page.h"

/**
 * struct page_copy - what was read of a page, and what is wrong with it
 * @p: the copy; of a page that is none it shows what is there instead
 * @length: bytes that could be read, at most sizeof(struct vmclock_abi)
 * @defect: NULL, or why this is no page, or none that can be believed
 * @time_defect: NULL, or why it tells no time here; only without @defect
 */
struct page_copy {
	struct vmclock_params p;
	size_t length;
	const char *defect;
	const char *time_defect;
};

int page_load(int fd, off_t offset, struct page_copy *page);
int page_load_file(const char *path, off_t offset, struct page_copy *page);
const char *page_load_error(int error);

#endif /* _VMCLOCKCTL_PAGE_IO_H */
