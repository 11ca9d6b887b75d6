// SPDX-License-Identifier: GPL-2.0
/*
 * What compare measured, on stdout: as text, or as JSON.
 */
#include <unistd.h>

#include "compare.h"
#include "ctl.h"
#include "json.h"
#include "screen.h"
#include "text.h"

#define TABLE_COLUMNS	98	/* of the table of statistics */
#define BAR_LABEL	35	/* columns in front of a bar */
#define BAR_MAX		40

static void show_row(const char *name, const struct stats *s,
		     const struct stats *u)
{
	char t[6][TEXT_SIZE];

	printf("%-22s %7zu %10s %10s %10s %10s %10s %11s\n", name, s->count,
	       text_ns(t[0], s->min), text_ns(t[1], s->p50),
	       text_ns(t[2], s->p99), text_ns(t[3], s->max),
	       text_ps(t[4], (__int128)(s->rms * 1000)),
	       text_ns(t[5], u->p50));
}

/* The same for a narrow terminal. */
static void show_column(const char *name, const struct stats *s,
			const struct stats *u)
{
	char t[TEXT_SIZE];

	printf("%s:\n", name);
	printf("  %-12s %zu\n", "count", s->count);
	printf("  %-12s %s\n", "min", text_ns(t, s->min));
	printf("  %-12s %s\n", "p50", text_ns(t, s->p50));
	printf("  %-12s %s\n", "p99", text_ns(t, s->p99));
	printf("  %-12s %s\n", "max", text_ns(t, s->max));
	printf("  %-12s %s\n", "rms", text_ps(t, (__int128)(s->rms * 1000)));
	printf("  %-12s %s\n", "uncertainty", text_ns(t, u->p50));
}

static void show_bar(const char *range, size_t n, size_t most, int columns)
{
	int room = columns - BAR_LABEL, length;

	room = room > BAR_MAX ? BAR_MAX : room < 1 ? 1 : room;
	length = most ? (int)(n * room / most) : 0;
	printf("  %24s %7zu ", range, n);
	for (; length > 0; length--)
		putchar('#');
	putchar('\n');
}

/* In ns from the median, since four digits of a large offset are all alike. */
static void show_histogram(const char *name, const struct stats *s, int columns)
{
	char range[TEXT_SIZE];
	size_t i, most = s->below > s->above ? s->below : s->above;
	s64 first = s->first - s->p50;

	for (i = 0; i < s->bins; i++)
		if (s->bin[i] > most)
			most = s->bin[i];
	printf("%s, ns from the median:\n", name);
	if (s->below) {
		snprintf(range, sizeof(range), "below %+lld", first);
		show_bar(range, s->below, most, columns);
	}
	for (i = 0; i < s->bins; i++) {
		s64 from = first + (s64)i * s->width;

		if (s->width > 1)
			snprintf(range, sizeof(range), "%+lld .. %+lld", from,
				 from + s->width - 1);
		else
			snprintf(range, sizeof(range), "%+lld", from);
		show_bar(range, s->bin[i], most, columns);
	}
	if (s->above) {
		snprintf(range, sizeof(range), "above %+lld",
			 first + (s64)s->bins * s->width - 1);
		show_bar(range, s->above, most, columns);
	}
}

static void show_head(const struct comparison *c)
{
	printf("%s, in %s: %zu samples in %.1f s", c->device,
	       c->scale == SCALE_TAI ? "TAI" : "UTC", c->n,
	       c->samples[c->n - 1].elapsed_ns / 1e9);
	if (c->lost)
		printf(", %zu without time", c->lost);
	if (c->ptp[0])
		printf(", /dev/%s by method \"%s\"", c->ptp,
		       ptp_method_name(c->method));
	putchar('\n');
}

/**
 * compare_show() - the comparison as a table and histograms
 * @c: the comparison, not empty
 */
void compare_show(const struct comparison *c)
{
	struct stats s[PAIRS], u[PAIRS];
	int rows, columns;
	bool narrow;
	enum pair p;

	screen_size(&rows, &columns);
	narrow = isatty(STDOUT_FILENO) && columns < TABLE_COLUMNS;
	show_head(c);
	if (!narrow)
		printf("%-22s %7s %10s %10s %10s %10s %10s %11s\n", "", "count",
		       "min", "p50", "p99", "max", "rms", "uncertainty");
	for (p = 0; p < PAIRS; p++)
		if (compare_stats(c, p, &s[p], &u[p]))
			(narrow ? show_column : show_row)(pair_name(c, p),
							  &s[p], &u[p]);
	for (p = 0; p < PHC_PAGE; p++)
		if (s[p].count)
			show_histogram(pair_name(c, p), &s[p], columns);
}

static void histogram_json(const struct stats *s)
{
	size_t i;

	json_object("histogram");
	json_s64("first_ns", s->first);
	json_s64("width_ns", s->width);
	json_u64("below", s->below);
	json_array("counts");
	for (i = 0; i < s->bins; i++)
		json_u64(NULL, s->bin[i]);
	json_end();
	json_u64("above", s->above);
	json_end();
}

static void pair_json(const struct comparison *c, enum pair pair)
{
	static const char * const names[] = {
		"clock-phc", "clock-page", "phc-page",
	};
	struct stats s, u;

	if (!compare_stats(c, pair, &s, &u))
		return;
	json_object(NULL);
	json_string("pair", names[pair]);
	json_string("text", pair_name(c, pair));
	json_u64("count", s.count);
	json_s64("min_ns", s.min);
	json_s64("p50_ns", s.p50);
	json_s64("p99_ns", s.p99);
	json_s64("max_ns", s.max);
	json_s64("abs_p99_ns", s.abs_p99);
	json_double("rms_ns", s.rms);
	json_s64("uncertainty_p50_ns", u.p50);
	json_s64("uncertainty_max_ns", u.max);
	histogram_json(&s);
	json_end();
}

/**
 * compare_json() - the comparison as JSON
 * @c: the comparison, not empty
 */
void compare_json(const struct comparison *c)
{
	enum pair p;

	json_begin("compare");
	json_string("device", c->device);
	json_string("ptp", c->ptp[0] ? c->ptp : NULL);
	json_string("method", c->ptp[0] ? ptp_method_name(c->method) : NULL);
	json_string("scale", c->scale == SCALE_TAI ? "tai" : "utc");
	json_u64("samples", c->n);
	json_u64("lost", c->lost);
	json_double("seconds", c->samples[c->n - 1].elapsed_ns / 1e9);
	json_array("pairs");
	for (p = 0; p < PAIRS; p++)
		pair_json(c, p);
	json_end();
	json_finish();
}
