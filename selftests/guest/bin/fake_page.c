// SPDX-License-Identifier: GPL-2.0
/*
 * fake_page: writes the page of vmclock_fake.
 *
 *	fake_page copy|garbage|uncounted
 *
 * copy: what the page of /dev/vmclock0 is now, but without notifications.
 * garbage: the page has no magic any more.
 * uncounted: it is one again, but of a hypervisor that counts nothing.
 */
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "vmclock/page.h"

#define PAGE	4096

static void page_copy(struct vmclock_abi *page, const struct vmclock_abi *from)
{
	struct vmclock_params p = { 0 };

	while (vmclock_page_read(from, sizeof(*from), &p))
		usleep(1000);
	p.size = PAGE;
	p.flags &= ~VMCLOCK_FLAG_NOTIFICATION_PRESENT;
	vmclock_page_write_begin(page);
	vmclock_page_init(page, &p);
	vmclock_page_set(page, &p);
	vmclock_page_write_end(page);
}

static void page_lose_counter(struct vmclock_abi *page)
{
	vmclock_page_write_begin(page);
	page->counter_id = VMCLOCK_COUNTER_INVALID;
	page->magic = __cpu_to_le32(VMCLOCK_MAGIC);
	vmclock_page_write_end(page);
}

static void *map(const char *path, int prot)
{
	int fd = open(path, prot & PROT_WRITE ? O_RDWR : O_RDONLY);
	void *page = mmap(NULL, PAGE, prot, MAP_SHARED, fd, 0);

	close(fd);
	return page;
}

int main(int argc, char **argv)
{
	bool copy = argc == 2 && !strcmp(argv[1], "copy");
	void *page = map("/dev/vmclock_fake", PROT_READ | PROT_WRITE);
	void *from = copy ? map("/dev/vmclock0", PROT_READ) : NULL;

	if (argc != 2 || page == MAP_FAILED || from == MAP_FAILED) {
		fputs("fake_page: no copy|garbage|uncounted, or no /dev/vmclock_fake and vmclock0\n",
		      stderr);
		return 1;
	}
	if (copy)
		page_copy(page, from);
	else if (!strcmp(argv[1], "uncounted"))
		page_lose_counter(page);
	else
		memset(page, 0, 4);
	return 0;
}
