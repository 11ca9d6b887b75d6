// SPDX-License-Identifier: GPL-2.0
/*
 * The state of the lock: status and bounds go to adjtimex(2), a transition to
 * the trace and to events.c, which tells user space. The thread's context.
 */
#include <linux/string.h>

#include "events.h"

#define CREATE_TRACE_POINTS
#include "trace.h"

static void report_transition(const struct tkref_clock *clk)
{
	static enum tkref_state last_state;
	static const char *last_reason;
	struct tkref_event event = { .kind = TKREF_EVENT_STATE };
	struct tkref_status status;

	tkref_status_get(clk, &status);
	event.state = status.d.state;
	event.words = tkref_reason(&status.d);
	if (event.state == last_state && event.words == last_reason)
		return;
	strscpy(event.adjuster, status.d.external.name,
		sizeof(event.adjuster));
	if (!tkref_event_add(&event))
		return;
	last_state = event.state;
	last_reason = event.words;
	trace_tkref_state(&status);
}

/**
 * tkref_report() - enter the next state, and tell it
 * @clk: the clock
 */
void tkref_report(struct tkref_clock *clk)
{
	struct tkref_discipline *d = &clk->d;
	struct tkref_ntp ntp;
	bool stale;
	u64 now;

	tkref_lock(clk);
	now = tkref_count_now(d);
	d->state = tkref_next_state(d, now);
	tkref_ntp_wanted(d, d->state, tkref_offset_ns(d, now), &ntp);
	stale = tkref_ntp_stale(d, &ntp, jiffies);
	if (!ntp.valid)
		d->applied.ntp.valid = false;
	tkref_unlock(clk);

	if (stale && tkref_set_ntp(&ntp) >= 0) {
		tkref_lock(clk);
		tkref_ntp_written(&d->applied, &ntp);
		tkref_unlock(clk);
	}
	report_transition(clk);
}
