/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * UTC, TAI and the leap second between them, at any moment of a page's line.
 * A page says what was true at its anchor; the moment asked for may lie on
 * the other side of the leap second, in either direction, since a page is
 * replaced only after it and counters are read before. Pure static inline
 * functions for any context, kernel and user space.
 */
#ifndef _VMCLOCK_LEAP_H
#define _VMCLOCK_LEAP_H

#include "page.h"

#define VMCLOCK_SEC_PER_DAY	86400

/**
 * struct vmclock_scales - a moment in both time scales
 * @tai: TAI, if @tai_valid
 * @utc: UTC as POSIX and the kernel count it, if @utc_valid: an inserted second
 *	has the number of the one before (23:59:59 again), with @leap telling
 *	the two apart
 * @tai_offset_sec: TAI - UTC by these numbers, if both are valid; changes at
 *	the beginning of an inserted second, or in place of a deleted one
 * @leap: VMCLOCK_LEAP_* at this moment
 * @tai_valid: whether TAI is known
 * @utc_valid: whether UTC is known
 */
struct vmclock_scales {
	struct vmclock_time tai;
	struct vmclock_time utc;
	__s32 tai_offset_sec;
	__u8 leap;
	bool tai_valid;
	bool utc_valid;
};

/**
 * vmclock_div_floor() - quotient rounded down
 * @a: dividend
 * @b: divisor, greater than 0
 *
 * Return: floor(@a / @b).
 */
static inline __s64 vmclock_div_floor(__s64 a, __s64 b)
{
	return a / b - (a % b < 0);
}

/**
 * vmclock_month_start() - first day of a month of the Gregorian calendar
 * @day: any day of the month, days since 1970-01-01; within +-2^60
 *
 * Counted from 0000-03-01 (719468 days before), in eras of 400 years, which
 * have 146097 days, and in years that begin in March: a leap day then is the
 * last of its year, and leaving one out is leaving out the last of a century.
 * So the centuries of an era, the years of a century and the months of a year
 * begin with the days
 *
 *	floor(146097 * c / 4), floor(1461 * y / 4), floor((153 * m + 2) / 5)
 *
 * and the day d is in the unit floor((4 * d + 3) / 146097) and so on.
 *
 * Return: the day, since 1970-01-01.
 */
static inline __s64 vmclock_month_start(__s64 day)
{
	__s64 era = vmclock_div_floor(day + 719468, 146097);
	__u32 d = (__u32)(day + 719468 - era * 146097);

	d -= (4 * d + 3) / 146097 * 146097 / 4;
	d -= (4 * d + 3) / 1461 * 1461 / 4;
	return day - d + (153 * ((5 * d + 2) / 153) + 2) / 5;
}

/**
 * vmclock_leap_sign() - which kind of leap second an indicator speaks of
 * @leap: VMCLOCK_LEAP_*
 *
 * Return: 1 inserted, -1 deleted, 0 none.
 */
static inline int vmclock_leap_sign(__u8 leap)
{
	switch (leap) {
	case VMCLOCK_LEAP_PRE_POS:
	case VMCLOCK_LEAP_POS:
	case VMCLOCK_LEAP_POST_POS:
		return 1;
	case VMCLOCK_LEAP_PRE_NEG:
	case VMCLOCK_LEAP_POST_NEG:
		return -1;
	default:
		return 0;
	}
}

/**
 * vmclock_leap_midnight() - the end of the month that has the leap second
 * @leap: VMCLOCK_LEAP_* at the anchor, not NONE
 * @anchor_sec: UTC at the anchor
 *
 * PRE_*: the end of the anchor's month; no month has more than 31 days, and
 * none fewer than 28, so that 31 days after its first is in the next one.
 * POST_*: the beginning of the anchor's month. POS: the nearest midnight, for
 * 23:59:60 may have been numbered as 23:59:59 (by the new offset) or as 0:00:00
 * (by the old one).
 *
 * Return: the first second of the month after the leap second, UTC.
 */
static inline __s64 vmclock_leap_midnight(__u8 leap, __s64 anchor_sec)
{
	__s64 ahead = leap == VMCLOCK_LEAP_POS ? VMCLOCK_SEC_PER_DAY / 2 : 0;
	__s64 day = vmclock_div_floor(anchor_sec + ahead, VMCLOCK_SEC_PER_DAY);

	day = vmclock_month_start(day);
	if (leap == VMCLOCK_LEAP_PRE_POS || leap == VMCLOCK_LEAP_PRE_NEG)
		day = vmclock_month_start(day + 31);
	return day * VMCLOCK_SEC_PER_DAY;
}

/**
 * struct vmclock_leap_edge - the leap second that a page speaks of
 * @sec: the first second of the new offset, UTC as numbered by the page's
 * @before: what must be added to the page's TAI offset before it
 * @after: the same from @sec on
 */
struct vmclock_leap_edge {
	__s64 sec;
	int before;
	int after;
};

/**
 * vmclock_leap_change() - when and how the TAI offset changes
 * @leap: VMCLOCK_LEAP_* at the anchor, one with a vmclock_leap_sign()
 * @anchor_sec: UTC at the anchor, by the page's offset
 *
 * An inserted second and all after it have the new offset; a deleted second is
 * the 23:59:59 that would have begun at midnight - 1. In seconds of the offset
 * that is in force before it, the change is at midnight - (deleted ? 1 : 0); in
 * seconds of the new offset, sign less.
 *
 * Return: the change.
 */
static inline struct vmclock_leap_edge vmclock_leap_change(__u8 leap,
							   __s64 anchor_sec)
{
	int sign = vmclock_leap_sign(leap);
	__s64 midnight = vmclock_leap_midnight(leap, anchor_sec);
	bool old = leap == VMCLOCK_LEAP_PRE_POS ||
		   leap == VMCLOCK_LEAP_PRE_NEG ||
		   (leap == VMCLOCK_LEAP_POS && anchor_sec >= midnight);
	struct vmclock_leap_edge change;

	change.sec = midnight - (sign < 0) - (old ? 0 : sign);
	change.before = old ? 0 : -sign;
	change.after = old ? sign : 0;
	return change;
}

/**
 * vmclock_leap_at() - leap indicator and offset at a moment
 * @leap: VMCLOCK_LEAP_* at the anchor; becomes the one at the moment
 * @anchor_sec: UTC at the anchor, by the page's offset
 * @sec: the moment, on from @anchor_sec without regard to leap seconds
 *
 * Return: what must be added to the page's TAI offset.
 */
static inline int vmclock_leap_at(__u8 *leap, __s64 anchor_sec, __s64 sec)
{
	int sign = vmclock_leap_sign(*leap);
	struct vmclock_leap_edge change;

	if (!sign) {
		*leap = VMCLOCK_LEAP_NONE;
		return 0;
	}
	change = vmclock_leap_change(*leap, anchor_sec);
	if (sign < 0)
		*leap = sec < change.sec ? VMCLOCK_LEAP_PRE_NEG :
					   VMCLOCK_LEAP_POST_NEG;
	else if (sec < change.sec)
		*leap = VMCLOCK_LEAP_PRE_POS;
	else
		*leap = sec == change.sec ? VMCLOCK_LEAP_POS :
					    VMCLOCK_LEAP_POST_POS;
	return sec < change.sec ? change.before : change.after;
}

/**
 * vmclock_scales_at() - UTC, TAI and leap state at a moment of a page's line
 * @p: copy of a page without a vmclock_time_defect()
 * @t: the moment, in the time of the line, i.e. by vmclock_line_at()
 * @s: result
 *
 * TAI is the line plus the anchor's offset, before and after a leap second;
 * UTC is TAI less the offset at the moment. Both differences are whole seconds,
 * so nothing is rounded. Without a valid offset a page of UTC still tells UTC
 * and leap state, a page of TAI only TAI (its leap state is then NONE). A page
 * knows of one leap second: another one, a month or more from the anchor, is
 * not counted.
 *
 * Return: 0, or -EINVAL if the page's time is neither UTC nor TAI.
 */
static inline int vmclock_scales_at(const struct vmclock_params *p,
				    struct vmclock_time t,
				    struct vmclock_scales *s)
{
	bool known = vmclock_tai_offset_known(p);
	bool is_utc = p->time_type == VMCLOCK_TIME_UTC;
	__s32 offset = known ? p->tai_offset_sec : 0;
	__s64 to_utc = is_utc ? 0 : -(__s64)offset;
	int change = 0;

	if (!is_utc && p->time_type != VMCLOCK_TIME_TAI)
		return -EINVAL;
	s->leap = VMCLOCK_LEAP_NONE;
	if (is_utc || known) {
		s->leap = p->leap;
		change = vmclock_leap_at(&s->leap, p->line.time.sec + to_utc,
					 t.sec + to_utc);
	}
	s->tai_valid = !is_utc || known;
	s->utc_valid = is_utc || known;
	s->tai_offset_sec = offset + change;
	s->tai = t;
	s->tai.sec += to_utc + offset;
	s->utc = t;
	s->utc.sec += to_utc - change;
	return 0;
}

#endif /* _VMCLOCK_LEAP_H */
