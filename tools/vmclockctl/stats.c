// SPDX-License-Identifier: GPL-2.0
/*
 * Order statistics and a histogram of differences, for compare.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "stats.h"

static int by_value(const void *a, const void *b)
{
	s64 x = *(const s64 *)a, y = *(const s64 *)b;

	return (x > y) - (x < y);
}

static u64 magnitude(s64 x)
{
	return x < 0 ? -(u64)x : (u64)x;
}

static int by_magnitude(const void *a, const void *b)
{
	u64 x = magnitude(*(const s64 *)a), y = magnitude(*(const s64 *)b);

	return (x > y) - (x < y);
}

/* Nearest rank: the smallest of which @percent % are not larger. */
static s64 quantile(const s64 *sorted, size_t n, size_t percent)
{
	return sorted[(n * percent + 99) / 100 - 1];
}

/* 1, 2, 5, 10, ...: so that at most STATS_BINS of them cover the span */
static s64 bin_width(u64 span)
{
	static const int steps[] = { 1, 2, 5 };
	u64 scale, i;

	for (scale = 1; scale < U64_MAX / 100; scale *= 10)
		for (i = 0; i < 3; i++)
			if (span / (scale * steps[i]) < STATS_BINS - 1)
				return scale * steps[i];
	return S64_MAX / STATS_BINS;
}

static void histogram(const s64 *sorted, size_t n, struct stats *s)
{
	s64 low = quantile(sorted, n, 1), high = s->p99;
	u64 reach = ((u64)high - (u64)low) / 2;
	size_t i, b;

	/* what lies far out does not make the rest one bin */
	if ((u64)low - (u64)s->min <= reach)
		low = s->min;
	if ((u64)s->max - (u64)high <= reach)
		high = s->max;
	s->width = bin_width((u64)high - (u64)low);
	s->first = low / s->width * s->width;
	if (s->first > low)
		s->first -= s->width;
	s->bins = ((u64)high - (u64)s->first) / s->width + 1;
	if (s->bins > STATS_BINS)
		s->bins = STATS_BINS;
	for (i = 0; i < n; i++) {
		b = ((u64)sorted[i] - (u64)s->first) / s->width;
		if (sorted[i] < s->first)
			s->below++;
		else if (b < s->bins)
			s->bin[b]++;
		else
			s->above++;
	}
}

/**
 * stats_of() - statistics of values
 * @values: are sorted
 * @n: how many
 * @s: result
 */
void stats_of(s64 *values, size_t n, struct stats *s)
{
	double square = 0;
	size_t i;

	memset(s, 0, sizeof(*s));
	s->count = n;
	if (!n)
		return;
	for (i = 0; i < n; i++)
		square += (double)values[i] * (double)values[i];
	s->rms = sqrt(square / n);
	qsort(values, n, sizeof(*values), by_magnitude);
	s->abs_p99 = magnitude(quantile(values, n, 99));
	qsort(values, n, sizeof(*values), by_value);
	s->min = values[0];
	s->max = values[n - 1];
	s->p50 = quantile(values, n, 50);
	s->p99 = quantile(values, n, 99);
	histogram(values, n, s);
}
