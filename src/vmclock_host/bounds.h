/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Error bounds that nest: see bounds.c. The functions are pure, so the same
 * source runs in a simulation. The caller serialises all calls on one struct
 * bounds.
 */
#ifndef _VMCLOCK_HOST_BOUNDS_H
#define _VMCLOCK_HOST_BOUNDS_H

#include "envelope.h"
#include "known.h"

/**
 * struct bounds - what pages have advertised since the last disruption
 * @line: the last page's
 * @known: the error of the clock, at the anchor of @line
 * @turn32: growth that makes up for turns of the rate, of the time / 2^32
 * @valid: the last page has a bound
 * @maxerror_ns: what the page says of it, at the anchor
 * @rate32: growth of @maxerror_ns with time, as the page says, / 2^32
 * @validity: the page has to be replaced within 2^@validity counts; 0: never
 * @count: edges on either side of the line, above and below
 * @edge: the ones that later pages may come to, the nearest first
 */
struct bounds {
	struct vmclock_line line;
	struct known known;
	u32 turn32;
	bool valid;
	u64 maxerror_ns;
	u32 rate32;
	int validity;
	unsigned int count[2];
	struct edge edge[2][ENVELOPE_EDGES];
};

void bounds_init(struct bounds *b, const struct vmclock_line *line,
		 u32 drift32);
void bounds_move(struct bounds *b, const struct vmclock_line *line);
void bounds_report(struct bounds *b, struct known_error error, u64 spare_ns);
bool bounds_learn(struct bounds *b, const struct vmclock_line *line, u32 turn32,
		  u32 doubt32);
bool bounds_revoked(const struct bounds *b, struct known_error error);
bool bounds_differ(const struct bounds *b, u64 counter);
bool bounds_expiring(const struct bounds *b, u64 counter);

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

#endif /* _VMCLOCK_HOST_BOUNDS_H */
