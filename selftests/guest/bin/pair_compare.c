// SPDX-License-Identifier: GPL-2.0
/*
 * pair_compare: the guest's CLOCK_TAI minus the host's, at the same counter
 * values, from samples that tk_pairs took on both sides while the host's clock
 * was changed. Run by pair_host. OFFSET is the guest's TSC minus the host's.
 *
 *	pair_compare [-t] HOST GUEST PAGES [LIMIT_NS [ALL [OFFSET]]]
 *
 * HOST, GUEST and PAGES are files; LIMIT_NS is 100, and OFFSET 0.
 *
 * The host's clock at a counter value of the guest's is interpolated between
 * its two samples around it. Where they are further apart than MAX_GAP_NS the
 * guest's sample isn't used. Between them the clock bends, by 500 ppm at most:
 * in the middle of 1 ms it is then 125 ns from where the interpolation says, in
 * the few intervals in which its frequency changes. PAGES, from page_log, are
 * the lines that the host published; with them it is told where a difference
 * comes from. ALL is a file for every difference: counter, the host's time
 * since its first sample in ns, guest - host and page - host in ps.
 *
 * With -t both clocks tick and nobody changes them; samples are those that
 * tk_pairs took at the timekeepers' updates. Then the guest's NTP clock (clock
 * + ntp_error) is compared with the page as well. Here an emulator keeps either
 * kernel from ticking now and then: what comes within half a second of an
 * update that was more than a tick late is left out, and counted.
 *
 * The page has to be the host's own NTP clock, to the 1 ns (deviation_ns) by
 * which vmclock_host lets that leave it. Most kernels keep their NTP clock on
 * one line. One before 6.1.190 or 6.12.111 moves it by up to a unit of mult in
 * a tick (0.62 ns at 155 ppb and 4 ms) whenever it changes mult, and the page
 * follows when it is off by more than 1 ns: by 1.0 to 1.62 ns at once. Nobody
 * could have told the guest before; it hears of it, waits for a tick to begin
 * and gets there within 5 ticks. So for FOLLOW_NS after a page its NTP clock
 * may be anywhere from the line of the page before to this one. Where the page
 * doesn't move, these two are the same line.
 */
#include "series.h"
#include "vmclock/page.h"

#define MAX_GAP_NS	10000000
#define STALL_NS	9000000	/* two ticks of 4 ms, and some */
#define AFTER_STALL_NS	500000000 /* what a stall did is gone after 300 ms */
#define FOLLOW_NS	64000000 /* 16 ticks of 4 ms; 18 to 50 ms were seen */
#define CALM_MIN	500	/* samples */
#define LINE_PS		1000
#define ROUNDING_PS	2

struct difference {
	u64 counter;
	s64 since_ns;
	s64 guest_ps;
	s64 page_ps;
	s64 host_ps;		/* the host's NTP clock - page */
	s64 line_ps;		/* the guest's NTP clock - page */
	s64 beyond_ps;		/* the same, while it follows: - the nearer */
	bool calm;		/* no stall in the last half second */
};

static struct vmclock_line *read_pages(const char *path, size_t *n)
{
	unsigned long long counter, frac, period;
	struct vmclock_line *lines = NULL;
	FILE *f = fopen(path, "r");
	unsigned int shift;
	long long sec;

	if (!f)
		die(path);
	for (*n = 0; fscanf(f, "%llu %lld %llu %llu %u", &counter, &sec, &frac,
			    &period, &shift) == 5; ++*n) {
		lines = realloc(lines, (*n + 1) * sizeof(*lines));
		if (!lines)
			die(path);
		lines[*n] = (struct vmclock_line){
			.counter = counter,
			.time = { sec, frac },
			.period_frac = period,
			.period_shift = shift,
		};
	}
	fclose(f);
	return lines;
}

/*
 * The guest's sample minus the host's clock between @a and @b. The gap is below
 * 2^34 ps and 2^27 counts at 10 GHz: the product is far from 2^127.
 */
static s64 difference_ps(const struct sample *g, const struct sample *a,
			 const struct sample *b)
{
	__int128 gain_ps = sub_ps(b, a);

	gain_ps = gain_ps * (s64)(g->counter - a->counter) /
		  (s64)(b->counter - a->counter);
	return sub_ps(g, a) - (s64)gain_ps;
}

/* the time by a line, as a sample */
static struct sample on_line(const struct vmclock_line *line, u64 counter)
{
	struct vmclock_time t = vmclock_line_at(line, counter);
	unsigned __int128 ns32 = (unsigned __int128)t.frac * NS_PER_SEC >> 32;

	return (struct sample){
		.counter = counter,
		.ns = t.sec * NS_PER_SEC + (s64)(ns32 >> 32),
		.frac = (u32)ns32,
	};
}

/* ns per count between two samples */
static double rate(const struct sample *a, const struct sample *b)
{
	return (b->ns - a->ns) / (double)(b->counter - a->counter);
}

/* an error is below 2^33 ns, and so the product below 2^75 */
static s64 ns32_to_ps(s64 ns32)
{
	return (s64)((__int128)ns32 * NS_TO_PS >> 32);
}

static s64 line_ps(const struct sample *s, const struct vmclock_line *page)
{
	struct sample p = on_line(page, s->counter);

	return sub_ps(s, &p) + ns32_to_ps(s->ntp_error);
}

/* What is left of @a when anything from 0 to @a - @b is right. */
static s64 beyond(s64 a, s64 b)
{
	if ((a < 0) != (b < 0))
		return 0;
	return llabs(a) < llabs(b) ? a : b;
}

/* how far the guest's NTP clock is from where it may be */
static s64 beyond_ps(const struct sample *g, const struct vmclock_line *was,
		     const struct vmclock_line *page)
{
	struct sample then = on_line(page, page->counter);
	s64 ps = line_ps(g, page);

	if (g->ns - then.ns > FOLLOW_NS)
		return ps;
	return beyond(ps, line_ps(g, was));
}

/* all series ascend; returns how many of the guest's samples were used */
static size_t compare(const struct series *host, const struct series *guest,
		      const struct vmclock_line *page, size_t pages,
		      struct difference *d)
{
	const struct sample *h = host->s, *end = host->s + host->n - 1;
	const struct vmclock_line *last = page + pages - 1, *was = page;
	u64 late = STALL_NS / rate(h, end);
	s64 stall_ns = guest->s->ns;
	size_t n = 0;

	for (size_t i = 0; i < guest->n; i++) {
		const struct sample *g = &guest->s[i];
		struct sample p;

		while (h < end && h[1].counter <= g->counter) {
			h++;
			if (h->gap > late)
				stall_ns = h->ns;
		}
		if (g->gap > late)
			stall_ns = g->ns;
		while (page < last && page[1].counter <= g->counter)
			was = page++;
		if (h == end)
			break;
		if (g->counter < h->counter || h[1].ns - h->ns > MAX_GAP_NS)
			continue;
		p = on_line(page, g->counter);
		d[n++] = (struct difference){
			.counter = g->counter,
			.since_ns = h->ns - host->s->ns,
			.guest_ps = difference_ps(g, h, h + 1),
			.page_ps = difference_ps(&p, h, h + 1),
			.host_ps = line_ps(h, page),
			.line_ps = line_ps(g, page),
			.beyond_ps = beyond_ps(g, was, page),
			.calm = g->ns - stall_ns > AFTER_STALL_NS,
		};
	}
	return n;
}

static void write_all(const char *path, const struct difference *d, size_t n)
{
	FILE *f = fopen(path, "w");

	if (!f)
		die(path);
	for (; n--; d++)
		fprintf(f, "%llu %lld %lld %lld\n",
			(unsigned long long)d->counter, (long long)d->since_ns,
			(long long)d->guest_ps, (long long)d->page_ps);
	if (fclose(f))
		die(path);
}

static int by_size(const void *a, const void *b)
{
	s64 x = llabs(*(const s64 *)a), y = llabs(*(const s64 *)b);

	return (x > y) - (x < y);
}

/* absolute values */
struct extent {
	s64 p99_ps;
	s64 max_ps;
};

/* of the s64 that is @field bytes into each difference; @n isn't 0 */
static struct extent report(const char *what, const struct difference *d,
			    size_t n, size_t field)
{
	s64 *ps = malloc(n * sizeof(*ps));
	struct extent extent;
	double sum = 0;

	if (!ps)
		die(what);
	for (size_t i = 0; i < n; i++) {
		memcpy(&ps[i], (const char *)&d[i] + field, sizeof(*ps));
		sum += ps[i];
	}
	qsort(ps, n, sizeof(*ps), by_size);
	extent.p99_ps = llabs(ps[n - 1 - n / 100]);
	extent.max_ps = llabs(ps[n - 1]);
	ktap_note("%s: mean %.1f p50 %.1f p90 %.1f p99 %.1f p99.9 %.1f max %.1f ns",
		  what, sum / n / NS_TO_PS, llabs(ps[n / 2]) / 1e3,
		  llabs(ps[n - 1 - n / 10]) / 1e3, extent.p99_ps / 1e3,
		  llabs(ps[n - 1 - n / 1000]) / 1e3, extent.max_ps / 1e3);
	free(ps);
	return extent;
}

static void check_clock(const struct difference *d, size_t n, s64 limit_ns)
{
	struct extent clock = report("guest - host", d, n,
				     offsetof(struct difference, guest_ps));

	ktap_ok(clock.p99_ps <= limit_ns * NS_TO_PS,
		"the guest's CLOCK_TAI is the host's to %lld ns (p99)",
		(long long)limit_ns);
}

/* the first sample that is at least @ns after the first one */
static const struct sample *at(const struct series *r, s64 ns)
{
	const struct sample *s = r->s;

	while (s < r->s + r->n - 1 && s->ns - r->s->ns < ns)
		s++;
	return s;
}

/*
 * What was done to the host's clock: its frequency over the last fifth of the
 * time against that over the first, and over the fastest or slowest second.
 */
static void check_host(const struct series *host)
{
	const struct sample *first = host->s, *last = first + host->n - 1;
	s64 span_ns = last->ns - first->ns;
	double before = rate(first, at(host, span_ns / 5)), ppm, most = 0;

	for (s64 ns = 0; ns < span_ns - NS_PER_SEC; ns += NS_PER_SEC / 2) {
		ppm = rate(at(host, ns), at(host, ns + NS_PER_SEC)) / before;
		ppm = (ppm - 1) * 1e6;
		if (ppm > most || ppm < -most)
			most = ppm < 0 ? -ppm : ppm;
	}
	ppm = rate(at(host, span_ns / 5 * 4), last) / before;
	ppm = (ppm - 1) * 1e6;
	ktap_note("host: %zu samples in %.1f s, frequency %+.2f ppm in the end, %.0f ppm off in the most different second",
		  host->n, span_ns / 1e9, ppm, most);
	ktap_ok(ppm > 19 && ppm < 21, "the host's frequency changed by 20 ppm");
	ktap_ok(most > 200, "the host's clock was slewed");
}

static void check_guest(const struct difference *d, size_t n,
			size_t left_out, s64 limit_ns)
{
	ktap_note("guest: %zu samples, %zu more without the host's on both sides",
		  n, left_out);
	if (!ktap_ok(n > 1000, "the guest's clock was compared often enough"))
		return;
	report("page - host", d, n, offsetof(struct difference, page_ps));
	check_clock(d, n, limit_ns);
}

static void check_lines(const struct difference *d, size_t n)
{
	struct extent host = report("host's line - page", d, n,
				    offsetof(struct difference, host_ps));
	struct extent guest;

	ktap_ok(host.max_ps <= LINE_PS + ROUNDING_PS,
		"the page is the host's line to 1 ns (max)");
	report("guest's line - page", d, n,
	       offsetof(struct difference, line_ps));
	guest = report("guest's line - page or what it was", d, n,
		       offsetof(struct difference, beyond_ps));
	ktap_ok(guest.max_ps <= LINE_PS,
		"the guest's line is the page, or on its way there, to 1 ns (max)");
}

/* Where too few are left, because the machine is busy, all count. */
static void check_ticking(const struct difference *d, size_t n, s64 limit_ns)
{
	struct difference *calm = calloc(n + 1, sizeof(*calm));
	size_t used = 0;

	if (!calm)
		die("samples");
	for (size_t i = 0; i < n; i++)
		if (d[i].calm)
			calm[used++] = d[i];
	ktap_note("guest: %zu updates, %zu of them within half a second of a stall%s",
		  n, n - used, used < CALM_MIN ? ", all count" : ", left out");
	if (used >= CALM_MIN) {
		d = calm;
		n = used;
	}
	if (ktap_ok(n >= CALM_MIN, "the clocks were compared often enough")) {
		check_lines(d, n);
		check_clock(d, n, limit_ns);
	}
	free(calm);
}

int main(int argc, char **argv)
{
	bool ticking = argc > 1 && !strcmp(argv[1], "-t");
	struct vmclock_line *page;
	struct series host, guest;
	struct difference *d;
	size_t n, pages;
	s64 limit_ns;

	argv += ticking;
	argc -= ticking;
	if (argc < 4) {
		fprintf(stderr,
			"usage: pair_compare [-t] HOST GUEST PAGES [LIMIT_NS [ALL [OFFSET]]]\n");
		return KTAP_FAIL;
	}
	host = read_series(argv[1], 0);
	guest = read_series(argv[2], argc > 6 ? strtoll(argv[6], NULL, 0) : 0);
	page = read_pages(argv[3], &pages);
	d = calloc(guest.n + 1, sizeof(*d));
	if (!d)
		die("samples");
	ktap_begin(0);
	if (ktap_ok(host.n > 1000 && pages,
		    "the host's clock was read often enough")) {
		limit_ns = argc > 4 ? atoll(argv[4]) : 100;
		n = compare(&host, &guest, page, pages, d);
		if (ticking) {
			check_ticking(d, n, limit_ns);
		} else {
			check_host(&host);
			check_guest(d, n, guest.n - n, limit_ns);
		}
		if (argc > 5)
			write_all(argv[5], d, n);
	}
	return ktap_end();
}
