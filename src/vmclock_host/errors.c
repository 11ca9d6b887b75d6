// SPDX-License-Identifier: GPL-2.0
/*
 * The true error of the clock is at most
 *
 *	reported error + offset that is still being slewed +
 *	(drift + doubt) * age
 *
 * The kernel says how much it slews by itself (ADJ_OFFSET, adjtime()). slew.c
 * estimates a slew by frequency, and doubts a frequency that is new. While the
 * frequency is far off the clock has no bound. known.c keeps this error while
 * the slew changes, and bounds.c makes of it what pages promise.
 */
#include "errors.h"

/**
 * errors_begin() - the first line, or the first after a discontinuity
 * @e: the errors, 0 at first; nothing that was known before holds, but for the
 *	frequencies. No earlier interval limits the pages, so that they need no
 *	room for slews until the daemon has slewed again
 * @line: the line
 * @drift32: as for bounds_init()
 */
void errors_begin(struct errors *e, const struct vmclock_line *line,
		  u32 drift32)
{
	e->report = (struct errors_report){ .seq = 0 };
	e->slewed_ns = 0;
	e->pending_ns = 0;
	e->pending_until_ns = 0;
	e->revoked_ns = 0;
	e->slew.moved_ns = 0;
	bounds_init(&e->bounds, line, drift32);
}

/* A clock that is being slewed by much has no bound until that is over. */
static bool errors_can_be_bounded(const struct errors *e)
{
	return e->report.seq && !e->revoked_ns && !slew_is_fast(&e->slew) &&
	       known_is_any(&e->bounds.known);
}

/* The error at a report */
static struct known_error errors_of(const struct errors *e,
				     const struct errors_report *report)
{
	return (struct known_error){
		.counter = report->counter,
		.ns = report->maxerror_ns + e->slewed_ns + e->pending_ns,
	};
}

/* The program that updates the clock tells how its last report has aged. */
static bool errors_are_interim(const struct errors *e,
			       const struct errors_report *report)
{
	return report->program && report->program == e->updater &&
	       !report->update;
}

/*
 * chronyd does that whenever it has measured a source, and also 0.1 ms before
 * it updates the clock. The slew that begins then needs the room that a page
 * gives away which is as tight as such a report. So that is taken a little
 * later, unless it is a wide one, and leaves room for the next slew.
 */
static bool errors_are_early(const struct errors *e,
			     const struct errors_report *report, u64 ns)
{
	return e->report.seq && errors_are_interim(e, report) &&
	       ns - report->ns < ERRORS_EARLY_NS &&
	       !bounds_revoked(&e->bounds, errors_of(e, report));
}

/*
 * chronyd's first reports grow as if its frequency were wrong by up to 100 %,
 * which takes them back. The next update is much like the one before. So until
 * that comes, or for ERRORS_REVOKED_NS, the clock has no bound, which is no
 * disruption.
 */
static bool errors_are_revoked(const struct errors *e)
{
	return e->report.program && e->report.program == e->updater &&
	       !e->pending_ns &&
	       slew_doubt32(&e->slew) > known_true_drift32(&e->bounds.known) &&
	       bounds_revoked(&e->bounds, errors_of(e, &e->report));
}

static void errors_revoke(struct errors *e, u64 ns)
{
	if (!errors_are_revoked(e))
		e->revoked_ns = 0;
	else if (!e->revoked_ns)
		e->revoked_ns = ns;
}

/* Nothing is known without a report, in a fast slew, or of what was revoked. */
static void errors_forget(struct errors *e, const struct errors_report *report,
			  u64 ns)
{
	bool revoked = e->revoked_ns && ns - e->revoked_ns >= ERRORS_REVOKED_NS;

	if (revoked)
		e->revoked_ns = 0;
	if (revoked || !report->seq || slew_is_fast(&e->slew))
		known_forget(&e->bounds.known);
}

/* Take a report that is new. */
static void errors_take_report(struct errors *e,
			       const struct errors_report *report, u64 ns)
{
	s64 slew32;

	/* another daemon, perhaps, or one that was started again */
	if (!e->report.seq)
		e->slew.known = e->slew.trusted = false;
	slew32 = slew_by32(&e->slew);
	e->report = *report;
	if (report->update) {
		e->updater = report->program;
		e->interval_ns = report->ns - e->slew.updated_ns;
	}
	if (report->seq)
		e->slewed_ns = slew_report(&e->slew, report, e->pending_ns);
	/* the same frequency, and perhaps another base frequency */
	known_add_slew(&e->bounds.known, &e->bounds.line,
		       slew_by32(&e->slew) - slew32);
	errors_revoke(e, ns);
}

/*
 * What a page may say more than the last report: the room for a correction by
 * ERRORS_CORRECTION_NS that the page doesn't get by growing until then. The
 * interval has to reach as far on the side that the clock leaves, and what is
 * known then contains the correction. After an update that is a part of the
 * error at most. After another report the next update may come at once.
 */
static u64 errors_room_ns(const struct errors *e)
{
	/* below 2^40, and half of 1000 ppm of 2^32 below 2^22 */
	u64 interval_ns = min(e->interval_ns, 1000 * VMCLOCK_NSEC_PER_SEC);
	u64 grown_ns = (interval_ns * (e->bounds.known.drift32 / 2)) >> 32;

	if (errors_are_interim(e, &e->report))
		return 2 * ERRORS_CORRECTION_NS;
	if (!e->report.update || grown_ns >= 2 * ERRORS_CORRECTION_NS)
		return 0;
	return min(2 * ERRORS_CORRECTION_NS - grown_ns,
		   e->report.maxerror_ns / 16);
}

/*
 * While the kernel slews, and in the second after that, the slew is the sum of
 * the turns that bounds_move() has seen. Otherwise it is by frequency only. An
 * offset that is new is not in an earlier report.
 */
static void errors_slew(struct errors *e, u64 pending_ns, u64 ns)
{
	if (pending_ns > e->pending_ns) {
		known_add(&e->bounds.known, pending_ns);
		e->slewed_ns += pending_ns;
	}
	if (pending_ns || e->pending_ns)
		e->pending_until_ns = ns + ERRORS_PENDING_NS;
	e->pending_ns = pending_ns;
	if (ns < e->pending_until_ns)
		return;
	e->bounds.known.slew = 0;
	known_add_slew(&e->bounds.known, &e->bounds.line, slew_by32(&e->slew));
}

/**
 * errors_report() - take the daemon's last report and the slews
 * @e: the errors
 * @report: the report; it may be the same as before
 * @frequency: the clock's frequency, and since when
 * @pending_ns: offset that the kernel is slewing, ns
 * @ns: now, in the unit of the report
 *
 * A report contains the slew unless it is older than the frequency, and what
 * the kernel slews. Neither is in an error that was known before, nor in an
 * earlier report what a program makes the kernel slew later.
 */
void errors_report(struct errors *e, const struct errors_report *report,
		   struct slew_frequency frequency, u64 pending_ns, u64 ns)
{
	slew_frequency(&e->slew, frequency);
	if (pending_ns)
		e->slew.alone_ns = 0;
	errors_forget(e, report, ns);
	errors_slew(e, pending_ns, ns);
	if (report->seq != e->report.seq && !errors_are_early(e, report, ns))
		errors_take_report(e, report, ns);
	if (e->report.seq && !e->revoked_ns &&
	    e->report.ns >= frequency.since_ns)
		bounds_report(&e->bounds, errors_of(e, &e->report),
			      errors_room_ns(e));
}

/**
 * errors_differ() - whether the page has to say another error
 * @e: the errors, after errors_report()
 * @counter: now
 *
 * Return: true if errors_take() is to be called.
 */
bool errors_differ(const struct errors *e, u64 counter)
{
	if (errors_can_be_bounded(e) != e->bounds.valid || !e->bounds.valid)
		return errors_can_be_bounded(e) != e->bounds.valid;
	if (slew_doubt32(&e->slew) != e->bounds.known.doubt32)
		return true;
	return bounds_differ(&e->bounds, counter);
}

/**
 * errors_take() - a page with another error
 * @e: the errors
 * @line: its line, anchored not before that of the last page
 *
 * Return: false if the page doesn't nest, which makes it a disruption.
 */
bool errors_take(struct errors *e, const struct vmclock_line *line)
{
	if (!errors_can_be_bounded(e)) {
		e->bounds.valid = false;
		return true;
	}
	return bounds_learn(&e->bounds, line, slew_turn32(&e->slew),
			    slew_doubt32(&e->slew));
}
