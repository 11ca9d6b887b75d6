/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The forms of adjtimex(2) that the module uses. Process context, CAP_SYS_TIME;
 * all may sleep. Those that tell return TIME_* or a negative error.
 */
#ifndef _TKREF_ADJTIMEX_H
#define _TKREF_ADJTIMEX_H

#include "servo.h"

/**
 * struct tkref_ntp - NTP state that goes along with a call
 * @valid: there is something to report
 * @status: STA_*
 * @clears: tkref_observed.clears that it was made for
 * @rearm: the kernel's NTP state was reset since the previous report
 * @maxerror_ns: bound
 * @esterror_ns: estimate
 */
struct tkref_ntp {
	bool valid;
	int status;
	u32 clears;
	bool rearm;
	u64 maxerror_ns;
	u64 esterror_ns;
};

/* how many there were; written by the thread */
extern u64 tkref_calls;

int tkref_resolve(void);
int tkref_set_frequency(struct servo_frequency frequency,
			const struct tkref_ntp *ntp);
int tkref_step(struct vmclock_time offset, const s32 *tai_offset_sec,
	       const struct tkref_ntp *ntp);
void tkref_leave_tick(const struct servo_frequency *ours, s32 tick);
void tkref_set_tai_offset(s32 offset_sec);
void tkref_clear_pending(void);
int tkref_set_ntp(const struct tkref_ntp *ntp);

#endif /* _TKREF_ADJTIMEX_H */
