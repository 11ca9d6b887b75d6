// SPDX-License-Identifier: GPL-2.0
/*
 * Views of /dev/vmclock_host: what they say, who may do what, what misuse
 * gets, how they live and die, and a thousand of them. To be run as root, with
 * vmclock_host loaded and nothing else steering the clock.
 *
 *	vmclock_host_views [SECONDS]	the tests; this long for their lives
 *	vmclock_host_views cost N	what changes of N views take
 */
#include "views.h"

#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/syscall.h>

static int unload(void)
{
	return syscall(SYS_delete_module, "vmclock_host", O_NONBLOCK);
}

static void test_unload(void)
{
	int fd = create("unload");
	const struct vmclock_abi *page = map(fd);

	close(control);
	munmap((void *)own, page_size);
	ktap_ok(unload() == -1 && errno == EWOULDBLOCK,
		"the module can't be unloaded while a view is open");
	close(fd);
	ktap_ok(unload() == -1 && errno == EWOULDBLOCK,
		"nor while it is mapped");
	munmap((void *)page, page_size);
	if (unload()) {
		ktap_skip("unload", "somebody else uses the module");
		return;
	}
	ktap_ok(!node_exists("unload"), "unloaded, its node is gone");
	ktap_ok(!system("modprobe vmclock_host"), "loaded again");
}

/* No page of a clock that is smeared is TAI or UTC. */
static void test_smeared(void)
{
	struct vmclock_view_create c = { .time_type = VMCLOCK_VIEW_TIME_TAI };
	const struct vmclock_abi *page;
	int fd;

	unload();
	if (system("modprobe vmclock_host time_type=smeared")) {
		ktap_skip("smeared", "somebody else uses the module");
		return;
	}
	control = open(DEVICE, O_RDWR);
	ktap_ok(ioctl(control, VMCLOCK_HOST_CREATE_VIEW, &c) == -1 &&
		errno == EOPNOTSUPP, "TAI of a smeared clock: EOPNOTSUPP");
	fd = create("");
	page = map(fd);
	translate(fd, 1ULL << 48, 48, 0);
	ktap_ok(page->time_type == VMCLOCK_TIME_INVALID_SMEARED &&
		page->counter_period_frac_sec,
		"a page says that it is smeared, and has a time");
	munmap((void *)page, page_size);
	close(fd);
	close(control);
	ktap_ok(!unload() && !system("modprobe vmclock_host"),
		"loaded again");
}

int main(int argc, char **argv)
{
	unsigned int seconds = argc > 1 ? atoi(argv[1]) : 3;

	page_size = sysconf(_SC_PAGESIZE);
	control = open(DEVICE, O_RDWR);
	if (control < 0)
		ktap_skip_all("no " DEVICE ": load vmclock_host, be root");
	if (argc > 2 && !strcmp(argv[1], "cost"))
		return show_cost(atoi(argv[2]));
	own = map(control);
	ktap_begin(0);
	test_new();
	test_arithmetic();
	test_disruptions();
	test_time_type();
	test_machine_gone();
	test_ways();
	test_counter_restarted();
	test_bound();
	test_notification();
	test_named();
	test_create_misuse();
	test_no_descriptors();
	test_view_misuse();
	test_fuzz();
	test_many();
	test_users();
	test_life(seconds);
	test_torn();
	test_unload();
	test_smeared();
	return ktap_end();
}
