/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Samples of tk_pairs, (counter, CLOCK_TAI) to fractions of a ns, for the
 * programs that compare clocks by them. Included by one .c file each; they end
 * the program when there is something wrong with a file.
 */
#ifndef _VMCLOCK_TEST_SERIES_H
#define _VMCLOCK_TEST_SERIES_H

#include <errno.h>
#include <string.h>

#include "ktap.h"
#include "../../tools/kernel_names.h"

#define NS_PER_SEC	1000000000LL
#define NS_TO_PS	1000

struct sample {
	u64 counter;
	s64 ns;			/* TAI */
	u32 frac;		/* of a ns */
	u64 gap;		/* counts between the last two updates */
	s64 ntp_error;		/* ns / 2^32 */
};

struct series {
	struct sample *s;
	size_t n;
};

static void die(const char *what)
{
	printf("Bail out! %s: %s\n", what, strerror(errno));
	exit(KTAP_FAIL);
}

static bool read_sample(FILE *f, struct sample *s, u64 offset)
{
	unsigned long long counter, since, gap;
	long long ns, error;
	int tai, agrees;

	if (fscanf(f, "%llu %lld %u %d %llu %llu %lld %d", &counter, &ns,
		   &s->frac, &tai, &since, &gap, &error, &agrees) != 8)
		return false;
	s->counter = counter - offset;
	s->gap = gap;
	s->ntp_error = error;
	s->ns = ns + tai * NS_PER_SEC;
	return true;
}

/* All of a file; @offset is subtracted from the counter. */
static struct series read_series(const char *path, u64 offset)
{
	struct series r = { 0 };
	size_t room = 4096;
	FILE *f = fopen(path, "r");

	r.s = malloc(room * sizeof(*r.s));
	if (!f || !r.s)
		die(path);
	while (read_sample(f, &r.s[r.n], offset)) {
		if (++r.n < room)
			continue;
		room *= 2;
		r.s = realloc(r.s, room * sizeof(*r.s));
		if (!r.s)
			die(path);
	}
	fclose(f);
	return r;
}

/* a - b in ps; for differences of less than 106 days */
static s64 sub_ps(const struct sample *a, const struct sample *b)
{
	s64 frac = (s64)a->frac - b->frac;

	return (a->ns - b->ns) * NS_TO_PS + ((frac * NS_TO_PS) >> 32);
}

#endif /* _VMCLOCK_TEST_SERIES_H */
