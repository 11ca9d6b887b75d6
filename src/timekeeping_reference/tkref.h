/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the files of timekeeping_reference know of each other:
 *
 *	main.c		parameters, the exported functions, init and exit
 *	engine.c	observes the timekeeper, runs the law, keeps its times
 *	reference.c	the reference as it is compared with the timekeeper
 *	servo.c		the law (pure functions, see servo.h)
 *	actuator.c	adjtimex calls
 *	state.c		the state in words: log, sysfs, uevents
 *	trace.h		tracepoints
 */
#ifndef _TKREF_H
#define _TKREF_H

#include <linux/clocksource.h>
#include <linux/device.h>
#include <linux/sched.h>
#include <linux/timex.h>

#include "common/counter.h"
#include "servo.h"
#include "timekeeping_reference.h"

#define TKREF_NAME_LEN	32

/**
 * enum tkref_state - what the system clock is
 * @TKREF_WAITING: nobody's: no reference that could be followed, yet
 * @TKREF_LOCKED: on the reference
 * @TKREF_HOLDOVER: on the last good line, while its bound grows
 * @TKREF_UNSYNCHRONISED: the bound is void
 * @TKREF_YIELDED: somebody else's
 */
enum tkref_state {
	TKREF_WAITING,
	TKREF_LOCKED,
	TKREF_HOLDOVER,
	TKREF_UNSYNCHRONISED,
	TKREF_YIELDED,
};

/**
 * struct tkref_status - a copy of what there is to know, for state.c
 * @state: see there
 * @reason: why, in words
 * @reference: name that the owner gave, "" without an owner
 * @foreign: task that adjusted the clock last, "" if none did
 * @class: the kernel's
 * @mode: the law's
 * @phase_ns32: CLOCK_REALTIME - reference now
 * @line_ns32: NTP line - reference at the last update
 * @maxerror_ns: bound of CLOCK_REALTIME now; U64_MAX if there is none
 * @esterror_ns: the same for the estimated error
 * @calls: of do_adjtimex()
 * @steps: those that stepped the clock
 * @wakeups: of the deadline timer
 */
struct tkref_status {
	enum tkref_state state;
	const char *reason;
	char reference[TKREF_NAME_LEN];
	char foreign[TKREF_NAME_LEN];
	enum servo_class class;
	enum servo_mode mode;
	s64 phase_ns32;
	s64 line_ns32;
	u64 maxerror_ns;
	u64 esterror_ns;
	u64 calls;
	u64 steps;
	u64 wakeups;
};

/**
 * struct tkref_line - a reference, as it is compared with the timekeeper
 * @valid: there is one
 * @tai: in TAI, to be compared with CLOCK_TAI; else in UTC
 * @line: time over the clocksource's count
 * @change_sec: first second behind a leap second, on the line's scale
 * @before_sec: see tkref_line_offset_sec(); before @change_sec
 * @after_sec: ... and from then on; the same if there is no leap second
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

/**
 * struct tkref_ntp - what adjtimex(2) shall report, besides the rate
 * @valid: there is something to report
 * @status: STA_*
 * @maxerror_ns: bound
 * @esterror_ns: estimate
 */
struct tkref_ntp {
	bool valid;
	int status;
	u64 maxerror_ns;
	u64 esterror_ns;
};

/* reference.c: any context */
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
				   const struct servo_view *view);
u64 tkref_maxerror(const struct vmclock_params *p, u64 counter, u64 lost);
u64 tkref_esterror(const struct vmclock_params *p, u64 counter, u64 lost);

/* actuator.c: process context, may sleep */
int tkref_resolve(void);
int tkref_set_frequency(struct servo_frequency frequency,
			const struct tkref_ntp *ntp);
int tkref_step(struct vmclock_time offset, const struct tkref_ntp *ntp);
int tkref_set_tai_offset(s32 offset_sec);
int tkref_clear_pending(void);
int tkref_set_ntp(const struct tkref_ntp *ntp);
u64 tkref_calls(void);

/* engine.c */
int tkref_engine_start(void);
void tkref_engine_stop(void);
int tkref_engine_set(struct module *owner, const struct tk_reference *ref);
void tkref_engine_clear(struct module *owner);
void tkref_engine_configure(void);
void tkref_engine_relock(void);
void tkref_engine_status(struct tkref_status *status);

/* state.c: process context */
int tkref_state_register(void);
void tkref_state_unregister(void);
void tkref_state_changed(const struct tkref_status *status);

/* main.c: parameters, read under no lock */
extern unsigned int tkref_deadline_ns;
extern unsigned int tkref_slew_ppm;
extern unsigned int tkref_step_ns;
extern bool tkref_reassert;

#endif /* _TKREF_H */
