/* SPDX-License-Identifier: GPL-2.0 */
/* The life of a host with chronyd, in a simulation: see host_life.h. */
#ifndef CHRONY_LIFE_H
#define CHRONY_LIFE_H

#include "host_life.h"

#define CHRONY_LIFE_S	40000

/*
 * What chronyd measures: the true offset with a jitter, a part @bias of its
 * root distance, and every 50th time, when it has started, a spike. The
 * distance contains the spike, as that of a packet does which has waited. It is
 * @root_s, or a multiple of the jitter if that is 0.
 */
static struct {
	double root_s, bias, spike_s;
	unsigned int measured;
} network;

static double average(double of, double x, double part)
{
	return of + ((x < 0 ? -x : x) - of) * part;
}

/*
 * chronyd: an offset is slewed by frequency, so fast that one of its standard
 * deviation takes 1.5 intervals. It is part of the errors that are reported, as
 * far as it is left. When chronyd has measured one of its sources it reports
 * what has become of its last report, and perhaps updates the clock then. At
 * first it knows the frequency from some seconds only.
 */
static struct {
	double root_s, sd, skew, offset;	/* of the last update */
	double usual_s, seen_s;	/* root distances: usual, and as just seen */
	double updated_s, interval;
	double measured_s;	/* time that it has measured for */
	unsigned int sources;
} chrony;

static double chrony_measure(double jitter_s)
{
	double spike_s = 0;

	if (age_s() > STARTUP_S && ++network.measured % 50 == 0)
		spike_s = network.spike_s;
	if (!network.bias) {
		chrony.seen_s = chrony.usual_s * rnd_between(.7, 1.4) + spike_s;
		return measure(jitter_s) + (rnd() & 1 ? spike_s : -spike_s);
	}
	chrony.seen_s = chrony.usual_s + rnd_between(0, 60e-6) + spike_s;
	return measure(jitter_s) + network.bias * (chrony.seen_s - jitter_s);
}

static void chrony_report(void)
{
	double aged_s = age_s() - chrony.updated_s;
	double left = fmax(chrony.offset - fabs(sim.slew_ppm) * 1e-6 * aged_s,
			   0);

	report(chrony.root_s + chrony.skew * aged_s + left,
	       fmax(chrony.sd, left));
}

static void chrony_tell(void)
{
	if (chrony.updated_s)
		chrony_report();
}

static void chrony_update(double seen, double rate, double jitter_s)
{
	chrony_tell();
	sim.slew_ppm = rate;
	sim.base_ppm = sim.wander_ppm + rnd_between(-.1, .1) *
		       jitter_s / fmin(chrony.interval, chrony.measured_s) *
		       (chrony.measured_s < 10 ? 10e6 : 1e6);
	pass(rnd_between(0, 2e-4), 0);
	change_rate();
	pass(1e-4, 0);
	chrony.sd = average(chrony.sd, seen,
			    fabs(seen) > 4 * chrony.sd ? 0 : .2);
	chrony.updated_s = age_s();
	chrony.offset = fabs(seen);
	chrony.root_s = chrony.seen_s;
	chrony_report();
}

/* Until the source that is selected has been measured again */
static void chrony_pass(double s)
{
	double step = chrony.interval / chrony.sources;

	for (; s > step; s -= step) {
		pass(step - .01, 0);
		chrony_tell();
		pass(.01, 0);	/* ntp.c looks again */
	}
	pass(s, 0);
}

static void chrony_slew(double s)
{
	chrony.measured_s += chrony.interval;
	if (s < chrony.interval) {
		chrony_pass(s);
		chrony.offset = 0;
		sim.slew_ppm = 0;
		change_rate();
		chrony_pass(chrony.interval - s);
	} else {
		chrony_pass(chrony.interval);
	}
}

static void chrony_life(double offset, double poll_s, double jitter_s)
{
	double seen, last, most_skew;

	chrony.usual_s = network.root_s ? network.root_s :
					  rnd_between(2, 20) * jitter_s;
	chrony.sd = jitter_s;
	sim.poll_s = poll_s;
	chrony.skew = pow(10, rnd_between(-4, .3));
	chrony.updated_s = 0;
	chrony.interval = chrony.measured_s = 2;
	chrony.sources = 1 + rnd() % 2 * 3;
	begin(offset, rnd_between(-50, 50));
	pass(rnd_between(1, 100), 0);
	while (age_s() < CHRONY_LIFE_S) {
		seen = chrony_measure(jitter_s);
		if (fabs(seen) > 1) {
			step_clock(seen);
			chrony.updated_s = 0;
			seen = chrony_measure(jitter_s);
		}
		last = 1.5 * chrony.sd * chrony.interval / fabs(seen);
		last = fmax(last, fmax(1, fabs(seen) / 83333e-6));
		chrony_update(seen, -seen / last * 1e6, jitter_s);
		chrony_slew(last);
		wander(.05);
		chrony.skew = fmax(chrony.skew / 4, 1e-6);
		if (age_s() > 10) {
			most_skew = chrony.interval == 2 ? 1e-3 :
				    20 * jitter_s / chrony.interval;
			chrony.skew = fmin(chrony.skew, most_skew);
			chrony.interval = poll_s * rnd_between(.9, 1.1);
		}
	}
	end();
}

#endif /* CHRONY_LIFE_H */
