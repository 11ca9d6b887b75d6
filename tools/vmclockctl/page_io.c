// SPDX-License-Identifier: GPL-2.0
/*
 * A consistent copy of a page out of a device, a file, memory or a pipe. The
 * drivers' read() is consistent by itself; a VMM's file, /dev/mem and
 * /proc/PID/mem are not. No file is mapped, so that one which is cut
 * meanwhile is an error and no signal.
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "counter.h"
#include "page_io.h"

#define PAGE_TRIES	100	/* 1 ms apart, as long as the drivers wait */
#define PAGE_REACH	4096	/* a device shows no more of its region */

union page_bytes {
	struct vmclock_abi abi;
	char bytes[sizeof(struct vmclock_abi)];
};

/* As much as there is, for a pipe may give it in pieces. */
static ssize_t read_some(int fd, char *to, size_t length, off_t offset)
{
	size_t got = 0;
	ssize_t n;

	do {
		n = pread(fd, to + got, length - got, offset + (off_t)got);
		if (n < 0 && errno == ESPIPE && !offset)
			n = read(fd, to + got, length - got);
		if (n < 0 && errno != EINTR)
			return got ? (ssize_t)got : -errno;
		if (n > 0)
			got += n;
	} while (n && got < length);
	return got;
}

/* 0 where there is nothing to read, as in a pipe whose bytes are taken */
static u32 read_seq(int fd, off_t offset, u32 otherwise)
{
	__le32 seq;

	offset += offsetof(struct vmclock_abi, seq_count);
	if (pread(fd, &seq, sizeof(seq), offset) != sizeof(seq))
		return otherwise;
	return le32_to_cpu(seq);
}

/*
 * The count is read before and after all the rest, by system calls of their
 * own: what a copy within one call reads first is not known.
 */
static int try_load(int fd, off_t offset, struct page_copy *page)
{
	union page_bytes copy = { 0 };
	u32 before = read_seq(fd, offset, 0);
	ssize_t n = read_some(fd, copy.bytes, sizeof(copy), offset);

	if (n < 0)
		return n;
	if ((size_t)n < VMCLOCK_MIN_SIZE)
		return -ENODATA;
	page->length = n;
	if (before != read_seq(fd, offset, before))
		return -EAGAIN;
	if (copy.abi.magic == htole32(VMCLOCK_MAGIC))
		return vmclock_page_read(&copy.abi, n, &page->p);
	/* what is no page has no count to be waited for */
	copy.abi.seq_count = 0;
	vmclock_page_read(&copy.abi, n, &page->p);
	page->p.seq = before;
	return 0;
}

/*
 * /dev/mem reads nothing above the RAM, where a hypervisor's page is; it maps
 * it. A mapping of a character device does not become shorter.
 */
static int try_mapped(int fd, off_t offset, struct page_copy *page)
{
	off_t in = offset % sysconf(_SC_PAGESIZE);
	size_t length = in + sizeof(struct vmclock_abi);
	char *map;
	int ret;

	if (offset % 8)
		return -EINVAL;
	map = mmap(NULL, length, PROT_READ, MAP_SHARED, fd, offset - in);
	if (map == MAP_FAILED)
		return -errno;
	page->length = sizeof(struct vmclock_abi);
	ret = vmclock_page_read((struct vmclock_abi *)(map + in), page->length,
				&page->p);
	munmap(map, length);
	return ret;
}

static int try_any(int fd, off_t offset, struct page_copy *page)
{
	int ret = try_load(fd, offset, page);
	struct stat st;

	if (ret == -EFAULT && !fstat(fd, &st) && S_ISCHR(st.st_mode))
		return try_mapped(fd, offset, page);
	if (ret == -EAGAIN && !fstat(fd, &st) && S_ISFIFO(st.st_mode))
		return -ETIMEDOUT;	/* its bytes are gone */
	return ret;
}

/* A byte at the end of the page that it says it is. */
static bool reaches(int fd, off_t offset, const struct page_copy *page)
{
	u32 size = page->p.size < PAGE_REACH ? page->p.size : PAGE_REACH;
	ssize_t n;
	char byte;

	if (size <= page->length)
		return true;
	n = pread(fd, &byte, 1, offset + size - 1);
	if (n < 0 && (errno == ESPIPE || errno == EFAULT))
		return page->length == sizeof(struct vmclock_abi);
	return n == 1;
}

static const char *find_defect(int fd, off_t offset,
			       const struct page_copy *page)
{
	const char *defect = vmclock_page_defect(&page->p);

	if (!defect && !reaches(fd, offset, page))
		defect = "it is cut off: its size is larger than what is there";
	return defect;
}

/**
 * page_load() - copy a page and look whether it can be believed
 * @fd: device, file or pipe
 * @offset: where the page begins; 0 for a pipe
 * @page: result
 *
 * A change that is going on is waited for, 100 ms at most.
 *
 * Return: 0, also for a page with defects; -ENODATA if there is less than the
 * smallest page, -ETIMEDOUT if the change does not end, other negative errno.
 */
int page_load(int fd, off_t offset, struct page_copy *page)
{
	static const struct timespec pause = { .tv_nsec = 1000000 };
	int ret, tries = 0;

	memset(page, 0, sizeof(*page));
	while ((ret = try_any(fd, offset, page)) == -EAGAIN) {
		if (++tries > PAGE_TRIES)
			return -ETIMEDOUT;
		nanosleep(&pause, NULL);
	}
	if (ret)
		return ret;
	page->defect = find_defect(fd, offset, page);
	if (!page->defect)
		page->time_defect = vmclock_time_defect(&page->p, counter_id);
	return 0;
}

/**
 * page_load_file() - open a file and page_load() it
 * @path: the file, as it is
 * @offset: where the page begins
 * @page: result
 *
 * Return: as page_load().
 */
int page_load_file(const char *path, off_t offset, struct page_copy *page)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	int ret;

	memset(page, 0, sizeof(*page));
	if (fd < 0)
		return -errno;
	ret = page_load(fd, offset, page);
	close(fd);
	return ret;
}

/**
 * page_load_error() - what page_load() failed for, in words
 * @error: positive errno of it
 *
 * Return: text that fits behind "cannot read FILE: ".
 */
const char *page_load_error(int error)
{
	switch (error) {
	case ENODATA:
		return "it is cut off: shorter than the 40 bytes that every page has";
	case ETIMEDOUT:
		return "its sequence count stays odd: its writer stopped in the middle of an update";
	default:
		return strerror(error);
	}
}
