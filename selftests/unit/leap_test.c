// SPDX-License-Identifier: GPL-2.0
/*
 * Leap seconds: what leap.h says of a moment, against a world whose leap second
 * is known by construction, and the calendar against the C library's.
 */
#include <time.h>

#include "unit.h"

/* One leap second, at the end of a month. */
struct world {
	s64 midnight;	/* UTC, the first second after it */
	int sign;	/* 1 inserted, -1 deleted */
	s32 offset;	/* TAI - UTC before */
};

/* What is true in the world when TAI shows so many seconds. */
struct truth {
	s64 utc;
	s32 offset;
	u8 leap;
};

static struct truth truth_at(const struct world *w, s64 tai)
{
	s64 before = tai - w->offset;	/* as if there were no leap second */
	struct truth t = { before, w->offset, VMCLOCK_LEAP_PRE_POS };

	if (w->sign > 0) {
		if (before < w->midnight)
			return t;
		t.leap = before == w->midnight ? VMCLOCK_LEAP_POS :
						 VMCLOCK_LEAP_POST_POS;
	} else {
		t.leap = VMCLOCK_LEAP_PRE_NEG;
		if (before < w->midnight - 1)
			return t;
		t.leap = VMCLOCK_LEAP_POST_NEG;
	}
	t.offset += w->sign;
	t.utc -= w->sign;
	return t;
}

static s64 month_begin(int year, int month)
{
	struct tm tm = { .tm_year = year - 1900, .tm_mon = month - 1,
			 .tm_mday = 1 };

	return timegm(&tm);
}

static struct vmclock_params page_at(const struct world *w, s64 tai, u8 type)
{
	struct truth t = truth_at(w, tai);

	return (struct vmclock_params){
		.time_type = type,
		.flags = VMCLOCK_FLAG_TAI_OFFSET_VALID,
		.tai_offset_sec = (s16)t.offset, .leap = t.leap,
		.line.time.sec = type == VMCLOCK_TIME_UTC ? t.utc : tai,
		.line.time.frac = rnd(),
	};
}

/* The page's line is straight: what it shows when TAI is later by so much. */
static struct vmclock_time line_time(const struct vmclock_params *p, s64 later)
{
	return (struct vmclock_time){ p->line.time.sec + later, rnd() };
}

static bool scales_are(const struct vmclock_params *p, struct vmclock_time t,
		       const struct truth *want, s64 tai)
{
	struct vmclock_scales s = {};

	if (vmclock_scales_at(p, t, &s) == 0 && s.tai_valid && s.utc_valid &&
	    s.tai.sec == tai && s.tai.frac == t.frac &&
	    s.utc.sec == want->utc && s.utc.frac == t.frac &&
	    s.tai_offset_sec == want->offset && s.leap == want->leap)
		return true;
	ktap_note("type %u leap %u offset %d anchor %lld at %lld",
		  p->time_type, p->leap, p->tai_offset_sec, p->line.time.sec,
		  t.sec);
	ktap_note("TAI %lld UTC %lld leap %u offset %d", s.tai.sec, s.utc.sec,
		  s.leap, s.tai_offset_sec);
	ktap_note("not %lld UTC %lld leap %u offset %d", tai, want->utc,
		  want->leap, want->offset);
	return false;
}

/*
 * Anchor and moment anywhere in the two months around the leap second, more
 * often next to it.
 */
static bool any_moment(void)
{
	int year = (int)rnd_in(1970, 2262), month = (int)rnd_in(2, 12);
	struct world w = { .midnight = month_begin(year, month),
			   .sign = rnd() % 2 ? 1 : -1,
			   .offset = (s32)rnd_in(12, 98) };
	s64 first = month_begin(year, month - 1) + w.offset + 2;
	s64 last = w.midnight + 28 * 86400 + w.offset - 2;
	s64 near = w.midnight + w.offset - 4;
	s64 anchor = (s64)(rnd() % 2 ? near + rnd() % 8 :
			   rnd_in((u64)first, (u64)last));
	s64 tai = (s64)(rnd() % 2 ? near + rnd() % 8 :
			rnd_in((u64)first, (u64)last));
	struct vmclock_params p;
	struct truth want = truth_at(&w, tai);

	p = page_at(&w, anchor, rnd() % 2 ? VMCLOCK_TIME_UTC :
					    VMCLOCK_TIME_TAI);
	/* a host that numbers 23:59:60 as 0:00:00, by the old offset */
	if (p.leap == VMCLOCK_LEAP_POS && rnd() % 2) {
		p.tai_offset_sec--;
		if (p.time_type == VMCLOCK_TIME_UTC)
			p.line.time.sec++;
	}
	return scales_are(&p, line_time(&p, tai - anchor), &want, tai);
}

/* Each page of a type, leap state and offset, at one moment each. */
static void table(void)
{
	/* 2016-12-31 23:59:60: TAI - UTC went from 36 to 37 */
	static const struct {
		u8 type, leap;
		s16 offset;
		s64 anchor, t, tai, utc;
		s32 offset_at;
		u8 leap_at;
	} rows[] = {
		{ 1, 1, 36, 1483228835, 1483228835,
		  1483228835, 1483228799, 36, 1 },
		{ 1, 1, 36, 1483228835, 1483228836,
		  1483228836, 1483228799, 37, 3 },
		{ 1, 1, 36, 1483228835, 1483228837,
		  1483228837, 1483228800, 37, 4 },
		{ 1, 3, 37, 1483228836, 1483228835,
		  1483228835, 1483228799, 36, 1 },
		{ 1, 4, 37, 1483228837, 1483228836,
		  1483228836, 1483228799, 37, 3 },
		{ 0, 1, 36, 1483228799, 1483228800,
		  1483228836, 1483228799, 37, 3 },
		{ 0, 1, 36, 1483228799, 1483228801,
		  1483228837, 1483228800, 37, 4 },
		{ 0, 4, 37, 1483228800, 1483228798,
		  1483228835, 1483228799, 36, 1 },
		/* no leap second: the offset stays whatever the date */
		{ 1, 0, 37, 1483228838, 2000000000,
		  2000000000, 1999999963, 37, 0 },
		/* a deleted one: 23:59:58 is followed by 0:00:00 */
		{ 1, 2, 37, 1483228830, 1483228835,
		  1483228835, 1483228798, 37, 2 },
		{ 1, 2, 37, 1483228830, 1483228836,
		  1483228836, 1483228800, 36, 5 },
		{ 0, 5, 36, 1483228800, 1483228799,
		  1483228835, 1483228798, 37, 2 },
	};
	unsigned int i, bad = 0;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct vmclock_params p = {
			.time_type = rows[i].type, .leap = rows[i].leap,
			.flags = VMCLOCK_FLAG_TAI_OFFSET_VALID,
			.tai_offset_sec = rows[i].offset,
			.line.time.sec = rows[i].anchor,
		};
		struct truth want = { rows[i].utc, rows[i].offset_at,
				      rows[i].leap_at };
		struct vmclock_time t = { rows[i].t, 1 };

		bad += !scales_are(&p, t, &want, rows[i].tai);
	}
	ktap_ok(!bad, "leap: table of %u moments", i);
}

static void validity(void)
{
	struct vmclock_params p = { .time_type = VMCLOCK_TIME_TAI,
				    .leap = VMCLOCK_LEAP_PRE_POS,
				    .line.time.sec = 1483228835 };
	struct vmclock_time t = { 1483228840, 7 };
	struct vmclock_scales s;

	ktap_ok(!vmclock_scales_at(&p, t, &s) && s.tai_valid && !s.utc_valid &&
		s.tai.sec == t.sec && s.leap == VMCLOCK_LEAP_NONE,
		"leap: TAI without an offset tells no UTC");
	p.time_type = VMCLOCK_TIME_UTC;
	ktap_ok(!vmclock_scales_at(&p, t, &s) && !s.tai_valid && s.utc_valid &&
		s.utc.sec == t.sec && s.leap == VMCLOCK_LEAP_PRE_POS,
		"leap: UTC without an offset tells no TAI");
	t.sec = p.line.time.sec + 31 * 86400;
	ktap_ok(!vmclock_scales_at(&p, t, &s) && s.utc.sec == t.sec - 1 &&
		s.leap == VMCLOCK_LEAP_POST_POS,
		"leap: UTC without an offset counts the leap second");
	p.time_type = VMCLOCK_TIME_MONOTONIC;
	ktap_ok(vmclock_scales_at(&p, t, &s) == -EINVAL,
		"leap: monotonic time is neither");
	p.time_type = VMCLOCK_TIME_INVALID_SMEARED;
	ktap_ok(vmclock_scales_at(&p, t, &s) == -EINVAL,
		"leap: smeared time is neither");
	p = (struct vmclock_params){ .time_type = VMCLOCK_TIME_TAI, .leap = 77,
				     .flags = VMCLOCK_FLAG_TAI_OFFSET_VALID,
				     .tai_offset_sec = 37 };
	ktap_ok(!vmclock_scales_at(&p, t, &s) && s.utc.sec == t.sec - 37 &&
		s.leap == VMCLOCK_LEAP_NONE, "leap: unknown indicator is none");
}

/* By the C library. */
static bool month_holds(s64 day)
{
	time_t sec = day * 86400;
	struct tm tm;

	gmtime_r(&sec, &tm);
	return vmclock_month_start(day) == day - (tm.tm_mday - 1);
}

/* Every day of more than 400 years each way. */
static void calendar(void)
{
	s64 day = -160000;

	while (day < 160000 && month_holds(day))
		day++;
	if (!ktap_ok(day == 160000, "leap: months of 320000 days"))
		ktap_note("day %lld", day);
}

/* Any day within 800000 years each way. */
static bool any_month(void)
{
	return month_holds((s64)rnd_in(0, 600000000) - 300000000);
}

int main(int argc, char **argv)
{
	unit_begin(argc, argv, 1000000);
	calendar();
	table();
	validity();
	unit_property("leap: any month of any era", any_month);
	unit_property("leap: any anchor, any moment", any_moment);
	return ktap_end();
}
