/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Error bounds that nest: see bounds.c. No clock is read and nothing is
 * called, so the same source runs in a simulation. The caller serialises all
 * calls on one struct bounds.
 */
#ifndef _VMCLOCK_HOST_BOUNDS_H
#define _VMCLOCK_HOST_BOUNDS_H

#include "vmclock/math.h"

/* Edges that are remembered on either side. */
#define BOUNDS_EDGES	12

/**
 * struct bounds_edge - one end of a page's intervals, seen from a line
 * @gap: its distance from the line, at the line's anchor, s / 2^64
 * @slope: growth of the distance, s / 2^96 per count
 */
struct bounds_edge {
	__int128 gap;
	__int128 slope;
};

/**
 * struct bounds - what pages have advertised since the last disruption
 * @line: the last page's
 * @known_error: the error that is known of, at the line's anchor, s / 2^64
 * @maxerror_ns: what the page says of it
 * @rate32: growth of @maxerror_ns with time, as the page says, / 2^32
 * @validity: the page has to be replaced within 2^@validity counts; 0: never
 * @count: edges on either side of the line, above and below
 * @edge: the ones that later pages may come to, the nearest first
 */
struct bounds {
	struct vmclock_line line;
	__int128 known_error;
	u64 maxerror_ns;
	u32 rate32;
	int validity;
	unsigned int count[2];
	struct bounds_edge edge[2][BOUNDS_EDGES];
};

void bounds_begin(struct bounds *b, const struct vmclock_line *line,
		  u64 known_error_ns);
bool bounds_move(struct bounds *b, const struct vmclock_line *line);
bool bounds_learn(struct bounds *b, const struct vmclock_line *line,
		  u64 known_error_ns);
bool bounds_resume(struct bounds *b, const struct vmclock_line *line,
		   u64 known_error_ns);
u64 bounds_known_error_ns(const struct bounds *b, u64 counter);
bool bounds_expiring(const struct bounds *b, u64 counter);

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
