/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The error of the clock: what a daemon has reported, what has become of it,
 * and what the pages promise. Pure functions, so the same source runs in a
 * simulation. The caller serialises all calls on one struct errors.
 */
#ifndef _VMCLOCK_HOST_ERRORS_H
#define _VMCLOCK_HOST_ERRORS_H

#include "bounds.h"
#include "slew.h"

/**
 * struct errors_report - the errors of the clock as an NTP daemon reports them
 * @seq: number of the report; 0 if there is none that bounds the clock
 * @counter: counter value at the report, or before
 * @ns: time of the report in the unit of slew.h
 * @maxerror_ns: maximum error, ns
 * @esterror_ns: estimated error, ns
 * @program: number of the process that reports
 */
struct errors_report {
	unsigned int seq;
	u64 counter;
	u64 ns;
	u64 maxerror_ns;
	u64 esterror_ns;
	int program;
};

/**
 * struct errors - the error of the clock
 * @bounds: what pages promise
 * @slew: what the clock's frequencies tell of slews
 * @report: the last report
 * @slewed_ns: offset that the clock was slewed by at the report, at most, ns
 * @pending_ns: offset that the kernel is slewing, ns
 * @updater: the program that has updated the clock
 */
struct errors {
	struct bounds bounds;
	struct slew slew;
	struct errors_report report;
	u64 slewed_ns;
	u64 pending_ns;
	int updater;
};

void errors_begin(struct errors *e, const struct vmclock_line *line,
		  u32 drift32);
void errors_report(struct errors *e, const struct errors_report *report,
		   struct slew_frequency frequency, u64 pending_ns);
bool errors_differ(const struct errors *e, u64 counter);
bool errors_take(struct errors *e, const struct vmclock_line *line);

#endif /* _VMCLOCK_HOST_ERRORS_H */
