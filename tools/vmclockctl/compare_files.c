// SPDX-License-Identifier: GPL-2.0
/*
 * What compare measured as files: a table of comma-separated values, and a
 * picture that gnuplot draws.
 */
#include <errno.h>
#include <signal.h>

#include "compare.h"
#include "ctl.h"
#include "output.h"
#include "run.h"

/**
 * compare_csv() - one line a sample, the first one names the columns
 * @c: the comparison
 * @out: where to
 */
void compare_csv(const struct comparison *c, FILE *out)
{
	size_t i;
	int p;

	fputs("elapsed_s,clock_minus_phc_ns,clock_minus_phc_uncertainty_ns,clock_minus_page_ns,clock_minus_page_uncertainty_ns,phc_minus_page_ns,phc_minus_page_uncertainty_ns\n",
	      out);
	for (i = 0; i < c->n; i++) {
		const struct sample *s = &c->samples[i];

		fprintf(out, "%.9f", s->elapsed_ns / 1e9);
		for (p = 0; p < PAIRS; p++)
			if (s->has[p])
				fprintf(out, ",%lld,%llu", s->diff[p].ns,
					s->diff[p].uncertainty_ns);
			else
				fputs(",,", out);
		fputc('\n', out);
	}
}

/* A name in gnuplot's single quotes, in which only ' is special. */
static void quoted(FILE *out, const char *text)
{
	fputc('\'', out);
	for (; *text; text++) {
		if (*text == '\'')
			fputc('\'', out);
		fputc(*text, out);
	}
	fputc('\'', out);
}

/* What suits the range in which 98 % of the values are. */
static const char *unit(const struct stats *s, double *ns)
{
	static const char * const names[] = { "ns", "us", "ms", "s" };
	size_t i;

	*ns = 1;
	for (i = 0; i < 3 && s->abs_p99 >= *ns * 10000; i++)
		*ns *= 1000;
	return names[i];
}

static void data(FILE *out, const struct comparison *c, enum pair pair)
{
	size_t i;

	fprintf(out, "$pair%d << EOD\n", pair);
	for (i = 0; i < c->n; i++)
		if (c->samples[i].has[pair])
			fprintf(out, "%.9f %lld %llu\n",
				c->samples[i].elapsed_ns / 1e9,
				c->samples[i].diff[pair].ns,
				c->samples[i].diff[pair].uncertainty_ns);
	fputs("EOD\n", out);
}

static void bins(FILE *out, const struct stats *s, enum pair pair)
{
	size_t i;

	fprintf(out, "$bins%d << EOD\n", pair);
	for (i = 0; i < s->bins; i++)
		fprintf(out, "%.1f %zu %lld\n",
			s->first + (i + 0.5) * s->width - 0.5, s->bin[i],
			s->width);
	fputs("EOD\n", out);
}

/* A row of the picture: the difference over time, and its histogram. */
static void row(FILE *out, const struct comparison *c, enum pair pair,
		const struct stats *s, double uncertainty)
{
	const char *color = pair == CLOCK_PHC ? "#2b6cb0" : "#2f855a";
	double ns;
	const char *name = unit(s, &ns);

	data(out, c, pair);
	bins(out, s, pair);
	fprintf(out, "set title \"%s\\n{/*0.8 %zu samples, p50 %lld, p99 of magnitude %lld, max %lld ns, each known to +-%.0f ns}\"\n",
		pair_name(c, pair), s->count, s->p50, s->abs_p99, s->max,
		uncertainty);
	fprintf(out, "set xlabel 'time, s'; set ylabel 'difference, %s'\n",
		name);
	fprintf(out, "plot 0 lc '#a0aec0' notitle, $pair%d using 1:($2/%g) with points pt 7 ps 0.35 lc '%s' notitle\n",
		pair, ns, color);
	fprintf(out, "set title ' '; set xlabel 'difference, %s'; set ylabel 'samples'; set yrange [0:*]\n",
		name);
	fprintf(out, "plot $bins%d using ($1/%g):2:($3/%g*0.9) with boxes fs solid 0.7 lc '%s' notitle\n",
		pair, ns, ns, color);
	fputs("set yrange [*:*]\n", out);
}

static void script(FILE *out, const struct comparison *c, const char *file)
{
	struct stats s[PHC_PAGE], u[PHC_PAGE];
	int p, rows = 0;

	for (p = 0; p < PHC_PAGE; p++)
		rows += compare_stats(c, p, &s[p], &u[p]);
	fprintf(out, "set terminal pngcairo size 1200,%d font 'sans,11' noenhanced\n",
		60 + 400 * rows);
	fputs("set termoption enhanced\nset encoding utf8\nset output ", out);
	quoted(out, file);
	fprintf(out, "\nset multiplot layout %d,2 title '", rows);
	fprintf(out, "%s of this machine against its system clock' noenhanced\n",
		c->device);
	fputs("set border 3; set tics nomirror; set grid lc '#e2e8f0'\n", out);
	for (p = 0; p < PHC_PAGE; p++)
		if (s[p].count)
			row(out, c, p, &s[p], u[p].p50);
	fputs("unset multiplot\n", out);
}

static int gnuplot(const struct comparison *c, const char *file)
{
	char *argv[] = { "gnuplot", NULL };
	pid_t pid;
	FILE *out;

	signal(SIGPIPE, SIG_IGN);
	out = run_writer(&pid, argv);
	if (!out)
		return -errno;
	script(out, c, file);
	fclose(out);
	return run_wait(pid);
}

/**
 * compare_plot() - draw the differences
 * @c: the comparison
 * @file: PNG; appears when it is complete
 *
 * Return: CTL_OK or, after a message, why not.
 */
int compare_plot(const struct comparison *c, const char *file)
{
	struct output o;
	int status = output_open(&o, file);

	if (status)
		return status;
	status = gnuplot(c, o.temp);
	if (!status)
		return output_close(&o);
	if (status == 127)
		ctl_error("there is no gnuplot here; remedy: apt install gnuplot-nox");
	else
		ctl_error("gnuplot failed, and %s was not made: see above", file);
	output_give_up(&o);
	return CTL_FAILED;
}
