// SPDX-License-Identifier: GPL-2.0
/*
 * phc_compare: a guest's PTP clock minus its host's CLOCK_TAI, at the same
 * counter values. Run by stock_host.
 *
 *	phc_compare HOST GUEST READINGS OFFSET LIMIT_NS
 *
 * HOST and GUEST are samples that tk_pairs took at each update of the two
 * timekeepers, between which both system clocks are straight lines. READINGS,
 * from ptp_readings, are the PTP clock and the guest's CLOCK_REALTIME at the
 * same moment: the latter tells the guest's counter, and that less OFFSET is
 * the host's, which tells the host's clock. Nobody has told the guest's kernel
 * what TAI is.
 *
 * Both readings are truncated to ns. Taken as half a ns more they are up to
 * half a ns off, and so the difference has an error below 1 ns of its own.
 *
 * The host ticks, but an emulator keeps it from that now and then, and then
 * its clock leaves the page's line by a unit of its mult, and comes back by as
 * much. What comes within ten times the length of such a stall has a wider
 * limit.
 */
#include "series.h"

#define STALL_NS	9000000		/* two ticks of 4 ms, and some */
#define AFTER_STALL	10		/* times its length */
#define LONG_AGO_NS	2000000000
#define UNIT_PPB	240		/* of mult, at most */
#define MIN_READINGS	200
#define MIN_CALM	20

struct reading {
	s64 phc_ns;
	s64 system_ns;
};

struct difference {
	s64 ps;
	s64 stall_ns;		/* longest time without an update lately */
};

struct differences {
	struct difference *d;
	size_t n;
	size_t left_out;	/* not between samples of both sides */
};

/* the last sample that is not behind @x, of which another one follows */
static const struct sample *find(const struct series *r, s64 x,
				 bool (*behind)(const struct sample *s, s64 x))
{
	size_t low = 0, high = r->n;

	while (high - low > 1) {
		size_t mid = (low + high) / 2;

		if (behind(&r->s[mid], x))
			high = mid;
		else
			low = mid;
	}
	return behind(&r->s[low], x) || low + 1 == r->n ? NULL : &r->s[low];
}

static bool later(const struct sample *s, s64 ns)
{
	return s->ns >= ns;
}

static bool higher(const struct sample *s, s64 counter)
{
	return (s64)s->counter > counter;
}

/*
 * Times are ps and counters counts since a sample; both are below 2^53, within
 * which a double is exact, for an hour.
 */
static double counts_since(const struct sample *s, s64 ns)
{
	double gain_ps = sub_ps(s + 1, s), counts = s[1].counter - s->counter;
	struct sample at = { .ns = ns, .frac = 1U << 31 };

	return sub_ps(&at, s) * counts / gain_ps;
}

static double ps_since(const struct sample *s, double counts)
{
	return sub_ps(s + 1, s) * counts / (double)(s[1].counter - s->counter);
}

/* The longest time between two updates that still matters at @h[1]. */
static s64 longest_gap_ns(const struct series *host, const struct sample *h)
{
	const struct sample *s = h + 1;
	s64 longest_ns = 0;

	for (; s > host->s && h[1].ns - s->ns < LONG_AGO_NS; s--) {
		s64 gap_ns = s->ns - s[-1].ns;

		if (gap_ns > longest_ns &&
		    h[1].ns - s->ns < AFTER_STALL * gap_ns)
			longest_ns = gap_ns;
	}
	return longest_ns;
}

static bool compare(const struct series *host, const struct series *guest,
		    const struct reading *r, struct difference *d)
{
	const struct sample *g = find(guest, r->system_ns, later), *h;
	struct sample phc = { .ns = r->phc_ns, .frac = 1U << 31 };
	double counts;

	if (!g)
		return false;
	counts = counts_since(g, r->system_ns);
	h = find(host, g->counter + (s64)counts, higher);
	if (!h)
		return false;
	counts += (s64)(g->counter - h->counter);
	d->ps = llabs(sub_ps(&phc, h) - (s64)ps_since(h, counts));
	d->stall_ns = longest_gap_ns(host, h);
	return true;
}

static struct differences compare_all(const char *path,
				      const struct series *host,
				      const struct series *guest)
{
	struct differences all = { 0 };
	FILE *f = fopen(path, "r");
	long long phc_ns, system_ns;

	if (!f)
		die(path);
	while (fscanf(f, "%lld %lld", &phc_ns, &system_ns) == 2) {
		struct reading r = { phc_ns, system_ns };

		all.d = realloc(all.d, (all.n + 1) * sizeof(*all.d));
		if (!all.d)
			die(path);
		if (compare(host, guest, &r, &all.d[all.n]))
			all.n++;
		else
			all.left_out++;
	}
	fclose(f);
	return all;
}

/* those that are calm first, by size */
static int by_calm_and_size(const void *a, const void *b)
{
	const struct difference *x = a, *y = b;
	bool calm = x->stall_ns <= STALL_NS;

	if (calm != (y->stall_ns <= STALL_NS))
		return calm ? -1 : 1;
	return (x->ps > y->ps) - (x->ps < y->ps);
}

static void report(const char *when, const struct difference *d, size_t n)
{
	if (n)
		ktap_note("%s: %zu readings, p50 %.2f p99 %.2f max %.2f ns",
			  when, n, d[n / 2].ps / 1e3,
			  d[n - 1 - n / 100].ps / 1e3, d[n - 1].ps / 1e3);
}

static void check(const struct differences *all, s64 limit_ns)
{
	size_t calm = 0, beyond = 0;

	qsort(all->d, all->n, sizeof(*all->d), by_calm_and_size);
	for (; calm < all->n && all->d[calm].stall_ns <= STALL_NS; calm++)
		;
	report("the host ticking", all->d, calm);
	report("after a stall", all->d + calm, all->n - calm);
	for (size_t i = calm; i < all->n; i++)
		beyond += all->d[i].ps > limit_ns * NS_TO_PS +
			  all->d[i].stall_ns * UNIT_PPB / 1000000;
	if (calm < MIN_CALM)
		ktap_skip("the PTP clock is the host's CLOCK_TAI",
			  "the host was ticking in %zu readings only",
			  calm);
	else
		ktap_ok(all->d[calm - 1].ps <= limit_ns * NS_TO_PS,
			"the PTP clock is the host's CLOCK_TAI to %lld ns",
			(long long)limit_ns);
	ktap_ok(!beyond, "and to %d ppb of a stall more after one", UNIT_PPB);
}

int main(int argc, char **argv)
{
	struct differences all = { 0 };
	struct series host, guest;

	if (argc != 6) {
		fputs("usage: phc_compare HOST GUEST READINGS OFFSET LIMIT_NS\n",
		      stderr);
		return KTAP_FAIL;
	}
	host = read_series(argv[1], 0);
	guest = read_series(argv[2], strtoll(argv[4], NULL, 0));
	ktap_begin(0);
	if (host.n && guest.n)
		all = compare_all(argv[3], &host, &guest);
	ktap_note("%zu updates of the host, %zu of the guest; %zu readings outside of them",
		  host.n, guest.n, all.left_out);
	if (ktap_ok(all.n >= MIN_READINGS,
		    "the PTP clock was compared often enough"))
		check(&all, atoll(argv[5]));
	return ktap_end();
}
