// SPDX-License-Identifier: GPL-2.0
/*
 * Programs that were written for other drivers, by the system calls that they
 * make: testptp of the kernel's selftests, ClockBound's reader of
 * /dev/vmclock0, Firecracker's guest test. In a guest with a live page that
 * notifies; changes nothing. chronyd and phc2sys are run by daemons_test.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/timex.h>
#include <time.h>
#include <unistd.h>

#include "ktap.h"
#include "ptp.h"
#include "vmclock_abi.h"

#define DEVICE		"/dev/vmclock0"
#define SAMPLES		5
#define NSEC		1000000000LL
#define FAR_NS		1000000		/* emulated CPUs are taken away */
#define FD_TO_CLOCKID(fd)	((clockid_t)((~(unsigned int)(fd) << 3) | 3))

/* --- testptp ------------------------------------------------------------- */

static int64_t tai_offset_ns(void)
{
	struct timex tx = {};

	adjtimex(&tx);
	return tx.tai * NSEC;
}

/* PTP clock between two readings of the system clock, in UTC */
static bool between(int64_t before, int64_t phc, int64_t after)
{
	phc -= tai_offset_ns();
	return before - FAR_NS <= phc && phc <= after + FAR_NS;
}

static void test_capabilities(int fd)
{
	struct ptp_clock_caps caps = {};

	ktap_ok(!ioctl(fd, PTP_CLOCK_GETCAPS, &caps), "testptp -c");
	ktap_ok(!caps.max_adj && !caps.n_alarm && !caps.n_ext_ts &&
		!caps.n_per_out && !caps.pps && !caps.n_pins &&
		caps.cross_timestamping,
		"it can be read and compared, not steered; no pulses");
}

static void test_time(int fd)
{
	struct timespec now, phc;

	clock_gettime(CLOCK_REALTIME, &now);
	ktap_ok(!clock_gettime(FD_TO_CLOCKID(fd), &phc) &&
		llabs((phc.tv_sec - now.tv_sec) * NSEC - tai_offset_ns()) <=
		NSEC, "testptp -g: TAI");
}

static void test_offsets(int fd)
{
	struct ptp_sys_offset basic = { .n_samples = SAMPLES };
	struct ptp_sys_offset_extended extended = { .n_samples = SAMPLES };
	struct ptp_sys_offset_precise precise = {};
	int i, good = 0, ret;

	ret = ioctl(fd, PTP_SYS_OFFSET, &basic);
	for (i = 0; i < SAMPLES; i++)
		good += between(ptp_nsec(&basic.ts[2 * i]),
				ptp_nsec(&basic.ts[2 * i + 1]),
				ptp_nsec(&basic.ts[2 * i + 2]));
	ktap_ok(!ret && good == SAMPLES, "testptp -k %d", SAMPLES);
	ret = ioctl(fd, PTP_SYS_OFFSET_EXTENDED, &extended);
	for (i = good = 0; i < SAMPLES; i++)
		good += between(ptp_nsec(&extended.ts[i][0]),
				ptp_nsec(&extended.ts[i][1]),
				ptp_nsec(&extended.ts[i][2]));
	ktap_ok(!ret && good == SAMPLES, "testptp -x %d", SAMPLES);
	ret = ioctl(fd, PTP_SYS_OFFSET_PRECISE, &precise);
	ktap_ok(!ret && between(ptp_nsec(&precise.sys_realtime),
				ptp_nsec(&precise.device),
				ptp_nsec(&precise.sys_realtime)),
		"testptp -X: %lld ns from the system clock",
		(long long)(ptp_nsec(&precise.device) - tai_offset_ns() -
			    ptp_nsec(&precise.sys_realtime)));
}

static void test_refusals(int fd)
{
	struct ptp_extts_request extts = { .flags = PTP_ENABLE_FEATURE };
	struct timex tx = { .modes = ADJ_FREQUENCY, .freq = 65536 };
	struct timespec t = { .tv_sec = 1 };

	ktap_ok(clock_settime(FD_TO_CLOCKID(fd), &t) && errno == EOPNOTSUPP,
		"testptp -T: cannot be set");
	ktap_ok(clock_adjtime(FD_TO_CLOCKID(fd), &tx) < 0,
		"testptp -f: cannot be adjusted");
	ktap_ok(ioctl(fd, PTP_EXTTS_REQUEST, &extts) && errno == EINVAL,
		"testptp -e: no time stamps of pulses, so nothing for ts2phc");
}

/* testptp has it open for writing, without which kernels refuse to steer */
static int open_again(int fd)
{
	char path[32];
	int rw;

	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	rw = open(path, O_RDWR);
	close(fd);
	return rw;
}

static void testptp(void)
{
	int fd = open_again(ptp_open());

	if (!ktap_ok(fd >= 0, "a PTP clock named vmclock*"))
		return;
	test_capabilities(fd);
	test_time(fd);
	test_offsets(fd);
	test_refusals(fd);
	close(fd);
}

/* --- ClockBound ---------------------------------------------------------- */

/* Reads the file to its end, then maps as many bytes as the header says. */
static void clockbound(void)
{
	static char buf[65536];
	const struct vmclock_abi *file = (void *)buf, *map;
	int fd = open(DEVICE, O_RDONLY);
	size_t n = 0;
	ssize_t got;

	while ((got = read(fd, buf + n, sizeof(buf) - n)) > 0)
		n += got;
	ktap_ok(!got && n >= sizeof(*file) && file->magic == VMCLOCK_MAGIC &&
		file->version == 1 && file->size <= n,
		"ClockBound: read to the end of the file, %zu bytes", n);
	map = mmap(NULL, file->size, PROT_READ, MAP_SHARED, fd, 0);
	ktap_ok(map != MAP_FAILED && map->magic == VMCLOCK_MAGIC &&
		map->disruption_marker == file->disruption_marker,
		"ClockBound: map size bytes, the same marker");
	if (map != MAP_FAILED)
		munmap((void *)map, file->size);
	close(fd);
}

/* --- Firecracker's guest test -------------------------------------------- */

/* Maps the structure alone, compares with pread(), and waits for a change. */
static void firecracker(void)
{
	struct vmclock_abi copy;
	const struct vmclock_abi *map;
	struct pollfd p = { .events = POLLIN };
	unsigned int before;

	p.fd = open(DEVICE, O_RDONLY);
	map = mmap(NULL, sizeof(*map), PROT_READ, MAP_SHARED, p.fd, 0);
	if (!ktap_ok(p.fd >= 0 && map != MAP_FAILED,
		     "Firecracker: map %zu bytes", sizeof(*map)))
		return;
	ktap_ok(pread(p.fd, &copy, sizeof(copy), 0) == sizeof(copy) &&
		copy.magic == map->magic && copy.size == map->size &&
		copy.vm_generation_counter == map->vm_generation_counter,
		"Firecracker: pread() of the same");
	before = copy.seq_count;
	ktap_ok(poll(&p, 1, 5000) == 1 && p.revents & POLLIN,
		"Firecracker: poll() waits for a notification");
	ktap_ok(pread(p.fd, &copy, sizeof(copy), 0) == sizeof(copy) &&
		copy.seq_count != before, "Firecracker: after a change");
	munmap((void *)map, sizeof(*map));
	close(p.fd);
}

int main(void)
{
	if (access(DEVICE, R_OK))
		ktap_skip_all("no " DEVICE);
	ktap_begin(0);
	testptp();
	clockbound();
	firecracker();
	return ktap_end();
}
