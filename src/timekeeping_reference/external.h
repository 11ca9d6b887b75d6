/* SPDX-License-Identifier: GPL-2.0 */
/* External adjustments: what an update by others means. Pure. */
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
 * @settling: adjustments that were cleared may still be slewed
 */
struct tkref_change {
	enum tkref_actor actor;
	bool rate;
	bool step;
	bool back;
	bool known;
	bool settling;
};

/**
 * enum tkref_verdict - the meaning of an update
 * @TKREF_EXPECTED: nothing has changed, or it was to be expected
 * @TKREF_RESUMED: the kernel resumed, and the counter may be another one
 * @TKREF_SETTLED: an adjustment that was cleared ends
 * @TKREF_ADJUSTED: an external adjustment
 */
enum tkref_verdict {
	TKREF_EXPECTED,
	TKREF_RESUMED,
	TKREF_SETTLED,
	TKREF_ADJUSTED,
};

enum tkref_verdict tkref_judge(const struct tkref_change *change);

#endif /* _TKREF_EXTERNAL_H */
