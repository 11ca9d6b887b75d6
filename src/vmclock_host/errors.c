// SPDX-License-Identifier: GPL-2.0
/*
 * The true error of the clock is at most
 *
 *	reported error + offset that is still being slewed +
 *	(drift + doubt) * age
 *
 * The kernel says how much it slews by itself (ADJ_OFFSET, adjtime()). slew.c
 * estimates a slew by frequency, and doubts a frequency that is new. While the
 * frequency is far off the clock has no bound. bounds.c makes of this error
 * what pages promise.
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
	e->revoked_ns = 0;
	e->slew.moved_ns = 0;
	bounds_init(&e->bounds, line, drift32);
}

/* A clock that is being slewed by much has no bound until that is over. */
static bool errors_can_be_bounded(const struct errors *e)
{
	return e->report.seq && !e->revoked_ns && !slew_is_fast(&e->slew);
}

/* The error at a report */
static struct bounds_error errors_of(const struct errors *e,
				     const struct errors_report *report)
{
	return (struct bounds_error){
		.counter = report->counter,
		.ns = report->maxerror_ns + e->slewed_ns + e->pending_ns,
	};
}

/*
 * Whenever chronyd has measured a source it says what has become of its last
 * report, and also 0.1 ms before it updates the clock. The slew that begins
 * then needs the room that a page gives away which is as tight as such a
 * report. So that is taken a little later, unless it is a wide one.
 */
static bool errors_are_early(const struct errors *e,
			     const struct errors_report *report, u64 ns)
{
	return e->report.seq && report->program &&
	       report->program == e->updater && !report->update &&
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
	       slew_doubt32(&e->slew) > bounds_true_drift32(&e->bounds) &&
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
		bounds_forget(&e->bounds);
}

/**
 * errors_report() - take the daemon's last report and the slews
 * @e: the errors
 * @report: the report; it may be the same as before
 * @frequency: the clock's frequency, and since when
 * @pending_ns: offset that the kernel is slewing, ns
 * @ns: now, in the unit of the report
 */
void errors_report(struct errors *e, const struct errors_report *report,
		   struct slew_frequency frequency, u64 pending_ns, u64 ns)
{
	slew_frequency(&e->slew, frequency);
	e->pending_ns = pending_ns;
	if (pending_ns)
		e->slew.alone_ns = 0;
	errors_forget(e, report, ns);
	if (report->seq == e->report.seq || errors_are_early(e, report, ns))
		return;
	/* another daemon, perhaps, or one that was started again */
	if (!e->report.seq)
		e->slew.known = e->slew.trusted = false;
	e->report = *report;
	if (report->update)
		e->updater = report->program;
	if (report->seq)
		e->slewed_ns = slew_report(&e->slew, report, pending_ns);
	errors_revoke(e, ns);
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
	if (slew_doubt32(&e->slew) != e->bounds.doubt32)
		return true;
	return bounds_differ(&e->bounds, counter, errors_of(e, &e->report));
}

/*
 * When a slew ends, the rate turns by the rate of the slew, and by the error
 * of the base frequency. An edge of the page loses as much growth, and the rest
 * has to be the true growth at least. bounds.c may promise three quarters of
 * what is returned here, and promises 1000 ppm at most.
 */
static u32 errors_turn32(const struct errors *e)
{
	u32 doubt32 = slew_doubt32(&e->slew);
	u32 true32 = bounds_true_drift32(&e->bounds) + doubt32;
	u32 least32 = slew_rate32(&e->slew) + doubt32 + true32;

	return max(slew_turn32(&e->slew), least32 / 3 * 4);
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
	return bounds_learn(&e->bounds, line, errors_turn32(e),
			    slew_doubt32(&e->slew), errors_of(e, &e->report));
}
