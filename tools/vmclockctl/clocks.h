/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The system's clocks, and how far they are from a page and from a PTP clock.
 */
#ifndef _VMCLOCKCTL_CLOCKS_H
#define _VMCLOCKCTL_CLOCKS_H

#include "../kernel_names.h"
#include "page_io.h"
#include "vmclock/leap.h"

/**
 * struct kernel_clock - the kernel's NTP state
 * @error: 0, or errno of adjtimex(); the rest is 0 then
 * @synchronized: STA_UNSYNC is not set
 * @tai_offset_sec: CLOCK_TAI - CLOCK_REALTIME; 0 means that it is not known
 * @maxerror_us: bound
 * @esterror_us: estimate
 * @frequency_ppb: correction of the clocksource's rate, tick included
 * @leap: "none", "insert", "delete", "in-progress", "done"
 */
struct kernel_clock {
	int error;
	bool synchronized;
	int tai_offset_sec;
	long maxerror_us;
	long esterror_us;
	double frequency_ppb;
	const char *leap;
};

/**
 * enum clock_scale - in which scale clocks are compared
 * @SCALE_NONE: they can't be
 * @SCALE_UTC: CLOCK_REALTIME
 * @SCALE_TAI: CLOCK_TAI
 */
enum clock_scale { SCALE_NONE, SCALE_UTC, SCALE_TAI };

/**
 * struct clock_diff - a difference of two clocks at one moment
 * @ns: first clock minus second clock
 * @uncertainty_ns: half of the interval between the two readings of one clock
 *	that enclose the reading of the other; 0 if all was one reading
 */
struct clock_diff {
	s64 ns;
	u64 uncertainty_ns;
};

void kernel_clock_read(struct kernel_clock *k);
int clock_set_tai(int offset_sec);
enum clock_scale clock_scale(const struct vmclock_params *p,
			     const struct kernel_clock *k,
			     enum clock_scale wanted);
const char *clock_name(enum clock_scale scale);
bool clock_of_page(const struct vmclock_params *p, enum clock_scale scale,
		   struct vmclock_time line, struct vmclock_time *t);
bool clock_minus_page(const struct vmclock_params *p, enum clock_scale scale,
		      struct clock_diff *diff);

#endif /* _VMCLOCKCTL_CLOCKS_H */
