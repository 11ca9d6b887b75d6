// SPDX-License-Identifier: GPL-2.0
/*
 * libvmclock on a device and its live page, in a guest whose clock is locked to
 * that; the scenario "library" disrupts it once. TAP.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <poll.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "ktap.h"
#include "libvmclock.h"

#define WAIT_MS	60000

static struct libvmclock *opened(const char *path, unsigned int flags)
{
	struct libvmclock *clock;
	int ret = libvmclock_open(&clock, path, flags);

	if (ret) {
		ktap_ok(false, "open: %s", libvmclock_strerror(ret));
		exit(ktap_end());
	}
	return clock;
}

static struct libvmclock_time system_tai(void)
{
	struct libvmclock_time t;
	struct timespec ts;

	clock_gettime(CLOCK_TAI, &ts);
	t.sec = ts.tv_sec;
	t.frac = (uint64_t)(((unsigned __int128)ts.tv_nsec << 64) / 1000000000);
	return t;
}

static bool before(struct libvmclock_time a, struct libvmclock_time b)
{
	return libvmclock_compare(&a, &b) <= 0;
}

/* The system's clock, locked to the page, is between the readings around it. */
static bool brackets_system(const struct libvmclock *clock, uint8_t source)
{
	struct libvmclock_reading a, b;
	struct libvmclock_time t;

	if (libvmclock_now(clock, LIBVMCLOCK_TAI, &a))
		return false;
	t = system_tai();
	if (libvmclock_now(clock, LIBVMCLOCK_TAI, &b))
		return false;
	return a.bounded && b.bounded && a.source == source &&
	       b.source == source && before(a.earliest, t) &&
	       before(t, b.latest);
}

static void reading(const struct libvmclock *clock)
{
	struct libvmclock_reading tai, utc, at;
	uint64_t counter = libvmclock_counter();

	ktap_ok(!libvmclock_now(clock, LIBVMCLOCK_TAI, &tai) && tai.bounded &&
		before(tai.earliest, tai.time) && before(tai.time, tai.latest),
		"now: the time between its bounds");
	ktap_ok(!libvmclock_now(clock, LIBVMCLOCK_UTC, &utc) &&
		(tai.time.sec - utc.time.sec == 36 ||
		 tai.time.sec - utc.time.sec == 37), "now: UTC is 37 s less");
	ktap_ok(!libvmclock_at(clock, LIBVMCLOCK_UTC, counter, &at) &&
		before(at.time, utc.time), "at: an earlier counter value");
	ktap_ok(brackets_system(clock, LIBVMCLOCK_PAGE),
		"now: the locked clock is between the bounds");
}

static void commit_wait(const struct libvmclock *clock)
{
	struct libvmclock_reading r, after;

	ktap_ok(!libvmclock_now(clock, LIBVMCLOCK_TAI, &r) &&
		!libvmclock_wait_after(clock, LIBVMCLOCK_TAI, &r.latest,
				       WAIT_MS) &&
		!libvmclock_now(clock, LIBVMCLOCK_TAI, &after) &&
		libvmclock_compare(&r.latest, &after.earliest) < 0,
		"wait_after: the latest time is in the past for certain");
}

static bool is_mapped(void)
{
	FILE *f = fopen("/proc/self/maps", "re");
	bool found = false;
	char line[256];

	while (f && fgets(line, sizeof(line), f))
		found |= strstr(line, "/dev/vmclock0") != NULL;
	if (f)
		fclose(f);
	return found;
}

/* From here on no descriptor can be mapped, as where pages are too large. */
static bool forbid_mapping(void)
{
	struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS,
			 offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, __NR_mmap, 0, 3),
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS,
			 offsetof(struct seccomp_data, args[4])),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (__u32)-1, 1, 0),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EINVAL),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog filter = { sizeof(code) / sizeof(*code), code };

	return !prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) &&
	       !prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter);
}

static void by_reading(void)
{
	struct libvmclock *clock;

	if (!forbid_mapping()) {
		ktap_skip("pread: the same by system calls", "no seccomp");
		return;
	}
	clock = opened(NULL, 0);
	ktap_ok(!is_mapped() && brackets_system(clock, LIBVMCLOCK_PAGE),
		"pread: the same by system calls");
	libvmclock_close(clock);
}

/* The page is disrupted, its time jumps, and the lock sets the clock. */
static void disruption(const struct libvmclock *clock,
		       const struct libvmclock *system)
{
	struct pollfd pfd = { libvmclock_fd(clock), POLLIN, 0 };
	struct libvmclock_epoch before, after;

	libvmclock_get_epoch(clock, &before);
	ktap_ok(!poll(&pfd, 1, 0) && !libvmclock_wait_change(clock, 0) &&
		!libvmclock_disrupted(clock, &before),
		"events: none, and the epoch goes on");
	puts("# ready");
	ktap_ok(poll(&pfd, 1, WAIT_MS) == 1 &&
		libvmclock_wait_change(clock, 0) == 1,
		"events: the descriptor wakes up, and tells of a change");
	ktap_ok(libvmclock_disrupted(clock, &before) == 1 &&
		!libvmclock_get_epoch(clock, &after) &&
		after.disruption_marker != before.disruption_marker &&
		after.vm_generation != before.vm_generation,
		"epoch: the guest was moved, and is a copy");
	ktap_ok(libvmclock_wait_change(system, WAIT_MS) == 1,
		"fallback: events when the lock sets the clock");
}

int main(void)
{
	struct libvmclock *clock, *system;

	ktap_begin(0);
	clock = opened(NULL, 0);
	system = opened("/dev/nonexistent", LIBVMCLOCK_FALLBACK);
	ktap_note("the page is %smapped", is_mapped() ? "" : "not ");
	reading(clock);
	commit_wait(clock);
	ktap_ok(brackets_system(system, LIBVMCLOCK_SYSTEM),
		"fallback: the system's clock, with a bound, and marked so");
	disruption(clock, system);
	reading(clock);
	libvmclock_close(system);
	libvmclock_close(clock);
	by_reading();
	return ktap_end();
}
