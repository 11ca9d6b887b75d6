// SPDX-License-Identifier: GPL-2.0
/*
 * What an update of the timekeeper makes of the discipline. Called by the
 * timekeeper's notifier: its lock is held and its sequence open, so there is
 * arithmetic only.
 */
#include <linux/jiffies.h>
#include <linux/kernel.h>
#include <linux/sched.h>
#include <linux/string.h>

#include "observe.h"

#define STEP_NS32	(100LL << 32)	/* a smaller change is no step */

static void observe_update(struct tkref_discipline *d,
			   const struct timekeeper *tk)
{
	struct tkref_observed *observed = &d->observed;

	d->servo.sample.cycle_interval = tk->cycle_interval;
	d->servo.sample.shift = tk->tkr_mono.shift;
	observed->xtime.sec = tk->xtime_sec;
	observed->xtime.tai_offset_sec = tk->tai_offset;
	tkref_observe_progress(d, tk);
	tkref_compare(d);
}

/* kvm-clock's parameters have changed, or the clocksource has. */
static void observe_scale(struct tkref_discipline *d,
			  const struct clocksource *cs)
{
	d->observed.scaled = vmclock_scale_get(&d->observed.scale, cs);
	if (d->source.line.valid)
		tkref_source_adopt_line(d);
	d->servo.rate_stale = true;
	d->want = true;
}

/*
 * Counts of the old clocksource are meaningless: cancel pulse and timer. The
 * new one runs at its nominal rate until the next update.
 */
static void observe_clocksource(struct tkref_discipline *d,
				const struct clocksource *cs)
{
	observe_scale(d, cs);
	servo_drop(&d->servo);
	d->timing.armed = TKREF_NEVER;
	d->observed.cs = cs;
	d->servo.sample.clock_mult = cs->mult;
	d->observed.epoch++;
	d->applied.frequency_known = false;
}

/* The reference was checked against another scale, and may not fit this one. */
static void check_line(struct tkref_discipline *d)
{
	const char *defect;

	servo_prepare(&d->servo);
	if (!d->source.line.valid || !d->observed.scaled)
		return;
	defect = tkref_reference_defect(&d->source.params, &d->observed.scale,
					&d->servo.sample);
	if (!defect)
		return;
	d->source.line.valid = false;
	d->source.defect = defect;
}

/*
 * Is the clock off the last update's rate? The kernel also says that it was set
 * when another notifier is registered and nothing has happened.
 */
static bool clock_stepped(const struct tkref_discipline *d,
			  const struct timekeeper *tk)
{
	const struct servo_sample *sample = &d->servo.sample;
	const struct tkref_moment *xtime = &d->observed.xtime;
	u64 counts = tk->tkr_mono.cycle_last - sample->cycle_last;
	s64 sec = tk->xtime_sec - xtime->sec;
	__int128 step;

	if (tk->tai_offset != xtime->tai_offset_sec)
		return true;
	step = (__int128)sec * (s64)(NSEC_PER_SEC << 32) - xtime->ns32;
	step += tk->tkr_mono.xtime_nsec << (32 - tk->tkr_mono.shift);
	step -= ((unsigned __int128)counts * sample->mult) <<
		(32 - sample->shift);
	return step > STEP_NS32 || step < -STEP_NS32;
}

/* Has the counter been restarted? */
static bool counter_went_back(const struct servo_sample *sample,
			      const struct timekeeper *tk)
{
	return (s64)(tk->tkr_mono.cycle_last - sample->cycle_last) <
	       -(s64)sample->cycle_interval;
}

/*
 * The task is current, if it is one. What a tick brings is the work of the
 * program that has the clock, if one has: the kernel slews an offset that it
 * was given. Nor is that program replaced by another one that only steps.
 */
static void note_external(struct tkref_external *external,
			  const struct tkref_change *change, bool yielded)
{
	bool task = change->actor == TKREF_BY_TASK;
	bool had = external->tgid && (yielded || external->pending);
	int tgid = task ? current->tgid : 0;

	if (had && tgid != external->tgid && !(task && change->rate)) {
		external->at = task ? external->at : jiffies;
		return;
	}
	external->gap = tgid != external->tgid || !external->at ? 0 :
			max(external->gap, jiffies - external->at);
	external->at = jiffies;
	external->tgid = tgid;
	external->start = task ? current->group_leader->start_time : 0;
	/* the frequency that a daemon sets behind its step counts */
	external->rate = change->rate || (external->pending && external->rate);
	strscpy(external->name, task ? current->group_leader->comm :
				       "an earlier adjustment",
		sizeof(external->name));
}

static void note_rate(struct tkref_discipline *d)
{
	d->external.ntp_rate = d->observed.ntp_rate;
	d->observed.epoch++;
	d->applied.tick_left |= d->applied.exact_known;
	d->applied.frequency_known = false;
	d->applied.exact_known = false;
}

static void note_adjustment(struct tkref_discipline *d,
			    const struct tkref_change *change)
{
	note_external(&d->external, change, d->state == TKREF_YIELDED);
	if (change->rate)
		note_rate(d);
	if (d->state == TKREF_YIELDED)
		return;
	d->external.pending = true;
	d->want = true;
}

static void handle_change(struct tkref_discipline *d,
			  const struct tkref_change *change,
			  struct vmclock_time before)
{
	switch (tkref_judge(change)) {
	case TKREF_EXPECTED:
		/* while the clock isn't steered everybody may set its rate */
		if (change->rate && change->actor == TKREF_BY_TASK)
			note_rate(d);
		break;
	case TKREF_RESUMED:
		tkref_source_suspend(d, change->back, before);
		break;
	case TKREF_CLEARED:
		tkref_allow_step(d, "earlier adjustment");
		d->want = true;
		break;
	case TKREF_ADJUSTED:
		note_adjustment(d, change);
		break;
	}
}

/*
 * From here on, and until the second ends, only time goes by:
 *
 *	phase = rest_ns32 + xtime - (count - rest_count) * period
 *
 * The product has 34 + 63 bits. The period is rounded down by less than 2^-56
 * ns, which 10^10 counts make 1.4 * 10^-7 ns.
 */
static void begin_rest(struct tkref_discipline *d)
{
	struct tkref_observed *observed = &d->observed;

	observed->resting = !observed->scale.frac_bits;
	observed->rest_count = observed->xtime.count;
	observed->rest_ns32 = d->servo.sample.phase_ns32 - observed->xtime.ns32;
}

static enum tkref_actor update_actor(const struct task_struct *thread)
{
	if (current == thread)
		return TKREF_BY_SELF;
	if (system_state == SYSTEM_SUSPEND)
		return TKREF_BY_RESUME;
	return in_task() && !is_idle_task(current) ? TKREF_BY_TASK :
						     TKREF_BY_KERNEL;
}

/* Compare an update in which something has changed with the expected one. */
static noinline void describe_change(const struct tkref_discipline *d,
				     const struct timekeeper *tk, bool was_set,
				     const struct task_struct *thread,
				     struct tkref_change *change)
{
	const struct tkref_applied *applied = &d->applied;
	const struct tkref_observed *observed = &d->observed;
	bool other = tk->tkr_mono.clock != observed->cs;
	enum tkref_actor actor = update_actor(thread);
	u64 count = tk->tkr_mono.cycle_last;

	*change = (struct tkref_change){
		.actor = actor,
		/* another clocksource begins with the nominal one */
		.rate = !other && vmclock_tk_ntp_rate(tk) != observed->ntp_rate,
		.step = was_set && clock_stepped(d, tk),
		/* another counter wraps around */
		.back = !other && observed->scaled &&
			counter_went_back(&d->servo.sample, tk),
		.known = applied->frequency_known,
		.clearing = applied->clearing &&
			    (s64)(applied->cleared - count) > 0,
		/* with the previous TAI offset */
		.ours = !other &&
			(tkref_prepared(d) || d->state == TKREF_YIELDED),
		.reset = was_set && (other || actor == TKREF_BY_TASK ||
				     actor == TKREF_BY_RESUME),
	};
}

/**
 * tkref_observe_all() - take notice of an update that is not a plain tick
 * @d: the discipline
 * @tk: the timekeeper
 * @was_set: the kernel says that the clock was set
 * @thread: the discipline's own
 */
void tkref_observe_all(struct tkref_discipline *d, const struct timekeeper *tk,
		       bool was_set, const struct task_struct *thread)
{
	const struct clocksource *cs = tk->tkr_mono.clock;
	struct tkref_observed *observed = &d->observed;
	u64 ntp_rate = vmclock_tk_ntp_rate(tk);
	bool other = cs != observed->cs;
	bool moved = !other && observed->scale.frac_bits &&
		     vmclock_scale_moved(&observed->scale);
	bool changed = was_set || ntp_rate != observed->ntp_rate ||
		       counter_went_back(&d->servo.sample, tk);
	struct vmclock_time before;
	struct tkref_change change;

	if (changed) {
		describe_change(d, tk, was_set, thread, &change);
		before = vmclock_line_at(&d->source.line.line,
					 observed->xtime.count);
	}
	observed->resting = false;
	if (other)
		observe_clocksource(d, cs);
	else if (moved)
		observe_scale(d, cs);
	observe_update(d, tk);
	if (other || moved)
		check_line(d);
	observed->ntp_rate = ntp_rate;
	if (!changed)
		return;
	handle_change(d, &change, before);
	observed->clears += change.reset;
	if (was_set)	/* by a leap second, perhaps */
		d->want = true;
}

/**
 * tkref_check_closely() - whether an update calls for something
 * @d: the discipline; the fast path begins if nothing is wanted
 *
 * Return: true if the thread (see @d->want) or the timer is needed.
 */
bool tkref_check_closely(struct tkref_discipline *d)
{
	d->observed.resting = false;
	if (!tkref_following(d)) {
		/* a leap second that the kernel has not made */
		d->want |= tkref_engaged(d) && tkref_tai_differs(d);
		return d->want;
	}
	if (servo_wanted(&d->servo))
		d->want = true;
	if (d->want)
		return true;
	if (d->servo.mode != SERVO_STEADY)
		return false;
	begin_rest(d);
	return tkref_deadline_moved(d);
}
