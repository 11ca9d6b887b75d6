// SPDX-License-Identifier: GPL-2.0
/* What an update of the timekeeper by others means. Pure functions. */
#include "external.h"

/**
 * tkref_judge() - what an update means
 * @change: how it differs from what was expected
 *
 *	unchanged, or the discipline's own		expected
 *	any change when the kernel resumes, or the	resumed: the previous
 *	counter goes back				line is void
 *	a step without a system call			expected: a leap second
 *	a rate without a system call:
 *	  the discipline's rate was not in force	expected: the tick may
 *		bring it before the call has returned (Linux before 6.13 drops
 *		its lock in between) or after the clocksource has changed
 *	  offsets were cleared				settled: one that was
 *		cleared ends with the second
 *	  otherwise					adjusted: an offset that
 *		was given to adjtimex(2) or adjtime(3) earlier begins or ends
 *	a step or a rate in a system call		adjusted
 *
 * Return: the verdict.
 */
enum tkref_verdict tkref_judge(const struct tkref_change *change)
{
	bool task = change->actor == TKREF_BY_TASK;

	if (change->back)
		return TKREF_RESUMED;
	if (change->actor == TKREF_BY_SELF || (!change->rate && !change->step))
		return TKREF_EXPECTED;
	if (change->actor == TKREF_BY_RESUME)
		return TKREF_RESUMED;
	if (task)
		return TKREF_ADJUSTED;
	if (!change->rate || !change->known)
		return TKREF_EXPECTED;
	return change->settling ? TKREF_SETTLED : TKREF_ADJUSTED;
}
