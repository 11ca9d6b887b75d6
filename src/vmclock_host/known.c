// SPDX-License-Identifier: GPL-2.0
/*
 * What is known of the clock's error. A report says how far the clock is off at
 * most, and contains what is being slewed then. From that moment on the error
 * grows by the drift, and by the doubt about the frequency, as long as the same
 * slew goes on:
 *
 *	reported + (drift + doubt) * age
 *
 * An error that was known before a slew began doesn't contain it. What the
 * clock has been moved by is added to such an error, and taken off when the
 * clock is slewed back:
 *
 *	still + |moved| + (drift + doubt) * age
 *
 * Both are true, so the smaller one is known. Once the slew changes, the report
 * has become an earlier error.
 */
#include "known.h"

/* Pages promise less growth than the drift by one part in these. */
#define DRIFT_PART	16
/* The error isn't known: 2^31 s, in s / 2^64 */
#define UNKNOWN		((__int128)1 << 95)

static __int128 frac_abs(__int128 x)
{
	return x < 0 ? -x : x;
}

/**
 * known_true_rate32() - growth that is true, without a slew
 * @k: what is known
 *
 * Return: part of the time / 2^32.
 */
u32 known_true_rate32(const struct known *k)
{
	return known_true_drift32(k) + k->doubt32;
}

/**
 * known_drift_rate32() - growth that a page without a slew promises
 * @k: what is known
 *
 * It is a bit less than the drift, which makes up for the spare error of a page
 * after some seconds.
 *
 * Return: part of the time / 2^32.
 */
u32 known_drift_rate32(const struct known *k)
{
	u32 twice = min(2 * known_true_rate32(k), KNOWN_MAX_RATE32);

	return max(twice, k->drift32 - k->drift32 / DRIFT_PART);
}

/**
 * known_slew32() - by how much the clock is slewed
 * @k: what is known
 * @line: the line
 *
 * Return: part of the time / 2^32, rounded up; a bit more than the most growth
 * of a page if it is more than that.
 */
u32 known_slew32(const struct known *k, const struct vmclock_line *line)
{
	if (!k->slew)
		return 0;
	return slope_rate32(line, frac_abs(k->slew), KNOWN_MAX_RATE32) + 1;
}

/* One more than rounded down: at least as much. */
static __int128 true_slope(const struct known *k,
			   const struct vmclock_line *line)
{
	return page_slope(line, known_true_rate32(k)) + 1;
}

static __int128 drift_slope(const struct known *k,
			    const struct vmclock_line *line)
{
	return page_slope(line, known_drift_rate32(k));
}

static u64 reported_ns(const struct known *k, const struct vmclock_line *line,
		       u64 counter)
{
	return grown_ns(k->reported.ns, true_slope(k, line),
			(s64)(counter - k->reported.counter));
}

static u64 due_ns(const struct known *k, const struct vmclock_line *line,
		  u64 counter)
{
	return grown_ns(k->due.ns, drift_slope(k, line),
			(s64)(counter - k->due.counter));
}

/**
 * known_forget() - no error is known any more
 * @k: what was known
 */
void known_forget(struct known *k)
{
	k->still = UNKNOWN;
	k->moved = 0;
	k->claim = UNKNOWN;
	k->reported.ns = 0;
}

/**
 * known_report() - an error is reported, or again
 * @k: what is known
 * @line: the line
 * @error: the error of the clock, and what the slew will move it by
 * @spare_ns: by how much more a page may say for this error, ns
 */
void known_report(struct known *k, const struct vmclock_line *line,
		  struct known_error error, u64 spare_ns)
{
	known_take_report(k, line);
	k->reported = error;
	k->due = error;
	k->due.ns += spare_ns;
}

/**
 * known_take_report() - what is known at the anchor is no more than a report
 * @k: what is known
 * @line: the line
 */
void known_take_report(struct known *k, const struct vmclock_line *line)
{
	if (!k->reported.ns)
		return;
	if (known_reported(k, line) < known_error(k)) {
		k->still = known_reported(k, line);
		k->moved = 0;
	}
	k->claim = min(k->claim,
		       ns_to_frac(due_ns(k, line, line->counter)) + 1);
}

/**
 * known_add_slew() - the clock is slewed by more
 * @k: what is known
 * @line: the line
 * @slew32: forward, of the time / 2^32
 */
void known_add_slew(struct known *k, const struct vmclock_line *line,
		    s64 slew32)
{
	if (slew32 < 0)
		k->slew -= page_slope(line, -slew32);
	else
		k->slew += page_slope(line, slew32);
}

/**
 * known_add() - the clock may be moved to either side
 * @k: what is known
 * @ns: by that much, ns
 */
void known_add(struct known *k, u64 ns)
{
	k->still += ns_to_frac(ns);
	k->claim += ns_to_frac(ns);
}

/**
 * known_go_on() - what is known at another counter value of the line
 * @k: what is known
 * @line: the line
 * @counts: from its anchor
 */
void known_go_on(struct known *k, const struct vmclock_line *line, s64 counts)
{
	k->still += slope_growth(true_slope(k, line), counts) + 2;
	k->moved += slope_growth(k->slew, counts);
	k->claim += slope_growth(drift_slope(k, line) + frac_abs(k->slew),
				 counts) + 1;
}

/**
 * known_move() - the clock is moved at once
 * @k: what is known
 * @up: forward, by that much, s / 2^64
 */
void known_move(struct known *k, __int128 up)
{
	k->moved += up;
	k->claim += frac_abs(up);
}

/**
 * known_turn() - the clock has another rate, which no report contains
 * @k: what is known; known_take_report() comes first
 * @turn: the difference, s / 2^96 per count
 */
void known_turn(struct known *k, __int128 turn)
{
	k->slew += turn;
	k->reported.ns = 0;
}

/**
 * known_is_any() - whether an error is known
 * @k: what is known
 *
 * Return: true if one was reported since known_forget().
 */
bool known_is_any(const struct known *k)
{
	return k->reported.ns || k->still < UNKNOWN;
}

/**
 * known_error() - the error at the line's anchor
 * @k: what is known
 *
 * Return: s / 2^64, without the last report.
 */
__int128 known_error(const struct known *k)
{
	return k->still + frac_abs(k->moved);
}

/**
 * known_reported() - the last report, at the line's anchor
 * @k: what is known
 * @line: the line
 *
 * Return: s / 2^64; much if there was none since the rate has changed.
 */
__int128 known_reported(const struct known *k, const struct vmclock_line *line)
{
	if (!k->reported.ns)
		return UNKNOWN;
	return ns_to_frac(reported_ns(k, line, line->counter)) + 1;
}

/**
 * known_error_ns() - the error
 * @k: what is known
 * @line: the line
 * @counter: counter value
 *
 * Return: ns, rounded up.
 */
u64 known_error_ns(const struct known *k, const struct vmclock_line *line,
		   u64 counter)
{
	struct known then = *k;
	u64 ns;

	known_go_on(&then, line, (s64)(counter - line->counter));
	ns = frac_to_ns(known_error(&then)) + 1;
	return k->reported.ns ? min(ns, reported_ns(k, line, counter)) : ns;
}

/**
 * known_claim_ns() - the error that a page may say
 * @k: what is known
 * @line: the line
 * @counter: counter value
 *
 * Return: ns, without what a page spares.
 */
u64 known_claim_ns(const struct known *k, const struct vmclock_line *line,
		   u64 counter)
{
	struct known then = *k;
	u64 ns;

	known_go_on(&then, line, (s64)(counter - line->counter));
	ns = frac_to_ns(then.claim);
	return k->reported.ns ? min(ns, due_ns(k, line, counter)) : ns;
}
