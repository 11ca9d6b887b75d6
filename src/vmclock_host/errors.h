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

/* Until a report may be followed by an update, ns */
#define ERRORS_EARLY_NS	(5 * VMCLOCK_NSEC_PER_SEC / 1000)
/* Corrections of a clock that runs well are not larger than that, ns. */
#define ERRORS_CORRECTION_NS	100000
/* From the last look at an offset that the kernel slews to its end, ns */
#define ERRORS_PENDING_NS	(2 * VMCLOCK_NSEC_PER_SEC)
/* Until a report that revokes the one before is believed, ns */
#define ERRORS_REVOKED_NS	(128 * VMCLOCK_NSEC_PER_SEC)

/**
 * struct errors - the error of the clock
 * @bounds: what pages promise
 * @slew: what the clock's frequencies tell of slews
 * @report: the last report
 * @slewed_ns: offset that the clock was slewed by at the report, at most, ns
 * @pending_ns: offset that the kernel is slewing, ns
 * @pending_until_ns: by then it has slewed the last one
 * @revoked_ns: since when the updater, whose frequency is in doubt, has revoked
 *	what it reported; 0 if it has not
 * @updater: the program that has updated the clock
 * @interval_ns: between its last updates
 */
struct errors {
	struct bounds bounds;
	struct slew slew;
	struct errors_report report;
	u64 slewed_ns;
	u64 pending_ns;
	u64 pending_until_ns;
	u64 revoked_ns;
	int updater;
	u64 interval_ns;
};

void errors_begin(struct errors *e, const struct vmclock_line *line,
		  u32 drift32);
void errors_report(struct errors *e, const struct errors_report *report,
		   struct slew_frequency frequency, u64 pending_ns, u64 ns);
bool errors_differ(const struct errors *e, u64 counter);
bool errors_take(struct errors *e, const struct vmclock_line *line);

#endif /* _VMCLOCK_HOST_ERRORS_H */
