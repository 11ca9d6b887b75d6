// SPDX-License-Identifier: GPL-2.0
/*
 * /dev/vmclock_host: that it can be read, mapped and waited for, and not be
 * written to; that its page follows what is done to the clock. To be run as
 * root on a machine of which the clock may be stepped, with vmclock_host
 * loaded and nobody else steering the clock.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/timex.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "ktap.h"
#include "vmclock/page.h"
#include "counter.h"

#define DEVICE		"/dev/vmclock_host"
#define CLOCKSOURCE	"/sys/devices/system/clocksource/clocksource0/"
#define READS		20000
/* to wait for what takes a second at most */
#define PATIENCE_MS	10000
/* an idle clock's distance from the page is 155 ppb of a second at most */
#define MARGIN_NS	200

static const struct vmclock_abi *page;
static size_t page_size;
/* The fields that never change: magic to time_type. */
static u8 constant[offsetof(struct vmclock_abi, seq_count)];

static void get(struct vmclock_params *p)
{
	while (vmclock_page_read(page, sizeof(*page), p))
		;
}

/* Wait until the page fulfils a condition. */
#define wait_for(p, condition) ({					\
	int ms_;							\
									\
	for (ms_ = 0; ms_ < PATIENCE_MS; ms_++) {			\
		get(p);							\
		if (condition)						\
			break;						\
		usleep(1000);						\
	}								\
	(condition);							\
})

static int adjust(unsigned int modes, struct timex tx)
{
	tx.modes = modes;
	return adjtimex(&tx);
}

/* Something that changes the page's line. */
static void change_frequency(void)
{
	struct timex tx = { .modes = 0 };

	adjtimex(&tx);
	tx.freq ^= 1;
	adjust(ADJ_FREQUENCY, tx);
}

static void step_s(int sec)
{
	adjust(ADJ_SETOFFSET, (struct timex){ .time.tv_sec = sec });
}

static bool is_ready(int fd)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };

	return poll(&p, 1, 0) == 1 && p.revents == POLLIN;
}

static void test_constant(const char *after)
{
	ktap_ok(!memcmp(constant, page, sizeof(constant)),
		"%s, the first %zu bytes are what they were", after,
		sizeof(constant));
}

static void test_read(int fd)
{
	struct vmclock_abi a, b;
	u8 *all = malloc(2 * page_size);
	size_t i, rest = 0, pieces = 0;
	ssize_t n;

	n = read(fd, all, 2 * page_size);
	ktap_ok(n == (ssize_t)page_size, "read gives the page and no more");
	ktap_ok(!read(fd, all, 1), "end of file behind the page");
	ktap_ok(!pread(fd, all, 1, page_size + 5), "end of file far behind");
	ktap_ok(pread(fd, all + page_size, 100, page_size - 10) == 10,
		"a read across the end is short");
	for (i = sizeof(struct vmclock_abi); i < page_size; i++)
		rest += all[i] != 0;
	ktap_ok(!rest, "behind the structure there are zeros");

	do {
		pread(fd, &a, sizeof(a), 0);
		for (i = 0; i < sizeof(b); i += n, pieces++) {
			n = pread(fd, (u8 *)&b + i,
				  i + 7 > sizeof(b) ? sizeof(b) - i : 7, i);
			if (n <= 0)
				break;
		}
		pread(fd, all, sizeof(a), 0);
	} while (memcmp(&a, all, sizeof(a)));
	ktap_ok(pieces == 16 && !memcmp(&a, &b, sizeof(a)),
		"read in pieces of 7 bytes it is the same");
	ktap_ok(read(fd, all, 0) == 0 &&
		pread(fd, (void *)page, 100, 0) == -1 && errno == EFAULT,
		"no writable buffer: EFAULT");
	free(all);
}

static void test_page(int fd)
{
	struct vmclock_params p;
	struct vmclock_abi copy;
	const char *defect;

	do {
		get(&p);
		pread(fd, &copy, sizeof(copy), 0);
	} while (le32toh(copy.seq_count) != p.seq);
	ktap_ok(!memcmp(&copy, page, sizeof(copy)), "map and read agree");
	defect = vmclock_page_defect(&p);
	ktap_ok(!defect && p.size == page_size, "a page%s%s",
		defect ? ": " : "", defect ? defect : "");
	p.status = VMCLOCK_STATUS_SYNCHRONIZED;
	defect = vmclock_time_defect(&p, counter_id());
	ktap_ok(!defect, "with a time%s%s", defect ? ": " : "",
		defect ? defect : "");
}

static void test_poll(int fd)
{
	int first = open(DEVICE, O_RDONLY), second = open(DEVICE, O_RDONLY);
	struct pollfd p = { .fd = fd, .events = POLLIN };
	u8 byte;

	ktap_ok(is_ready(first) && is_ready(second), "files just opened are ready");
	read(first, &byte, 1);
	ktap_ok(!is_ready(first), "a file that has read is not");
	ktap_ok(is_ready(second), "the other still is");
	pread(second, &byte, 1, 0);
	pread(fd, &byte, 1, 0);
	if (!fork()) {
		usleep(100000);
		change_frequency();
		_exit(0);
	}
	ktap_ok(poll(&p, 1, PATIENCE_MS) == 1 && p.revents == POLLIN,
		"a change of the clock wakes up");
	wait(NULL);
	ktap_ok(is_ready(first) && is_ready(second), "and makes all ready");
	close(first);
	close(second);
}

static void test_permissions(void)
{
	struct stat st;
	int status;

	ktap_ok(!stat(DEVICE, &st) && (st.st_mode & 07777) == 0444, "mode 0444");
	if (!fork()) {
		char byte;

		if (setgid(65534) || setuid(65534))
			_exit(2);
		_exit(read(open(DEVICE, O_RDONLY), &byte, 1) != 1 ||
		      open(DEVICE, O_RDWR) != -1 || errno != EACCES);
	}
	wait(&status);
	ktap_ok(!status, "everybody may read, nobody else than root open for writing");
}

static bool unwritable(const void *map)
{
	struct iovec from = { "x", 1 }, to = { (void *)map, 1 };
	int mem = open("/proc/self/mem", O_RDWR), zero = open("/dev/zero", O_RDONLY);
	bool ok = true;

	ok &= mprotect((void *)map, page_size, PROT_READ | PROT_WRITE) == -1 &&
	      errno == EACCES;
	ok &= pwrite(mem, "x", 1, (off_t)map) == -1;
	ok &= process_vm_writev(getpid(), &from, 1, &to, 1, 0) == -1;
	ok &= read(zero, (void *)map, 1) == -1 && errno == EFAULT;
	close(mem);
	close(zero);
	return ok && *(const u8 *)map == 'V';
}

static bool refused(int fd, size_t size, off_t offset, int prot, int flags,
		    int error)
{
	return mmap(NULL, size, prot, flags, fd, offset) == MAP_FAILED &&
	       errno == error;
}

static void test_write(int fd)
{
	int rw = open(DEVICE, O_RDWR);
	void *shared = mmap(NULL, page_size, PROT_READ, MAP_SHARED, rw, 0);
	void *private = mmap(NULL, page_size, PROT_READ, MAP_PRIVATE, rw, 0);

	ktap_ok(refused(fd, page_size, 0, PROT_READ | PROT_WRITE, MAP_SHARED,
			EACCES), "no writable map of a file open for reading");
	ktap_ok(refused(rw, page_size, 0, PROT_READ | PROT_WRITE, MAP_SHARED,
			EROFS) &&
		refused(rw, page_size, 0, PROT_WRITE, MAP_SHARED, EROFS) &&
		refused(rw, page_size, 0, PROT_READ | PROT_WRITE, MAP_PRIVATE,
			EROFS), "nor of one open for writing, nor a private one");
	ktap_ok(unwritable(page), "mprotect, mem, process_vm_writev, read can't write to a map");
	ktap_ok(shared != MAP_FAILED && unwritable(shared),
		"nor to a shared map of a file open for writing");
	ktap_ok(private != MAP_FAILED && unwritable(private),
		"nor to a private one");
	ktap_ok(write(rw, "x", 1) == -1 && pwrite(rw, "x", 1, 0) == -1,
		"write fails");
	ktap_ok(refused(fd, 2 * page_size, 0, PROT_READ, MAP_SHARED, EINVAL) &&
		refused(fd, page_size, page_size, PROT_READ, MAP_SHARED,
			EINVAL),
		"only the one page can be mapped");
	munmap(shared, page_size);
	munmap(private, page_size);
	close(rw);
}

static s64 clock_ns(clockid_t id)
{
	struct timespec ts;

	clock_gettime(id, &ts);
	return ts.tv_sec * 1000000000LL + ts.tv_nsec;
}

/* How far a page's time is outside two readings of the clock around it. */
static s64 outside_ns(const struct vmclock_params *p, s64 before, u64 count,
		      s64 after)
{
	s64 ns = vmclock_time_to_ns(vmclock_line_at(&p->line, count));

	return ns < before ? before - ns : ns > after ? ns - after : 0;
}

/* The worst of a number of times, and how many were earlier than the last. */
static s64 worst_by_map(int reads, int *backward)
{
	struct vmclock_time last = { 0 };
	struct vmclock_params p, again;
	s64 worst = 0;

	*backward = 0;

	while (reads--) {
		struct vmclock_time t;
		clockid_t id;
		s64 before, after, ns;
		u64 count;

		do {
			get(&p);
			id = p.time_type == VMCLOCK_TIME_TAI ? CLOCK_TAI :
							       CLOCK_REALTIME;
			before = clock_ns(id);
			count = counter();
			after = clock_ns(id);
			get(&again);
		} while (again.seq != p.seq);
		ns = outside_ns(&p, before, count, after);
		worst = ns > worst ? ns : worst;
		t = vmclock_line_at(&p.line, count);
		if (p.flags & VMCLOCK_FLAG_TIME_MONOTONIC)
			*backward += vmclock_time_before(t, last);
		last = t;
	}
	return worst;
}

static bool time_is_right(void)
{
	int backward;

	return worst_by_map(1, &backward) <= MARGIN_NS;
}

/*
 * Between changes of the frequency by 20 ppm the line of a page read a moment
 * ago is at most some ns off, so a torn page shows.
 */
static s64 worst_by_read(int fd, int reads)
{
	s64 worst = 0;

	while (reads--) {
		struct vmclock_abi copy;
		struct vmclock_params p;
		s64 before = clock_ns(CLOCK_REALTIME), ns;
		u64 count = counter();
		s64 after = clock_ns(CLOCK_REALTIME);

		if (pread(fd, &copy, sizeof(copy), 0) != sizeof(copy))
			return -1;
		vmclock_page_decode(&copy, &p);
		p.line.time.sec -= p.tai_offset_sec;
		ns = outside_ns(&p, before, count, after);
		worst = ns > worst ? ns : worst;
	}
	return worst;
}

static void test_time(int fd)
{
	struct timex tx = { .modes = 0 };
	int backward;
	s64 by_map = worst_by_map(1000, &backward), by_read;
	pid_t child;

	ktap_ok(by_map <= MARGIN_NS, "time is the clock's (outside by %lld ns)",
		(long long)by_map);
	adjtimex(&tx);
	child = fork();
	if (!child) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		for (;; tx.freq ^= 20 << 16) {
			adjust(ADJ_FREQUENCY, tx);
			usleep(random() % 1000);
		}
	}
	by_map = worst_by_map(READS, &backward);
	by_read = worst_by_read(fd, READS);
	kill(child, SIGKILL);
	waitpid(child, NULL, 0);
	adjust(ADJ_FREQUENCY, tx);
	ktap_ok(by_map <= 10 * MARGIN_NS && by_read >= 0 &&
		by_read <= 10 * MARGIN_NS,
		"%d maps and %d reads during changes are whole (outside by %lld and %lld ns)",
		READS, READS, (long long)by_map, (long long)by_read);
	ktap_ok(!backward, "and their times never go back (%d do)", backward);
}

static void test_marker(void)
{
	struct vmclock_params before, p;

	get(&before);
	change_frequency();
	ktap_ok(wait_for(&p, p.seq != before.seq) &&
		p.disruption_marker == before.disruption_marker,
		"a change of frequency is no disruption");
	step_s(1);
	ktap_ok(wait_for(&p, p.disruption_marker != before.disruption_marker) &&
		time_is_right(), "a step forward is one");
	before = p;
	step_s(-1);
	ktap_ok(wait_for(&p, p.disruption_marker != before.disruption_marker) &&
		time_is_right(), "a step backward too");
	ktap_ok(p.disruption_marker != before.disruption_marker - 1,
		"markers don't come again");
	ktap_ok(!(p.flags & VMCLOCK_FLAG_TIME_MONOTONIC),
		"after a step backward the time isn't monotonic");
	change_frequency();
	ktap_ok(wait_for(&p, p.flags & VMCLOCK_FLAG_TIME_MONOTONIC),
		"but is again after the next change");
}

static void tell_tai(int offset_sec)
{
	adjust(ADJ_TAI, (struct timex){ .constant = offset_sec });
}

/* The kernel is told its TAI offset late, as by an NTP daemon that starts. */
static void test_tai(void)
{
	const u64 valid = VMCLOCK_FLAG_TAI_OFFSET_VALID;
	struct vmclock_params before, p;

	get(&before);
	if (before.flags & valid) {
		ktap_skip("a TAI offset", "the kernel has one");
		return;
	}
	ktap_ok(before.time_type == VMCLOCK_TIME_UTC,
		"made without a TAI offset, the page is UTC");
	tell_tai(37);
	ktap_ok(wait_for(&p, p.flags & valid) &&
		(s16)le16_to_cpu(page->tai_offset_sec) == -37 &&
		time_is_right(), "told one, it has the field UTC - TAI");
	tell_tai(65536 + 37);
	ktap_ok(wait_for(&p, !(p.flags & valid)) && !page->tai_offset_sec &&
		time_is_right(), "told one that doesn't fit, it has none");
	tell_tai(37);
	wait_for(&p, p.flags & valid);
	tell_tai(0);
	ktap_ok(wait_for(&p, !(p.flags & valid)) && time_is_right(),
		"told that there is none, it has none");
	ktap_ok(p.disruption_marker == before.disruption_marker,
		"none of that is a disruption of UTC");
	test_constant("told of TAI");
}

/* 16 s are the kernel's word for an error that it doesn't know. */
static void test_unbounded(u64 valid)
{
	struct vmclock_params before, p;

	adjust(ADJ_MAXERROR, (struct timex){ .maxerror = 1000000 });
	wait_for(&before, before.maxerror_ns >= 1000000000);
	adjust(ADJ_MAXERROR, (struct timex){ .maxerror = 16000000 });
	ktap_ok(wait_for(&p, !(p.flags & valid)) &&
		p.disruption_marker == before.disruption_marker,
		"its error unknown: no bound, and no disruption");
	adjust(ADJ_MAXERROR, (struct timex){ .maxerror = 2000 });
	ktap_ok(wait_for(&p, (p.flags & valid) == valid) &&
		p.maxerror_ns < 25000000 &&
		p.disruption_marker == before.disruption_marker,
		"known again, within the bounds of before: neither");
	adjust(ADJ_MAXERROR, (struct timex){ .maxerror = 16000000 });
	wait_for(&p, !(p.flags & valid));
	adjust(ADJ_MAXERROR, (struct timex){ .maxerror = 5000000 });
	ktap_ok(wait_for(&p, (p.flags & valid) == valid) &&
		p.disruption_marker != before.disruption_marker,
		"outside of them: a disruption");
	step_s(1);
	usleep(1500000);
	get(&p);
	ktap_ok(p.status == VMCLOCK_STATUS_FREERUNNING && !(p.flags & valid),
		"stepped: no bound until somebody sets one");
}

static void test_status(void)
{
	const u64 valid = VMCLOCK_FLAG_TIME_MAXERROR_VALID |
			  VMCLOCK_FLAG_TIME_ESTERROR_VALID |
			  VMCLOCK_FLAG_PERIOD_MAXERROR_VALID;
	struct vmclock_params p;
	u64 error;

	adjust(ADJ_STATUS | ADJ_MAXERROR | ADJ_ESTERROR,
	       (struct timex){ .maxerror = 2000, .esterror = 300 });
	ktap_ok(wait_for(&p, p.status == VMCLOCK_STATUS_SYNCHRONIZED),
		"synchronised");
	error = vmclock_maxerror_at(&p, p.line.counter);
	ktap_ok((p.flags & valid) == valid && p.esterror_ns == 300000 &&
		error >= 2000000 && error < 25000000,
		"with its errors (maximum %llu ns)", (unsigned long long)error);
	ktap_ok(vmclock_maxerror_at(&p, p.line.counter + 1) > error,
		"which grow");
	adjust(ADJ_MAXERROR, (struct timex){ .maxerror = 500000 });
	ktap_ok(wait_for(&p, p.maxerror_ns >= 500000000), "a larger error");
	adjust(ADJ_MAXERROR, (struct timex){ .maxerror = 100 });
	ktap_ok(wait_for(&p, p.maxerror_ns < 25000000), "a smaller error");

	adjust(ADJ_STATUS, (struct timex){ .status = STA_INS });
	ktap_ok(wait_for(&p, p.leap == VMCLOCK_LEAP_PRE_POS),
		"a leap second is announced");
	adjust(ADJ_STATUS, (struct timex){ .status = STA_DEL });
	ktap_ok(wait_for(&p, p.leap == VMCLOCK_LEAP_PRE_NEG),
		"one to be left out");
	adjust(ADJ_STATUS, (struct timex){ .status = 0 });
	ktap_ok(wait_for(&p, p.leap == VMCLOCK_LEAP_NONE), "and called off");

	adjust(ADJ_STATUS, (struct timex){ .status = STA_UNSYNC });
	ktap_ok(wait_for(&p, p.status == VMCLOCK_STATUS_FREERUNNING),
		"no longer synchronised: free-running");
	test_unbounded(valid);
}

static bool write_file(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY);
	bool ok = fd >= 0 && write(fd, text, strlen(text)) > 0;

	close(fd);
	return ok;
}

static void read_file(const char *path, char *text, size_t size)
{
	int fd = open(path, O_RDONLY);
	ssize_t n = read(fd, text, size - 1);

	text[n > 0 ? n : 0] = 0;
	strtok(text, "\n");
	close(fd);
}

/* What is no time can't jump, nor be right within anything. */
static void test_no_counter(const char *name)
{
	struct vmclock_params before, p;
	u64 flags = 0;
	int i;

	adjust(ADJ_STATUS | ADJ_MAXERROR, (struct timex){ .maxerror = 2000 });
	get(&before);
	for (i = 0; i < 20; i++) {
		adjust(ADJ_FREQUENCY, (struct timex){ .freq = i << 20 });
		usleep(20000);
		get(&p);
		flags |= p.flags;
	}
	adjust(ADJ_FREQUENCY, (struct timex){ .freq = 0 });
	ktap_ok(p.disruption_marker == before.disruption_marker,
		"%s: a change of frequency is no disruption", name);
	ktap_ok(!(flags & (VMCLOCK_FLAG_TIME_MAXERROR_VALID |
			   VMCLOCK_FLAG_TIME_MONOTONIC)),
		"%s: nothing is said of the time", name);
}

static void test_clocksource(void)
{
	char current[64], available[256], *other, *rest = available;
	struct vmclock_params before, p;

	read_file(CLOCKSOURCE "current_clocksource", current, sizeof(current));
	read_file(CLOCKSOURCE "available_clocksource", available,
		  sizeof(available));
	do {
		other = strsep(&rest, " ");
	} while (other && (!*other || !strcmp(other, current)));
	if (!other) {
		ktap_skip("another clocksource", "there is none");
		return;
	}
	get(&before);
	write_file(CLOCKSOURCE "current_clocksource", other);
	ktap_ok(wait_for(&p, p.status == VMCLOCK_STATUS_UNRELIABLE) &&
		!p.line.period_frac, "%s: no counter, no time", other);
	test_no_counter(other);
	test_constant(other);
	write_file(CLOCKSOURCE "current_clocksource", current);
	ktap_ok(wait_for(&p, p.status != VMCLOCK_STATUS_UNRELIABLE) &&
		p.disruption_marker != before.disruption_marker &&
		time_is_right(), "%s: a new line", current);
	test_constant(current);
}

static int unload(void)
{
	return syscall(SYS_delete_module, "vmclock_host", O_NONBLOCK);
}

/* Closes everything; the last test. */
static void test_unload(int fd)
{
	struct vmclock_params before, p;

	ktap_ok(unload() == -1 && errno == EWOULDBLOCK,
		"the module can't be unloaded while it is in use");
	close(fd);
	ktap_ok(unload() == -1 && errno == EWOULDBLOCK,
		"nor while only a map is left");
	get(&before);
	munmap((void *)page, page_size);
	if (unload()) {
		ktap_skip("reload", "somebody else uses the module");
		return;
	}
	ktap_ok(open(DEVICE, O_RDONLY) == -1, "unloaded, the device is gone");
	if (system("modprobe vmclock_host")) {
		ktap_skip("reload", "modprobe doesn't find the module");
		return;
	}
	fd = open(DEVICE, O_RDONLY);
	page = mmap(NULL, page_size, PROT_READ, MAP_SHARED, fd, 0);
	if (!ktap_ok(page != MAP_FAILED, "loaded again"))
		return;
	get(&p);
	ktap_ok(p.disruption_marker - before.disruption_marker + 1000 > 2000,
		"its marker is a new one");
	ktap_ok(p.status == VMCLOCK_STATUS_INITIALIZING,
		"and nobody has synchronised the clock as yet");
}

int main(void)
{
	int fd = open(DEVICE, O_RDONLY);

	page_size = sysconf(_SC_PAGESIZE);
	if (fd < 0)
		ktap_skip_all("no " DEVICE ": load vmclock_host");
	if (geteuid())
		ktap_skip_all("this steps the clock: be root");
	page = mmap(NULL, page_size, PROT_READ, MAP_SHARED, fd, 0);
	ktap_begin(0);
	if (!ktap_ok(page != MAP_FAILED, "map the page"))
		return ktap_end();
	memcpy(constant, page, sizeof(constant));
	test_read(fd);
	test_page(fd);
	test_poll(fd);
	test_permissions();
	test_write(fd);
	test_time(fd);
	test_marker();
	test_tai();
	test_status();
	test_clocksource();
	test_unload(fd);
	return ktap_end();
}
