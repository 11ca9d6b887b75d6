/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The leap second that the host has seen. Pure functions over struct host_leap:
 * the caller serialises them.
 */
#ifndef _VMCLOCK_HOST_LEAP_H
#define _VMCLOCK_HOST_LEAP_H

#include "vmclock/leap.h"

/**
 * struct host_leap - the last leap second that was seen
 * @recorded: VMCLOCK_LEAP_POST_*, or VMCLOCK_LEAP_NONE
 * @month: first day of the month that began with it, days since 1970-01-01
 */
struct host_leap {
	u8 recorded;
	s64 month;
};

u8 host_leap_happen(struct host_leap *leap, int change, s64 utc);
bool host_leap_at(const struct host_leap *leap, u8 ntp_leap, s64 ntp_utc,
		  s64 utc, u8 *indicator);

#endif /* _VMCLOCK_HOST_LEAP_H */
