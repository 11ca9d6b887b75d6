/* SPDX-License-Identifier: GPL-2.0 */
/* The ends of intervals that later pages must not leave: see bounds.c. */
#ifndef _VMCLOCK_HOST_ENVELOPE_H
#define _VMCLOCK_HOST_ENVELOPE_H

#include "vmclock/math.h"

/* Edges that are remembered on either side. */
#define ENVELOPE_EDGES	32

/**
 * struct edge - one end of a page's intervals, seen from a line
 * @gap: its distance from the line, at the line's anchor, s / 2^64
 * @slope: growth of the distance, s / 2^96 per count
 */
struct edge {
	__int128 gap;
	__int128 slope;
};

unsigned int envelope_tidy(struct edge *edge, unsigned int count);
void envelope_add(struct edge *edge, unsigned int count, struct edge new);

#endif /* _VMCLOCK_HOST_ENVELOPE_H */
