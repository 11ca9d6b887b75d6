// SPDX-License-Identifier: GPL-2.0
/*
 * What compare measured: names of its pairs of clocks, and their statistics.
 */
#include "compare.h"
#include "ctl.h"

/**
 * pair_name() - which clocks, in words
 * @c: the comparison
 * @pair: which
 *
 * Return: "A - B".
 */
const char *pair_name(const struct comparison *c, enum pair pair)
{
	static const char * const tai[] = {
		"CLOCK_TAI - PHC", "CLOCK_TAI - page", "PHC - page",
	};
	static const char * const utc[] = {
		"CLOCK_REALTIME - PHC", "CLOCK_REALTIME - page", "PHC - page",
	};

	return (c->scale == SCALE_TAI ? tai : utc)[pair];
}

/**
 * compare_stats() - statistics of a pair
 * @c: the comparison
 * @pair: which
 * @stats: of the differences
 * @uncertainty: of their uncertainties
 *
 * Return: false if there are none.
 */
bool compare_stats(const struct comparison *c, enum pair pair,
		   struct stats *stats, struct stats *uncertainty)
{
	s64 *ns = calloc(2 * c->n + 1, sizeof(*ns));
	size_t i, n = 0;

	memset(stats, 0, sizeof(*stats));
	if (!ns)
		return false;
	for (i = 0; i < c->n; i++) {
		if (!c->samples[i].has[pair])
			continue;
		ns[n] = c->samples[i].diff[pair].ns;
		ns[c->n + n++] = c->samples[i].diff[pair].uncertainty_ns;
	}
	stats_of(ns, n, stats);
	stats_of(ns + c->n, n, uncertainty);
	free(ns);
	return n;
}
