/* SPDX-License-Identifier: GPL-2.0 */
/* External adjustments: what they mean, and what is done about them. Pure. */
#ifndef _TKREF_EXTERNAL_H
#define _TKREF_EXTERNAL_H

#include "vmclock/types.h"

/**
 * enum tkref_actor - the context in which the timekeeper was updated
 * @TKREF_BY_SELF: the discipline's own thread
 * @TKREF_BY_TASK: another task, presumably in a system call
 * @TKREF_BY_KERNEL: tick, interrupt or idle task
 * @TKREF_BY_RESUME: the timekeeper is resumed after a suspend
 */
enum tkref_actor {
	TKREF_BY_SELF,
	TKREF_BY_TASK,
	TKREF_BY_KERNEL,
	TKREF_BY_RESUME,
};

/**
 * struct tkref_change - how an update differs from what was expected
 * @actor: context of the update
 * @rate: the tick length is another one
 * @step: the clock is off the last update's rate
 * @back: the counter has gone back: it was restarted
 * @known: the tick length was the one that the discipline has set
 * @clearing: adjustments that were cleared may still be slewed
 * @ours: the discipline has the clock, or watches the program that has it
 * @reset: the kernel's NTP state was reset along with it
 */
struct tkref_change {
	enum tkref_actor actor;
	bool rate;
	bool step;
	bool back;
	bool known;
	bool clearing;
	bool ours;
	bool reset;
};

/**
 * enum tkref_verdict - the meaning of an update
 * @TKREF_EXPECTED: nothing has changed, or it was to be expected
 * @TKREF_RESUMED: the kernel resumed, and the counter may be another one
 * @TKREF_CLEARED: an adjustment that was cleared ends
 * @TKREF_ADJUSTED: an external adjustment
 */
enum tkref_verdict {
	TKREF_EXPECTED,
	TKREF_RESUMED,
	TKREF_CLEARED,
	TKREF_ADJUSTED,
};

/**
 * enum tkref_policy - what is done about an external adjustment
 * @TKREF_POLICY_AUTO: a step is undone, a task that insists or sets the rate
 *	gets the clock until it is gone
 * @TKREF_POLICY_YIELD: the clock is left to the task
 * @TKREF_POLICY_REASSERT: everything is undone
 */
enum tkref_policy {
	TKREF_POLICY_AUTO,
	TKREF_POLICY_YIELD,
	TKREF_POLICY_REASSERT,
};

#define TKREF_NAME_LEN		32

/**
 * struct tkref_external - external adjustments; written by the notifier
 * @name: of the task that made the last one
 * @tgid: its process; 0 if it was the kernel's tick
 * @start: when that process began
 * @at: jiffies of the last one
 * @gap: longest time between two of that process, jiffies
 * @rate: the last one has set the tick length
 * @ntp_rate: to this, which is tkref_observed.ntp_rate then
 * @pending: the thread has not handled it yet
 * @insister: name of the task whose adjustments are undone; by the thread
 * @undone: how many were undone since @since
 * @since: when the count of @undone began, jiffies
 * @gone: the process does not exist; written by the thread
 * @gone_at: jiffies when that was seen
 */
struct tkref_external {
	char name[TKREF_NAME_LEN];
	int tgid;
	u64 start;
	unsigned long at;
	unsigned long gap;
	bool rate;
	u64 ntp_rate;
	bool pending;
	char insister[TKREF_NAME_LEN];
	unsigned int undone;
	unsigned long since;
	bool gone;
	unsigned long gone_at;
};

enum tkref_verdict tkref_judge(const struct tkref_change *change);
bool tkref_undoes(struct tkref_external *external, enum tkref_policy policy,
		  bool lost, unsigned long now);
bool tkref_is_left(struct tkref_external *external, bool alive,
		   unsigned long now);

#endif /* _TKREF_EXTERNAL_H */
