// SPDX-License-Identifier: GPL-2.0
/*
 * Verdicts on the discipline: is the clock followed, how wrong may it be, which
 * state is it in, what shall adjtimex(2) report. Pure functions.
 */
#include <linux/jiffies.h>
#include <linux/kernel.h>
#include <linux/timex.h>

#include "discipline.h"

#define LOCKED_NS	1000
#define LOCKED_PULSE_NS	10
#define UNLOCKED_NS	100000		/* no lock while this is slewed away */
#define NEWS_NS		1000		/* adjtimex(2) has whole microseconds */
#define UNSYNC_NS	(16 * NSEC_PER_SEC)

/* Is the clock to be steered at all? */
bool tkref_engaged(const struct tkref_discipline *d)
{
	return d->source.line.valid && d->observed.scaled &&
	       d->state != TKREF_YIELDED;
}

s32 tkref_tai_offset_wanted(const struct tkref_discipline *d)
{
	const struct tkref_moment *xtime = &d->observed.xtime;

	return tkref_line_offset_sec(&d->source.line,
				     xtime->sec + xtime->tai_offset_sec);
}

bool tkref_tai_differs(const struct tkref_discipline *d)
{
	return d->source.line.tai &&
	       d->observed.xtime.tai_offset_sec != tkref_tai_offset_wanted(d);
}

/* Engaged, and nothing has to be put right before the servo may run. */
bool tkref_prepared(const struct tkref_discipline *d)
{
	return tkref_engaged(d) && !d->applied.pending && !tkref_tai_differs(d);
}

/* Prepared, and no external adjustment waits to be handled. */
bool tkref_following(const struct tkref_discipline *d)
{
	return tkref_prepared(d) && !d->external.pending;
}

/* Distance of the clock from the reference, rounded up. */
u64 tkref_offset_ns(const struct tkref_discipline *d, u64 now)
{
	return (abs(servo_phase_at(&d->servo, now)) >> 32) + 1;
}

/**
 * tkref_bounds() - bounds of the clock
 * @d: the discipline
 * @offset_ns: of the clock, on top of the reference's own error
 * @unknown_ns: stands for what the reference doesn't bound; U64_MAX for none
 * @maxerror_ns: result, U64_MAX without a bound
 * @esterror_ns: result, U64_MAX without an estimate
 */
void tkref_bounds(const struct tkref_discipline *d, u64 offset_ns,
		  u64 unknown_ns, u64 *maxerror_ns, u64 *esterror_ns)
{
	const struct tkref_source *source = &d->source;
	u64 now = vmclock_counter_read();
	u64 lost = source->defect ? source->lost : now;

	tkref_reference_bounds(&source->params, now, lost, unknown_ns,
			       maxerror_ns, esterror_ns);
	*maxerror_ns = tkref_add_bounds(*maxerror_ns, offset_ns);
	*esterror_ns = tkref_add_bounds(*esterror_ns, offset_ns);
}

/**
 * tkref_ntp_wanted() - what adjtimex(2) shall report
 * @d: the discipline
 * @state: for this state
 * @offset_ns: the clock's from the reference
 * @ntp: result; invalid if there is nothing to report
 *
 * A leap second of a reference that is lost was real all the same. While the
 * clock isn't on the reference there is nothing to report, unless a lock is
 * lost: then the previous report is void.
 */
void tkref_ntp_wanted(const struct tkref_discipline *d, enum tkref_state state,
		      u64 offset_ns, struct tkref_ntp *ntp)
{
	*ntp = (struct tkref_ntp){
		.valid = true,
		.clears = d->observed.clears,
		.rearm = d->observed.clears != d->applied.ntp.clears,
	};
	if (state == TKREF_WAITING && d->source.owned && d->observed.scaled &&
	    d->applied.ntp.valid)
		state = TKREF_UNSYNCHRONIZED;
	switch (state) {
	case TKREF_LOCKED:
	case TKREF_HOLDOVER:
		ntp->status = tkref_leap_status(&d->source.line,
						&d->source.params,
						&d->observed.xtime);
		tkref_bounds(d, offset_ns, d->unknown_ns, &ntp->maxerror_ns,
			     &ntp->esterror_ns);
		break;
	case TKREF_UNSYNCHRONIZED:
		ntp->status = STA_UNSYNC;
		ntp->maxerror_ns = U64_MAX;
		ntp->esterror_ns = U64_MAX;
		break;
	default:
		ntp->valid = false;
	}
}

/*
 * Has the bound grown since the last report by more than the kernel has added
 * to that? The kernel adds 500 us at the end of each second, and nothing before
 * that. A second takes HZ + 1 jiffies at most.
 */
static bool bound_outgrown(const struct tkref_applied *applied,
			   const struct tkref_ntp *ntp, unsigned long now)
{
	u64 added_ns = (now - applied->ntp_jiffies) / (HZ + 1) *
		       (NSEC_PER_MSEC / 2);

	return applied->ntp.maxerror_ns < UNSYNC_NS &&
	       ntp->maxerror_ns > applied->ntp.maxerror_ns + added_ns +
				  NEWS_NS;
}

/* Is the report that was made last wrong, or old? @now: jiffies */
bool tkref_ntp_stale(const struct tkref_discipline *d,
		     const struct tkref_ntp *ntp, unsigned long now)
{
	const struct tkref_applied *applied = &d->applied;

	return ntp->valid &&
	       (!applied->ntp.valid || ntp->rearm ||
		ntp->status != applied->ntp.status ||
		bound_outgrown(applied, ntp, now) ||
		time_after_eq(now,
			      applied->ntp_jiffies + TKREF_REFRESH_JIFFIES));
}

/*
 * Accept a small phase as locked during a pulse (it is about to end, or is one
 * of those that never cease where the CPU is late) but not during a probe (it
 * will move the phase).
 */
static bool phase_arrived(const struct servo *servo, u64 phase_ns)
{
	if (servo->mode == SERVO_STEADY)
		return phase_ns < LOCKED_NS;
	return servo->mode == SERVO_PULSE && phase_ns < LOCKED_PULSE_NS;
}

enum tkref_state tkref_next_state(const struct tkref_discipline *d, u64 now)
{
	u64 phase_ns = abs(servo_phase_at(&d->servo, now)) >> 32;
	bool near = d->state == TKREF_LOCKED ?
		    phase_ns < UNLOCKED_NS : phase_arrived(&d->servo, phase_ns);
	u64 maxerror_ns, esterror_ns;

	if (d->state == TKREF_YIELDED || d->external.pending)
		return d->state;
	if (!tkref_following(d))
		return TKREF_WAITING;
	if (!d->source.defect)
		return near ? TKREF_LOCKED : TKREF_WAITING;
	if (d->state == TKREF_WAITING)
		return TKREF_WAITING;
	tkref_bounds(d, phase_ns, d->unknown_ns, &maxerror_ns, &esterror_ns);
	return d->source.status == VMCLOCK_STATUS_UNRELIABLE ||
	       maxerror_ns > UNSYNC_NS ? TKREF_UNSYNCHRONIZED : TKREF_HOLDOVER;
}

const char *tkref_reason(const struct tkref_discipline *d)
{
	if (d->state == TKREF_YIELDED)
		return d->source.disrupted ?
		       "another task adjusts the clock, which was disrupted" :
		       "another task adjusts the clock";
	if (!d->source.owned)
		return "no reference";
	if (d->source.defect)
		return d->source.defect;
	if (!d->observed.scaled)
		return "the clocksource is not the reference's counter";
	return d->state == TKREF_WAITING ? "acquiring" : "following";
}

/* The last update against the reference. */
void tkref_compare(struct tkref_discipline *d)
{
	if (!d->source.line.valid)
		return;
	d->servo.sample.phase_ns32 = tkref_line_phase(&d->source.line,
						      &d->observed.xtime);
	tkref_set_slope(d);
}

/**
 * tkref_take_back() - discipline a clock that was yielded
 * @d: the discipline; a lock begins
 * @cause: of the step that may come with it, in words
 */
void tkref_take_back(struct tkref_discipline *d, const char *cause)
{
	d->state = TKREF_WAITING;
	d->source.disrupted = false;
	d->applied.pending = true;
	d->external = (struct tkref_external){};
	servo_reset(&d->servo);
	d->step_cause = cause;
	d->want = true;
}
