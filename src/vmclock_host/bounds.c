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
 * known, and R not less than what that grows by, r. When the frequency changes
 * by d, one of the new edges turns outwards by d against the old ones. Hence a
 * page promises more growth than is true, R of almost 4r, and more if the clock
 * is slewed often. The next page may promise less, but not less than r.
 *
 * Since pages are replaced, a page may also promise more than the earlier edges
 * allow in the long run: it is replaced before it comes to them. For a life of
 * H counts its edge, E + R * H, has to be inside the others, gap + slope * H:
 *
 *	R <= slope + (gap - E) / H		for each earlier edge.
 *
 * Room (gap - E) comes by itself, since R > r, and whenever the NTP daemon
 * tightens its bound. It goes whenever the line leaves the earlier one: what
 * the clock is moved by, to and fro, costs as much on one of the sides. A line
 * that finds no room takes the bound away, and so does one that was replaced
 * too late, or that turns by a lot: what its page promised would have edges
 * that close when it turns back. The next error that is known brings the bound
 * back, as a disruption if there is still no room.
 *
 * A page that says more than the last report and a growth of almost 4r is
 * replaced. A daemon's bound that is wider than the one before, aged by r, is
 * ignored: both are true. One that is several times as wide takes the one
 * before back, and is a disruption if the earlier edges have no room.
 *
 * Sizes: gaps are s / 2^64 in 128 bits. A slope is s / 2^96 per count; a period
 * of up to 1 us has 77 bits, and counts between two pages below 2^50 (a day at
 * 10 GHz) make 127 of it.
 */
#include "bounds.h"
#include "bounds_math.h"

/* What the roundings of a gap can make of two equal ones, s / 2^64. */
#define ROUNDING	256
/* E is more than what is known by this, ns, and by one part in these. */
#define SPARE_NS	1000
#define SPARE_PART	64
/* A bound that is wider by this factor takes the one before back. */
#define RETRACTED	4
/* A page is replaced if it says twice as much more. */
#define NEWS_NS		(2 * SPARE_NS)
#define NEWS_PART	(SPARE_PART / 2)
/* Pages promise less growth than the drift by one part in these. */
#define DRIFT_PART	16
#define FOREVER		99
/* The error isn't known: 2^31 s, in s / 2^64 */
#define UNKNOWN		((__int128)1 << 95)
/* The most growth that a page may promise, 1000 ppm: / 2^32 */
#define MAX_RATE32	((u32)((1ULL << 32) / 1000))
/* A turn by more always takes the bound away, 250 ppm: / 2^32 */
#define MAX_TURN32	(MAX_RATE32 / 4)

/* Growth that is true, of the time / 2^32 */
static u32 true_rate32(const struct bounds *b)
{
	return bounds_true_drift32(b) + b->doubt32;
}

/*
 * Growth that a page without a slew promises, of the time / 2^32. It is a bit
 * less than the drift, which makes up for the spare error after some seconds.
 */
static u32 drift_rate32(const struct bounds *b)
{
	u32 twice = min(2 * true_rate32(b), MAX_RATE32);

	return max(twice, b->drift32 - b->drift32 / DRIFT_PART);
}

/* The most growth that a page promises, of the time / 2^32 */
static u32 max_rate32(const struct bounds *b)
{
	return max(min(b->turn32, MAX_RATE32), drift_rate32(b));
}

/* A page whose validity leaves less takes the next shorter one. */
static u32 good_rate32(const struct bounds *b)
{
	return max_rate32(b) / 4 * 3;
}

/* One more than rounded down: at least as much. */
static __int128 true_slope(const struct bounds *b)
{
	return page_slope(&b->line, true_rate32(b)) + 1;
}

static __int128 drift_slope(const struct bounds *b)
{
	return page_slope(&b->line, drift_rate32(b));
}

/* The advertised bounds and the known error at another counter value. */
static void go_on(struct bounds *b, s64 counts)
{
	unsigned int side, i;

	b->known_error += slope_growth(true_slope(b), counts) + 1;
	b->claim += slope_growth(drift_slope(b), counts) + 1;
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
	b->known_error += up < 0 ? -up : up;
	b->claim += up < 0 ? -up : up;
	b->line = *line;
}

/* Does the end of this turn leave an edge too little? A small one is usual. */
static bool is_turned_far(const struct bounds *b,
			  const struct vmclock_line *line)
{
	__int128 turn = line_turn(&b->line, line);
	u32 room32 = b->rate32 - min(b->rate32, true_rate32(b));
	u32 most32 = min(max(room32, b->drift32), MAX_TURN32);
	__int128 most = page_slope(&b->line, most32);

	return turn > most || turn < -most;
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
 * Choose an error between the known one and the earlier edges, above the known
 * one by @spare if there is room. Return: whether there is room for it at all.
 */
static bool choose_error(struct bounds *b, __int128 spare)
{
	__int128 room = edge_nearest(b);

	if (room < b->known_error)
		return false;
	if (spare > (room - b->known_error) / 2)
		spare = (room - b->known_error) / 2;
	b->maxerror_ns = frac_to_ns(b->known_error + spare) + 1;
	if (ns_to_frac(b->maxerror_ns) > room)
		b->maxerror_ns = frac_to_ns(room);
	return ns_to_frac(b->maxerror_ns) >= b->known_error;
}

/*
 * The line's period is between 2^-(shift + 1) s and the double of it, so that
 * 2^shift counts take 1/2 to 1 s. Return: whether the rate is a good one.
 */
static bool choose_rate(struct bounds *b, int span)
{
	__int128 error = ns_to_frac(b->maxerror_ns);

	b->validity = span == FOREVER ? 0 : b->line.period_shift + span;
	b->rate32 = slope_rate32(&b->line,
				 edge_flattest(b, error, b->validity),
				 max_rate32(b));
	return b->rate32 >= good_rate32(b);
}

/*
 * A page that lasts for ever is the best one, then one for an hour, a minute, a
 * second, or an eighth of one.
 */
static bool choose_validity(struct bounds *b)
{
	static const int spans[] = { FOREVER, 12, 6, 0, -3 };
	unsigned int i;

	for (i = 0; i < sizeof(spans) / sizeof(*spans); i++)
		if (choose_rate(b, spans[i]))
			return true;
	return false;
}

/* The closer the error is to the known one, the more the edges allow. */
static bool choose_bound(struct bounds *b)
{
	__int128 spare = b->claim - b->known_error +
			 b->known_error / SPARE_PART + ns_to_frac(SPARE_NS);

	for (;;) {
		if (!choose_error(b, spare))
			return false;
		if (choose_validity(b))
			return true;
		if (!spare)
			return b->rate32 >= true_rate32(b);
		spare = spare < ns_to_frac(SPARE_NS) ? 0 : spare / 4;
	}
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

/* An error at a counter value not before it, if it grows as it truly may */
static u64 aged_ns(const struct bounds *b, struct bounds_error known,
		   u64 counter)
{
	return grown_ns(known.ns, true_slope(b),
			(s64)(counter - known.counter));
}

/* The same if it grows as a page without a slew promises */
static u64 due_ns(const struct bounds *b, struct bounds_error known,
		  u64 counter)
{
	return grown_ns(known.ns, drift_slope(b),
			(s64)(counter - known.counter));
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
	b->drift32 = drift32;
	bounds_forget(b);
}

/**
 * bounds_forget() - no error is known any more
 * @b: the bounds
 */
void bounds_forget(struct bounds *b)
{
	b->known_error = UNKNOWN;
	b->claim = UNKNOWN;
}

/**
 * bounds_move() - a page with another line
 * @b: the bounds
 * @line: the line, anchored not before that of the last page
 *
 * A bound is lost if it can't be inside all earlier ones, or if the rate turns
 * by more than its page has room for. bounds_learn() brings it back.
 */
void bounds_move(struct bounds *b, const struct vmclock_line *line)
{
	bool far = is_turned_far(b, line);

	b->valid = b->valid && take_line(b, line) && !far && advertise_bound(b);
}

/**
 * bounds_learn() - a page with another bound, or again with one
 * @b: the bounds
 * @line: its line, anchored not before that of the last page
 * @turn32: growth that makes up for turns of the rate, of the time / 2^32
 * @doubt32: by how much the rate may be wrong, besides the drift, of the time
 *	/ 2^32, at most 500 ppm
 * @known: the error of its time, not after its anchor
 *
 * A page that has lost its bound is no longer in force, so it doesn't matter
 * that it has come to other edges since then.
 *
 * Return: false if it can't be inside all earlier ones, which makes it a
 * disruption.
 */
bool bounds_learn(struct bounds *b, const struct vmclock_line *line, u32 turn32,
		  u32 doubt32, struct bounds_error known)
{
	bool held = take_line(b, line) || !b->valid;
	__int128 error, due;

	b->turn32 = turn32;
	b->doubt32 = doubt32;
	error = ns_to_frac(aged_ns(b, known, line->counter)) + 1;
	due = ns_to_frac(due_ns(b, known, line->counter)) + 1;
	if (error > RETRACTED * b->known_error)
		bounds_forget(b);
	if (error < b->known_error)
		b->known_error = error;
	if (due < b->claim)
		b->claim = due;
	b->valid = true;
	if (held && advertise_bound(b))
		return true;
	b->count[0] = 0;
	b->count[1] = 0;
	advertise_bound(b);
	return false;
}

/**
 * bounds_known_error_ns() - the error that is known
 * @b: the bounds
 * @counter: counter value
 *
 * Return: ns, rounded up.
 */
u64 bounds_known_error_ns(const struct bounds *b, u64 counter)
{
	return grown_ns(frac_to_ns(b->known_error) + 1, true_slope(b),
			(s64)(counter - b->line.counter));
}

/**
 * bounds_revoked() - whether what was known is taken back
 * @b: the bounds
 * @known: another error
 *
 * Return: true if that error is several times as wide.
 */
bool bounds_revoked(const struct bounds *b, struct bounds_error known)
{
	return known.ns / RETRACTED > bounds_known_error_ns(b, known.counter);
}

/**
 * bounds_differ() - whether an error is news
 * @b: the bounds, valid
 * @counter: now
 * @known: the error, not after now
 *
 * Return: true if the page says noticeably more than this error and the growth
 * that a page without a slew promises, or if what was known is taken back.
 */
bool bounds_differ(const struct bounds *b, u64 counter,
		   struct bounds_error known)
{
	u64 said_ns = grown_ns(b->maxerror_ns, page_slope(&b->line, b->rate32),
			       (s64)(counter - b->line.counter));
	u64 due = due_ns(b, known, counter);

	return said_ns > due + due / NEWS_PART + NEWS_NS ||
	       bounds_revoked(b, (struct bounds_error){
			.counter = counter,
			.ns = aged_ns(b, known, counter),
	       });
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
