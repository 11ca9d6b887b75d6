// SPDX-License-Identifier: GPL-2.0
/* The state of the lock for readers, which never make a writer wait. */
#include <linux/overflow.h>

#include "status.h"

static const char *const state_names[] = {
	[TKREF_WAITING] = "waiting",
	[TKREF_LOCKED] = "locked",
	[TKREF_HOLDOVER] = "holdover",
	[TKREF_UNSYNCHRONIZED] = "unsynchronized",
	[TKREF_YIELDED] = "yielded",
};

const char *tkref_state_name(enum tkref_state state)
{
	return state_names[state];
}

static void measure_offset(struct tkref_status *status)
{
	const struct tkref_discipline *d = &status->d;
	const struct servo_sample *sample = &d->servo.sample;
	u64 now = tkref_count_now(d);

	status->phase_ns32 = servo_phase_at(&d->servo, now);
	if (check_add_overflow(sample->phase_ns32, sample->ntp_error_ns32,
			       &status->ntp_offset_ns32))
		status->ntp_offset_ns32 = sample->phase_ns32;
	tkref_bounds(d, tkref_offset_ns(d, now), U64_MAX, &status->maxerror_ns,
		     &status->esterror_ns);
}

/**
 * tkref_status_get() - copy the discipline, and compute from the copy
 * @clk: the clock
 * @status: result
 */
void tkref_status_get(const struct tkref_clock *clk,
		      struct tkref_status *status)
{
	unsigned int seq;

	do {
		seq = read_seqcount_begin(&clk->seq);
		status->d = clk->d;
	} while (read_seqcount_retry(&clk->seq, seq));

	status->phase_ns32 = 0;
	status->ntp_offset_ns32 = 0;
	status->maxerror_ns = U64_MAX;
	status->esterror_ns = U64_MAX;
	if (status->d.source.line.valid && status->d.observed.scaled)
		measure_offset(status);
}
