/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The fast path of an update, in line with the notifier: it runs in every tick.
 * The timekeeper's lock is held and its sequence open: arithmetic only.
 */
#ifndef _TKREF_OBSERVE_H
#define _TKREF_OBSERVE_H

#include "compat/timekeeper.h"
#include "discipline.h"

void tkref_observe_all(struct tkref_discipline *d, const struct timekeeper *tk,
		       bool was_set, const struct task_struct *thread);
bool tkref_check_closely(struct tkref_discipline *d);

/* The fields that change in every update. */
static __always_inline void
tkref_observe_progress(struct tkref_discipline *d, const struct timekeeper *tk)
{
	const struct tk_read_base *tkr = &tk->tkr_mono;
	struct servo_sample *sample = &d->servo.sample;

	sample->ticking++;
	if (tkr->cycle_last - sample->cycle_last > 2 * tk->cycle_interval)
		sample->ticking = 0;
	sample->cycle_last = tkr->cycle_last;
	sample->ntp_error_ns32 = tk->ntp_error;
	sample->mult = tkr->mult;
	d->observed.xtime.count = tkr->cycle_last;
	d->observed.xtime.ns32 = tkr->xtime_nsec << (32 - tkr->shift);
}

/* True for nearly every update. */
static inline bool
tkref_only_time_went_by(const struct tkref_observed *observed,
			const struct timekeeper *tk, bool was_set)
{
	return observed->resting && !was_set &&
	       tk->xtime_sec == observed->xtime.sec &&
	       tk->tkr_mono.clock == observed->cs &&
	       vmclock_tk_ntp_rate(tk) == observed->ntp_rate;
}

/* See begin_rest() for the phase. */
static inline void tkref_observe_resting(struct tkref_discipline *d,
					 const struct timekeeper *tk)
{
	const struct tkref_observed *observed = &d->observed;
	unsigned __int128 counts;

	tkref_observe_progress(d, tk);
	counts = observed->xtime.count - observed->rest_count;
	d->servo.sample.phase_ns32 =
		observed->rest_ns32 + observed->xtime.ns32 -
		(u64)((counts * d->servo.period_ns56) >> 24);
	tkref_set_slope(d);
}

/* Is the timer late for an idle clock's phase? */
static __always_inline bool
tkref_deadline_moved(const struct tkref_discipline *d)
{
	return d->servo.idle_error_ns32 &&
	       (d->timing.armed == TKREF_NEVER ||
		servo_deadline_moved(&d->servo, d->timing.deadline));
}

/**
 * tkref_observe() - take notice of an update
 * @d: the discipline
 * @tk: the timekeeper
 * @was_set: the kernel says that the clock was set
 * @thread: the discipline's own
 *
 * Return: true if the thread (see @d->want) or the timer is needed.
 */
static inline bool tkref_observe(struct tkref_discipline *d,
				 const struct timekeeper *tk, bool was_set,
				 const struct task_struct *thread)
{
	if (tkref_only_time_went_by(&d->observed, tk, was_set))
		tkref_observe_resting(d, tk);
	else
		tkref_observe_all(d, tk, was_set, thread);
	if (d->observed.resting && servo_rests(&d->servo))
		return tkref_deadline_moved(d);
	return tkref_check_closely(d);
}

#endif /* _TKREF_OBSERVE_H */
