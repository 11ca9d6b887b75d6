// SPDX-License-Identifier: GPL-2.0
/*
 * vmclockctl watch: the facts as they change, on one screen with a curve of the
 * offset; as JSON, an object at a time; or only the events (events.c).
 */
#include <unistd.h>

#include "facts_json.h"
#include "findings.h"
#include "json.h"
#include "options.h"
#include "screen.h"
#include "show.h"
#include "spark.h"
#include "text.h"
#include "watch.h"

#define CURVE_LABEL	11	/* columns in front of the curve */
#define CURVE_MAX_ROWS	15

/**
 * struct screen_view - what is drawn
 */
struct screen_view {
	struct facts facts;
	struct findings findings;
	long interval_ms;
	struct spark curve;	/* ps */
	const char *what;	/* is in the curve */
	int rows, columns;
	bool utf8;
};

/* By the lock, exactly; or as seen from here. */
static bool offset_ps(struct screen_view *v, s64 *ps)
{
	const struct device *d = facts_guest(&v->facts);

	if (v->facts.lock.present && v->facts.lock.attr[LOCK_REFERENCE][0]) {
		v->what = "offset";
		return lock_number(&v->facts.lock, LOCK_OFFSET, ps);
	}
	if (!d && v->facts.n_devices)
		d = &v->facts.devices[0];
	if (!d || !d->has_now || d->now.scale == SCALE_NONE)
		return false;
	v->what = "system clock - page";
	*ps = d->now.diff.ns > S64_MAX / 1000 ? S64_MAX :
	      d->now.diff.ns < -S64_MAX / 1000 ? -S64_MAX :
	      d->now.diff.ns * 1000;
	return true;
}

static void draw_facts(void *data)
{
	struct screen_view *v = data;
	char now[TEXT_SIZE];
	size_t i;

	printf("%.19sZ, every %ld ms; q leaves\n", text_now(now),
	       v->interval_ms);
	show_findings(&v->findings, WARNING, false);
	for (i = 0; i < v->facts.n_devices; i++)
		show_device(&v->facts.devices[i]);
	show_lock(&v->facts.lock);
	if (!v->facts.n_devices)
		puts("There is no VMClock device on this machine.");
}

static void label(int row, int rows, s64 reach)
{
	char text[TEXT_SIZE];
	s64 value = row == 0 ? reach : row == rows - 1 ? -reach : 0;

	if (row == 0 || row == rows / 2 || row == rows - 1)
		printf("%*s ", CURVE_LABEL - 1, text_ps(text, value));
	else
		printf("%*s", CURVE_LABEL, "");
}

static void draw_curve(struct screen_view *v, int rows)
{
	int columns = v->columns - CURVE_LABEL, row;
	s64 reach;

	rows = rows > CURVE_MAX_ROWS ? CURVE_MAX_ROWS : rows;
	rows -= !(rows % 2);
	if (rows < 3 || columns < 8 || !v->curve.n)
		return;
	reach = spark_reach(&v->curve, columns * spark_per_column(v->utf8));
	for (row = 0; row < rows; row++) {
		label(row, rows, reach);
		spark_row(&v->curve, row, rows, columns, reach, v->utf8);
		putchar('\n');
	}
}

static int count_lines(const char *text)
{
	int n = 0;

	for (; *text; text++)
		n += *text == '\n';
	return n;
}

struct drawing {
	struct screen_view *view;
	const char *facts;
};

static void draw_all(void *data)
{
	struct drawing *d = data;
	struct screen_view *v = d->view;

	fputs(d->facts, stdout);
	if (v->curve.n)
		printf("%s, last %d values\n", v->what,
		       (int)((v->columns - CURVE_LABEL) *
			     spark_per_column(v->utf8)));
	draw_curve(v, v->rows - 1 - count_lines(d->facts));
}

static void draw(struct screen_view *v)
{
	char *facts = screen_capture(draw_facts, v), *all;
	struct drawing d = { v, facts };

	screen_size(&v->rows, &v->columns);
	all = facts ? screen_capture(draw_all, &d) : NULL;
	if (all)
		screen_draw(all, v->rows, v->columns);
	free(all);
	free(facts);
}

static int watch_screen(const struct watching *w)
{
	static struct screen_view v;
	long long i = 0;
	s64 ps;

	v.utf8 = screen_utf8();
	v.interval_ms = w->interval_ms;
	if (!screen_begin()) {
		ctl_error("watch needs a terminal that can be drawn on; use --json or --events");
		return CTL_USAGE;
	}
	do {
		facts_read(&v.facts);
		findings_of(&v.facts, &v.findings);
		if (offset_ps(&v, &ps))
			spark_add(&v.curve, ps);
		draw(&v);
	} while (++i != w->count && screen_wait(w->interval_ms));
	screen_end();
	return CTL_OK;
}

static int watch_json(const struct watching *w)
{
	static struct facts f;
	long long i = 0;

	do {
		facts_read(&f);
		json_begin("watch");
		facts_json(&f);
		json_finish();
		if (fflush(stdout))
			return CTL_FAILED;
	} while (++i != w->count && ctl_sleep_ms(w->interval_ms));
	return CTL_OK;
}

/**
 * cmd_watch() - the command
 * @argc: arguments
 * @argv: arguments
 *
 * Return: CTL_OK when it was ended, CTL_ABSENT if there is nothing to watch.
 */
int cmd_watch(int argc, char **argv)
{
	static const struct option options[] = {
		OPTION_JSON, OPTION_HELP,
		{ "events", no_argument, NULL, 'e' },
		{ "interval", required_argument, NULL, 'i' },
		{ "count", required_argument, NULL, 'n' }, { }
	};
	struct watching w = { .interval_ms = 1000 };
	bool events = false;
	int opt;

	while ((opt = getopt_long(argc, argv, "jhei:n:", options, NULL)) != -1) {
		if (opt == 'j')
			w.json = true;
		else if (opt == 'e')
			events = true;
		else if (opt == '?' || opt == 'h' ||
			 !ctl_number(opt == 'i' ? "the interval" : "the count",
				     optarg, opt == 'i' ? 10 : 1, 3600000,
				     opt == 'i' ? &w.interval_ms : &w.count))
			return ctl_usage_error();
	}
	if (!ctl_is_last(argc, argv))
		return ctl_usage_error();
	ctl_catch_signals();
	if (events)
		return watch_events(&w);
	return w.json ? watch_json(&w) : watch_screen(&w);
}
