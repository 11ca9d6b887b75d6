// SPDX-License-Identifier: GPL-2.0
/*
 * Leap seconds on the page. The timekeeper shows one as a change of the TAI
 * offset in an update. The state of NTP is read later, and describes it less
 * well: the kernel forgets a leap second when the daemon does, it does not say
 * of which kind the last one was, and of an unsynchronised clock it shows the
 * flag even when the second is over. So the page remembers what it has seen.
 */
#include "leap.h"

static s64 leap_month(s64 utc)
{
	return vmclock_month_start(vmclock_div_floor(utc, VMCLOCK_SEC_PER_DAY));
}

/* The indicator inside the leap second that was seen, or behind it. */
static u8 leap_indicator(const struct host_leap *leap, s64 utc)
{
	if (leap->recorded == VMCLOCK_LEAP_POST_POS &&
	    utc < leap->month * VMCLOCK_SEC_PER_DAY)
		return VMCLOCK_LEAP_POS;
	return leap->recorded;
}

/**
 * host_leap_happen() - remember a leap second
 * @leap: the memory
 * @change: change of TAI - UTC, not 0
 * @utc: UTC by the new offset, s; an idle machine may be long past the second
 *
 * The page gets the indicator together with the new offset.
 *
 * Return: the indicator at @utc, VMCLOCK_LEAP_*.
 */
u8 host_leap_happen(struct host_leap *leap, int change, s64 utc)
{
	leap->recorded = change > 0 ? VMCLOCK_LEAP_POST_POS :
				      VMCLOCK_LEAP_POST_NEG;
	/* an inserted second still belongs to the day before */
	leap->month = leap_month(utc + VMCLOCK_SEC_PER_DAY / 2);
	return leap_indicator(leap, utc);
}

/**
 * host_leap_at() - the leap indicator at a moment
 * @leap: the memory
 * @ntp_leap: the indicator by the state of NTP
 * @ntp_utc: when that state was read, UTC s
 * @utc: the moment, not before @ntp_utc, UTC s by the timekeeper
 * @indicator: result
 *
 * 1. A leap second that was seen decides until the end of the month after it.
 * 2. NTP's word that this is the leap second counts only if the timekeeper has
 *    the same second: NTP may be ahead of it.
 * 3. Otherwise NTP's indicator is carried on from @ntp_utc to @utc.
 *
 * Return: false if the timekeeper has yet to leap in between, so that the page
 * has to wait for its update.
 */
bool host_leap_at(const struct host_leap *leap, u8 ntp_leap, s64 ntp_utc,
		  s64 utc, u8 *indicator)
{
	/* an inserted second belongs to the month after it */
	if (leap->recorded && leap_month(utc + 1) == leap->month) {
		*indicator = leap_indicator(leap, utc);
		return true;
	}
	*indicator = ntp_leap;
	if (ntp_leap == VMCLOCK_LEAP_POS)
		return utc == ntp_utc;
	return !vmclock_leap_at(indicator, ntp_utc, utc);
}
