/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What tk_updates says of an update of the timekeeper, to whoever reads it.
 */
#ifndef _TK_UPDATES_H
#define _TK_UPDATES_H

#include <linux/types.h>

/**
 * struct tk_update - an update of the timekeeper
 * @cycle_last: its counter value
 * @from_clock: page - xtime there, ns / 2^32
 * @from_ntp: page - (xtime + ntp_error), same
 * @mult: of the clock from now on
 * @valid: 0: the page was being changed, or had no time
 */
struct tk_update {
	__u64 cycle_last;
	__s64 from_clock;
	__s64 from_ntp;
	__u32 mult;
	__u32 valid;
};

#define TK_UPDATES_MAX	200000

#endif /* _TK_UPDATES_H */
