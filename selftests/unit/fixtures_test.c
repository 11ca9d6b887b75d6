// SPDX-License-Identifier: GPL-2.0
/* The pages of other hypervisors, as the core and the reader take them. */
#include "unit.h"
#include "../lib/pages.h"
#include "vmclock.h"

#define UTC	1800000000LL

static bool same_text(const char *a, const char *b)
{
	return a && b ? !strcmp(a, b) : a == b;
}

static void core_reads(const struct page_fixture *f,
		       const struct vmclock_abi *page)
{
	struct vmclock_params p = {};
	struct vmclock_scales s = {};

	ktap_ok(!vmclock_page_read(page, 4096, &p) && p.size == 4096 &&
		!vmclock_page_defect(&p), "%s: is a page", f->name);
	ktap_ok(same_text(vmclock_time_defect(&p, VMCLOCK_COUNTER_ID),
			  f->defect), "%s: %s", f->name,
		f->defect ?: "tells time");
	ktap_ok(!(p.flags & VMCLOCK_FLAG_NOTIFICATION_PRESENT) ==
		(f->events == POLLHUP), "%s: notifications", f->name);
	if (f->defect)
		return;
	ktap_ok(!vmclock_scales_at(&p, p.line.time, &s) && s.tai_valid &&
		s.utc_valid && s.utc.sec == UTC && s.tai.sec == UTC + 37,
		"%s: UTC and TAI", f->name);
}

static void reader_reads(const struct page_fixture *f,
			 const struct vmclock_abi *page)
{
	struct vmclock_time utc = {}, tai = {};
	struct vmclock clock;
	int ret = f->defect ? -ENODATA : 0;

	ktap_ok(!vmclock_attach(&clock, page, 4096) &&
		vmclock_now(&clock, VMCLOCK_TIME_UTC, &utc) == ret &&
		vmclock_now(&clock, VMCLOCK_TIME_TAI, &tai) == ret &&
		same_text(vmclock_why(&clock, VMCLOCK_TIME_UTC), f->defect) &&
		(ret || (utc.sec >= UTC && tai.sec - utc.sec - 37 <= 1)),
		"%s: the reader of applications", f->name);
}

int main(int argc, char **argv)
{
	static unsigned char page[4096] __attribute__((__aligned__(4096)));
	unsigned int i;

	unit_begin(argc, argv, 0);
	for (i = 0; i < PAGE_FIXTURES; i++) {
		memset(page, 0, sizeof(page));
		memcpy(page, page_fixtures[i].bytes,
		       sizeof(page_fixtures[i].bytes));
		core_reads(&page_fixtures[i], (struct vmclock_abi *)page);
		reader_reads(&page_fixtures[i], (struct vmclock_abi *)page);
	}
	return ktap_end();
}
