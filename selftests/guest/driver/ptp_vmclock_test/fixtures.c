// SPDX-License-Identifier: GPL-2.0
/* The pages of other hypervisors, byte for byte, bound to the driver. */
#include "driver.h"

#include "pages.h"

static void put_fixture(const struct page_fixture *f)
{
	memset(page, 0, PAGE);
	memcpy(page, f->bytes, sizeof(f->bytes));
}

static void check_fixture(const struct page_fixture *f)
{
	char state[80], buf[8];
	int fd;

	put_file(FAKE, "del");
	put_fixture(f);
	put_file(FAKE, "add %u", PAGE);
	find_nodes();
	ktap_ok(*dev_path && !*phc_path == !!f->defect, "%s: bound, %s",
		f->name, f->defect ? "no PTP clock" : "with a PTP clock");
	snprintf(state, sizeof(state), f->defect ? "no time: %s" : "ok%s",
		 f->defect ?: "");
	ktap_ok(!strcmp(attr("state"), state), "%s: state is '%s'", f->name,
		attr("state"));
	fd = open(dev_path, O_RDONLY);
	ktap_ok(poll_now(fd) == f->events, "%s: first poll()", f->name);
	ktap_ok(pread(fd, buf, sizeof(buf), 0) == sizeof(buf) &&
		poll_now(fd) == (f->events & POLLHUP), "%s: poll() after read()",
		f->name);
	close(fd);
}

/* A restore of Firecracker's is one disruption and one generation. */
void test_fixtures(void)
{
	int i, fd;

	for (i = 0; i < PAGE_FIXTURES; i++)
		check_fixture(&page_fixtures[i]);
	put_file(PARAMETERS "poll_ms", "10");
	check_fixture(&page_fixtures[FIRECRACKER_BOOT]);
	usleep(200000);
	fd = uevent_open();
	vmclock_page_write_begin(page);
	page->disruption_marker = cpu_to_le64(1);
	page->vm_generation_counter = cpu_to_le64(1);
	vmclock_page_write_end(page);
	check_uevent(fd, "disruption", "VM_GENERATION=1");
	check_uevent(fd, "generation", "DISRUPTION_MARKER=1");
	close(fd);
	put_file(PARAMETERS "poll_ms", "1000");
}
