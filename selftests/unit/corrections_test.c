// SPDX-License-Identifier: GPL-2.0
/*
 * Corrections of a clock that runs well, as daemons_test.c simulates it: single
 * measurements that are far off, and small offsets that the kernel slews. And a
 * daemon whose reports are hardly more than true.
 *
 *	corrections_test [-s SEED] [-n PUBLICATIONS]
 */
#include "chrony_life.h"

static const double polls[] = { 16, 64, 256, 1024 };

static void chrony_lives(double jitter_s)
{
	unsigned int i;

	for (i = 0; sim.history.pages < unit.cases; i++) {
		network.bias = -network.bias;
		chrony_life(0, polls[i / 2 % 4], jitter_s);
	}
	memset(&network, 0, sizeof(network));
}

/* A measurement is off, and what it says is slewed away by up to 100 ppm. */
static void test_outliers(void)
{
	network.root_s = 5e-3;
	network.spike_s = 80e-6;
	chrony_lives(10e-6);
	result("chrony, outliers, corrections by up to 0.1 ms");
}

/*
 * All that chronyd measures is off by most of its root distance, and with a
 * spike by as much more. Its report before that is true, too, but only of the
 * clock that was not yet slewed by the spike.
 */
static void test_bias(double spike_s, double jitter_s)
{
	network.root_s = 200e-6;
	network.bias = .95;
	network.spike_s = spike_s;
	chrony_lives(jitter_s);
}

/* A program that uses adjtime() every five minutes */
static void adjtime_life(double jitter_s)
{
	unsigned int i;

	begin(0, 0);
	pass(10, 0);
	while (age_s() < 20000) {
		sim.pending_s = -measure(jitter_s);
		report(10e-3, 0);
		for (i = 0; i < 300; i++)
			pass(1, 1);
		wander(.05);
		sim.base_ppm = sim.wander_ppm + rnd_between(-.01, .01);
		change_rate();
	}
	end();
}

static void test_adjtime(void)
{
	while (sim.history.pages < unit.cases)
		adjtime_life(50e-6);
	result("adjtime() by up to 0.1 ms");
}

int main(int argc, char **argv)
{
	unit_begin(argc, argv, 1000000);
	unit.state = unit.seed;
	test_outliers();
	test_bias(80e-6, 10e-6);
	result("chrony, biased, corrections by up to 0.15 ms");
	test_bias(1e-3, 50e-6);
	result_true("chrony, biased, spikes of 1 ms");
	memset(&sim, 0, sizeof(sim));
	test_adjtime();
	return ktap_end();
}
