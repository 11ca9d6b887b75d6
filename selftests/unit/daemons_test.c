// SPDX-License-Identifier: GPL-2.0
/*
 * What vmclock_host's pages promise of a clock that a daemon steers, in a
 * simulation: an oscillator that wanders, chronyd, ntpd or a PTP daemon, and
 * the module's own sources. Each life begins with an offset. Checked by other
 * means at the beginning and the end of each page, and in between: history.h.
 *
 *	daemons_test [-s SEED] [-n PUBLICATIONS]
 */
#include "chrony_life.h"

#define SHORT_LIFE_S	8000

/* ntpd: the kernel slews the offset by a part of what is left each second. */
static void ntpd_life(double offset, double poll_s, double jitter_s)
{
	double root_s = rnd_between(2, 20) * jitter_s;
	double poll = 16;

	begin(offset, rnd_between(-50, 50));
	pass(rnd_between(1, 100), 0);
	while (age_s() < SHORT_LIFE_S) {
		double seen = measure(jitter_s);

		if (seen > .128 || seen < -.128) {
			step_clock(seen);
			seen = measure(jitter_s);
		}
		sim.pending_s = -seen;
		sim.base_ppm = sim.wander_ppm + rnd_between(-.1, .1) *
			       jitter_s / poll * 1e6;
		change_rate();
		report(root_s * rnd_between(.7, 1.4) +
		       (seen < 0 ? -seen : seen), jitter_s);
		pass(poll * rnd_between(.9, 1.1), 1 / (4 * poll));
		wander(.05);
		if (age_s() > STARTUP_S / 2)
			poll = poll_s;
	}
	end();
}

/*
 * ntpd-rs: the mean of eight measurements is its first offset, and it takes the
 * frequency that it has found for right until then. A Kalman filter follows. A
 * slew takes 8 s or is by 200 ppm. What is reported is the round trip and the
 * filter's standard deviation. Frequencies here are parts of 1.
 */
static struct {
	double offset, freq;	/* of the clock, with its slew */
	double oo, of, ff;	/* covariances */
	double slew, left_s;	/* its frequency, for so long */
	double first[8];	/* measurements */
	unsigned int count;	/* of them */
} kalman;

static void kalman_steer(double change)
{
	sim.base_ppm += change * 1e6;
	kalman.freq += change;
	change_rate();
}

static void kalman_slew(double rate)
{
	kalman_steer(rate - kalman.slew);
	kalman.slew = rate;
}

static void kalman_pass(double s)
{
	const double wander = 1e-16;

	pass(s, 0);
	kalman.offset += kalman.freq * s;
	kalman.oo += 2 * kalman.of * s + kalman.ff * s * s +
		     wander * s * s * s / 3;
	kalman.of += kalman.ff * s + wander * s * s / 2;
	kalman.ff += wander * s;
}

static void kalman_wait(double s)
{
	if (kalman.slew && kalman.left_s <= s) {
		kalman_pass(kalman.left_s);
		kalman_slew(0);
		s -= kalman.left_s;
	}
	kalman.left_s -= s;
	kalman_pass(s);
}

/* @trip_s is the variance of the first ones. */
static void kalman_begin(double seen, double trip_s)
{
	unsigned int i, n = ++kalman.count;

	kalman.first[n - 1] = seen;
	kalman.freq = kalman.slew;
	kalman.offset = kalman.of = kalman.oo = 0;
	kalman.ff = 1e-8;
	for (i = 0; i < n; i++)
		kalman.offset += kalman.first[i] / n;
	for (i = 0; i < n; i++)
		kalman.oo += (kalman.first[i] - kalman.offset) *
			     (kalman.first[i] - kalman.offset) / 7;
	if (n < 8)
		kalman.oo = trip_s;
}

static void kalman_take(double seen, double noise)
{
	double news = seen - kalman.offset, sum = kalman.oo + noise;

	kalman.offset += kalman.oo / sum * news;
	kalman.freq += kalman.of / sum * news;
	kalman.ff -= kalman.of * kalman.of / sum;
	kalman.of -= kalman.of * kalman.oo / sum;
	kalman.oo -= kalman.oo * kalman.oo / sum;
}

static void kalman_step(double off)
{
	unsigned int i;

	step_clock(off);
	kalman.offset -= off;
	for (i = 0; i < kalman.count; i++)
		kalman.first[i] -= off;
}

static void kalman_correct(void)
{
	double sd = sqrt(kalman.oo);
	double off = kalman.offset - copysign(sd, kalman.offset);

	if (fabs(kalman.offset) <= 2 * sd || kalman.slew) {
		kalman_steer(kalman.slew - kalman.freq);
	} else if (fabs(off) > 10e-3) {
		kalman_step(off);
	} else {
		kalman_steer(kalman.slew - kalman.freq);
		kalman.left_s = fmax(8, fabs(off) / 200e-6);
		kalman_slew(-off / kalman.left_s);
	}
}

static void ntpd_rs_life(double offset, double jitter_s)
{
	double trip_s = rnd_between(2, 10) * jitter_s;

	memset(&kalman, 0, sizeof(kalman));
	begin(offset, rnd_between(-110, 110));
	pass(rnd_between(1, 100), 0);
	while (age_s() < STARTUP_S) {
		double seen = measure(jitter_s);

		if (kalman.count < 8)
			kalman_begin(seen, trip_s);
		else
			kalman_take(seen, jitter_s * jitter_s / 3);
		kalman_correct();
		report(trip_s, sqrt(kalman.oo));
		kalman_wait(16 * rnd_between(1.01, 1.05));
		wander(.05);
	}
	end();
}

/* phc2sys: a measurement each second, and the operator's bound. */
static void ptp_life(double offset, double jitter_s)
{
	double first;

	begin(offset, rnd_between(-50, 50));
	pass(rnd_between(1, 100), 0);
	first = measure(jitter_s);
	if (first > 20e-6 || first < -20e-6)
		step_clock(first);
	while (age_s() < SHORT_LIFE_S) {
		double seen = measure(jitter_s);

		sim.slew_ppm = -seen * .7e6;
		sim.base_ppm = sim.wander_ppm + rnd_between(-.01, .01);
		change_rate();
		report(10e-6 + 2 * jitter_s + (age_s() < 60 ? 20e-6 : 0), 0);
		pass(1, 0);
		wander(.002);
	}
	end();
}

/**
 * struct event - what chronyd did
 * @at_s: when, s; 0 after the last one
 * @ppm16: the frequency that it set, or
 * @maxerror_us: the maximum error that it reported, us, and
 * @esterror_us: the estimated one, us
 */
struct event {
	double at_s;
	s64 ppm16;
	unsigned int maxerror_us, esterror_us;
};

/*
 * With a poll of 256 s. The report just before an update has aged. The first
 * one has, by what chronyd says, by 2.5 s in 2 s; the next one by less than is
 * assumed.
 */
static const struct event poll_256[] = {
	{ 4.2594, 0, 0, 0 },
	{ 4.2595, 1619795 - (900 << 16), 0, 0 },
	{ 4.2595, 0, 1990, 875 },
	{ 5.2613, 107631, 0, 0 },
	{ 6.2623, -108, 0, 0 },
	{ 6.2957, 0, 2507951, 12 },
	{ 6.2957, 1919136, 0, 0 },
	{ 6.2958, 5299219, 0, 0 },
	{ 6.2958, 0, 158, 51 },
	{ 7.2968, 1919232, 0, 0 },
	{ 263.2614, 0, 16705, 523 },
	{ 263.2615, 1517853, 0, 0 },
	{ 263.2615, 2034660 - (400 << 16), 0, 0 },
	{ 263.2616, 0, 1714, 1591 },
	{ 267.3240, 1517879, 0, 0 },
	{ 520.9769, 0, 631, 34 },
	{ 520.9769, 1511335, 0, 0 },
	{ 520.9770, 1484929, 0, 0 },
	{ 520.9770, 0, 166, 50 },
	{ 645.7830, 1511312, 0, 0 },
	{ 781.6918, 0, 469, 25 },
	{ .at_s = 0 },
};

/* After its step by an hour. It slews by 152 ppm while its frequency is new. */
static const struct event stepped[] = {
	{ 6.2760, 0, 2237895, 12 },
	{ 6.2760, 1107558, 0, 0 },
	{ 6.2761, 4626167, 0, 0 },
	{ 6.2763, 0, 276, 51 },
	{ 7.2771, 1114236, 0, 0 },
	{ 71.5790, 1454899, 0, 0 },
	{ 71.5792, 11441155, 0, 0 },
	{ 71.5793, 0, 475, 340 },
	{ 73.9398, 1454899, 0, 0 },
	{ 135.8000, 0, 290, 30 },
	{ .at_s = 0 },
};

static void test_recorded(const char *what, const struct event *event)
{
	begin(0, 0);
	for (; event->at_s; event++) {
		pass(event->at_s - age_s(), 0);
		if (event->maxerror_us) {
			report(event->maxerror_us * 1e-6,
			       event->esterror_us * 1e-6);
		} else {
			sim.base_ppm = (double)event->ppm16 / 65536;
			change_rate();
			refresh();
		}
	}
	ktap_ok(sim.bounded && !sim.startup,
		"chronyd as recorded, %s: no disruption (%lu)", what,
		sim.startup);
	memset(&sim, 0, sizeof(sim));
}

static const double offsets[] = { 0, 10e-6, -1e-3, 300e-3, 100e-3, 3600 };
static const double polls[] = { 16, 64, 256, 1024, 2 };
static const double jitters[] = { 50e-6, 10e-6, 25e-6 };

int main(int argc, char **argv)
{
	unsigned long i;

	unit_begin(argc, argv, 1000000);
	unit.state = unit.seed;
	test_recorded("at 256 s", poll_256);
	test_recorded("after a step", stepped);
	for (i = 0; sim.history.pages < unit.cases; i++)
		chrony_life(offsets[i % 6], polls[i % 5], jitters[i % 3]);
	ktap_ok(sim.too_wide < sim.looks / 7,
		"chrony, polls of 16 s and more: pages are hardly wider than both its errors and 15 ppm (%.2f %%)",
		100. * (double)sim.too_wide / (double)sim.looks);
	result("chrony");
	for (i = 0; sim.history.pages < unit.cases; i++)
		ntpd_life(offsets[i % 6], polls[i % 4], jitters[i % 3]);
	result("ntpd");
	for (i = 0; sim.history.pages < unit.cases; i++)
		ntpd_rs_life(offsets[i % 6], jitters[i % 3]);
	result("ntpd-rs");
	for (i = 0; sim.history.pages < unit.cases; i++)
		ptp_life(offsets[i % 6], 100e-9);
	result("PTP");
	return ktap_end();
}
