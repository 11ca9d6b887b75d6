/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The timekeeper's tick arithmetic, seen by a gtod notifier. It changed in
 * 7.3; see probe.c for the fields that came and went.
 */
#ifndef _VMCLOCK_COMPAT_TIMEKEEPER_H
#define _VMCLOCK_COMPAT_TIMEKEEPER_H

#include <linux/timekeeper_internal.h>

/*
 * Since 7.3 a slew (ADJ_OFFSET, adjtime()) is no longer part of ntp_tick: as
 * long as there is something left to slew, skew_delta * HZ goes into ntp_error
 * at every interval, and mult is chosen for the sum.
 */
static inline s64 vmclock_tk_skew(const struct timekeeper *tk)
{
#ifdef HAVE_TK_SKEW_DELTA
	return tk->skew_delta * HZ;
#else
	return 0;
#endif
}

/**
 * vmclock_tk_ntp_rate() - how far the NTP clock goes in one NTP interval
 * @tk: the timekeeper
 *
 * The NTP clock is the time that NTP asks for: xtime + ntp_error at cycle_last,
 * and this much more @tk->cycle_interval counts later. Up to 7.2, a
 * cycle_interval that isn't a whole number of cycles leaves a remainder, which
 * the kernel takes off ntp_error at every interval; since 7.3 ntp_tick is
 * exact.
 *
 * Context: the timekeeper's lock is held.
 * Return: ns / 2^32.
 */
static inline u64 vmclock_tk_ntp_rate(const struct timekeeper *tk)
{
	u64 rate = tk->ntp_tick + vmclock_tk_skew(tk);

#ifdef HAVE_TK_XTIME_REMAINDER
	rate -= tk->xtime_remainder * (1LL << tk->ntp_error_shift);
#endif
	return rate;
}

#endif /* _VMCLOCK_COMPAT_TIMEKEEPER_H */
