// SPDX-License-Identifier: GPL-2.0
/*
 * The bounds of vmclock_host's pages, in a simulation: an oscillator that
 * wanders, an NTP daemon that measures it with a true bound and steers, and
 * the module's own source, which decides what the pages say. Checked by other
 * means at the beginning and the end of each page: history.h.
 *
 *	bounds_test [-s SEED] [-n PUBLICATIONS]
 */
#include "../../tools/kernel_names.h"
#include "../../src/vmclock_host/envelope.c"
#include "../../src/vmclock_host/known.c"
#include "../../src/vmclock_host/bounds.c"
#include "history.h"

/* 1000 ppm */
#define DRIFT32		((u32)((1ULL << 32) / 1000))

static struct {
	u64 counter;
	u64 hz;
	struct vmclock_line truth, clock;
	double wander_ppm;
	struct bounds bounds;
	struct history history;
	unsigned long disruptions;
} sim;

static void check(void)
{
	history_check(&sim.history, sim.counter, &sim.truth);
}

static void publish(bool nests)
{
	if (!nests) {
		sim.disruptions++;
		history_restart(&sim.history);
	}
	history_add(&sim.history, &sim.bounds);
	check();
}

/* A page that loses its bound gets it back at once, as a disruption. */
static void publish_line(void)
{
	bounds_move(&sim.bounds, &sim.clock);
	publish(sim.bounds.valid ||
		bounds_learn(&sim.bounds, &sim.clock, 0, 0));
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
		u64 step = sim.hz / bounds_renewal_hz(&sim.bounds);

		step = step < end - sim.counter ? step : end - sim.counter;
		sim.counter += step;
		check();
		if (bounds_expiring(&sim.bounds, sim.counter)) {
			anchor_here();
			publish_line();
		}
	}
	check();
	anchor_here();
}

/* Some kernels move the clock by some ns when its rate changes. */
static void steer(double ppm)
{
	struct vmclock_time moved =
		vmclock_time_from_ns((s64)(rnd() % 101) - 50);

	sim.clock.time = vmclock_time_add(sim.clock.time, moved);
	set_rate(&sim.clock, sim.hz, ppm);
	publish_line();
}

/* Measured with an error of less than e; the bound is said in whole us. */
static double learn(double e_s)
{
	double off = (double)(at(&sim.clock, sim.counter) -
			      at(&sim.truth, sim.counter)) * 0x1p-64;
	double seen = off + rnd_between(-e_s, e_s);
	u64 us = (u64)((seen < 0 ? -seen : seen) * 1e6 + e_s * 1e6) + 1;

	if (sim.bounds.valid &&
	    us * 1000 >= known_error_ns(&sim.bounds.known, &sim.bounds.line,
					sim.counter))
		return seen;
	bounds_report(&sim.bounds,
		      (struct known_error){ sim.counter, us * 1000 }, 0);
	publish(bounds_learn(&sim.bounds, &sim.clock, 0, 0));
	return seen;
}

static void begin_at(u64 hz)
{
	memset(&sim, 0, sizeof(sim));
	sim.hz = hz;
	sim.counter = rnd() >> 2;
	sim.truth.counter = sim.counter;
	sim.truth.time.sec = 1800000000;
	set_rate(&sim.truth, sim.hz, 0);
	sim.clock = sim.truth;
	vmclock_line_move(&sim.clock, sim.counter + sim.hz / 1000000);
	sim.clock.counter = sim.counter;
	bounds_init(&sim.bounds, &sim.clock, DRIFT32);
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
	set_rate(&sim.truth, sim.hz, sim.wander_ppm);
}

static bool report(const char *what, bool violent)
{
	ktap_note("%s: %lu pages, %lu disruptions", what, sim.history.pages,
		  sim.disruptions);
	ktap_ok(!sim.history.outside, "%s: none outside of one before (%lu)", what,
		sim.history.outside);
	ktap_ok(!sim.history.untrue, "%s: true time always inside (%lu not)", what,
		sim.history.untrue);
	if (violent)
		return ktap_ok(sim.disruptions, "%s: some had to disrupt", what);
	return ktap_ok(!sim.disruptions, "%s: and none had to disrupt", what);
}

/* A daemon that polls every 2 to 64 s and steers by some ppm. */
static void test_steering(unsigned long pages)
{
	begin();
	while (sim.history.pages < pages)
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
		while (sim.history.pages < pages)
			daemon_once(rnd_between(2, 64), 20);
		snprintf(what, sizeof(what), "%.1f MHz", (double)hz[i] / 1e6);
		report(what, false);
	}
}

/* The same, now and then quiet for hours, and then hurried. */
static void test_mixed(unsigned long pages)
{
	begin();
	while (sim.history.pages < pages) {
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
	while (sim.history.pages < pages)
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
	bounds_move(&sim.bounds, &sim.clock);
	ktap_ok(i < 100000 && !sim.bounds.valid,
		"a page that lived too long loses its bound");
}

/*
 * Is a bound of 10 ms kept for two hours without a report, whose drift is
 * @drift_ppm, when the rate turns by @ppm, and back after one?
 */
static bool is_kept(unsigned int drift_ppm, double ppm)
{
	begin();
	set_rate(&sim.clock, sim.hz, 0);
	bounds_init(&sim.bounds, &sim.clock,
		    (u32)(((u64)drift_ppm << 32) / 1000000));
	bounds_report(&sim.bounds,
		      (struct known_error){ sim.counter, 10000000 }, 0);
	history_restart(&sim.history);
	publish(bounds_learn(&sim.bounds, &sim.clock, 0, 0));
	sim.disruptions = 0;
	steer(ppm);
	pass(3600);
	steer(0);
	pass(3600);
	return !sim.disruptions && !sim.history.untrue && !sim.history.outside;
}

static void test_turn(void)
{
	ktap_ok(is_kept(999, 249) && is_kept(999, -249),
		"a turn by 249 ppm, for which there is room");
	ktap_ok(!is_kept(999, 499) && !is_kept(999, -499),
		"one by 499 ppm, for which there is none in the long run");
	ktap_ok(is_kept(15, 4) && is_kept(15, -4),
		"one by 4 ppm with a drift of 15 ppm");
	ktap_ok(!is_kept(15, 12) && !is_kept(15, -12),
		"and none for one by 12 ppm");
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
	test_turn();
	return ktap_end();
}
