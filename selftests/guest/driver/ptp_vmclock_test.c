// SPDX-License-Identifier: GPL-2.0
/*
 * ptp_vmclock, tested through all that it shows to user space, on a page that
 * this program writes itself (selftests/modules/vmclock_fake) and on the
 * hypervisor's. Run as root in a guest, with both modules loaded:
 *
 *	make vm KERNEL=7.3 EXTMOD=selftests/modules/vmclock_fake RUN=script
 *
 * Every reading of the PTP clock is compared with the page's formula, to the
 * ns: the lines under test tick so slowly (15 to 1000 ns) that the result names
 * the counter value it was computed from, which must be between two readings of
 * the counter; few other results are possible.
 *
 * TAP on stdout, exit 4 if there is nothing to test.
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/netlink.h>
#include <linux/ptp_clock.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/timex.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "counter.h"
#include "ktap.h"
#include "vmclock/page.h"

#define FAKE		"/dev/vmclock_fake"
#define PLATFORM	"/sys/devices/platform/ptp_vmclock.0"
#define PARAMETERS	"/sys/module/ptp_vmclock/parameters/"
#define CLOCKSOURCE	"/sys/devices/system/clocksource/clocksource0/"
#define PAGE		4096
#define NSEC		1000000000LL
#define READINGS	100
#define FD_TO_CLOCKID(fd)	((~(clockid_t)(fd) << 3) | 3)

static struct vmclock_abi *page;	/* the fake page, writable */
static struct vmclock_params good;	/* a page that tells TAI */
static char dev_path[64], phc_path[64];	/* of the fake device; "" if none */

/* --- files ------------------------------------------------------------ */

static bool put_file(const char *path, const char *fmt, ...)
{
	char text[64];
	va_list args;
	int fd, n;

	va_start(args, fmt);
	n = vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	fd = open(path, O_WRONLY);
	if (fd < 0)
		return false;
	n = write(fd, text, n) == n;
	close(fd);
	return n;
}

/* first line of a file, or "" */
static const char *get_file(const char *dir, const char *name)
{
	static char text[256];
	char path[320];
	ssize_t n;
	int fd;

	snprintf(path, sizeof(path), "%s%s", dir, name);
	fd = open(path, O_RDONLY);
	n = fd < 0 ? -1 : read(fd, text, sizeof(text) - 1);
	if (fd >= 0)
		close(fd);
	text[n > 0 ? n : 0] = 0;
	text[strcspn(text, "\n")] = 0;
	return text;
}

static const char *attr(const char *name)
{
	return get_file(PLATFORM "/", name);
}

/* /dev node of the first entry of a folder that begins with prefix */
static void find_node(const char *folder, const char *prefix, char *path,
		      size_t size)
{
	DIR *d = opendir(folder);
	struct dirent *e;

	*path = 0;
	while (d && (e = readdir(d)))
		if (!strncmp(e->d_name, prefix, strlen(prefix)))
			snprintf(path, size, "/dev/%.32s", e->d_name);
	if (d)
		closedir(d);
}

/* --- the fake device -------------------------------------------------- */

/* The update as a hypervisor makes it. */
static bool old_sign;	/* tai_offset_sec is TAI - UTC */

static void set_page(const struct vmclock_params *p)
{
	vmclock_page_write_begin(page);
	vmclock_page_set(page, p);
	if (old_sign)
		page->tai_offset_sec = cpu_to_le16((u16)p->tai_offset_sec);
	vmclock_page_write_end(page);
}

/* A device over a page with these constants and values; whether it bound. */
static bool add_device(const struct vmclock_params *p, unsigned int bytes)
{
	put_file(FAKE, "del");
	vmclock_page_init(page, p);
	set_page(p);
	put_file(FAKE, "add %u", bytes);
	find_node(PLATFORM "/misc", "vmclock", dev_path, sizeof(dev_path));
	find_node(PLATFORM "/ptp", "ptp", phc_path, sizeof(phc_path));
	return access(PLATFORM "/driver", F_OK) == 0;
}

static void good_page(void)
{
	good = (struct vmclock_params){
		.size = sizeof(struct vmclock_abi),
		.version = 1,
		.counter_id = counter_id(),
		.time_type = VMCLOCK_TIME_TAI,
		.disruption_marker = 7,
		.flags = VMCLOCK_FLAG_TAI_OFFSET_VALID |
			 VMCLOCK_FLAG_VM_GEN_COUNTER_PRESENT,
		.status = VMCLOCK_STATUS_SYNCHRONIZED,
		.tai_offset_sec = 37,
		.vm_generation = 11,
		.line = {
			.counter = counter(),
			.time = { .sec = 1800000000, .frac = 1ULL << 63 },
			.period_frac = 0x100123456789ULL,
		},
	};
}

/* --- refusals --------------------------------------------------------- */

static void check_refused(const char *what, unsigned int bytes)
{
	put_file(FAKE, "del");
	put_file(FAKE, "add %u", bytes);
	ktap_ok(access(PLATFORM "/uevent", F_OK) == 0 &&
		access(PLATFORM "/driver", F_OK) != 0 &&
		access(PLATFORM "/misc", F_OK) != 0,
		"a page with %s is refused", what);
	put_file(FAKE, "del");
}

static void test_refused(void)
{
	put_file(FAKE, "del");
	vmclock_page_init(page, &good);
	set_page(&good);
	page->magic++;
	check_refused("another magic", PAGE);
	page->magic--;
	page->version++;
	check_refused("version 2", PAGE);
	page->version--;
	page->size = VMCLOCK_MIN_SIZE - 1;
	check_refused("a size without flags", PAGE);
	page->size = PAGE + 1;
	check_refused("a size beyond its region", PAGE);
	page->size = sizeof(*page);
	check_refused("a region without flags", VMCLOCK_MIN_SIZE - 8);
	check_refused("a region smaller than its size", sizeof(*page) - 8);
	memset(page, 0, sizeof(*page));
	check_refused("nothing in it", PAGE);
}

static void check_no_clock(const struct vmclock_params *p, const char *what,
			   const char *state)
{
	bool bound = add_device(p, PAGE);

	ktap_ok(bound && *dev_path && !*phc_path,
		"%s: a device, no PTP clock", what);
	ktap_ok(!strcmp(attr("state"), state), "%s: state is '%s'", what,
		attr("state"));
}

static void test_no_clock(void)
{
	struct vmclock_params p = good;

	p.counter_id = VMCLOCK_COUNTER_INVALID;
	p.status = VMCLOCK_STATUS_UNKNOWN;
	check_no_clock(&p, "page as QEMU's", "no time: page has no counter");
	p = good;
	p.counter_id = 77;
	check_no_clock(&p, "unknown counter",
		       "no time: page counts something else than this machine");
	p = good;
	p.time_type = VMCLOCK_TIME_INVALID_SMEARED;
	check_no_clock(&p, "smeared time",
		       "no time: time type is smeared or unknown");
	p = good;
	p.time_type = VMCLOCK_TIME_MONOTONIC;
	check_no_clock(&p, "monotonic time",
		       "no time: time is not TAI and has no TAI offset");
	p = good;
	p.size = VMCLOCK_MIN_SIZE;
	check_no_clock(&p, "page that ends behind its flags",
		       "no time: page is too small for a time");
}

/* --- read() ----------------------------------------------------------- */

static void test_read(void)
{
	unsigned char buf[2 * PAGE], *edge;
	int fd;

	add_device(&good, PAGE);
	fd = open(dev_path, O_RDONLY);
	memset(buf, 0xa5, sizeof(buf));
	ktap_ok(read(fd, buf, sizeof(buf)) == PAGE &&
		!memcmp(buf, page, PAGE) && buf[PAGE] == 0xa5,
		"read() gives the page and ends with it");
	ktap_ok(read(fd, buf, sizeof(buf)) == 0, "then end of file");
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
	put_file(FAKE, "del");
	add_device(&good, 512);
	fd = open(dev_path, O_RDONLY);
	ktap_ok(read(fd, buf, sizeof(buf)) == 512, "a region of 512 bytes");
	ktap_ok(mmap(NULL, PAGE, PROT_READ, MAP_SHARED, fd, 0) == MAP_FAILED &&
		errno == ENODEV, "mmap() would show what lies beside it");
	close(fd);
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

static void test_torn(void)
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

/* --- mmap(): never to be written -------------------------------------- */

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

static void test_mmap(void)
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

/* --- poll() ----------------------------------------------------------- */

static int poll_now(int fd)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };

	return poll(&p, 1, 0) < 0 ? -1 : p.revents;
}

static void test_poll(void)
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

/* --- the PTP clock ---------------------------------------------------- */

/* the page's TAI at a counter value, in ns */
static s64 tai_ns(const struct vmclock_params *p, u64 c)
{
	s16 offset = 0;
	struct vmclock_time t = vmclock_line_at(&p->line, c);

	vmclock_tai_offset(p, &offset);
	t.sec += offset;
	return vmclock_time_to_ns(t);
}

/* the counter value between a and b at which the page's TAI is ns, or 0 */
static u64 counter_at(const struct vmclock_params *p, s64 ns, u64 a, u64 b)
{
	u64 mid, end = b;

	while (a < b) {
		mid = a + (b - a) / 2;
		if (tai_ns(p, mid) < ns)
			a = mid + 1;
		else
			b = mid;
	}
	return a <= end && tai_ns(p, a) == ns ? a : 0;
}

static s64 timespec_ns(struct timespec t)
{
	return t.tv_sec * NSEC + t.tv_nsec;
}

static s64 ptp_ns(struct ptp_clock_time t)
{
	return t.sec * NSEC + t.nsec;
}

static s64 clock_ns(clockid_t id)
{
	struct timespec t;

	return clock_gettime(id, &t) ? -1 : timespec_ns(t);
}

static void check_gettime(int fd, const struct vmclock_params *p,
			  const char *what)
{
	int i, exact = 0;
	u64 a, b;
	s64 ns;

	for (i = 0; i < READINGS; i++) {
		a = counter();
		ns = clock_ns(FD_TO_CLOCKID(fd));
		b = counter();
		exact += counter_at(p, ns, a, b) != 0;
	}
	ktap_ok(exact == READINGS, "%s: clock_gettime(), %d of %d exact", what,
		exact, READINGS);
}

static void check_extended(int fd, const struct vmclock_params *p,
			   const char *what)
{
	struct ptp_sys_offset_extended x;
	s64 t0, t1, pre, post;
	int i, exact = 0, sys = 0;
	u64 a, b;

	for (i = 0; i < READINGS; i++) {
		memset(&x, 0, sizeof(x));
		x.n_samples = 1;
		t0 = clock_ns(CLOCK_REALTIME);
		a = counter();
		if (ioctl(fd, PTP_SYS_OFFSET_EXTENDED, &x))
			break;
		b = counter();
		t1 = clock_ns(CLOCK_REALTIME);
		pre = ptp_ns(x.ts[0][0]);
		post = ptp_ns(x.ts[0][2]);
		exact += counter_at(p, ptp_ns(x.ts[0][1]), a, b) != 0;
		sys += t0 <= pre && pre <= post && post <= t1;
	}
	ktap_ok(exact == READINGS && sys == READINGS,
		"%s: PTP_SYS_OFFSET_EXTENDED, %d of %d exact", what, exact,
		READINGS);
}

/*
 * Device and system time of a cross timestamp are of one counter value, which
 * the device time names: CLOCK_MONOTONIC_RAW must be a straight line over it.
 */
static void check_precise(int fd, const struct vmclock_params *p,
			  const char *what)
{
	struct ptp_sys_offset_precise x;
	s64 t0, t1, raw[READINGS], off, worst = 0;
	u64 a, b, c[READINGS];
	int i, sys = 0;

	for (i = 0; i < READINGS; i++) {
		memset(&x, 0, sizeof(x));
		t0 = clock_ns(CLOCK_REALTIME);
		a = counter();
		if (ioctl(fd, PTP_SYS_OFFSET_PRECISE, &x)) {
			ktap_ok(false, "%s: PTP_SYS_OFFSET_PRECISE: %s", what,
				strerror(errno));
			return;
		}
		b = counter();
		t1 = clock_ns(CLOCK_REALTIME);
		c[i] = counter_at(p, ptp_ns(x.device), a, b);
		raw[i] = ptp_ns(x.sys_monoraw);
		sys += c[i] && t0 <= ptp_ns(x.sys_realtime) &&
		       ptp_ns(x.sys_realtime) <= t1;
		usleep(100);
	}
	ktap_ok(sys == READINGS, "%s: PTP_SYS_OFFSET_PRECISE, %d of %d exact",
		what, sys, READINGS);
	for (i = 1; sys == READINGS && i < READINGS; i++) {
		off = (s64)((__int128)(c[i] - c[0]) *
			    (raw[READINGS - 1] - raw[0]) /
			    (s64)(c[READINGS - 1] - c[0])) - (raw[i] - raw[0]);
		worst = worst < llabs(off) ? llabs(off) : worst;
	}
	ktap_ok(sys == READINGS && worst <= 2,
		"%s: system time is of the same counter, off by %lld ns at most",
		what, (long long)worst);
}

static bool system_counts_it(void)
{
	const char *cs = get_file(CLOCKSOURCE, "current_clocksource");

	return !strcmp(cs, "tsc") || !strcmp(cs, "kvm-clock") ||
	       !strcmp(cs, "arch_sys_counter");
}

static void check_clock(const struct vmclock_params *p, const char *what)
{
	int fd;

	set_page(p);
	fd = open(phc_path, O_RDWR);
	if (!ktap_ok(fd >= 0, "%s: has a PTP clock", what))
		return;
	check_gettime(fd, p, what);
	check_extended(fd, p, what);
	if (system_counts_it())
		check_precise(fd, p, what);
	else
		ktap_skip(what, "no cross timestamps on %s",
			  get_file(CLOCKSOURCE, "current_clocksource"));
	close(fd);
}

static void test_clock(void)
{
	struct vmclock_params p = good;

	add_device(&p, PAGE);
	p.line.period_frac = 0x10c6f7a0b5eaULL;
	check_clock(&p, "shift 0");
	p.line.period_frac = 0xfedcba9876543211ULL;
	p.line.period_shift = 21;
	p.line.time.frac = 0x123456789abcdef0ULL;
	check_clock(&p, "shift 21");
	p.line.counter = counter() + (1ULL << 41);
	check_clock(&p, "anchor in the future");
	p.line.counter = counter() - (1ULL << 50);
	check_clock(&p, "anchor long ago");
	p.line.time.sec = 0;
	check_clock(&p, "1970");

	p = good;
	p.time_type = VMCLOCK_TIME_UTC;
	add_device(&p, PAGE);
	check_clock(&p, "UTC page: TAI = UTC + 37");
	old_sign = true;
	check_clock(&p, "UTC page with the sign of before version 1.1");
	old_sign = false;
}

static void check_einval(int fd, const struct vmclock_params *p,
			 const char *what)
{
	struct ptp_sys_offset_precise x;

	set_page(p);
	ktap_ok(clock_ns(FD_TO_CLOCKID(fd)) == -1 && errno == EINVAL,
		"%s: EINVAL", what);
	ktap_ok(!system_counts_it() ||
		(ioctl(fd, PTP_SYS_OFFSET_PRECISE, &x) == -1 &&
		 errno == EINVAL), "%s: EINVAL with the system's time", what);
}

static void check_readable(int fd, const struct vmclock_params *p,
			   const char *what)
{
	set_page(p);
	ktap_ok(clock_ns(FD_TO_CLOCKID(fd)) > 0, "%s: tells time", what);
}

static void test_clock_status(void)
{
	struct vmclock_params p = good;
	int fd;

	p.status = VMCLOCK_STATUS_INITIALIZING;
	add_device(&p, PAGE);
	fd = open(phc_path, O_RDWR);
	if (!ktap_ok(fd >= 0, "initializing: has a PTP clock already"))
		return;
	check_einval(fd, &p, "initializing");
	p.status = VMCLOCK_STATUS_FREERUNNING;
	check_readable(fd, &p, "freerunning");
	p.status = VMCLOCK_STATUS_UNRELIABLE;
	check_einval(fd, &p, "unreliable");
	p.status = VMCLOCK_STATUS_UNKNOWN;
	check_einval(fd, &p, "unknown");
	p.status = 9;
	check_einval(fd, &p, "a status from the future");
	p.status = VMCLOCK_STATUS_SYNCHRONIZED;
	check_readable(fd, &p, "synchronized");

	p.line.period_frac = 0;
	check_einval(fd, &p, "period 0");
	p.line.period_frac = ~0ULL;
	check_einval(fd, &p, "1 Hz");
	p.line.period_frac = 1;
	check_einval(fd, &p, "10^19 Hz");
	p = good;
	p.line.period_shift = 64;
	check_einval(fd, &p, "shift 64");
	p = good;
	p.line.time.sec = -1;
	check_einval(fd, &p, "a time before 1970");

	set_page(&good);
	page->magic = 0;
	ktap_ok(clock_ns(FD_TO_CLOCKID(fd)) == -1 && errno == EINVAL,
		"no page any more: EINVAL");
	ktap_ok(!strcmp(attr("state"), "page refused: magic is not VCLK"),
		"state says so");
	page->magic = VMCLOCK_MAGIC;
	check_readable(fd, &good, "a page again");

	page->seq_count |= 1;
	ktap_ok(clock_ns(FD_TO_CLOCKID(fd)) == -1 && errno == ETIMEDOUT,
		"a change that never ends: ETIMEDOUT");
	page->seq_count++;
	close(fd);

	p = good;
	p.time_type = VMCLOCK_TIME_UTC;
	p.flags &= ~VMCLOCK_FLAG_TAI_OFFSET_VALID;
	add_device(&p, PAGE);
	fd = open(phc_path, O_RDWR);
	check_einval(fd, &p, "UTC without offset");
	p.flags |= VMCLOCK_FLAG_TAI_OFFSET_VALID;
	check_readable(fd, &p, "UTC with offset");
	close(fd);
}

static void test_clock_fixed(void)
{
	struct timespec t = { .tv_sec = 1 };
	struct timex tx = { .modes = ADJ_FREQUENCY, .freq = 65536 };
	struct ptp_clock_caps caps;
	clockid_t id;
	int fd;

	add_device(&good, PAGE);
	fd = open(phc_path, O_RDWR);
	id = FD_TO_CLOCKID(fd);
	ktap_ok(clock_settime(id, &t) == -1 && errno == EOPNOTSUPP,
		"clock_settime(): EOPNOTSUPP");
	ktap_ok(clock_adjtime(id, &tx) == -1, "no frequency");
	tx.freq = 0;
	ktap_ok(clock_adjtime(id, &tx) == -1 && errno == EOPNOTSUPP,
		"frequency 0: EOPNOTSUPP");
	tx = (struct timex){ .modes = ADJ_SETOFFSET, .time = { 1, 0 } };
	ktap_ok(clock_adjtime(id, &tx) == -1 && errno == EOPNOTSUPP,
		"offset: EOPNOTSUPP");
	ktap_ok(!ioctl(fd, PTP_CLOCK_GETCAPS, &caps) && !caps.max_adj &&
		caps.cross_timestamping, "capabilities");
	close(fd);
}

/* Each clocksource in turn, as often as there are some. */
static void test_clocksources(void)
{
	char old[32], all[128], *cs, *next = all;
	struct ptp_sys_offset_precise x;
	int fd, round, bad = 0, tried = 0;
	bool precise;

	snprintf(old, sizeof(old), "%s",
		 get_file(CLOCKSOURCE, "current_clocksource"));
	snprintf(all, sizeof(all), "%s",
		 get_file(CLOCKSOURCE, "available_clocksource"));
	add_device(&good, PAGE);
	fd = open(phc_path, O_RDWR);
	while ((cs = strsep(&next, " "))) {
		if (!*cs || !put_file(CLOCKSOURCE "current_clocksource", cs))
			continue;
		for (round = 0; round < 3; round++) {
			precise = !ioctl(fd, PTP_SYS_OFFSET_PRECISE, &x);
			bad += precise != system_counts_it() ||
			       (!precise && errno != ENODEV);
			bad += clock_ns(FD_TO_CLOCKID(fd)) < 0;
			tried++;
		}
		check_extended(fd, &good, cs);
		if (system_counts_it())
			check_precise(fd, &good, cs);
	}
	put_file(CLOCKSOURCE "current_clocksource", old);
	ktap_ok(tried && !bad, "cross timestamps follow the clocksource");
	close(fd);
}

/* From 6.12 on the first reserved word names the clock. */
static void test_extended_clockid(void)
{
	struct ptp_sys_offset_extended x = { .n_samples = 1 };
	s64 t0, t1;
	int fd;

	add_device(&good, PAGE);
	fd = open(phc_path, O_RDWR);
	((__u32 *)&x)[1] = CLOCK_MONOTONIC_RAW;
	t0 = clock_ns(CLOCK_MONOTONIC_RAW);
	if (ioctl(fd, PTP_SYS_OFFSET_EXTENDED, &x)) {
		ktap_skip("PTP_SYS_OFFSET_EXTENDED", "no other clocks here");
		close(fd);
		return;
	}
	t1 = clock_ns(CLOCK_MONOTONIC_RAW);
	ktap_ok(t0 <= ptp_ns(x.ts[0][0]) && ptp_ns(x.ts[0][2]) <= t1,
		"PTP_SYS_OFFSET_EXTENDED of CLOCK_MONOTONIC_RAW");
	close(fd);
}

/* --- attributes ------------------------------------------------------- */

static void check_attr(const char *name, const char *value)
{
	ktap_ok(!strcmp(attr(name), value), "%s is %s, wanted %s", name,
		attr(name), value);
}

static void test_bounds(void)
{
	struct vmclock_params p = good;
	u64 a, b, ns;

	p.flags |= VMCLOCK_FLAG_TIME_MAXERROR_VALID |
		   VMCLOCK_FLAG_TIME_ESTERROR_VALID |
		   VMCLOCK_FLAG_PERIOD_ESTERROR_VALID;
	p.maxerror_ns = 1000;
	p.esterror_ns = 55;
	set_page(&p);
	check_attr("maxerror_ns", "unknown");
	check_attr("esterror_ns", "55");
	p.flags |= VMCLOCK_FLAG_PERIOD_MAXERROR_VALID;
	p.line.counter = counter();
	p.maxerror_rate_frac = p.line.period_frac / 2000;
	set_page(&p);
	a = vmclock_maxerror_at(&p, counter());
	ns = strtoull(attr("maxerror_ns"), NULL, 10);
	b = vmclock_maxerror_at(&p, counter());
	ktap_ok(a <= ns && ns <= b && a > 1000,
		"maxerror_ns grows: %llu in %llu..%llu", (unsigned long long)ns,
		(unsigned long long)a, (unsigned long long)b);
	p.status = VMCLOCK_STATUS_UNKNOWN;
	set_page(&p);
	check_attr("maxerror_ns", "unknown");
	check_attr("esterror_ns", "unknown");
}

static void test_attributes(void)
{
	struct vmclock_params p = good;

	add_device(&p, PAGE);
	check_attr("state", "ok");
	check_attr("clock_status", "synchronized");
	check_attr("time_type", "tai");
	check_attr("tai_offset", "37");
	check_attr("leap_indicator", "none");
	check_attr("disruption_marker", "7");
	check_attr("vm_generation_counter", "11");
	check_attr("notification", "0");
	check_attr("maxerror_ns", "unknown");
	check_attr("esterror_ns", "unknown");

	p.status = VMCLOCK_STATUS_UNRELIABLE;
	p.leap = VMCLOCK_LEAP_PRE_NEG;
	p.disruption_marker = ~0ULL;
	p.flags = VMCLOCK_FLAG_NOTIFICATION_PRESENT;
	set_page(&p);
	check_attr("state", "no time: host says that its clock is unreliable");
	check_attr("clock_status", "unreliable");
	check_attr("tai_offset", "unknown");
	check_attr("leap_indicator", "pre-negative");
	check_attr("disruption_marker", "18446744073709551615");
	check_attr("vm_generation_counter", "unknown");
	check_attr("notification", "1");
	p.status = 200;
	p.leap = 77;
	set_page(&p);
	check_attr("clock_status", "200");
	check_attr("leap_indicator", "77");
	test_bounds();
}

/* --- uevents ---------------------------------------------------------- */

static int uevent_open(void)
{
	struct sockaddr_nl addr = { .nl_family = AF_NETLINK, .nl_groups = 1 };
	struct timeval limit = { .tv_sec = 10 };
	int fd = socket(AF_NETLINK, SOCK_DGRAM, NETLINK_KOBJECT_UEVENT);

	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit));
	return bind(fd, (struct sockaddr *)&addr, sizeof(addr)) ? -1 : fd;
}

static bool has_line(const char *buf, ssize_t n, const char *line)
{
	const char *p;

	for (p = buf; p < buf + n; p += strlen(p) + 1)
		if (!strcmp(p, line))
			return true;
	return false;
}

/* The next uevent of the fake device is this one, with this variable. */
static void check_uevent(int fd, const char *event, const char *variable)
{
	char buf[4096], line[64];
	ssize_t n;

	snprintf(line, sizeof(line), "VMCLOCK_EVENT=%s", event);
	do {
		n = recv(fd, buf, sizeof(buf) - 1, 0);
		buf[n > 0 ? n : 0] = 0;
	} while (n > 0 && !(strstr(buf, "ptp_vmclock.0") &&
			    !strncmp(buf, "change@", 7)));
	ktap_ok(n > 0 && has_line(buf, n, line) && has_line(buf, n, variable),
		"uevent %s, %s", line, variable);
}

static void test_uevents(void)
{
	struct vmclock_params p = good;
	int fd;

	if (!put_file(PARAMETERS "poll_ms", "10")) {
		ktap_skip("uevents", "no parameter poll_ms");
		return;
	}
	add_device(&p, PAGE);
	usleep(200000);
	fd = uevent_open();
	p.disruption_marker = 8;
	set_page(&p);
	check_uevent(fd, "disruption", "DISRUPTION_MARKER=8");
	p.vm_generation = 12;
	set_page(&p);
	check_uevent(fd, "generation", "VM_GENERATION=12");
	p.disruption_marker = 9;
	p.vm_generation = 13;
	set_page(&p);
	check_uevent(fd, "disruption", "VM_GENERATION=13");
	check_uevent(fd, "generation", "DISRUPTION_MARKER=9");
	p.status = VMCLOCK_STATUS_FREERUNNING;
	set_page(&p);
	check_uevent(fd, "status", "CLOCK_STATUS=freerunning");
	p.flags |= VMCLOCK_FLAG_DISRUPTION_IMMINENT;
	set_page(&p);
	check_uevent(fd, "warning", "CLOCK_STATUS=freerunning");
	p.leap = VMCLOCK_LEAP_PRE_POS;
	set_page(&p);
	check_uevent(fd, "leap", "DISRUPTION_MARKER=9");

	page->magic = 0;
	usleep(200000);
	p.disruption_marker = 10;
	set_page(&p);
	page->magic = VMCLOCK_MAGIC;
	check_uevent(fd, "disruption", "DISRUPTION_MARKER=10");
	close(fd);
	put_file(PARAMETERS "poll_ms", "1000");
}

static void test_parameters(void)
{
	ktap_ok(!put_file(PARAMETERS "poll_ms", "9") &&
		!put_file(PARAMETERS "poll_ms", "3600001") &&
		!put_file(PARAMETERS "poll_ms", "-1") &&
		!put_file(PARAMETERS "poll_ms", "soon") &&
		!put_file(PARAMETERS "lock", "maybe"),
		"parameters that make no sense are refused");
	ktap_ok(put_file(PARAMETERS "poll_ms", "0") &&
		put_file(PARAMETERS "poll_ms", "1000"),
		"poll_ms takes 0 and 1000");
}

/* --- the end ---------------------------------------------------------- */

/* What is open stays, and fails. */
static void test_unbind(void)
{
	int fd, phc, i;
	char buf[8];
	void *map;

	add_device(&good, PAGE);
	fd = open(dev_path, O_RDONLY);
	phc = open(phc_path, O_RDWR);
	map = mmap(NULL, PAGE, PROT_READ, MAP_SHARED, fd, 0);
	ktap_ok(put_file("/sys/bus/platform/drivers/ptp_vmclock/unbind",
			 "ptp_vmclock.0"), "unbound while open");
	ktap_ok(pread(fd, buf, 8, 0) == -1 && errno == ENODEV,
		"unbound: read() says ENODEV");
	ktap_ok(poll_now(fd) == (POLLHUP | POLLERR), "unbound: poll() too");
	ktap_ok(mmap(NULL, PAGE, PROT_READ, MAP_SHARED, fd, 0) == MAP_FAILED,
		"unbound: no new mapping");
	ktap_ok(!memcmp(map, page, 8), "unbound: the old mapping is there");
	ktap_ok(clock_ns(FD_TO_CLOCKID(phc)) == -1, "unbound: no PTP clock");
	ktap_ok(put_file("/sys/bus/platform/drivers/ptp_vmclock/bind",
			 "ptp_vmclock.0"), "bound again");
	munmap(map, PAGE);
	close(fd);
	close(phc);
	for (i = 0; i < 50; i++)
		add_device(&good, PAGE);
	ktap_ok(access(dev_path, F_OK) == 0 && access(phc_path, F_OK) == 0,
		"50 times made and removed");
}

/* --- the hypervisor's page -------------------------------------------- */

static void test_live(void)
{
	struct pollfd p = { .events = POLLIN };
	struct vmclock_abi copy;
	int phc, i, woken = 0;
	s64 tai;

	p.fd = open("/dev/vmclock0", O_RDONLY);
	phc = open("/dev/ptp0", O_RDWR);
	if (p.fd < 0 || phc < 0) {
		ktap_skip("hypervisor's page", "no /dev/vmclock0 and ptp0");
		return;
	}
	ktap_ok(pread(p.fd, &copy, sizeof(copy), 0) == sizeof(copy) &&
		le32_to_cpu(copy.magic) == VMCLOCK_MAGIC,
		"hypervisor's page can be read");
	tai = clock_ns(FD_TO_CLOCKID(phc));
	ktap_ok(llabs(tai - clock_ns(CLOCK_REALTIME) - 37 * NSEC) < 10 * NSEC,
		"its PTP clock is TAI");
	if (!getenv("VMCLOCK_NOTIFIES")) {
		ktap_skip("notification", "VMCLOCK_NOTIFIES is not set");
	} else {
		for (i = 0; i < 3 && poll(&p, 1, 20000) == 1; i++)
			woken += p.revents == POLLIN &&
				 pread(p.fd, &copy, sizeof(copy), 0) > 0;
		ktap_ok(woken == 3, "poll() was woken %d times of 3", woken);
	}
	close(p.fd);
	close(phc);
}

static bool fake_open(void)
{
	int fd = open(FAKE, O_RDWR);

	if (fd < 0)
		return false;
	page = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	close(fd);
	return page != MAP_FAILED;
}

static void test_fake(void)
{
	good_page();
	test_refused();
	test_no_clock();
	test_read();
	test_torn();
	test_mmap();
	test_poll();
	test_clock();
	test_clock_status();
	test_clock_fixed();
	test_clocksources();
	test_extended_clockid();
	test_attributes();
	test_uevents();
	test_parameters();
	test_unbind();
	put_file(FAKE, "del");
}

int main(void)
{
	if (access("/sys/bus/platform/drivers/ptp_vmclock", F_OK))
		ktap_skip_all("ptp_vmclock is not loaded");
	ktap_begin(0);
	test_live();
	if (fake_open())
		test_fake();
	else
		ktap_skip("the rest", "no %s: modprobe vmclock_fake", FAKE);
	return ktap_end();
}
