/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What pages of vmclock_host have said, to be judged by other means than the
 * module's: at a counter value the interval of the page in force is inside
 * those of the pages before it (of the last ones, and of a sample of all), and
 * true time is in it. To be included after the module's sources.
 */
#ifndef HISTORY_H
#define HISTORY_H

#include "unit.h"

#define RECENT		64
#define SAMPLES		256

#define wide	__int128

struct page {
	struct vmclock_line line;
	u64 maxerror_ns;
	u64 rate_frac;
};

/* @since is @pages at the last disruption. */
struct history {
	struct page page, recent[RECENT], sample[SAMPLES];
	unsigned long pages, kept, since, outside, untrue;
};

static double rnd_between(double a, double b)
{
	return a + (b - a) * ((double)(rnd() >> 11) * 0x1p-53);
}

static void set_rate(struct vmclock_line *line, u64 hz, double ppm)
{
	u64 num = (u64)((1 + ppm * 1e-6) * 0x1p62);

	vmclock_line_set_period(line, num, hz, 62);
}

static wide of_time(struct vmclock_time t)
{
	return (wide)((unsigned __int128)t.sec << 64 | t.frac);
}

static wide at(const struct vmclock_line *line, u64 counter)
{
	return of_time(vmclock_line_at(line, counter));
}

/* Half of a page's interval, as exactly as it is said. */
static wide half_at(const struct page *p, u64 counter)
{
	wide grown = (wide)p->rate_frac * (s64)(counter - p->line.counter);

	return ((wide)p->maxerror_ns << 64) / 1000000000 +
	       (grown >> p->line.period_shift);
}

/* Roundings: of two ends of an interval, s / 2^64. */
static bool inside(const struct page *new, const struct page *old, u64 counter)
{
	wide t = at(&new->line, counter) - at(&old->line, counter);
	wide room = half_at(old, counter) - half_at(new, counter) + 1024;

	return t <= room && -t <= room;
}

static void history_restart(struct history *h)
{
	h->since = h->pages;
	h->kept = 0;
}

static void history_add(struct history *h, const struct bounds *b)
{
	h->page.line = b->line;
	h->page.maxerror_ns = b->maxerror_ns;
	h->page.rate_frac = bounds_rate_frac(b->rate32, b->line.period_frac);
	if (h->kept < SAMPLES)
		h->sample[h->kept++] = h->page;
	else if (!(h->pages % 64))
		h->sample[(h->pages / 64 * 2654435761) % SAMPLES] = h->page;
	h->recent[h->pages++ % RECENT] = h->page;
}

static void history_check(struct history *h, u64 counter,
			  const struct vmclock_line *truth)
{
	unsigned long i, n = h->pages - h->since;
	wide error = at(&h->page.line, counter) - at(truth, counter);
	wide half = half_at(&h->page, counter);

	h->untrue += error > half || -error > half;
	for (i = 1; i < RECENT && i < n; i++)
		h->outside += !inside(&h->page, &h->recent[
				      (h->pages - 1 - i) % RECENT], counter);
	for (i = 0; i < SAMPLES && i < h->kept; i++)
		h->outside += !inside(&h->page, &h->sample[i], counter);
}

#endif /* HISTORY_H */
