/* SPDX-License-Identifier: GPL-2.0 */
/*
 * From the clock and the state of NTP to the content of all pages. clock.c
 * hands in lines, ntp.c hands in states, and debugfs.c shows the counts.
 */
#ifndef _VMCLOCK_HOST_PUBLISH_H
#define _VMCLOCK_HOST_PUBLISH_H

#include <linux/types.h>

#include "errors.h"

/**
 * enum host_cause - why all pages were published anew
 * @HOST_CAUSE_NONE: they were not
 * @HOST_CAUSE_STEP: step, clocksource change, resume
 * @HOST_CAUSE_TAI: TAI offset, leap second
 * @HOST_CAUSE_FREQUENCY: NTP wants another rate
 * @HOST_CAUSE_DEVIATION: the clock has left the line
 * @HOST_CAUSE_COMPENSATION: change between the running clock and the NTP clock
 * @HOST_CAUSE_STATUS: synchronised or not
 * @HOST_CAUSE_LEAP: leap indicator
 * @HOST_CAUSE_BOUNDS: errors
 * @HOST_CAUSE_RENEWAL: the life of the page's bounds is over
 */
enum host_cause {
	HOST_CAUSE_NONE,
	HOST_CAUSE_STEP,
	HOST_CAUSE_TAI,
	HOST_CAUSE_FREQUENCY,
	HOST_CAUSE_DEVIATION,
	HOST_CAUSE_COMPENSATION,
	HOST_CAUSE_STATUS,
	HOST_CAUSE_LEAP,
	HOST_CAUSE_BOUNDS,
	HOST_CAUSE_RENEWAL,
	HOST_CAUSES,
};

/**
 * struct host_stats - counts since the module was loaded
 * @publications: publications of all pages
 * @causes: the same by enum host_cause
 * @disruptions: publications with other disruption markers
 * @nesting_violations: publications that were disruptions because the page's
 *	interval was not inside those of earlier pages
 */
struct host_stats {
	u64 publications;
	u64 causes[HOST_CAUSES];
	u64 disruptions;
	u64 nesting_violations;
};

/**
 * struct host_line - the system clock as the timekeeper left it
 * @line: the kernel's TAI, which is UTC + @tai_offset_sec
 * @has_counter: the clocksource is the counter that guests read
 * @tai_offset_sec: TAI - UTC as the kernel has it, s; 0 if it was not told
 * @replaced: the line does not continue the one before
 * @restarted: the clocksource counts from an earlier value than before
 * @cause: why the line is published
 */
struct host_line {
	struct vmclock_line line;
	bool has_counter;
	s32 tai_offset_sec;
	bool replaced;
	bool restarted;
	enum host_cause cause;
};

/**
 * struct host_ntp - what the NTP code knows of the clock
 * @epoch: host_publish_epoch() before the state was read
 * @status: VMCLOCK_STATUS_*
 * @leap: VMCLOCK_LEAP_*
 * @ns: CLOCK_MONOTONIC before the state was read
 * @utc_sec: when the state was read, UTC as the kernel counts it, s
 * @report: what the NTP daemon has reported of the clock's error
 * @frequency: the clock's frequency without the kernel's own slew
 * @pending_ns: offset that the kernel slews, at most, ns
 * @esterror_ns: estimated error, ns
 */
struct host_ntp {
	unsigned int epoch;
	u8 status;
	u8 leap;
	u64 ns;
	s64 utc_sec;
	struct errors_report report;
	struct slew_frequency frequency;
	u64 pending_ns;
	u64 esterror_ns;
};

extern struct host_stats host_stats;

void host_publish_set_drift(unsigned int drift_ppm);
void host_publish_line(const struct host_line *now);
void host_publish_ntp(const struct host_ntp *now);
unsigned int host_publish_epoch(void);
bool host_publish_has_counter(void);
unsigned int host_publish_hz(void);

#endif /* _VMCLOCK_HOST_PUBLISH_H */
