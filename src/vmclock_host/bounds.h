/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Error bounds that nest: see bounds.c. The functions are pure, so the same
 * source runs in a simulation. The caller serialises all calls on one struct
 * bounds.
 */
#ifndef _VMCLOCK_HOST_BOUNDS_H
#define _VMCLOCK_HOST_BOUNDS_H

#include "envelope.h"

/**
 * struct bounds - what pages have advertised since the last disruption
 * @line: the last page's
 * @drift32: by how much an error may be said to grow if there is no slew and
 *	no doubt, of the time / 2^32
 * @turn32: growth that makes up for turns of the rate, of the time / 2^32
 * @doubt32: by how much the rate may be wrong, besides the drift, of the time
 *	/ 2^32
 * @known_error: the error that is known, at the line's anchor, s / 2^64
 * @claim: the same if the clock has drifted by all that a page without a slew
 *	promises, s / 2^64
 * @valid: the last page has a bound
 * @maxerror_ns: what the page says of it, at the anchor
 * @rate32: growth of @maxerror_ns with time, as the page says, / 2^32
 * @validity: the page has to be replaced within 2^@validity counts; 0: never
 * @count: edges on either side of the line, above and below
 * @edge: the ones that later pages may come to, the nearest first
 */
struct bounds {
	struct vmclock_line line;
	u32 drift32;
	u32 turn32;
	u32 doubt32;
	__int128 known_error;
	__int128 claim;
	bool valid;
	u64 maxerror_ns;
	u32 rate32;
	int validity;
	unsigned int count[2];
	struct edge edge[2][ENVELOPE_EDGES];
};

/**
 * struct bounds_error - an error that is known
 * @counter: counter value
 * @ns: the error then, ns
 */
struct bounds_error {
	u64 counter;
	u64 ns;
};

void bounds_init(struct bounds *b, const struct vmclock_line *line,
		 u32 drift32);
void bounds_forget(struct bounds *b);
void bounds_move(struct bounds *b, const struct vmclock_line *line);
bool bounds_learn(struct bounds *b, const struct vmclock_line *line, u32 turn32,
		  u32 doubt32, struct bounds_error known);
u64 bounds_known_error_ns(const struct bounds *b, u64 counter);
bool bounds_revoked(const struct bounds *b, struct bounds_error known);
bool bounds_differ(const struct bounds *b, u64 counter,
		   struct bounds_error known);
bool bounds_expiring(const struct bounds *b, u64 counter);

/* What the clock drifts by, of the time / 2^32 */
static inline u32 bounds_true_drift32(const struct bounds *b)
{
	return b->drift32 / 4;
}

/**
 * bounds_renewal_hz() - how often bounds_expiring() should be asked
 * @b: the bounds
 *
 * Return: times a second.
 */
static inline unsigned int bounds_renewal_hz(const struct bounds *b)
{
	int span = b->validity - b->line.period_shift;

	if (!b->valid || !b->validity || span > 0)
		return 1;
	return span < 0 ? 64 : 8;
}

/**
 * bounds_rate_frac() - growth of the error per count
 * @rate32: bounds::rate32
 * @period_frac: period of the page's counter
 *
 * Return: s per count in the unit of @period_frac, rounded down.
 */
static inline u64 bounds_rate_frac(u32 rate32, u64 period_frac)
{
	return ((unsigned __int128)period_frac * rate32) >> 32;
}

#endif /* _VMCLOCK_HOST_BOUNDS_H */
