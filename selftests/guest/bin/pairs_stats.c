// SPDX-License-Identifier: GPL-2.0
/*
 * pairs_stats: CLOCK_TAI, from the samples of tk_pairs, minus a line of time,
 * at the same counter values. Run by the test scripts in a guest.
 *
 *	pairs_stats [-a ALL] LINE [SAMPLES]
 *
 * LINE is a file with counter, seconds (TAI), fraction, period and shift, or
 * several such lines, each valid from its counter on, or a VMClock page.
 *
 * Prints one line: count, mean, rms, p50, p99, p99.9 and maximum of the
 * absolute difference in ps, the largest nap in us, and the samples in which
 * tk_pairs found the kernel's clock to disagree with its own state. With
 * -a ALL every sample goes to that file: counter, difference in ps, counts of
 * the longest nap that was or is since the sample before, number of the line,
 * and its counter.
 */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "../../../tools/kernel_names.h"
#include "vmclock/page.h"

#define PS_PER_SEC	1000000000000LL
#define MAX_LINES	4096

struct sample {
	unsigned long long counter, since;
	long long diff_ps;
};

static void die(const char *what)
{
	perror(what);
	exit(1);
}

static int read_page(FILE *f, struct vmclock_line *line)
{
	struct vmclock_abi page __attribute__((aligned(8)));
	struct vmclock_params p;
	s16 offset_sec;

	rewind(f);
	if (fread(&page, sizeof(page), 1, f) != 1 ||
	    vmclock_page_read(&page, sizeof(page), &p) ||
	    vmclock_page_defect(&p) || vmclock_tai_offset(&p, &offset_sec))
		return -1;
	*line = p.line;
	line->time.sec += offset_sec;
	return 0;
}

static bool read_text(FILE *f, struct vmclock_line *line)
{
	unsigned int shift;

	if (fscanf(f, "%llu %lld %llu %llu %u", &line->counter, &line->time.sec,
		   &line->time.frac, &line->period_frac, &shift) != 5)
		return false;
	line->period_shift = shift;
	return true;
}

static struct vmclock_line lines[MAX_LINES];
static size_t line_count;

static void read_lines(const char *path)
{
	FILE *f = fopen(path, "r");

	if (!f)
		die(path);
	while (line_count < MAX_LINES && read_text(f, &lines[line_count]))
		line_count++;
	if (!line_count && !read_page(f, &lines[0]))
		line_count = 1;
	if (!line_count) {
		fprintf(stderr, "%s: neither a line nor a page\n", path);
		exit(1);
	}
	fclose(f);
}

/* the last line that begins before a counter value, or else the first */
static size_t line_of(unsigned long long counter)
{
	size_t i = line_count - 1;

	while (i && lines[i].counter > counter)
		i--;
	return i;
}

/* ns and its 32-bit fraction against the line, in ps; 2^63 ps are 106 days */
static long long difference_ps(const struct vmclock_line *line,
			       unsigned long long counter, long long ns,
			       unsigned long long frac, int tai_offset)
{
	struct vmclock_time t = vmclock_time_from_ns(ns), d;
	struct vmclock_time rest = { .frac = vmclock_ns32_to_frac(frac) };

	t.sec += tai_offset;
	d = vmclock_time_sub(vmclock_time_add(t, rest),
			     vmclock_line_at(line, counter));
	return d.sec * PS_PER_SEC +
	       (long long)(((unsigned __int128)d.frac * PS_PER_SEC) >> 64);
}

static int by_size(const void *a, const void *b)
{
	long long x = llabs(((const struct sample *)a)->diff_ps);
	long long y = llabs(((const struct sample *)b)->diff_ps);

	return (x > y) - (x < y);
}

static long long quantile(const struct sample *s, size_t n, unsigned int ppm)
{
	size_t i = (n - 1) * (unsigned long long)ppm / 1000000;

	return llabs(s[i].diff_ps);
}

static long long root(double square)
{
	double r = square > 1 ? square : 1;

	for (int i = 0; i < 100; i++)
		r = (r + square / r) / 2;
	return (long long)r;
}

static void report(struct sample *s, size_t n, size_t disagree)
{
	unsigned long long nap = 0;
	double sum = 0, squares = 0;

	for (size_t i = 0; i < n; i++) {
		sum += s[i].diff_ps;
		squares += (double)s[i].diff_ps * s[i].diff_ps;
		nap = s[i].since > nap ? s[i].since : nap;
	}
	qsort(s, n, sizeof(*s), by_size);
	printf("n %zu mean %lld rms %lld p50 %lld p99 %lld p999 %lld max %lld ps nap %llu disagree %zu\n",
	       n, (long long)(sum / n), root(squares / n),
	       quantile(s, n, 500000), quantile(s, n, 990000),
	       quantile(s, n, 999000), llabs(s[n - 1].diff_ps), nap, disagree);
}

int main(int argc, char **argv)
{
	unsigned long long counter, frac, since, gap;
	size_t n = 0, room = 1024, disagree = 0;
	struct sample *s = malloc(room * sizeof(*s));
	FILE *f, *all = NULL;
	long long ns, error;
	int tai, agrees;
	size_t line;

	if (argc > 2 && argv[1][0] == '-' && argv[1][1] == 'a') {
		all = fopen(argv[2], "w");
		if (!all)
			die(argv[2]);
		argv += 2;
		argc -= 2;
	}
	if (argc < 2) {
		fprintf(stderr, "usage: pairs_stats [-a ALL] LINE [SAMPLES]\n");
		return 1;
	}
	read_lines(argv[1]);
	f = fopen(argc > 2 ? argv[2] : "/sys/kernel/debug/tk_pairs/samples", "r");
	if (!f)
		die("samples");
	while (fscanf(f, "%llu %lld %llu %d %llu %llu %lld %d", &counter, &ns,
		      &frac, &tai, &since, &gap, &error, &agrees) == 8) {
		if (n == room)
			s = realloc(s, (room *= 2) * sizeof(*s));
		if (!s)
			die("samples");
		s[n].counter = counter;
		s[n].since = since;
		line = line_of(counter);
		s[n].diff_ps = difference_ps(&lines[line], counter, ns, frac,
					     tai);
		if (all)
			fprintf(all, "%llu %lld %llu %zu %llu\n", counter,
				s[n].diff_ps, gap > since ? gap : since, line,
				lines[line].counter);
		n++;
		disagree += !agrees;
	}
	if (!n) {
		fprintf(stderr, "no samples\n");
		return 1;
	}
	report(s, n, disagree);
	return 0;
}
