/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the files of timekeeping_reference know of each other:
 *
 *	main.c		parameters, the exported functions, init and exit
 *	engine.c	observes the timekeeper, runs the law, keeps its times
 *	servo.c		the law (pure functions, see servo.h)
 *	actuator.c	adjtimex calls
 *	state.c		the state in words: log, sysfs
 *	counter_*.c	the architecture's counter
 */
#ifndef _TKREF_H
#define _TKREF_H

#include <linux/clocksource.h>
#include <linux/device.h>
#include <linux/sched.h>
#include <linux/timex.h>

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

/* counter_*.c: any context */
u64 tkref_counter_read(void);
u8 tkref_counter_id(const struct clocksource *cs);

/* actuator.c: process context, may sleep */
int tkref_resolve(void);
int tkref_set_frequency(struct servo_frequency frequency);
int tkref_step(struct vmclock_time offset);
int tkref_set_tai_offset(s32 offset_sec);
int tkref_clear_pending(void);
int tkref_set_synchronised(u64 maxerror_ns, u64 esterror_ns);
int tkref_set_unsynchronised(void);

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
