// SPDX-License-Identifier: GPL-2.0
/* External adjustments: verdicts and policy. Pure functions. */
#include <linux/jiffies.h>
#include <linux/kernel.h>
#include <linux/string.h>

#include "external.h"

#define INSISTS		3		/* so many steps are undone ... */
#define INSIST_JIFFIES	(300 * HZ)	/* ... in this time */
#define GONE_JIFFIES	(4 * HZ)	/* a daemon may be restarted */
#define SILENT_LEAST	(64 * HZ)
#define SILENT_MOST	(4096 * HZ)

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
 *	  offsets were cleared				cleared: one that was
 *		cleared ends with the second
 *	  otherwise					adjusted: an offset that
 *		was given to adjtimex(2) or adjtime(3) earlier begins or ends
 *	a step or a rate in a system call		adjusted
 *
 * Return: the verdict.
 */
enum tkref_verdict tkref_judge(const struct tkref_change *change)
{
	if (change->back)
		return TKREF_RESUMED;
	if (change->actor == TKREF_BY_SELF || (!change->rate && !change->step))
		return TKREF_EXPECTED;
	if (change->actor == TKREF_BY_RESUME)
		return TKREF_RESUMED;
	if (!change->ours)
		return TKREF_EXPECTED;
	if (change->actor == TKREF_BY_TASK)
		return TKREF_ADJUSTED;
	if (!change->rate || !change->known)
		return TKREF_EXPECTED;
	return change->clearing ? TKREF_CLEARED : TKREF_ADJUSTED;
}

/**
 * tkref_undoes() - whether an external adjustment is undone
 * @external: the adjustment; those that are undone are counted
 * @policy: the module's parameter
 * @lost: the reference can't be used at present
 * @now: jiffies
 *
 * A process that sets the rate is a daemon. A step is undone, unless it is
 * repeated within minutes. An offset that was given earlier is undone each
 * time: no process is known whose end could be waited for. Programs that only
 * give offsets (systemd-timesyncd, adjtime(3)) bear it, and get the clock while
 * the reference is lost.
 *
 * Return: true if so; false if the clock is yielded.
 */
bool tkref_undoes(struct tkref_external *external, enum tkref_policy policy,
		  bool lost, unsigned long now)
{
	if (policy != TKREF_POLICY_AUTO)
		return policy == TKREF_POLICY_REASSERT;
	if (!external->tgid)
		return !lost;
	if (external->rate)
		return false;
	if (strcmp(external->insister, external->name) ||
	    time_after(now, external->since + INSIST_JIFFIES)) {
		strscpy(external->insister, external->name,
			sizeof(external->insister));
		external->since = now;
		external->undone = 0;
	}
	return ++external->undone <= INSISTS;
}

/**
 * tkref_is_left() - whether a clock that was yielded is disciplined no more
 * @external: the adjustments of the program that has it
 * @alive: its process exists
 * @now: jiffies
 *
 * A daemon that is gone may be restarted, and would adjust the clock after its
 * interval; a program that has done so once, or quickly, will not. One that is
 * alive but silent has lost its sources: it would have adjusted the clock four
 * times since.
 *
 * Return: true if so.
 */
bool tkref_is_left(struct tkref_external *external, bool alive,
		   unsigned long now)
{
	unsigned long wait = min_t(unsigned long, external->gap,
				   GONE_JIFFIES);
	unsigned long longest = SILENT_MOST;

	if (external->gap)
		longest = clamp_t(unsigned long, 4 * external->gap,
				  SILENT_LEAST, SILENT_MOST);
	if (!external->gone)
		external->gone_at = now;
	external->gone = !alive;
	return (external->gone &&
		time_after_eq(now, external->gone_at + wait)) ||
	       time_after(now, external->at + longest);
}
