// SPDX-License-Identifier: GPL-2.0
/*
 * The edges on one side of a line, of which a later page meets the nearest one
 * at each counter value. Those that are never the nearest are dropped.
 */
#include "envelope.h"

static void envelope_sort(struct edge *edge, unsigned int count)
{
	struct edge moved;
	unsigned int i, to;

	for (i = 1; i < count; i++) {
		moved = edge[i];
		for (to = i; to && edge[to - 1].gap > moved.gap; to--)
			edge[to] = edge[to - 1];
		edge[to] = moved;
	}
}

/*
 * Return true if @b is farther than @a until @c is nearer than both. Gaps are
 * below 2^95 and slopes below 2^77 in size, so the products have below 110
 * bits. What the shifts cut off counts for keeping @b.
 */
static bool edge_is_hidden(const struct edge *a, const struct edge *b,
			   const struct edge *c)
{
	__int128 gap_b = (b->gap - a->gap) >> 32;
	__int128 gap_c = ((c->gap - a->gap) >> 32) + 1;
	__int128 slope_b = ((a->slope - b->slope) >> 32) + 1;
	__int128 slope_c = (a->slope - c->slope) >> 32;

	return gap_b * slope_c >= gap_c * slope_b;
}

/* Of edges by their gaps, leave those that are the nearest one some day. */
static unsigned int envelope_drop_hidden(struct edge *edge, unsigned int count)
{
	unsigned int i, left = 0;

	for (i = 0; i < count; i++) {
		if (left && edge[i].slope >= edge[left - 1].slope)
			continue;
		while (left > 1 && edge_is_hidden(&edge[left - 2],
						  &edge[left - 1], &edge[i]))
			left--;
		edge[left++] = edge[i];
	}
	return left;
}

/*
 * Two edges become one that is inside of both, by no more than the difference
 * of their gaps.
 */
static void envelope_merge_closest(struct edge *edge, unsigned int count)
{
	unsigned int i, at = 0;

	for (i = 1; i < count - 1; i++)
		if (edge[i + 1].gap - edge[i].gap <
		    edge[at + 1].gap - edge[at].gap)
			at = i;
	edge[at].slope = edge[at + 1].slope;
	memmove(edge + at + 1, edge + at + 2,
		(count - at - 2) * sizeof(*edge));
}

/**
 * envelope_tidy() - leave only the edges that count, and room for another one
 * @edge: edges, in any order; the nearest one is the first afterwards
 * @count: how many
 *
 * Return: how many are left, less than ENVELOPE_EDGES.
 */
unsigned int envelope_tidy(struct edge *edge, unsigned int count)
{
	envelope_sort(edge, count);
	count = envelope_drop_hidden(edge, count);
	if (count == ENVELOPE_EDGES)
		envelope_merge_closest(edge, count--);
	return count;
}

/**
 * envelope_add() - add the nearest edge
 * @edge: edges, with room for one
 * @count: how many, without the new one
 * @new: the new one, which becomes the first
 */
void envelope_add(struct edge *edge, unsigned int count, struct edge new)
{
	memmove(edge + 1, edge, count * sizeof(*edge));
	edge[0] = new;
}
