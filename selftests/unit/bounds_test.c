// SPDX-License-Identifier: GPL-2.0
/*
 * The bounds of vmclock_host's pages, in a simulation: an oscillator that
 * wanders, an NTP daemon that measures it with a true bound and steers, and
 * the module's own source, which decides what the pages say. Checked by other
 * means: at the beginning and the end of each page its interval is inside
 * those of the pages before it (of the last ones, and of a sample of all),
 * and true time is in it.
 *
 *	bounds_test [-s SEED] [-n PUBLICATIONS]
 */
#include "unit.h"
#include "../../src/vmclock_host/bounds.c"

#define RECENT		64
#define SAMPLES		256

#define wide	__int128

struct page {
	struct vmclock_line line;
	u64 maxerror_ns;
	u64 rate_frac;
};

static struct {
	u64 counter;
	u64 hz;
	struct vmclock_line truth, clock;
	double wander_ppm;
	struct bounds bounds;
	struct page page, recent[RECENT], sample[SAMPLES];
	unsigned long pages, kept, disruptions, outside, untrue;
	unsigned long since;		/* the last disruption */
} sim;

static double rnd_between(double a, double b)
{
	return a + (b - a) * ((double)(rnd() >> 11) * 0x1p-53);
}

static void set_rate(struct vmclock_line *line, double ppm)
{
	u64 num = (u64)((1 + ppm * 1e-6) * 0x1p62);

	vmclock_line_set_period(line, num, sim.hz, 62);
}

static wide of_time(struct vmclock_time t)
{
	return (wide)((unsigned __int128)t.sec << 64 | t.frac);
}

static wide at(const struct vmclock_line *line, u64 counter)
{
	return of_time(vmclock_line_at(line, counter));
}

/* Half of a page's interval, as exactly as it is said. */
static wide half_at(const struct page *p, u64 counter)
{
	wide grown = (wide)p->rate_frac * (s64)(counter - p->line.counter);

	return ((wide)p->maxerror_ns << 64) / 1000000000 +
	       (grown >> p->line.period_shift);
}

/* Roundings: of two ends of an interval, s / 2^64. */
static bool inside(const struct page *new, const struct page *old, u64 counter)
{
	wide t = at(&new->line, counter) - at(&old->line, counter);
	wide room = half_at(old, counter) - half_at(new, counter) + 1024;

	return t <= room && -t <= room;
}

static void check_nesting(u64 counter)
{
	unsigned long i, n = sim.pages - sim.since;

	for (i = 1; i < RECENT && i < n; i++)
		sim.outside += !inside(&sim.page, &sim.recent[
				       (sim.pages - 1 - i) % RECENT], counter);
	for (i = 0; i < SAMPLES && i < sim.kept; i++)
		sim.outside += !inside(&sim.page, &sim.sample[i], counter);
}

static void check_truth(u64 counter)
{
	wide error = at(&sim.clock, counter) - at(&sim.truth, counter);
	wide half = half_at(&sim.page, counter);

	sim.untrue += error > half || -error > half;
}

static void check(u64 counter)
{
	if (!sim.pages)
		return;
	check_nesting(counter);
	check_truth(counter);
}

static void publish(bool nests)
{
	if (!nests) {
		sim.disruptions += sim.pages > 0;
		sim.since = sim.pages;
		sim.kept = 0;
	}
	sim.page.line = sim.bounds.line;
	sim.page.maxerror_ns = sim.bounds.maxerror_ns;
	sim.page.rate_frac = bounds_rate_frac(sim.bounds.rate32,
					      sim.page.line.period_frac);
	if (sim.kept < SAMPLES)
		sim.sample[sim.kept++] = sim.page;
	else if (!(rnd() % 64))
		sim.sample[rnd() % SAMPLES] = sim.page;
	sim.recent[sim.pages++ % RECENT] = sim.page;
	check(sim.counter);
}

static void anchor_here(void)
{
	vmclock_line_move(&sim.clock, sim.counter);
	vmclock_line_move(&sim.truth, sim.counter);
}

/* The kernel's timer looks whether the page has to be replaced. */
static void pass(double seconds)
{
	u64 end = sim.counter + (u64)(seconds * (double)sim.hz);

	while (sim.counter < end) {
		u64 step = (u64)((double)sim.hz * (sim.bounds.validity <=
			(int)sim.clock.period_shift ? .125 : 1));

		step = step < end - sim.counter ? step : end - sim.counter;
		sim.counter += step;
		check_truth(sim.counter);
		if (bounds_expiring(&sim.bounds, sim.counter)) {
			check(sim.counter);
			anchor_here();
			publish(bounds_move(&sim.bounds, &sim.clock));
		}
	}
	check(sim.counter);
	anchor_here();
}

/* Some kernels move the clock by some ns when its rate changes. */
static void steer(double ppm)
{
	struct vmclock_time moved =
		vmclock_time_from_ns((s64)(rnd() % 101) - 50);

	sim.clock.time = vmclock_time_add(sim.clock.time, moved);
	set_rate(&sim.clock, ppm);
	publish(bounds_move(&sim.bounds, &sim.clock));
}

/* Measured with an error of less than e; the bound is said in whole us. */
static double learn(double e_s)
{
	double off = (double)(at(&sim.clock, sim.counter) -
			      at(&sim.truth, sim.counter)) * 0x1p-64;
	double seen = off + rnd_between(-e_s, e_s);
	u64 us = (u64)((seen < 0 ? -seen : seen) * 1e6 + e_s * 1e6) + 1;
	u64 had = bounds_known_error_ns(&sim.bounds, sim.counter);

	if (!sim.pages) {
		bounds_begin(&sim.bounds, &sim.clock, us * 1000);
		publish(false);
	} else if (us * 1000 < had - had / 8) {
		publish(bounds_learn(&sim.bounds, &sim.clock, us * 1000));
	}
	return seen;
}

static void begin_at(u64 hz)
{
	memset(&sim, 0, sizeof(sim));
	sim.hz = hz;
	sim.counter = rnd() >> 2;
	sim.truth.counter = sim.counter;
	sim.truth.time.sec = 1800000000;
	set_rate(&sim.truth, 0);
	sim.clock = sim.truth;
	vmclock_line_move(&sim.clock, sim.counter + sim.hz / 1000000);
	sim.clock.counter = sim.counter;
	learn(50e-6);
}

static void begin(void)
{
	begin_at(1000000000 + rnd() % 4000000000);
}

/* Bring the clock back within some polls, at some frequency. */
static void daemon_once(double poll_s, double most_ppm)
{
	double seen = learn(rnd_between(1e-6, 200e-6));
	double ppm = sim.wander_ppm - seen / (4 * poll_s) * 1e6 +
		     rnd_between(-1, 1) * most_ppm / 4;

	ppm = ppm > most_ppm ? most_ppm : ppm < -most_ppm ? -most_ppm : ppm;
	steer(ppm);
	pass(poll_s);
	sim.wander_ppm += rnd_between(-.05, .05);
	if (sim.wander_ppm > 20 || sim.wander_ppm < -20)
		sim.wander_ppm /= 2;
	set_rate(&sim.truth, sim.wander_ppm);
}

static bool report(const char *what, bool violent)
{
	ktap_note("%s: %lu pages, %lu disruptions", what, sim.pages,
		  sim.disruptions);
	ktap_ok(!sim.outside, "%s: none outside of one before (%lu)", what,
		sim.outside);
	ktap_ok(!sim.untrue, "%s: true time always inside (%lu not)", what,
		sim.untrue);
	if (violent)
		return ktap_ok(sim.disruptions, "%s: some had to disrupt", what);
	return ktap_ok(!sim.disruptions, "%s: and none had to disrupt", what);
}

/* A daemon that polls every 2 to 64 s and steers by some ppm. */
static void test_steering(unsigned long pages)
{
	begin();
	while (sim.pages < pages)
		daemon_once(rnd_between(2, 64), 20);
	report("steering", false);
}

/* Counters as slow as they come, and those of arm64. */
static void test_slow(unsigned long pages)
{
	static const u64 hz[] = { 1000000, 3000000, 19200000, 62500000 };
	char what[32];
	unsigned int i;

	for (i = 0; i < 4; i++) {
		begin_at(hz[i]);
		while (sim.pages < pages)
			daemon_once(rnd_between(2, 64), 20);
		snprintf(what, sizeof(what), "%.1f MHz", (double)hz[i] / 1e6);
		report(what, false);
	}
}

/* The same, now and then quiet for hours, and then hurried. */
static void test_mixed(unsigned long pages)
{
	begin();
	while (sim.pages < pages) {
		switch (rnd() % 64) {
		case 0:
			pass(rnd_between(60, 20000));
			break;
		case 1:
			daemon_once(rnd_between(.1, 2), 100);
			break;
		default:
			daemon_once(rnd_between(1, 1024), 50);
		}
	}
	report("mixed", false);
}

/* Faster and farther than any promise can bear. */
static void test_violent(unsigned long pages)
{
	begin();
	while (sim.pages < pages)
		daemon_once(rnd_between(.001, 5), 400);
	report("violent", true);
}

/* Replaced too late: said, not hidden. */
static void test_late(void)
{
	unsigned int i;

	begin();
	for (i = 0; i < 100000 && !sim.bounds.validity; i++) {
		steer(rnd_between(-100, 100));
		pass(.5);
	}
	sim.counter += sim.hz * 1000000;
	anchor_here();
	ktap_ok(i < 100000 && !bounds_move(&sim.bounds, &sim.clock),
		"a page that lived too long is a disruption");
}

int main(int argc, char **argv)
{
	unit_begin(argc, argv, 1000000);
	unit.state = unit.seed;
	test_steering(unit.cases);
	test_slow(unit.cases / 10);
	test_mixed(unit.cases / 10);
	test_violent(unit.cases / 10);
	test_late();
	return ktap_end();
}
