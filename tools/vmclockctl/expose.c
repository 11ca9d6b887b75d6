// SPDX-License-Identifier: GPL-2.0
/*
 * Prometheus' text format (0.0.4) and OpenMetrics (1.0). In the older one a
 * type belongs to the sample's name (x_total, x_info) and an info is a gauge;
 * in the newer one it belongs to the family's name. A set of states is a gauge
 * for each state in both, as node_exporter has it.
 */
#include <string.h>

#include "expose.h"

static FILE *out;
static bool openmetrics;
static struct expose_family family;

/**
 * expose_begin() - begin a text
 * @file: where it goes to
 * @newer: OpenMetrics
 */
void expose_begin(FILE *file, bool newer)
{
	out = file;
	openmetrics = newer;
	family = (struct expose_family){ 0 };
}

/**
 * expose_end() - end the text
 */
void expose_end(void)
{
	if (openmetrics)
		fputs("# EOF\n", out);
}

static const char *suffix(void)
{
	return family.type == EXPOSE_COUNTER ? "_total" :
	       family.type == EXPOSE_INFO ? "_info" : "";
}

/**
 * expose_family() - begin the metrics of one name, unless they are begun
 * @f: their name, type, unit and help
 */
void expose_family(const struct expose_family *f)
{
	static const char * const types[] = { "gauge", "counter", "info" };
	const char *end;

	if (family.name && !strcmp(family.name, f->name))
		return;
	family = *f;
	end = openmetrics ? "" : suffix();
	fprintf(out, "# HELP %s%s %s\n# TYPE %s%s %s\n", f->name, end, f->help,
		f->name, end, f->type == EXPOSE_INFO && !openmetrics ?
		"gauge" : types[f->type]);
	if (openmetrics && f->unit)
		fprintf(out, "# UNIT %s %s\n", f->name, f->unit);
}

/* Texts of the driver may have any printable character. */
static void label(const char *name, const char *value, const char *end)
{
	fprintf(out, "%s=\"", name);
	for (; *value; value++) {
		if (*value == '"' || *value == '\\')
			fputc('\\', out);
		fputc(*value, out);
	}
	fprintf(out, "\"%s", end);
}

/**
 * expose_sample() - one value
 * @key: name of its label, or NULL
 * @text: value of its label
 * @value: the value; a whole number up to 2^53 is exact
 */
void expose_sample(const char *key, const char *text, double value)
{
	fprintf(out, "%s%s", family.name, suffix());
	if (key) {
		fputc('{', out);
		label(key, text, "}");
	}
	fprintf(out, " %.17g\n", value);
}

/**
 * expose_info() - labels with the value 1
 * @labels: names and values
 * @n: how many
 */
void expose_info(const char * const (*labels)[2], size_t n)
{
	size_t i;

	fprintf(out, "%s%s{", family.name, suffix());
	for (i = 0; i < n; i++)
		label(labels[i][0], labels[i][1], i + 1 < n ? "," : "} 1\n");
}

/**
 * expose_states() - a set of states: 1 for the current one, 0 for the others
 * @key: name of a label, or NULL
 * @text: value of that label
 * @states: the names
 * @n: how many
 * @current: the name of the current one; any other word is none of them
 */
void expose_states(const char *key, const char *text,
		   const char * const *states, size_t n, const char *current)
{
	size_t i;

	for (i = 0; i < n; i++) {
		fprintf(out, "%s{", family.name);
		if (key)
			label(key, text, ",");
		label("state", states[i], "}");
		fprintf(out, " %d\n", !strcmp(states[i], current));
	}
}
