// SPDX-License-Identifier: GPL-2.0
/* The page by read(), mmap() and poll(): whole, never writable, and in time. */
#include "driver.h"

#include <poll.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/uio.h>
#include <sys/wait.h>

/* A page of the CPU that is larger would show what lies beside the region. */
static void check_region(unsigned int bytes)
{
	unsigned char *buf = malloc(PAGE);
	int fd;

	add_device(&good, bytes);
	fd = open(dev_path, O_RDONLY);
	ktap_ok(read(fd, buf, PAGE) == bytes && !memcmp(buf, page, bytes),
		"a region of %u bytes", bytes);
	ktap_ok(mmap(NULL, PAGE, PROT_READ, MAP_SHARED, fd, 0) == MAP_FAILED &&
		errno == ENODEV, "it can't be mapped");
	close(fd);
	free(buf);
	put_file(FAKE, "del");
}

void test_read(void)
{
	unsigned char *buf = malloc(2 * PAGE), *edge;
	int fd;

	add_device(&good, PAGE);
	fd = open(dev_path, O_RDONLY);
	memset(buf, 0xa5, 2 * PAGE);
	ktap_ok(read(fd, buf, 2 * PAGE) == PAGE &&
		!memcmp(buf, page, PAGE) && buf[PAGE] == 0xa5,
		"read() gives the page and ends with it");
	ktap_ok(read(fd, buf, 2 * PAGE) == 0, "then end of file");
	ktap_ok(pread(fd, buf, 8, 0x48) == 8 &&
		!memcmp(buf, &page->time_sec, 8), "pread() of a field");
	ktap_ok(pread(fd, buf, 100, PAGE - 10) == 10, "pread() across the end");
	ktap_ok(pread(fd, buf, 1, PAGE) == 0 && pread(fd, buf, 1, 1 << 20) == 0,
		"pread() behind the end");
	ktap_ok(read(fd, buf, 0) == 0, "read() of nothing");
	ktap_ok(lseek(fd, 0, SEEK_SET) == -1 && errno == ESPIPE, "no lseek()");
	ktap_ok(write(fd, buf, 1) == -1 && errno == EBADF, "no write()");

	edge = mmap(NULL, 2 * PAGE, PROT_READ | PROT_WRITE,
		    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	munmap(edge + PAGE, PAGE);
	ktap_ok(pread(fd, edge + PAGE - 64, 128, 0) == -1 && errno == EFAULT,
		"a buffer that ends too early: EFAULT, not a short copy");

	page->seq_count |= 1;
	ktap_ok(pread(fd, buf, PAGE, 0) == -1 && errno == ETIMEDOUT,
		"a change that never ends: ETIMEDOUT");
	page->seq_count++;
	ktap_ok(pread(fd, buf, PAGE, 0) == PAGE, "read() goes on behind it");
	munmap(edge, PAGE);
	close(fd);
	free(buf);
	put_file(FAKE, "del");
	check_region(512);
	if (PAGE > 4096)
		check_region(4096);
}

/* All fields say the same number; a writer goes through the numbers. */
static void write_forever(void)
{
	struct vmclock_params p = good;
	u64 n;

	for (n = 1;; n++) {
		p.disruption_marker = n;
		p.vm_generation = n;
		p.line.counter = n << 32;
		p.line.time.sec = n;
		p.line.time.frac = 0;
		p.line.period_frac = 0x100000000000ULL + (n << 12);
		set_page(&p);
		if (!(n % 64))
			usleep(1);
	}
}

void test_torn(void)
{
	struct vmclock_abi copy;
	int i, fd, torn = 0, done = 0;
	pid_t child;
	u64 n;

	add_device(&good, PAGE);
	fd = open(dev_path, O_RDONLY);
	child = fork();
	if (!child)
		write_forever();
	for (i = 0; i < 20000; i++) {
		if (pread(fd, &copy, sizeof(copy), 0) != sizeof(copy))
			continue;
		n = le64_to_cpu(copy.time_sec);
		done++;
		torn += le64_to_cpu(copy.disruption_marker) != n &&
			n != (u64)good.line.time.sec;
		torn += le64_to_cpu(copy.vm_generation_counter) != n &&
			n != (u64)good.line.time.sec;
		torn += copy.seq_count & 1;
	}
	kill(child, SIGKILL);
	waitpid(child, NULL, 0);
	page->seq_count &= ~1;
	ktap_ok(done > 1000 && !torn, "read() beside a writer: %d, %d torn",
		done, torn);
	close(fd);
}

static void check_unwritable(int flags, const char *how)
{
	int fd = open(dev_path, flags), mem = open("/proc/self/mem", O_RDWR);
	struct iovec from, to;
	u64 before, junk = ~0ULL;
	volatile u64 *map;

	ktap_ok(mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0) ==
		MAP_FAILED, "%s: no writable shared mapping", how);
	ktap_ok(mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE, fd, 0) ==
		MAP_FAILED, "%s: no writable private mapping", how);
	map = mmap(NULL, PAGE, PROT_READ, MAP_SHARED, fd, 0);
	if (!ktap_ok((void *)map != MAP_FAILED, "%s: mapped to read", how))
		return;
	before = map[2];
	ktap_ok(mprotect((void *)map, PAGE, PROT_READ | PROT_WRITE) == -1 &&
		errno == EACCES, "%s: mprotect() refused", how);
	ktap_ok(pwrite(mem, &junk, 8, (uintptr_t)&map[2]) == -1,
		"%s: /proc/self/mem does not write", how);
	from = (struct iovec){ &junk, 8 };
	to = (struct iovec){ (void *)&map[2], 8 };
	ktap_ok(process_vm_writev(getpid(), &from, 1, &to, 1, 0) == -1,
		"%s: process_vm_writev() refused", how);
	ktap_ok(mremap((void *)map, PAGE, 2 * PAGE, MREMAP_MAYMOVE) ==
		MAP_FAILED, "%s: mremap() does not extend it", how);
	ktap_ok(map[2] == before && page->disruption_marker == before,
		"%s: the page is as it was", how);
	set_page(&good);
	ktap_ok(map[2] == good.disruption_marker &&
		(u32)(map[1] >> 32) == page->seq_count,
		"%s: the mapping is live", how);
	munmap((void *)map, PAGE);
	close(mem);
	close(fd);
}

void test_mmap(void)
{
	void *map;
	int fd;

	add_device(&good, PAGE);
	check_unwritable(O_RDONLY, "O_RDONLY");
	check_unwritable(O_RDWR, "O_RDWR");
	fd = open(dev_path, O_RDWR);
	map = mmap(NULL, PAGE, PROT_READ, MAP_PRIVATE, fd, 0);
	ktap_ok(map != MAP_FAILED &&
		mprotect(map, PAGE, PROT_READ | PROT_WRITE) == -1,
		"a private mapping does not become writable");
	munmap(map, PAGE);
	ktap_ok(mmap(NULL, 2 * PAGE, PROT_READ, MAP_SHARED, fd, 0) ==
		MAP_FAILED && errno == EINVAL, "two pages: EINVAL");
	ktap_ok(mmap(NULL, PAGE, PROT_READ, MAP_SHARED, fd, PAGE) ==
		MAP_FAILED && errno == EINVAL, "another page: EINVAL");
	ktap_ok(write(fd, "x", 1) == -1 && errno == EINVAL,
		"write() has nothing to write to");
	close(fd);
}

int poll_now(int fd)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };

	return poll(&p, 1, 0) < 0 ? -1 : p.revents;
}

void test_poll(void)
{
	struct vmclock_params p = good;
	u64 marker;
	int a, b;

	add_device(&p, PAGE);
	a = open(dev_path, O_RDONLY);
	ktap_ok(poll_now(a) == POLLHUP,
		"no notification promised: POLLHUP at once");
	close(a);
	p.flags |= VMCLOCK_FLAG_NOTIFICATION_PRESENT;
	add_device(&p, PAGE);
	a = open(dev_path, O_RDONLY);
	b = open(dev_path, O_RDONLY);
	ktap_ok(poll_now(a) == POLLIN, "not read yet: ready");
	pread(a, &marker, 8, 0x10);
	ktap_ok(poll_now(a) == 0, "read: not ready");
	ktap_ok(poll_now(b) == POLLIN, "the other file is on its own");
	page->seq_count++;
	ktap_ok(poll_now(a) == 0, "during a change: not ready yet");
	page->seq_count++;
	ktap_ok(poll_now(a) == POLLIN, "changed: ready");
	page->seq_count++;
	ktap_ok(poll_now(a) == POLLIN, "changed, and changing again: ready");
	page->seq_count++;
	pread(a, &marker, 8, 0x10);
	ktap_ok(poll_now(a) == 0, "read again: not ready");
	close(a);
	close(b);
}
