/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A reference, made comparable with the timekeeper. Pure functions; the caller
 * serialises access to their arguments.
 */
#ifndef _TKREF_REFERENCE_H
#define _TKREF_REFERENCE_H

#include "common/counter.h"
#include "servo.h"
#include "vmclock/page.h"

/**
 * struct tkref_line - a reference, as it is compared with the timekeeper
 * @valid: the other members are set
 * @tai: in TAI, to be compared with CLOCK_TAI; else in UTC
 * @line: time over the clocksource's count
 * @change_sec: first second behind a leap second, on the line's scale
 * @before_sec: tkref_line_offset_sec() before @change_sec
 * @after_sec: tkref_line_offset_sec() from then on; equal without a leap second
 */
struct tkref_line {
	bool valid;
	bool tai;
	struct vmclock_line line;
	s64 change_sec;
	s32 before_sec;
	s32 after_sec;
};

/**
 * struct tkref_moment - CLOCK_REALTIME at an update of the timekeeper
 * @count: the clocksource's
 * @sec: seconds
 * @ns32: and ns / 2^32
 * @tai_offset_sec: the kernel's
 */
struct tkref_moment {
	u64 count;
	s64 sec;
	u64 ns32;
	s32 tai_offset_sec;
};

void tkref_line_set(struct tkref_line *line, const struct vmclock_params *p,
		    const struct vmclock_scale *scale);
s32 tkref_line_offset_sec(const struct tkref_line *line, s64 sec);
s64 tkref_line_phase(const struct tkref_line *line,
		     const struct tkref_moment *clock);
struct vmclock_time tkref_line_phase_exact(const struct tkref_line *line,
					   const struct tkref_moment *clock);
int tkref_leap_status(const struct tkref_line *line,
		      const struct vmclock_params *p,
		      const struct tkref_moment *clock);
const char *tkref_reference_defect(const struct vmclock_params *p,
				   const struct vmclock_scale *scale,
				   const struct servo_sample *sample);
void tkref_reference_bounds(const struct vmclock_params *p, u64 counter,
			    u64 lost, u64 unknown_ns, u64 *maxerror_ns,
			    u64 *esterror_ns);

/* U64_MAX if the sum doesn't fit, or either is that */
static inline u64 tkref_add_bounds(u64 a, u64 b)
{
	return a > U64_MAX - b ? U64_MAX : a + b;
}

#endif /* _TKREF_REFERENCE_H */
