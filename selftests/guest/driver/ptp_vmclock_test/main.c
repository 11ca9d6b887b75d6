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
#include "driver.h"

#include <poll.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/wait.h>

/* In a child, which inherits the mapping. */
static bool raises_sigbus(const volatile char *at)
{
	pid_t pid = fork();
	int status;

	if (!pid) {
		(void)*at;
		_exit(0);
	}
	return pid > 0 && waitpid(pid, &status, 0) == pid &&
	       WIFSIGNALED(status) && WTERMSIG(status) == SIGBUS;
}

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
	ktap_ok(!memcmp(map, page, 8), "mapped while bound");
	ktap_ok(put_file("/sys/bus/platform/drivers/ptp_vmclock/unbind",
			 "ptp_vmclock.0"), "unbound while open");
	ktap_ok(pread(fd, buf, 8, 0) == -1 && errno == ENODEV,
		"unbound: read() says ENODEV");
	ktap_ok(poll_now(fd) == (POLLHUP | POLLERR), "unbound: poll() too");
	ktap_ok(mmap(NULL, PAGE, PROT_READ, MAP_SHARED, fd, 0) == MAP_FAILED,
		"unbound: no new mapping");
	ktap_ok(raises_sigbus(map), "unbound: the old mapping raises SIGBUS");
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
	test_late_clock();
	test_clock_status();
	test_clock_fixed();
	test_clocksources();
	test_extended_clockid();
	test_attributes();
	test_uevents();
	test_uevent_flood();
	test_fixtures();
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
