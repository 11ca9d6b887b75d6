// SPDX-License-Identifier: GPL-2.0
/*
 * What the lock tells: status and bounds to adjtimex(2), one line in the log,
 * a trace event and a uevent for a transition. The thread's context.
 */
#include <linux/device.h>
#include <linux/kernel.h>
#include <linux/mutex.h>

#include "report.h"
#include "status.h"

#define CREATE_TRACE_POINTS
#include "trace.h"

static DEFINE_MUTEX(report_mutex);
static struct device *report_device;	/* sends uevents; under report_mutex */

/**
 * tkref_report_to() - send uevents from a device
 * @dev: the device, or NULL; none is sent from the previous one any more
 */
void tkref_report_to(struct device *dev)
{
	mutex_lock(&report_mutex);
	report_device = dev;
	mutex_unlock(&report_mutex);
}

static void send_uevent(const struct tkref_status *status)
{
	char state[32], reason[64];
	char *env[3] = { state, reason };

	snprintf(state, sizeof(state), "STATE=%s",
		 tkref_state_name(status->state));
	snprintf(reason, sizeof(reason), "REASON=%s", status->reason);
	mutex_lock(&report_mutex);
	if (report_device)
		kobject_uevent_env(&report_device->kobj, KOBJ_CHANGE, env);
	mutex_unlock(&report_mutex);
}

static void report_transition(const struct tkref_clock *clk)
{
	static enum tkref_state last_state;
	static const char *last_reason;
	struct tkref_status status;

	tkref_status_get(clk, &status);
	if (status.state == last_state && status.reason == last_reason)
		return;
	last_state = status.state;
	last_reason = status.reason;
	if (status.state == TKREF_YIELDED)
		pr_warn("timekeeping_reference: yielded: %s adjusted the clock\n",
			status.adjuster);
	else
		pr_info("timekeeping_reference: %s: %s\n",
			tkref_state_name(status.state), status.reason);
	trace_tkref_state(&status);
	send_uevent(&status);
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

/* An external adjustment is undone, by policy. */
void tkref_report_reasserted(const struct tkref_clock *clk)
{
	struct tkref_status status;

	tkref_status_get(clk, &status);
	pr_warn_ratelimited("timekeeping_reference: %s adjusted the clock, which is undone\n",
			    status.adjuster);
}
