/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The life of a host, in a simulation: an oscillator that wanders, the clock,
 * the kernel's own slew, and the module's own sources, which bound the clock.
 * Daemons measure, steer and report. What the pages say is checked by other
 * means at the beginning and the end of each page, and in between: history.h.
 */
#ifndef HOST_LIFE_H
#define HOST_LIFE_H

#include <math.h>

#include "host_errors.h"
#include "history.h"

/* A life begins with this long, s, in which a disruption is allowed. */
#define STARTUP_S	1800

static struct {
	u64 counter, hz, began;
	struct vmclock_line truth, clock;
	double wander_ppm;	/* of the oscillator */
	double base_ppm;	/* the clock without a slew, by the daemon */
	double slew_ppm;	/* by the daemon */
	double kernel_ppm;	/* the kernel's own slew */
	double pending_s;	/* that the kernel still slews by itself */
	double second_s;	/* left of the kernel's second */
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

	s64 ppm16 = (s64)((sim.base_ppm + sim.slew_ppm) * 65536);

	if (ppm16 != sim.frequency.ppm16)
		sim.frequency.since_ns = now_ns();
	sim.frequency.ppm16 = ppm16;
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
	if (!sim.report.update)
		sim.reported_s += 2e-9 * ERRORS_CORRECTION_NS;
	sim.report.maxerror_ns = (u64)(fmax(maxerror_s, esterror_s) * 1e6 + 1) *
				 1000;
	refresh();
}

/*
 * The kernel's own slew: at the end of a second it takes a part of what is
 * left, for the next second. ntp.c looks at once.
 */
static void kernel_second(double part)
{
	double chunk = clamp_to(sim.pending_s * part, 500e-6);
	double was = sim.kernel_ppm;

	sim.second_s = 1;
	sim.pending_s -= chunk;
	sim.kernel_ppm = chunk * 1e6;
	if (sim.kernel_ppm == was)
		return;
	change_rate();
	sim.counter += sim.hz / 10000;
	anchor_here();
	refresh();
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
		if (step > sim.second_s)
			step = sim.second_s;
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
		seconds -= step;
		sim.second_s -= step;
		if (sim.second_s < 1e-9)
			kernel_second(part);
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
	sim.second_s = 1;
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

/* Of lives in which there may be disruptions */
static void result_true(const char *what)
{
	ktap_note("%s: %lu pages in %lu lives, %.1f of %.0f s without a bound, %.1f of them later, lost %lu, disrupted %lu",
		  what, sim.history.pages, sim.lives, sim.unbounded_s,
		  sim.seconds, sim.late_unbounded_s, sim.lost, sim.steady);
	ktap_ok(!sim.history.outside, "%s: no interval outside of one before (%lu)",
		what, sim.history.outside);
	ktap_ok(!sim.history.untrue, "%s: true time always inside (%lu not)", what,
		sim.history.untrue);
}

static void result(const char *what)
{
	result_true(what);
	ktap_ok(!sim.steady, "%s: no disruption in steady life (%lu)", what,
		sim.steady);
	ktap_ok(sim.most_startup <= 1, "%s: one at start-up at most (%lu)",
		what, sim.most_startup);
	ktap_ok(!sim.late_unbounded_s, "%s: always a bound in steady life", what);
	memset(&sim, 0, sizeof(sim));
}

#endif /* HOST_LIFE_H */
