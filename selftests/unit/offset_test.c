// SPDX-License-Identifier: GPL-2.0
/*
 * The sign of tai_offset_sec: pages of UTC and TAI with an offset of +37 and of
 * -37, as the core and the reader of applications take them, and as other
 * readers take what vmclock_page_set() writes, which is what vmclock_host
 * publishes. Those are models of their formulas:
 *
 *	Linux 6.13 to 6.19	its PTP clock is UTC: a page of TAI + the field
 *	Linux 7.0 and newer	its PTP clock is TAI: a page of UTC - the field
 *	the RFC's lock		UTC is a page of TAI + the field
 */
#include "unit.h"
#include "vmclock.h"

#define UTC		1800000000LL
#define OFFSET		37
#define NOTHING		S64_MIN

static s64 field(const struct vmclock_abi *page)
{
	return (s16)le16_to_cpu(page->tai_offset_sec);
}

static s64 sec(const struct vmclock_abi *page)
{
	return (s64)le64_to_cpu(page->time_sec);
}

static bool has_offset(const struct vmclock_abi *page)
{
	return le64_to_cpu(page->flags) & VMCLOCK_FLAG_TAI_OFFSET_VALID;
}

static s64 linux_6_utc(const struct vmclock_abi *page)
{
	if (page->time_type == VMCLOCK_TIME_UTC)
		return sec(page);
	return page->time_type == VMCLOCK_TIME_TAI && has_offset(page) ?
		sec(page) + field(page) : NOTHING;
}

static s64 linux_7_tai(const struct vmclock_abi *page)
{
	if (page->time_type == VMCLOCK_TIME_TAI)
		return sec(page);
	return page->time_type == VMCLOCK_TIME_UTC && has_offset(page) ?
		sec(page) - field(page) : NOTHING;
}

static s64 rfc_utc(const struct vmclock_abi *page)
{
	return page->time_type == VMCLOCK_TIME_TAI && has_offset(page) ?
		sec(page) + field(page) : NOTHING;
}

/* The page at its anchor, as vmclock_host publishes it. */
static void publish(struct vmclock_abi *page, u8 type)
{
	struct vmclock_params p = {
		.size = sizeof(*page), .counter_id = VMCLOCK_COUNTER_ID,
		.time_type = type, .status = VMCLOCK_STATUS_SYNCHRONIZED,
		.flags = VMCLOCK_FLAG_TAI_OFFSET_VALID |
			 VMCLOCK_FLAG_TIME_MAXERROR_VALID |
			 VMCLOCK_FLAG_PERIOD_MAXERROR_VALID,
		.tai_offset_sec = OFFSET,
		.line = {
			.counter = 1000, .period_frac = 1ULL << 34,
			.time.sec = type == VMCLOCK_TIME_TAI ? UTC + OFFSET :
							       UTC,
		},
	};

	memset(page, 0, sizeof(*page));
	vmclock_page_init(page, &p);
	vmclock_page_set(page, &p);
}

static void core_reads(const struct vmclock_abi *page, const char *name)
{
	struct vmclock_params p = {};
	struct vmclock_scales s;
	s16 to_tai_sec;

	ktap_ok(!vmclock_page_read(page, sizeof(*page), &p) &&
		!vmclock_time_defect(&p, VMCLOCK_COUNTER_ID) &&
		p.tai_offset_sec == OFFSET && vmclock_tai_offset_known(&p),
		"%s: TAI - UTC is 37 s", name);
	ktap_ok(!vmclock_tai_offset(&p, &to_tai_sec) &&
		p.line.time.sec + to_tai_sec == UTC + OFFSET,
		"%s: the core's TAI", name);
	ktap_ok(!vmclock_scales_at(&p, p.line.time, &s) && s.utc_valid &&
		s.utc.sec == UTC && s.tai.sec == UTC + OFFSET &&
		s.tai_offset_sec == OFFSET, "%s: the core's scales", name);
}

static void reader_reads(const struct vmclock_abi *page, const char *name)
{
	struct vmclock_bounds utc, tai;
	struct vmclock clock;

	ktap_ok(!vmclock_attach(&clock, page, sizeof(*page)) &&
		vmclock_at(&clock, VMCLOCK_TIME_UTC, 1000, &utc) >= 0 &&
		vmclock_at(&clock, VMCLOCK_TIME_TAI, 1000, &tai) >= 0 &&
		utc.time.sec == UTC && tai.time.sec == UTC + OFFSET,
		"%s: the reader of applications", name);
}

static void each_page(u8 type, const char *type_name)
{
	struct vmclock_abi page __attribute__((__aligned__(8)));
	char name[32];
	int sign;

	for (sign = -1; sign <= 1; sign += 2) {
		publish(&page, type);
		page.tai_offset_sec = cpu_to_le16((u16)(sign * OFFSET));
		snprintf(name, sizeof(name), "%s, %+d", type_name,
			 sign * OFFSET);
		core_reads(&page, name);
		reader_reads(&page, name);
	}
}

static void others(void)
{
	struct vmclock_abi page;

	publish(&page, VMCLOCK_TIME_TAI);
	ktap_ok(field(&page) == -OFFSET, "published: UTC - TAI, TAI");
	ktap_ok(linux_6_utc(&page) == UTC, "Linux 6.18: TAI as published");
	ktap_ok(linux_7_tai(&page) == UTC + OFFSET,
		"Linux 7: TAI as published");
	ktap_ok(rfc_utc(&page) == UTC, "the RFC's lock: TAI as published");
	publish(&page, VMCLOCK_TIME_UTC);
	ktap_ok(field(&page) == -OFFSET, "published: UTC - TAI, UTC");
	ktap_ok(linux_6_utc(&page) == UTC, "Linux 6.18: UTC as published");
	ktap_ok(linux_7_tai(&page) == UTC + OFFSET,
		"Linux 7: UTC as published");
}

int main(int argc, char **argv)
{
	unit_begin(argc, argv, 0);
	each_page(VMCLOCK_TIME_UTC, "UTC");
	each_page(VMCLOCK_TIME_TAI, "TAI");
	others();
	return ktap_end();
}
