// SPDX-License-Identifier: GPL-2.0
/*
 * Bounds that nest: at every counter value the interval of the page that is in
 * force lies inside the intervals that all earlier pages have for that value,
 * back to the last disruption. errors.c calls this at each publication,
 * also under the timekeeper's lock; a simulation includes the same source.
 *
 * The interval of a page is line +- (E + R * counts). Its ends are straight,
 * the edges. A later page nests if its edges stay inside of all earlier ones:
 *
 *	  \   |   /	 edges of the first page
 *	   \__|__/	 E is the gap between edge and line at the anchor
 *	    \ | /
 *	   ..\|/..	 a second page: E smaller, and its line turned by d
 *
 * What is true may not be cut off: E may not be less than the error that is
 * known (known.c), and R not less than what it grows by, r. When the frequency
 * changes by d, one of the new edges turns outwards by d against the old ones.
 * Hence a page promises more growth than is true, R of almost 4r, and more if
 * the clock is slewed often. The next page may promise less, but not less than
 * r.
 *
 * Since pages are replaced, a page may also promise more than the earlier edges
 * allow in the long run: it is replaced before it comes to them. For a life of
 * H counts its edge, E + R * H, has to be inside the others, gap + slope * H:
 *
 *	R <= slope + (gap - E) / H		for each earlier edge.
 *
 * Room (gap - E) comes by itself, since R > r, and whenever the NTP daemon
 * tightens its bound. It goes whenever the line leaves the earlier one: what
 * the clock is moved by, to and fro, costs as much on one of the sides. So a
 * page should not give it away. Of the lives that leave it three quarters of
 * the room it takes the longest.
 *
 * A line that finds no room takes the bound away, and so does one that was
 * replaced too late. The next look at the errors brings the bound back, as a
 * disruption if there is still no room.
 *
 * A page that says noticeably more than the last report and a growth of almost
 * 4r is replaced, and so is one that says less than what is known.
 */
#include "bounds.h"

/* What the roundings of a gap can make of two equal ones, s / 2^64. */
#define ROUNDING	256
/* E is more than what is known by this, ns, and by one part in these. */
#define SPARE_NS	1000
#define SPARE_PART	64
/* An error that is larger by this factor takes the one before back. */
#define RETRACTED	4
/* A page is replaced if it says twice as much more. */
#define NEWS_NS		(2 * SPARE_NS)
#define NEWS_PART	(SPARE_PART / 2)
/* A validity without end, beyond all others */
#define FOREVER		99
/* The shortest one */
#define SHORTEST	(-3)

/* What the clock is slewed by, of the time / 2^32 */
static u32 slew32_of(const struct bounds *b)
{
	return known_slew32(&b->known, &b->line);
}

/* Growth that is true of an error that lacks the slew, of the time / 2^32 */
static u32 slewed_rate32(const struct bounds *b)
{
	return known_true_rate32(&b->known) + slew32_of(b);
}

/*
 * The most growth that a page promises, of the time / 2^32. When a slew ends,
 * the page's edges have that less.
 */
static u32 max_rate32(const struct bounds *b)
{
	u32 most32 = slew32_of(b) + known_drift_rate32(&b->known);

	return min(max(b->turn32, most32), KNOWN_MAX_RATE32);
}

/* A page whose validity leaves less takes the next shorter one. */
static u32 good_rate32(const struct bounds *b)
{
	u32 slew32 = min(slew32_of(b), max_rate32(b));

	return slew32 + (max_rate32(b) - slew32) / 4 * 3;
}

/* The advertised bounds and the known error at another counter value. */
static void go_on(struct bounds *b, s64 counts)
{
	unsigned int side, i;

	known_go_on(&b->known, &b->line, counts);
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
	__int128 turn = line_turn(&b->line, line);
	unsigned int side, i;

	for (side = 0; side < 2; side++) {
		for (i = 0; i < b->count[side]; i++) {
			b->edge[side][i].gap -= up;
			b->edge[side][i].slope -= turn;
		}
		up = -up;
		turn = -turn;
	}
	known_move(&b->known, up);
	b->line = *line;
}

/* Return: whether all advertised bounds have held until now. */
static bool take_line(struct bounds *b, const struct vmclock_line *line)
{
	bool held;

	go_on(b, (s64)(line->counter - b->line.counter));
	held = !is_late(b);
	vmclock_line_move(&b->line, line->counter);
	known_take_report(&b->known, &b->line);
	change_line(b, line);
	return held;
}

/*
 * The largest error with which an edge allows a page to grow by @slope for
 * 2^@validity counts, or always if that is 0; negative if it doesn't.
 */
static __int128 edge_limit(const struct edge *e, __int128 slope, int validity)
{
	if (e->slope >= slope)
		return e->gap;
	if (!validity)
		return -1;
	return e->gap - ((slope - e->slope) << validity >> 32) - 1;
}

/* The same of all edges */
static __int128 edge_nearest(const struct bounds *b, __int128 slope,
			     int validity)
{
	__int128 nearest = (__int128)S64_MAX << 32;
	unsigned int side, i;

	for (side = 0; side < 2; side++)
		for (i = 0; i < b->count[side]; i++)
			nearest = min(nearest, edge_limit(&b->edge[side][i],
							  slope, validity));
	return nearest;
}

/* The most growth that all edges allow a page for 2^@validity counts. */
static __int128 edge_flattest(const struct bounds *b, __int128 error,
			      int validity)
{
	__int128 slope = page_slope(&b->line, max_rate32(b)), max;
	unsigned int side, i;

	for (side = 0; side < 2; side++) {
		for (i = 0; i < b->count[side]; i++) {
			const struct edge *e = &b->edge[side][i];

			max = e->slope;
			if (validity)
				max += ((e->gap - error) << 32) >> validity;
			if (max < slope)
				slope = max;
		}
	}
	return slope;
}

/*
 * The line's period is between 2^-(shift + 1) s and the double of it, so that
 * 2^shift counts take 1/2 to 1 s, and a page with a validity of 2^(shift +
 * @span) counts lives for 2^@span of that.
 *
 * Such a page says @wanted, or less if the edges allow only that. Return:
 * whether it can grow by @rate32 at least, and say @least.
 */
static bool choose_page(struct bounds *b, int span, u32 rate32, __int128 least,
			__int128 wanted)
{
	__int128 slope = page_slope(&b->line, rate32) + 1, error;

	if (rate32 > max_rate32(b))
		return false;
	b->validity = span == FOREVER ? 0 : b->line.period_shift + span;
	error = min(edge_nearest(b, slope, b->validity), wanted);
	if (error < least)
		return false;
	b->maxerror_ns = frac_to_ns(error);
	error = ns_to_frac(b->maxerror_ns);
	if (error < least)
		return false;
	b->rate32 = slope_rate32(&b->line,
				 edge_flattest(b, error, b->validity),
				 max_rate32(b));
	return true;
}

/*
 * A page without room for more lives for an eighth of a second. Its growth has
 * to be true of what it says: of a report without the slew.
 */
static bool choose_narrow(struct bounds *b, u32 rate32, __int128 wanted)
{
	__int128 known = known_error(&b->known);

	return choose_page(b, SHORTEST, rate32, known, wanted) ||
	       choose_page(b, SHORTEST, slewed_rate32(b), known, wanted) ||
	       choose_page(b, SHORTEST, known_true_rate32(&b->known),
			   known_reported(&b->known, &b->line), wanted);
}

/*
 * A page that lasts for ever is the best one, then one for an hour, some
 * minutes, a minute, some seconds, a second, or an eighth of one. It leaves
 * three quarters of the room.
 */
static bool choose_bound(struct bounds *b)
{
	static const int spans[] = { FOREVER, 12, 9, 6, 3, 0, SHORTEST };
	__int128 known = known_error(&b->known), room;
	__int128 wanted = max(b->known.claim, known) + known / SPARE_PART +
			  ns_to_frac(SPARE_NS);
	u32 rate32 = max(good_rate32(b), slewed_rate32(b));
	unsigned int i;

	room = min(edge_nearest(b, 0, 1), wanted) - known;
	if (room < 0)
		return false;
	for (i = 0; i < sizeof(spans) / sizeof(*spans); i++)
		if (choose_page(b, spans[i], rate32, known + room / 4 * 3,
				wanted))
			return true;
	return choose_narrow(b, rate32, wanted);
}

/* Return: whether a page nests. */
static bool advertise_bound(struct bounds *b)
{
	unsigned int side;

	for (side = 0; side < 2; side++)
		b->count[side] = envelope_tidy(b->edge[side], b->count[side]);
	if (!choose_bound(b))
		return false;
	for (side = 0; side < 2; side++)
		envelope_add(b->edge[side], b->count[side]++, (struct edge){
			.gap = ns_to_frac(b->maxerror_ns),
			.slope = page_slope(&b->line, b->rate32),
		});
	return true;
}

/**
 * bounds_init() - no bound, and none before
 * @b: the bounds
 * @line: the line in force
 * @drift32: by how much an error may be said to grow if there is no slew and
 *	no doubt, of the time / 2^32, below 1000 ppm. The clock drifts by a
 *	quarter of it; the rest is room for other frequencies
 */
void bounds_init(struct bounds *b, const struct vmclock_line *line, u32 drift32)
{
	memset(b, 0, sizeof(*b));
	b->line = *line;
	b->known.drift32 = drift32;
	known_forget(&b->known);
}

/**
 * bounds_report() - an error is reported, or again
 * @b: the bounds
 * @error: the error of the clock, and what slews in force will move it by
 * @spare_ns: by how much more a page may say for this error, ns
 */
void bounds_report(struct bounds *b, struct known_error error, u64 spare_ns)
{
	if (bounds_revoked(b, error))
		known_forget(&b->known);
	known_report(&b->known, &b->line, error, spare_ns);
}

/**
 * bounds_move() - a page with another line
 * @b: the bounds
 * @line: the line, anchored not before that of the last page
 *
 * A bound is lost if it can't be inside all earlier ones. bounds_learn() brings
 * it back. The new rate counts as a slew until errors.c says what it is.
 */
void bounds_move(struct bounds *b, const struct vmclock_line *line)
{
	__int128 turn = line_turn(&b->line, line);
	bool held = take_line(b, line);

	known_turn(&b->known, turn);
	b->valid = b->valid && held && advertise_bound(b);
}

/**
 * bounds_learn() - a page with another bound, or again with one
 * @b: the bounds, of which an error is known
 * @line: its line, anchored not before that of the last page
 * @turn32: growth that makes up for turns of the rate, of the time / 2^32
 * @doubt32: by how much the rate may be wrong, besides the drift, of the time
 *	/ 2^32, at most 500 ppm
 *
 * A page that has lost its bound is no longer in force, so it doesn't matter
 * that it has come to other edges since then. A clock that is slewed by more
 * than a page may promise has no bound.
 *
 * Return: false if it can't be inside all earlier ones, which makes it a
 * disruption.
 */
bool bounds_learn(struct bounds *b, const struct vmclock_line *line, u32 turn32,
		  u32 doubt32)
{
	bool held;

	/* the doubt until now was that of before, or the new one */
	b->known.doubt32 = max(b->known.doubt32, doubt32);
	held = take_line(b, line) || !b->valid;
	b->turn32 = turn32;
	b->known.doubt32 = doubt32;
	known_take_report(&b->known, &b->line);
	b->valid = slewed_rate32(b) <= max_rate32(b);
	if (!b->valid || (held && advertise_bound(b)))
		return true;
	b->count[0] = 0;
	b->count[1] = 0;
	advertise_bound(b);
	return false;
}

/**
 * bounds_revoked() - whether what was known is taken back
 * @b: the bounds
 * @error: another error
 *
 * Return: true if that error is several times as large.
 */
bool bounds_revoked(const struct bounds *b, struct known_error error)
{
	return error.ns / RETRACTED >
	       known_error_ns(&b->known, &b->line, error.counter);
}

/**
 * bounds_differ() - whether a page has to be replaced
 * @b: the bounds, valid
 * @counter: now
 *
 * Return: true if the page says noticeably more than it may, or less than what
 * is known.
 */
bool bounds_differ(const struct bounds *b, u64 counter)
{
	u64 said_ns = grown_ns(b->maxerror_ns, page_slope(&b->line, b->rate32),
			       (s64)(counter - b->line.counter));
	u64 claim_ns = known_claim_ns(&b->known, &b->line, counter);

	return said_ns < known_error_ns(&b->known, &b->line, counter) ||
	       said_ns > claim_ns + claim_ns / NEWS_PART + NEWS_NS;
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
