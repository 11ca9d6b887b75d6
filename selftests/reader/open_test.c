// SPDX-License-Identifier: GPL-2.0
/*
 * Opening and closing: a device that can be mapped and one that can't, what is
 * left after closing, a child of fork(). A file stands for the device.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

static int mmap_error;
static unsigned int mapped;

static void *try_mmap(void *at, size_t len, int prot, int flags, int fd,
		      off_t pos)
{
	if (mmap_error) {
		errno = mmap_error;
		return MAP_FAILED;
	}
	mapped++;
	return mmap(at, len, prot, flags, fd, pos);
}

static int try_munmap(void *at, size_t len)
{
	mapped--;
	return munmap(at, len);
}

#define mmap try_mmap
#define munmap try_munmap
#include "vmclock.h"
#undef mmap
#undef munmap
#include "vmclock/page.h"
#include "../lib/ktap.h"

static char path[] = "/tmp/vmclock-open-XXXXXX";
static int file;

static unsigned int descriptors(void)
{
	unsigned int n = 0;
	int fd;

	for (fd = 0; fd < 100; fd++)
		n += fcntl(fd, F_GETFD) >= 0;
	return n;
}

static void write_page(__u32 size, __u64 marker, size_t bytes)
{
	struct vmclock_params p;
	union {
		struct vmclock_abi abi;
		char bytes[4096];
	} page;

	memset(&p, 0, sizeof(p));
	memset(&page, 0, sizeof(page));
	p.size = size;
	p.counter_id = VMCLOCK_COUNTER_ID;
	p.time_type = VMCLOCK_TIME_TAI;
	p.status = VMCLOCK_STATUS_SYNCHRONIZED;
	p.flags = VMCLOCK_FLAG_TIME_MAXERROR_VALID |
		  VMCLOCK_FLAG_PERIOD_MAXERROR_VALID |
		  VMCLOCK_FLAG_VM_GEN_COUNTER_PRESENT;
	p.disruption_marker = marker;
	p.vm_generation = 5;
	p.line.counter = vmclock_counter();
	p.line.time.sec = 1800000000;
	p.line.period_frac = 1ULL << 32;
	vmclock_page_init(&page.abi, &p);
	vmclock_page_set(&page.abi, &p);
	if (ftruncate(file, 0) ||
	    pwrite(file, &page, bytes, 0) != (ssize_t)bytes)
		perror(path);
}

/* the time, and the same by a counter of before */
static bool tells_time(const struct vmclock *clk)
{
	__u64 counter = vmclock_counter();
	struct vmclock_bounds b, at;
	struct vmclock_time t;

	return !vmclock_now(clk, VMCLOCK_TIME_TAI, &t) &&
	       !vmclock_now_bounds(clk, VMCLOCK_TIME_TAI, &b) &&
	       !vmclock_at(clk, VMCLOCK_TIME_TAI, counter, &at) &&
	       !vmclock_time_before(t, at.time) &&
	       !vmclock_time_before(b.time, t) && t.sec >= 1800000000 &&
	       !vmclock_why(clk, VMCLOCK_TIME_TAI);
}

static void closed(struct vmclock *clk, const char *how)
{
	struct vmclock_epoch epoch;
	struct vmclock_bounds b;
	struct vmclock_time t;

	vmclock_close(clk);
	vmclock_close(clk);
	ktap_ok(vmclock_now(clk, VMCLOCK_TIME_TAI, &t) == -EBADF &&
		vmclock_now_bounds(clk, VMCLOCK_TIME_TAI, &b) == -EBADF &&
		vmclock_get_epoch(clk, &epoch) == -EBADF &&
		vmclock_wait(clk, 0) == -EOPNOTSUPP &&
		vmclock_why(clk, VMCLOCK_TIME_TAI),
		"%s: closed twice, every call fails", how);
	ktap_ok(!mapped, "%s: nothing is left mapped", how);
}

static void opened(const char *how, __u32 size)
{
	unsigned int before = descriptors();
	struct vmclock_epoch epoch;
	struct vmclock clk;

	write_page(size, 1, size < 4096 ? 4096 : size);
	ktap_ok(!vmclock_open(&clk, path) && tells_time(&clk),
		"%s: it tells the time", how);
	ktap_ok(clk.read_fd >= 0 ? !mapped : mapped == 1,
		"%s: it is mapped, or read", how);
	ktap_ok(!vmclock_get_epoch(&clk, &epoch) &&
		epoch.disruption_marker == 1 && epoch.vm_generation == 5 &&
		!vmclock_disrupted(&clk, &epoch), "%s: an epoch", how);
	write_page(size, 2, 4096);
	ktap_ok(vmclock_disrupted(&clk, &epoch) == 1,
		"%s: and its end", how);
	closed(&clk, how);
	ktap_ok(descriptors() == before, "%s: no descriptor is left", how);
}

static void refused(const char *how, int error)
{
	unsigned int before = descriptors();
	struct vmclock clk;

	write_page(4096, 1, 16);
	ktap_ok(vmclock_open(&clk, "/nonexistent") == -ENOENT,
		"%s: no device", how);
	if (mmap_error)
		ktap_ok(vmclock_open(&clk, path) == error,
			"%s: a file of 16 bytes", how);
	write_page(8192, 1, 4096);
	ktap_ok(vmclock_open(&clk, path) == error,
		"%s: a page larger than its region", how);
	ktap_ok(!mapped && descriptors() == before,
		"%s: refused, nothing is left open", how);
	closed(&clk, how);
}

static void torn(void)
{
	struct vmclock_bounds b;
	struct vmclock clk;
	__u32 odd = 3;

	write_page(4096, 1, 4096);
	if (vmclock_open(&clk, path) || pwrite(file, &odd, 4, 12) != 4)
		perror(path);
	ktap_ok(vmclock_now_bounds(&clk, VMCLOCK_TIME_TAI, &b) == -EAGAIN,
		"read: a page in the middle of a change");
	vmclock_close(&clk);
}

static void forked(const char *how)
{
	struct vmclock clk;
	int status;
	pid_t pid;

	write_page(4096, 1, 4096);
	if (vmclock_open(&clk, path))
		perror(path);
	pid = fork();
	if (!pid) {
		bool ok = tells_time(&clk);

		vmclock_close(&clk);
		_exit(!ok);
	}
	ktap_ok(waitpid(pid, &status, 0) == pid && !status,
		"%s: a child reads on, and closes", how);
	ktap_ok(tells_time(&clk), "%s: so does the parent", how);
	vmclock_close(&clk);
}

int main(void)
{
	ktap_begin(0);
	file = mkstemp(path);
	opened("mapped", 4096);
	forked("mapped");
	refused("mapped", -EBADMSG);
	mmap_error = ENODEV;
	opened("read", 4096);
	opened("read, 112 bytes", 112);
	forked("read");
	refused("read", -EBADMSG);
	torn();
	mmap_error = EPERM;
	refused("no mmap", -EPERM);
	unlink(path);
	return ktap_end();
}
