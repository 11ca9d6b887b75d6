// SPDX-License-Identifier: GPL-2.0
/*
 * What vmclock_host's pages promise of a clock that a daemon steers, in a
 * simulation: an oscillator that wanders, chronyd, ntpd or a PTP daemon, and
 * the module's own sources. Each life begins with an offset. Checked by other
 * means at the beginning and the end of each page, and in between: history.h.
 *
 *	daemons_test [-s SEED] [-n PUBLICATIONS]
 */
#include <math.h>

#include "../../tools/kernel_names.h"
#include "../../src/vmclock_host/envelope.c"
#include "../../src/vmclock_host/bounds.c"
#include "../../src/vmclock_host/slew.c"
#include "../../src/vmclock_host/errors.c"
#include "history.h"

/* 15 ppm */
#define DRIFT32		((u32)((1ULL << 32) * 15 / 1000000))
/* A life begins with this long, s, in which a disruption is allowed. */
#define STARTUP_S	1800
#define CHRONY_LIFE_S	40000
#define SHORT_LIFE_S	8000

static struct {
	u64 counter, hz, began;
	struct vmclock_line truth, clock;
	double wander_ppm;	/* of the oscillator */
	double base_ppm;	/* the clock without a slew, by the daemon */
	double slew_ppm;	/* by the daemon */
	double kernel_ppm;	/* the kernel's own slew */
	double pending_s;	/* that the kernel still slews by itself */
	struct errors errors;
	struct errors_report report;
	struct history history;
	bool bounded;
	unsigned long lives, startup, most_startup, steady;
	double seconds, unbounded_s, late_unbounded_s;
	unsigned long lost, looks, too_wide;
	double reported_s;	/* both errors of the last report */
	double poll_s;
	struct slew_frequency frequency;
} sim;

static double clamp_to(double x, double most)
{
	return x > most ? most : x < -most ? -most : x;
}

static double offset_s(void)
{
	return (double)(at(&sim.clock, sim.counter) -
			at(&sim.truth, sim.counter)) * 0x1p-64;
}

static u64 now_ns(void)
{
	return 1 + (u64)((double)(sim.counter - sim.began) * 1e9 /
			 (double)sim.hz);
}

static double age_s(void)
{
	return (double)(sim.counter - sim.began) / (double)sim.hz;
}

static void check(void)
{
	if (sim.bounded)
		history_check(&sim.history, sim.counter, &sim.truth);
}

static void disrupt(void)
{
	if (age_s() < STARTUP_S)
		sim.startup++;
	else
		sim.steady++;
	history_restart(&sim.history);
}

static void publish(bool nests)
{
	check();
	if (!nests)
		disrupt();
	sim.bounded = sim.errors.bounds.valid;
	if (!sim.bounded)
		return;
	history_add(&sim.history, &sim.errors.bounds);
	check();
}

static void anchor_here(void)
{
	vmclock_line_move(&sim.clock, sim.counter);
	vmclock_line_move(&sim.truth, sim.counter);
}

/* As publish.c does it when ntp.c has read the state of NTP. */
static void refresh(void)
{
	double pending = sim.pending_s < 0 ? -sim.pending_s : sim.pending_s;

	errors_report(&sim.errors, &sim.report, sim.frequency,
		      (u64)(pending * 1.5e9), now_ns());
	if (errors_differ(&sim.errors, sim.counter) ||
	    (sim.errors.bounds.valid &&
	     bounds_expiring(&sim.errors.bounds, sim.counter)))
		publish(errors_take(&sim.errors, &sim.clock));
}

/* The clock's rate, on kernels that move the clock by some ns then. */
static void change_rate(void)
{
	struct vmclock_time moved =
		vmclock_time_from_ns((s64)(rnd() % 101) - 50);

	sim.frequency.ppm16 = (s64)((sim.base_ppm + sim.slew_ppm) * 65536);
	sim.frequency.since_ns = now_ns();
	anchor_here();
	sim.clock.time = vmclock_time_add(sim.clock.time, moved);
	set_rate(&sim.clock, sim.hz,
		 sim.base_ppm + sim.slew_ppm + sim.kernel_ppm);
	sim.lost += sim.bounded;
	bounds_move(&sim.errors.bounds, &sim.clock);
	publish(true);
	sim.lost -= sim.bounded;
}

static void report(double maxerror_s, double esterror_s)
{
	sim.report.seq++;
	sim.report.counter = sim.counter;
	sim.report.program = 1;
	sim.reported_s = maxerror_s + esterror_s;
	sim.report.previous_ns = sim.report.ns;
	sim.report.ns = now_ns();
	sim.report.update = sim.report.ns - sim.frequency.since_ns < 10000000;
	sim.report.maxerror_ns = (u64)(fmax(maxerror_s, esterror_s) * 1e6 + 1) *
				 1000;
	refresh();
}

/* The kernel's own slew, at the end of each second. */
static void kernel_second(double part)
{
	double chunk = clamp_to(sim.pending_s * part, 500e-6);
	double was = sim.kernel_ppm;

	if (!part)
		return;
	sim.pending_s -= chunk;
	sim.kernel_ppm = chunk * 1e6;
	if (sim.kernel_ppm != was)
		change_rate();
}

/* Is half of the interval wider by 10 us than what was reported, and 15 ppm? */
static void look_at_width(void)
{
	u64 age = sim.counter - sim.report.counter;
	double due_s = sim.reported_s + 10e-6 +
		       15e-6 * (double)age / (double)sim.hz;
	wide half = half_at(&sim.history.page, sim.counter);

	sim.looks++;
	sim.too_wide += (double)half * 0x1p-64 > due_s;
}

static void pass(double seconds, double part)
{
	while (seconds > 0) {
		double step = 1. / bounds_renewal_hz(&sim.errors.bounds);

		step = step < seconds ? step : seconds;
		sim.counter += (u64)(step * (double)sim.hz);
		anchor_here();
		sim.seconds += step;
		if (!sim.bounded)
			sim.unbounded_s += step;
		if (!sim.bounded && age_s() >= STARTUP_S)
			sim.late_unbounded_s += step;
		refresh();
		if (sim.bounded && age_s() >= STARTUP_S && sim.poll_s > 2)
			look_at_width();
		kernel_second(part * step);
		seconds -= step;
	}
	check();
}

/* True time over the counter: the oscillator's frequency, reversed. */
static void wander(double ppm)
{
	sim.wander_ppm = clamp_to(sim.wander_ppm + rnd_between(-ppm, ppm), 80);
	anchor_here();
	set_rate(&sim.truth, sim.hz, sim.wander_ppm);
}

static void begin(double offset, double unknown_ppm)
{
	sim.hz = 1000000000 + rnd() % 4000000000;
	sim.counter = rnd() >> 2;
	sim.began = sim.counter;
	sim.truth.counter = sim.counter;
	sim.truth.time = (struct vmclock_time){ .sec = 1800000000 };
	sim.clock = sim.truth;
	sim.clock.time.sec += (s64)offset;
	sim.clock.time = vmclock_time_add(sim.clock.time,
		vmclock_time_from_ns((s64)((offset - (double)(s64)offset) *
					   1e9)));
	sim.wander_ppm = rnd_between(-50, 50);
	sim.base_ppm = sim.wander_ppm + unknown_ppm;
	sim.slew_ppm = 0;
	sim.pending_s = 0;
	set_rate(&sim.truth, sim.hz, sim.wander_ppm);
	set_rate(&sim.clock, sim.hz, sim.base_ppm);
	sim.kernel_ppm = 0;
	sim.frequency.ppm16 = (s64)(sim.base_ppm * 65536);
	sim.frequency.since_ns = now_ns();
	memset(&sim.errors, 0, sizeof(sim.errors));
	errors_begin(&sim.errors, &sim.clock, DRIFT32);
	sim.report = (struct errors_report){ .seq = 0 };
	sim.bounded = false;
	history_restart(&sim.history);
	sim.startup = 0;
	sim.lives++;
}

static void end(void)
{
	if (sim.startup > sim.most_startup)
		sim.most_startup = sim.startup;
}

/* A measurement with an error of up to @jitter_s. */
static double measure(double jitter_s)
{
	return offset_s() + rnd_between(-jitter_s, jitter_s);
}

static void step_clock(double seen)
{
	anchor_here();
	sim.clock.time = vmclock_time_add(sim.clock.time,
					  vmclock_time_from_ns((s64)(-seen *
								     1e9)));
	errors_begin(&sim.errors, &sim.clock, DRIFT32);
	sim.report.seq = 0;
	sim.bounded = false;
	history_restart(&sim.history);
}

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
	double updated_s, interval;
	double measured_s;	/* time that it has measured for */
	unsigned int sources;
} chrony;

static void chrony_report(double root_s)
{
	double aged_s = age_s() - chrony.updated_s;
	double left = fmax(chrony.offset - fabs(sim.slew_ppm) * 1e-6 * aged_s,
			   0);

	report(root_s + chrony.skew * aged_s + left, fmax(chrony.sd, left));
}

static void chrony_tell(void)
{
	if (chrony.updated_s)
		chrony_report(chrony.root_s);
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
	chrony_report(chrony.root_s * rnd_between(.7, 1.4));
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

	chrony.root_s = rnd_between(2, 20) * jitter_s;
	chrony.sd = jitter_s;
	sim.poll_s = poll_s;
	chrony.skew = pow(10, rnd_between(-4, .3));
	chrony.updated_s = 0;
	chrony.interval = chrony.measured_s = 2;
	chrony.sources = 1 + rnd() % 2 * 3;
	begin(offset, rnd_between(-50, 50));
	pass(rnd_between(1, 100), 0);
	while (age_s() < CHRONY_LIFE_S) {
		seen = measure(jitter_s);
		if (fabs(seen) > 1) {
			step_clock(seen);
			chrony.updated_s = 0;
			seen = measure(jitter_s);
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

static void result(const char *what)
{
	ktap_note("%s: %lu pages in %lu lives, %.1f of %.0f s without a bound, %.1f of them later, lost %lu",
		  what, sim.history.pages, sim.lives, sim.unbounded_s,
		  sim.seconds, sim.late_unbounded_s, sim.lost);
	ktap_ok(!sim.history.outside, "%s: no interval outside of one before (%lu)",
		what, sim.history.outside);
	ktap_ok(!sim.history.untrue, "%s: true time always inside (%lu not)", what,
		sim.history.untrue);
	ktap_ok(!sim.steady, "%s: no disruption in steady life (%lu)", what,
		sim.steady);
	ktap_ok(sim.most_startup <= 1, "%s: one at start-up at most (%lu)",
		what, sim.most_startup);
	ktap_ok(!sim.late_unbounded_s, "%s: always a bound in steady life", what);
	memset(&sim, 0, sizeof(sim));
}

/*
 * What a page of a clock of 1 GHz says @age_s after a report of 1 ms, and of
 * @pending_ns that the kernel slews. There have been @reports, each with
 * another frequency.
 */
static u64 maxerror_after(u64 age_s, u64 pending_ns, unsigned int reports)
{
	struct slew_frequency frequency = { .since_ns = 1 };
	struct errors_report report = { .maxerror_ns = 1000000 };
	struct vmclock_line line = {
		.period_frac = (u64)(0x1p93 / 1e9), .period_shift = 29,
	};
	struct errors e = { .slewed_ns = 0 };

	errors_begin(&e, &line, DRIFT32);
	while (report.seq++ < reports) {
		report.previous_ns = report.ns;
		report.ns = report.seq * 64000000000ULL;
		report.counter = report.ns;
		errors_report(&e, &report, frequency, pending_ns, report.ns);
		report.update = true;
		frequency.ppm16++;
		frequency.since_ns = (report.seq + 1) * 64000000000ULL;
	}
	vmclock_line_move(&line, report.counter + age_s * 1000000000);
	errors_take(&e, &line);
	return e.bounds.maxerror_ns;
}

/*
 * A machine was up for a year when the first daemon changed its frequency by
 * 10 ppm. Return: the error then, ns, that isn't what the daemon reported.
 */
static u64 error_after_year(void)
{
	const u64 ns = 365 * 86400 * VMCLOCK_NSEC_PER_SEC;
	struct slew s = { .known = false };

	slew_frequency(&s, (struct slew_frequency){ .since_ns = 1 });
	slew_frequency(&s, (struct slew_frequency){ 10 << 16, ns });
	return slew_report(&s, &(struct errors_report){
		.ns = ns, .update = true,
	}, 0);
}

/* A page adds a little more: SPARE_NS and SPARE_PART of bounds.c. */
static void test_sum(void)
{
	u64 plain = maxerror_after(0, 0, 6);
	u64 later = maxerror_after(1000, 0, 6);

	ktap_ok(plain >= 1000000 && plain < 1100000,
		"what is reported (%llu ns)", (unsigned long long)plain);
	ktap_ok(maxerror_after(0, 500000, 6) >= plain + 500000,
		"and what the kernel slews");
	ktap_ok(later >= plain + 1000 * 2999 && later < plain + 1000 * 15000,
		"and what the clock drifts by (%llu ns after 1000 s)",
		(unsigned long long)later);
	ktap_ok(maxerror_after(1000, 0, 1) >= plain + 1000 * 499999,
		"or may drift by if its frequency is new");
	ktap_ok(error_after_year() < 100000000,
		"a first report of a machine that is up for a year");
}

/* A report, of which @hz come a second, and a frequency that @changes. */
static void report_often(struct errors *e, struct errors_report *report,
			 unsigned int hz, unsigned int reports, bool changes)
{
	struct slew_frequency frequency = { .ppm16 = 20 << 16, .since_ns = 1 };

	while (reports--) {
		report->seq++;
		report->previous_ns = report->ns;
		report->ns += VMCLOCK_NSEC_PER_SEC / hz;
		report->counter = report->ns;
		report->update = changes;
		if (changes) {
			frequency.ppm16 ^= 1;
			frequency.since_ns = report->ns;
		}
		errors_report(e, report, frequency, 0, report->ns);
	}
}

/* phc2sys changes the frequency with each report; another one follows it. */
static void test_doubt(void)
{
	struct errors_report report = { .ns = 1, .maxerror_ns = 1000 };
	struct vmclock_line line = { .period_frac = 1ULL << 63 };
	const u32 doubt32 = DRIFT32 * 33;
	struct errors e = { .slewed_ns = 0 };

	errors_begin(&e, &line, DRIFT32);
	report_often(&e, &report, 8, 8 * 300, true);
	ktap_ok(slew_doubt32(&e.slew) < DRIFT32,
		"8 frequencies a second: doubted for some minutes");
	report.seq = 0;
	errors_report(&e, &report, e.slew.now, 0, report.ns);
	report_often(&e, &report, 1, 2, false);
	ktap_ok(slew_doubt32(&e.slew) >= doubt32,
		"a daemon that comes after it: doubted again");
	report.maxerror_ns = 17000000;
	report_often(&e, &report, 1, 300, false);
	ktap_ok(slew_doubt32(&e.slew) >= doubt32,
		"a frequency that it leaves alone: as long as errors are large");
	report.maxerror_ns = 1000;
	report_often(&e, &report, 1, 300, false);
	errors_report(&e, &report, e.slew.now, 1, report.ns);
	report_often(&e, &report, 1, 3 * 3600 - 300, false);
	ktap_ok(slew_doubt32(&e.slew) > DRIFT32 * 2 / 5,
		"the time before the kernel slewed doesn't count");
	report_often(&e, &report, 1, 400, false);
	ktap_ok(slew_doubt32(&e.slew) < DRIFT32 * 2 / 5,
		"doubted by 6 ppm after 3 hours");
	errors_report(&e, &report, e.slew.now, 1, report.ns);
	report_often(&e, &report, 1, 400, false);
	ktap_ok(slew_doubt32(&e.slew) < DRIFT32 * 2 / 5,
		"and no more when the kernel has slewed again");
}

/* A frequency that chronyd set is its word when it sets the next one. */
static void test_word(void)
{
	struct errors_report report = { .ns = VMCLOCK_NSEC_PER_SEC };
	struct slew s = { .known = false };

	slew_frequency(&s, (struct slew_frequency){ .since_ns = 1 });
	slew_report(&s, &report, 0);
	slew_frequency(&s, (struct slew_frequency){ 65536, 2 * report.ns });
	for (report.update = true; report.ns < 120 * VMCLOCK_NSEC_PER_SEC;
	     report.update = false) {
		slew_report(&s, &report, 0);
		report.ns += 37 * VMCLOCK_NSEC_PER_SEC;
	}
	ktap_ok(slew_doubt32(&s) >= DRIFT32 * 33,
		"chronyd's first frequency: doubted until it sets another one");
	slew_frequency(&s, (struct slew_frequency){ 65537, report.ns });
	report.update = true;
	slew_report(&s, &report, 0);
	ktap_ok(slew_doubt32(&s) < DRIFT32 * 5, "and less from then on");
}

enum outcome { UNBOUNDED, DISRUPTED, NESTED };

static enum outcome take(struct errors *e, struct vmclock_line *line,
			 struct errors_report *report, u64 later_s)
{
	bool nests = true;

	report->seq++;
	report->ns += later_s * VMCLOCK_NSEC_PER_SEC;
	report->counter = report->ns;
	errors_report(e, report, (struct slew_frequency){ .since_ns = 1 }, 0,
		      report->ns + ERRORS_EARLY_NS);
	vmclock_line_move(line, report->counter);
	if (errors_differ(e, report->counter))
		nests = errors_take(e, line);
	return !e->bounds.valid ? UNBOUNDED : nests ? NESTED : DISRUPTED;
}

/*
 * Program 1 has reported 1 ms, as an update if it @steers. Then @program
 * reports 2.4 s, as an @update or not. What becomes of the bound, and in *@then
 * what does after @later_s, if @then_ms are reported then.
 */
static enum outcome revoked(bool steers, int program, bool update, u64 later_s,
			    u64 then_ms, enum outcome *then)
{
	struct errors_report report = {
		.program = 1, .update = steers, .maxerror_ns = 1000000,
	};
	struct vmclock_line line = {
		.period_frac = (u64)(0x1p93 / 1e9), .period_shift = 29,
	};
	struct errors e = { .slewed_ns = 0 };
	enum outcome first;

	errors_begin(&e, &line, DRIFT32);
	take(&e, &line, &report, 4);
	report.program = program;
	report.update = update;
	report.maxerror_ns = 2400000000;
	first = take(&e, &line, &report, 2);
	report.update = then_ms < 2400;
	report.maxerror_ns = then_ms * 1000000;
	*then = take(&e, &line, &report, later_s);
	return first;
}

/*
 * Program 1 has updated, with an error of 1 ms. Is a report of @program, of
 * @maxerror_ns, taken @late_ns after it?
 */
static bool taken(int program, bool update, u64 maxerror_ns, u64 late_ns)
{
	struct slew_frequency frequency = { .since_ns = 1 };
	struct errors_report report = {
		.seq = 1, .program = 1, .update = true, .ns = 1000000000,
		.maxerror_ns = 1000000,
	};
	struct vmclock_line line = { .period_frac = 1ULL << 63 };
	struct errors e = { .slewed_ns = 0 };

	errors_begin(&e, &line, DRIFT32);
	errors_report(&e, &report, frequency, 0, report.ns);
	errors_take(&e, &line);
	report.seq++;
	report.program = program;
	report.update = update;
	report.maxerror_ns = maxerror_ns;
	errors_report(&e, &report, frequency, 0, report.ns + late_ns);
	return e.report.seq == report.seq;
}

static void test_early(void)
{
	ktap_ok(!taken(1, false, 1000000, ERRORS_EARLY_NS - 1),
		"what has become of a report is not taken at once");
	ktap_ok(taken(1, false, 1000000, ERRORS_EARLY_NS), "it is later");
	ktap_ok(taken(1, false, 2400000000, 0), "at once if it is a wide one");
	ktap_ok(taken(1, true, 1000000, 0) && taken(2, false, 1000000, 0),
		"an update is at once, or what another program reports");
}

/* What chronyd says of its first update, before it updates the clock again */
static void test_revoked(void)
{
	enum outcome then;

	ktap_ok(revoked(true, 1, false, 2, 1, &then) == UNBOUNDED,
		"a report that its daemon revokes, no bound");
	ktap_ok(then == NESTED, "the next update is no disruption");
	ktap_ok(revoked(true, 1, false, 127, 2500, &then) == UNBOUNDED &&
		then == UNBOUNDED, "until then no bound");
	ktap_ok(revoked(true, 1, false, 128, 2500, &then) == UNBOUNDED &&
		then == DISRUPTED, "for some time");
	ktap_ok(revoked(true, 1, true, 2, 1, &then) == UNBOUNDED &&
		then == NESTED, "also if it came with another frequency");
	ktap_ok(revoked(true, 2, false, 2, 1, &then) == DISRUPTED,
		"another program's report that revokes is a disruption");
	ktap_ok(revoked(false, 1, false, 2, 1, &then) == DISRUPTED,
		"and that of a program that only reports");
}

static const double offsets[] = { 0, 10e-6, -1e-3, 300e-3, 100e-3, 3600 };
static const double polls[] = { 16, 64, 256, 1024, 2 };
static const double jitters[] = { 50e-6, 10e-6, 25e-6 };

int main(int argc, char **argv)
{
	unsigned long i;

	unit_begin(argc, argv, 1000000);
	unit.state = unit.seed;
	test_sum();
	test_doubt();
	test_word();
	test_early();
	test_revoked();
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
