// SPDX-License-Identifier: GPL-2.0
/*
 * Bounds that nest: at every counter value the interval of the page that is in
 * force lies inside the intervals that all earlier pages have for that value,
 * back to the last disruption. Called by page.c at each publication, also under
 * the timekeeper's lock, and by a simulation.
 *
 * The interval of a page is line +- (E + R * counts). Its ends are straight,
 * the edges. A later page nests if its edges stay inside of all earlier ones.
 * What is true may not be cut off: E may not be less than the error that the
 * kernel knows of, which grows by r = 500 ppm. When the frequency changes by d,
 * one of the new edges turns outwards by d against the old one. Hence a page
 * promises more growth than is true, R up to 2r, and the next one less, not
 * less than r.
 *
 * Since pages are replaced, one may also promise more than the earlier edges
 * allow in the long run: it is replaced before it comes to them. For a life of
 * H counts its edge, E + R * H, has to be inside the others, gap + slope * H:
 *
 *	R <= slope + (gap - E) / H		for each earlier edge.
 *
 * Room (gap - E) comes by itself, since R > r, and whenever the NTP daemon
 * tightens its bound. A page that finds none is a disruption, with which other
 * promises begin. So is one that was replaced too late.
 *
 * Sizes: gaps are s / 2^64 in 128 bits. A slope is s / 2^96 per count; a period
 * of up to 1 us has 77 bits, and counts between two pages below 2^50 (a day at
 * 10 GHz) make 127 of it.
 */
#include "bounds.h"

/* Growth that is true, and the most that is promised, of the time / 2^32. */
#define TRUE_RATE32	((u32)((1ULL << 32) / 2000 + 1))
#define MAX_RATE32	(2 * TRUE_RATE32)
/* A page whose life leaves less takes the next shorter one. */
#define GOOD_RATE32	(TRUE_RATE32 + TRUE_RATE32 / 2)
/* What the roundings of a gap can make of two equal ones, s / 2^64. */
#define ROUNDING	256
/* E is more than what is known by this, ns, so that rounding finds room. */
#define SPARE_NS	1000

static __int128 time_to_frac(struct vmclock_time t)
{
	return (__int128)((unsigned __int128)t.sec << 64 | t.frac);
}

static __int128 ns_to_frac(u64 ns)
{
	u64 rem, sec = div64_u64_rem(ns, VMCLOCK_NSEC_PER_SEC, &rem);

	return time_to_frac((struct vmclock_time){
		.sec = sec,
		.frac = vmclock_ns32_to_frac(rem << 32),
	});
}

/* Rounded down. Below 2^63 s. */
static u64 frac_to_ns(__int128 frac)
{
	return (u64)(frac >> 64) * VMCLOCK_NSEC_PER_SEC +
	       vmclock_frac_to_ns((u64)frac);
}

/* A period of less than 2^45 / 2^64 s has a shift of 19 at least. */
static __int128 line_slope96(u64 frac, u8 shift)
{
	return shift > 32 ? (__int128)(frac >> (shift - 32)) :
			    (__int128)frac << (32 - shift);
}

static __int128 page_slope(const struct vmclock_line *line, u32 rate32)
{
	return line_slope96(bounds_rate_frac(rate32, line->period_frac),
		       line->period_shift);
}

/* One more than rounded down: at least as much. */
static __int128 true_slope(const struct vmclock_line *line)
{
	return page_slope(line, TRUE_RATE32) + 1;
}

static __int128 slope_growth(__int128 slope, s64 counts)
{
	return (slope * counts) >> 32;
}

/*
 * How much, of the time / 2^32, rounded down; between 0 and MAX_RATE32. What
 * is divided is below 1000 ppm of a period: 67 bits for 1 us, and 63 without
 * the last 4.
 */
static u32 slope_rate32(const struct vmclock_line *line, __int128 slope)
{
	u64 period = line_slope96(line->period_frac, line->period_shift) >> 36;

	if (slope < 0)
		return 0;
	if (slope >= page_slope(line, MAX_RATE32))
		return MAX_RATE32;
	return div64_u64(slope >> 4, period + 1);
}

/* The advertised bounds and the known error at another counter value. */
static void go_on(struct bounds *b, s64 counts)
{
	unsigned int side, i;

	b->known_error += slope_growth(true_slope(&b->line), counts) + 1;
	for (side = 0; side < 2; side++)
		for (i = 0; i < b->count[side]; i++)
			b->edge[side][i].gap +=
				slope_growth(b->edge[side][i].slope, counts);
}

/* The last page's own edge isn't the nearest any more. */
static bool is_late(const struct bounds *b)
{
	unsigned int side, i;

	for (side = 0; side < 2; side++)
		for (i = 1; i < b->count[side]; i++)
			if (b->edge[side][i].gap + ROUNDING <
			    b->edge[side][0].gap)
				return true;
	return false;
}

/* The edges, seen from another line with the same anchor. */
static void change_line(struct bounds *b, const struct vmclock_line *line)
{
	__int128 up = time_to_frac(vmclock_time_sub(line->time,
						    b->line.time));
	__int128 turn = line_slope96(line->period_frac, line->period_shift) -
			line_slope96(b->line.period_frac, b->line.period_shift);
	unsigned int side, i;

	for (side = 0; side < 2; side++) {
		for (i = 0; i < b->count[side]; i++) {
			b->edge[side][i].gap -= up;
			b->edge[side][i].slope -= turn;
		}
		up = -up;
		turn = -turn;
	}
	b->known_error += up < 0 ? -up : up;
	b->line = *line;
}

/* Return: whether all advertised bounds have held until now. */
static bool take_line(struct bounds *b, const struct vmclock_line *line)
{
	bool held;

	go_on(b, (s64)(line->counter - b->line.counter));
	held = !is_late(b);
	vmclock_line_move(&b->line, line->counter);
	change_line(b, line);
	return held;
}

static __int128 edge_nearest(const struct bounds *b)
{
	__int128 gap = (__int128)S64_MAX << 32;
	unsigned int side, i;

	for (side = 0; side < 2; side++)
		for (i = 0; i < b->count[side]; i++)
			if (b->edge[side][i].gap < gap)
				gap = b->edge[side][i].gap;
	return gap;
}

/* The most growth that all edges allow a page for 2^@validity counts. */
static __int128 edge_flattest(const struct bounds *b, __int128 error,
			      int validity)
{
	__int128 slope = page_slope(&b->line, MAX_RATE32), max;
	unsigned int side, i;

	for (side = 0; side < 2; side++) {
		for (i = 0; i < b->count[side]; i++) {
			const struct bounds_edge *e = &b->edge[side][i];

			max = e->slope;
			if (validity)
				max += ((e->gap - error) << 32) >> validity;
			if (max < slope)
				slope = max;
		}
	}
	return slope;
}

/* Return: whether there is room for the known error. */
static bool choose_error(struct bounds *b)
{
	__int128 room = edge_nearest(b);

	if (room < b->known_error)
		return false;
	b->maxerror_ns = frac_to_ns(b->known_error) + 1 + SPARE_NS;
	if (ns_to_frac(b->maxerror_ns) > room)
		b->maxerror_ns = frac_to_ns(room);
	return ns_to_frac(b->maxerror_ns) >= b->known_error;
}

/*
 * For ever if that leaves enough, otherwise for an hour, a minute, a second.
 * The line's period is between 2^-(shift + 1) s and the double of it, so that
 * 2^shift counts take 1/2 to 1 s.
 */
static bool choose_rate(struct bounds *b)
{
	static const int spans[] = { -1, 12, 6, 0 };
	__int128 error = ns_to_frac(b->maxerror_ns), slope;
	unsigned int i;

	for (i = 0; i < 4; i++) {
		b->validity = i ? b->line.period_shift + spans[i] : 0;
		slope = edge_flattest(b, error, b->validity);
		b->rate32 = slope_rate32(&b->line, slope);
		if (b->rate32 >= GOOD_RATE32)
			return true;
	}
	return b->rate32 >= TRUE_RATE32;
}

/* Drop the edges that are farther and steeper than @by. */
static unsigned int drop_hidden(struct bounds_edge *edge, unsigned int count,
				const struct bounds_edge *by)
{
	unsigned int i, left = 0;

	for (i = 0; i < count; i++)
		if (edge[i].gap < by->gap || edge[i].slope < by->slope)
			edge[left++] = edge[i];
	return left;
}

/* If there are too many, the two farthest become one that is inside of both. */
static void add_edge(struct bounds *b, unsigned int side,
		     const struct bounds_edge *new)
{
	struct bounds_edge *edge = b->edge[side];
	unsigned int n = drop_hidden(edge, b->count[side], new);

	if (n == BOUNDS_EDGES) {
		n--;
		if (edge[n].gap < edge[n - 1].gap)
			edge[n - 1].gap = edge[n].gap;
		if (edge[n].slope < edge[n - 1].slope)
			edge[n - 1].slope = edge[n].slope;
	}
	memmove(edge + 1, edge, n * sizeof(*edge));
	edge[0] = *new;
	b->count[side] = n + 1;
}

/* Return: whether a page nests. */
static bool advertise_bound(struct bounds *b)
{
	struct bounds_edge new;

	if (!choose_error(b) || !choose_rate(b))
		return false;
	new.gap = ns_to_frac(b->maxerror_ns);
	new.slope = page_slope(&b->line, b->rate32);
	add_edge(b, 0, &new);
	add_edge(b, 1, &new);
	return true;
}

/* After a disruption earlier bounds are void. Without an edge there is room. */
static void restart_bounds(struct bounds *b)
{
	b->count[0] = 0;
	b->count[1] = 0;
	advertise_bound(b);
}

/**
 * bounds_begin() - the first page after a disruption
 * @b: the bounds
 * @line: its line
 * @known_error_ns: the error of its time at its anchor
 */
void bounds_begin(struct bounds *b, const struct vmclock_line *line,
		  u64 known_error_ns)
{
	b->line = *line;
	b->known_error = ns_to_frac(known_error_ns) + 1;
	restart_bounds(b);
}

/**
 * bounds_move() - a page with another line
 * @b: the bounds
 * @line: the line, anchored not before that of the last page
 *
 * Return: false if it can't be inside all earlier ones, which makes it a
 * disruption.
 */
bool bounds_move(struct bounds *b, const struct vmclock_line *line)
{
	bool held = take_line(b, line);

	if (held && advertise_bound(b))
		return true;
	restart_bounds(b);
	return false;
}

/**
 * bounds_learn() - a page with another bound
 * @b: the bounds
 * @line: its line, anchored not before that of the last page
 * @known_error_ns: the error of its time at its anchor
 *
 * Return: as bounds_move().
 */
bool bounds_learn(struct bounds *b, const struct vmclock_line *line,
		  u64 known_error_ns)
{
	bool held = take_line(b, line);

	b->known_error = ns_to_frac(known_error_ns) + 1;
	if (held && advertise_bound(b))
		return true;
	restart_bounds(b);
	return false;
}

/**
 * bounds_resume() - a page with a bound after one that had none
 * @b: the bounds
 * @line: its line, anchored not before that of the last page
 * @known_error_ns: the error of its time at its anchor
 *
 * The last page with a bound may have come to other edges since then, but it
 * was no longer in force.
 *
 * Return: as bounds_move().
 */
bool bounds_resume(struct bounds *b, const struct vmclock_line *line,
		   u64 known_error_ns)
{
	take_line(b, line);
	b->known_error = ns_to_frac(known_error_ns) + 1;
	if (advertise_bound(b))
		return true;
	restart_bounds(b);
	return false;
}

/**
 * bounds_known_error_ns() - the error that is known of
 * @b: the bounds
 * @counter: where
 *
 * Return: ns, rounded up.
 */
u64 bounds_known_error_ns(const struct bounds *b, u64 counter)
{
	return frac_to_ns(b->known_error +
			  slope_growth(true_slope(&b->line),
				 (s64)(counter - b->line.counter))) + 1;
}

/**
 * bounds_expiring() - whether half of a page's validity is over
 * @b: the bounds
 * @counter: now
 *
 * Return: true if the page should be replaced by one that has room again.
 */
bool bounds_expiring(const struct bounds *b, u64 counter)
{
	return b->validity && (counter - b->line.counter) >> (b->validity - 1);
}
