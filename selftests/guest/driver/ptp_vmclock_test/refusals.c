// SPDX-License-Identifier: GPL-2.0
/* Pages that the driver refuses, or that have no time. */
#include "driver.h"

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

void test_refused(void)
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

void test_no_clock(void)
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
