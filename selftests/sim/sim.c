// SPDX-License-Identifier: GPL-2.0
/*
 * sim: timekeeping_reference on the three kinds of kernel, for all
 * that a guest may be like: see docs/lock.md.
 *
 *	sim [-n CASES] [-s SEED] [-r SCENARIO] [-c A|B|C] [-z HZ] [-k KHZ]
 *	    [-f FRACTION] [-o CSV] [-v]
 *
 * Each scenario runs in CASES random cases for every class and HZ; the case
 * with seed S is everything that is random in it. A bar that is missed prints
 * the seed, which
 *
 *	sim -n 1 -s SEED -r SCENARIO -c CLASS -z HZ -v
 *
 * runs again. -o writes every case for plots. -k is the counter of all guests,
 * with a page at +40 ppm; -f the fraction of its rate between two mults, in
 * 1/1000.
 */
#include <getopt.h>
#include <inttypes.h>
#include <sys/random.h>
#include <unistd.h>

#include "../lib/ktap.h"
#include "guest.h"
#undef abs

/**
 * struct result - of one case
 * @p99_ps: of the samples
 * @max_ps: of them, or at any moment, as the scenario says
 * @wakeups: of the module, a second
 * @calls: of do_adjtimex(), a minute
 * @took_ms: until the clock was where it belongs
 * @ok: what has no figure is as it should be
 * @why: else this isn't
 */
struct result {
	s64 p99_ps, max_ps;
	double wakeups, calls, took_ms;
	bool ok;
	const char *why;
};

/**
 * struct test - one case, or all of a scenario, class and HZ
 * @class: kernel
 * @hz: .
 * @seed: of all that is random
 * @khz: of the counter
 * @ppb: page against the clocksource
 * @fraction: of the page's rate between two mults, in 1/1000
 * @unit: bars in ns hold for a unit of 1: a quantum per tick up to .62 ns
 * @quantum_ppb: of mult
 * @arg: see struct scenario
 */
struct test {
	enum tk_class class;
	u32 hz;
	u64 seed;
	u32 khz;
	s64 ppb;
	u32 fraction;
	double unit;
	double quantum_ppb;
	u32 arg;
};

struct bars {
	s64 p99_ps, max_ps;
	double wakeups, calls, took_ms;
};

/**
 * struct scenario - what happens, and what is allowed
 * @name: .
 * @run: one case
 * @arg: for it
 * @bars: by class; 0 = none
 * @weight: cases of it, in 1/16 of CASES
 */
struct scenario {
	const char *name;
	void (*run)(struct guest *g, const struct test *t, struct result *r);
	u32 arg;
	struct bars bars[3];
	u32 weight;
};

static FILE *csv;
static bool verbose;
static u32 only_khz, only_fraction;	/* of all guests, or 0 */

/* ---- guests ---- */

#define CALM	.interrupt = { 500, 1000, 3000 },			\
		.wakeup = { 2000, 4000, 20000 },			\
		.call = { 1000, 500, 2000 }
#define ROUGH	.interrupt = { 1000, 15000, 200000 },			\
		.wakeup = { 5000, 25000, 400000 },			\
		.call = { 1000, 3000, 30000 }

static const struct habits ticking = { CALM };
static const struct habits ticking_rough = { ROUGH };
static const struct habits idle = {
	.nohz = true,
	.busy_ns = { 20000, 500000 },
	.nap_ns = { MSEC, SEC },
	CALM
};
/* What a Debian guest does by itself: 10 interrupts a second. */
static const struct habits resting = {
	.nohz = true,
	.busy_ns = { 20000, 500000 },
	.nap_ns = { MSEC, 200 * MSEC },
	CALM
};
static const struct habits idle_rough = {
	.nohz = true,
	.busy_ns = { 20000, 500000 },
	.nap_ns = { MSEC, SEC },
	ROUGH
};
static const struct habits bursty = {
	.nohz = true,
	.busy_ns = { 100000, 60 * MSEC },
	.nap_ns = { MSEC, 400 * MSEC },
	CALM
};

static u64 nominal_ns56(const struct guest *g)
{
	return (u64)g->tk.clock_mult << (56 - g->tk.shift);
}

/* The page's rate, with the fraction that is asked for. */
static u64 period(struct guest *g, const struct test *t)
{
	u64 quantum = 1ULL << (56 - g->tk.shift);
	__int128 ns56 = nominal_ns56(g);

	ns56 += ns56 * t->ppb / (s64)SEC;
	ns56 -= ns56 % quantum;
	return ns56 + (unsigned __int128)quantum * t->fraction / 1000 +
	       rnd(g) % (quantum / 1000);
}

static void make(struct guest *g, const struct test *t,
		 const struct habits *habits)
{
	u64 seed = t->seed ^ 0x9e3779b97f4a7c15 * t->hz;

	guest_init(g, seed, t->class, t->hz, t->khz, habits);
}

/* Locked for some seconds, after having been off by a few ns. */
static void make_locked(struct guest *g, const struct test *t,
			const struct habits *habits)
{
	make(g, t, habits);
	run(g, rnd(g) % (20 * MSEC));
	lock(g, (s64)(rnd(g) % 2000) - 1000, period(g, t));
	run(g, 4 * SEC);
}

static void finish_result(const struct guest *g, u64 ns, struct result *r)
{
	const struct figures *f = &g->figures;

	r->p99_ps = percentile_ps(f, 990);
	r->max_ps = f->worst_ps;
	r->wakeups = (double)f->wakeups * SEC / ns;
	r->calls = (double)f->calls * SEC * 60 / ns;
	if (f->backwards)
		r->why = "the clock went backwards";
	else if (f->too_fast)
		r->why = "the rate was beyond the slew";
	r->ok = !r->why;
}

/* ---- scenarios ---- */

static void run_ticking(struct guest *g, const struct test *t,
			struct result *r)
{
	make_locked(g, t, t->arg ? &ticking_rough : &ticking);
	g->any_time = true;
	figures_begin(g);
	run(g, 60 * SEC);
	finish_result(g, 60 * SEC, r);
}

static void run_idle(struct guest *g, const struct test *t, struct result *r)
{
	make(g, t, &idle);
	g->clk.d.servo.idle_error_ns32 = NS32(t->arg);
	lock(g, (s64)(rnd(g) % 2000) - 1000, period(g, t));
	run(g, 4 * SEC);
	figures_begin(g);
	run(g, 300 * SEC);
	finish_result(g, 300 * SEC, r);
}

static void run_idle_rough(struct guest *g, const struct test *t,
			   struct result *r)
{
	make_locked(g, t, &idle_rough);
	figures_begin(g);
	run(g, 300 * SEC);
	finish_result(g, 300 * SEC, r);
}

static void run_hour(struct guest *g, const struct test *t, struct result *r)
{
	make_locked(g, t, t->arg ? &bursty : &resting);
	figures_begin(g);
	run(g, 3600 * SEC);
	finish_result(g, 3600 * SEC, r);
}

/*
 * The page's frequency jumps by 5 ppm; its line turned there and then, or up
 * to a tick ago. @arg: 1 for that, 2 for an idle guest.
 */
static u64 turn_base;
static u32 turn_age_us;

static void turn(struct guest *g)
{
	s64 by = (s64)(turn_base / 1000000) * (rnd(g) & 1 ? 5 : -5);
	u64 age = to_counts(g, rnd_in(g, 0, turn_age_us) * 1000);

	turn_line(g, g->now - age,
		  line_period(g) == turn_base ? turn_base + by : turn_base);
	g->script_at = g->now + to_counts(g, rnd_in(g, 900, 1100) * MSEC);
}

static void run_turns(struct guest *g, const struct test *t, struct result *r)
{
	make_locked(g, t, t->arg & 2 ? &bursty : &ticking);
	turn_base = line_period(g);
	turn_age_us = (t->arg & 1) * 1000000 / t->hz;
	g->any_time = true;
	g->script = turn;
	g->script_at = g->now + to_counts(g, rnd(g) % SEC);
	run(g, 2 * SEC);
	figures_begin(g);
	run(g, 200 * SEC);
	finish_result(g, 200 * SEC, r);
}

/*
 * Time until the phase is below 10 ns, and was never above it for 200 ms. With
 * more than 2.5 ns of quantum in a tick it is 25 ns.
 */
static double settle_ms(struct guest *g, const struct test *t, u64 longest_ns)
{
	s64 limit_ps = t->unit > 4 ? 25000 : 10000;
	u64 begin = g->now, last = g->now;
	u64 backwards = 0, too_fast = 0;

	while (g->now - begin < to_counts(g, longest_ns + 200 * MSEC)) {
		figures_begin(g);
		run(g, MSEC / 4);
		if (g->figures.worst_ps > limit_ps)
			last = g->now;
		backwards += g->figures.backwards;
		too_fast += g->figures.too_fast;
	}
	g->figures.backwards = backwards;
	g->figures.too_fast = too_fast;
	return (double)(last - begin) / g->tk.khz;
}

static void run_slew(struct guest *g, const struct test *t, struct result *r)
{
	make_locked(g, t, rnd(g) % 2 ? &ticking : &idle);
	g->clk.d.servo.may_step = false;
	move_line_by(g, (rnd(g) & 1 ? 1000LL : -1000) * t->arg);
	r->took_ms = settle_ms(g, t, t->arg > 100 ? 3 * SEC : SEC / 5);
	finish_result(g, SEC, r);
	r->p99_ps = 0;
	r->max_ps = 0;
	r->calls = 0;
	r->wakeups = 0;
}

static void run_step(struct guest *g, const struct test *t, struct result *r)
{
	u64 begin;
	s64 ns;

	make_locked(g, t, rnd(g) % 2 ? &ticking : &idle);
	ns = rnd(g) >> (6 + rnd(g) % 40);
	if (ns < 200000)
		ns += 200000;
	g->clk.d.servo.step_ns = 100000;
	g->clk.d.servo.may_step = true;
	figures_begin(g);
	g->sampling = false;
	move_line_by(g, rnd(g) & 1 ? ns : -ns);
	begin = g->now;
	while (!g->figures.steps && g->now - begin < to_counts(g, SEC))
		run(g, 5000);
	r->took_ms = (double)(g->now - begin) / g->tk.khz;
	g->sampling = true;
	g->seen_at = g->now;
	run(g, MSEC);
	finish_result(g, SEC, r);
	r->p99_ps = 0;
	r->calls = 0;
	r->wakeups = 0;
}

/* The servo starts from whatever frequency somebody left. */
static void run_class(struct guest *g, const struct test *t, struct result *r)
{
	enum servo_accounting right = t->class == TK_A ? SERVO_PRE_FIX :
							SERVO_POST_FIX;

	make(g, t, rnd(g) % 2 ? &ticking_rough : &idle_rough);
	tk_adjtimex(&g->tk, g->now, (s64)(rnd(g) % 65536001) - 32768000,
		    rnd(g) % 4 ? 10000 : rnd_in(g, 9000, 11000));
	run(g, rnd(g) % SEC);
	lock(g, (s64)(rnd(g) % 2000000) - 1000000, period(g, t));
	run(g, SEC / 2);
	r->ok = g->clk.d.servo.accounting == right;
	r->why = "wrong class";
}

/* tsc-early, then tsc */
static void run_switch(struct guest *g, const struct test *t, struct result *r)
{
	u32 khz = t->khz + (s64)(rnd(g) % (t->khz / 2000)) - t->khz / 4000;

	make_locked(g, t, rnd(g) % 2 ? &ticking : &idle);
	switch_clocksource(g, khz);
	g->seen_ns56 = tk_read(&g->tk, g->now);
	figures_begin(g);
	r->took_ms = settle_ms(g, t, SEC / 2);
	finish_result(g, SEC, r);
	r->max_ps = 0;
	r->p99_ps = 0;
	r->calls = 0;
	r->wakeups = 0;
}

static void run_stall_once(struct guest *g, const struct test *t,
			   struct result *r)
{
	u64 ns = rnd_in(g, MSEC, 500 * MSEC), interrupts, passes;
	double quantum = t->quantum_ppb / 1e9, limit, excess;
	bool pulse;
	s64 d;

	if (rnd(g) % 2)
		turn_line(g, g->now, line_period(g) +
			  (rnd(g) % 2 ? 1 : -1) * (s64)(line_period(g) >> 18));
	run(g, rnd(g) % (60 * MSEC));
	figures_begin(g);
	g->clk.d.servo.may_step = false;
	pulse = g->clk.d.servo.mode != SERVO_STEADY || g->clk.d.want;
	d = llabs(g->clk.d.servo.correction) >> 32;
	stall(g, ns);
	run(g, 1);
	run(g, 1);
	limit = (g->clk.d.servo.idle_error_ns32 >> 32) + quantum * ns +
		t->unit * 2 + (pulse ? d / 1e9 * ns + 40 : 0);
	excess = g->figures.worst_ps / 1000.0 - limit;
	if (excess > 0)
		r->why = "phase beyond E + g S + d S";
	if (excess * 1000 > r->max_ps)
		r->max_ps = excess * 1000;
	interrupts = g->figures.interrupts;
	passes = g->figures.passes;
	run(g, SEC);
	interrupts = g->figures.interrupts - interrupts;
	passes = g->figures.passes - passes;
	if (interrupts > t->hz + 400) {
		ktap_note("%" PRIu64 " interrupts", (uint64_t)interrupts);
		r->why = "interrupt storm";
	}
	if (passes > 60) {
		ktap_note("%" PRIu64 " passes", (uint64_t)passes);
		r->why = "the thread runs and runs";
	}
	figures_begin(g);
	run(g, SEC / 2);
	if (g->figures.worst_ps > 5000 + 1500 * t->unit)
		r->why = "no recovery in a second";
	r->ok = !r->why;
}

static void run_stalls(struct guest *g, const struct test *t, struct result *r)
{
	u32 i;

	make_locked(g, t, rnd(g) % 2 ? &ticking : &bursty);
	for (i = 0; i < 20; i++)
		run_stall_once(g, t, r);
}

/* The CPU is taken away some times a second, as on a busy nested host. */
static void take_cpu(struct guest *g)
{
	stall(g, rnd_in(g, MSEC, 60 * MSEC));
	g->script_at = g->now + to_counts(g, rnd_in(g, 60, 500) * MSEC);
}

static void run_nested(struct guest *g, const struct test *t, struct result *r)
{
	make_locked(g, t, rnd(g) % 2 ? &ticking_rough : &bursty);
	g->script = take_cpu;
	g->script_at = g->now + to_counts(g, MSEC);
	g->clk.d.servo.may_step = false;
	move_line_by(g, 1000);
	run(g, 10 * SEC);
	g->any_time = true;
	figures_begin(g);
	run(g, 100 * SEC);
	finish_result(g, 100 * SEC, r);
}

/* Any 64 bits, with more than their share of edges and small numbers. */
static u64 rnd_edge(struct guest *g)
{
	u64 bit = 1ULL << rnd(g) % 64;

	switch (rnd(g) % 4) {
	case 0:
		return rnd(g) & 1 ? bit : -bit;
	case 1:
		return bit - 1;
	default:
		return rnd(g) >> rnd(g) % 64;
	}
}

/*
 * The servo must bear any phase, page and moment, on any counter; its times
 * must be finite. There is nothing to be seen here but by the sanitisers.
 */
static void run_range(struct guest *g, const struct test *t, struct result *r)
{
	u32 khz = rnd(g) & 1 ? t->khz : rnd_in(g, 10000, 1000000);
	struct servo *servo = &g->clk.d.servo;
	struct servo_sample *view = &servo->sample, before;
	u64 counts;
	u32 i;

	guest_init(g, t->seed, t->class, t->hz, khz, &ticking);
	lock(g, 0, nominal_ns56(g));
	for (i = 0; i < 1000; i++) {
		servo->idle_error_ns32 = NS32(rnd(g) % 33);
		servo->slew_ns = 1000 * rnd_in(g, 1, 90000);
		servo->step_ns = rnd_edge(g);
		servo->accounting = rnd(g) % 3;
		servo->may_step = rnd(g) & 1;
		servo->period_ns56 = nominal_ns56(g) / 100 *
				       rnd_in(g, 91, 109);
		view->cycle_last = rnd_edge(g);
		view->phase_ns32 = rnd_edge(g);
		if (view->phase_ns32 == S64_MIN)
			view->phase_ns32++;
		view->ntp_error_ns32 = (s64)rnd_edge(g) >> (1 + rnd(g) % 32);
		view->mult = g->tk.clock_mult / 100 * rnd_in(g, 90, 110);
		view->slope_ns56 = ((u64)view->mult << (56 - view->shift)) -
				  servo->period_ns56;
		servo_prepare(servo);
		servo_was_late(servo, rnd_edge(g));
		servo_wanted(servo);
		servo_next(servo, view->cycle_last + rnd_edge(g));
		servo_rate(servo);
		servo_phase_at(servo, rnd_edge(g));
		counts = servo_deadline(servo);
		servo_deadline_moved(servo, counts);
		counts = servo_deadline_timer(servo, counts) - view->cycle_last;
		if (counts > to_counts(g, 2 * SEC))
			r->why = "a deadline beyond two seconds";
		before = *view;
		view->cycle_last += rnd_in(g, 0, 1 << 30);
		view->mult += rnd(g) % 1000;
		servo_learn(servo, &before, view->cycle_last +
			    rnd(g) % g->tk.cycle_interval,
			    servo->correction);
	}
	r->ok = !r->why;
}

/* ---- bars ---- */

#define SAME(...)	{ { __VA_ARGS__ }, { __VA_ARGS__ }, { __VA_ARGS__ } }
#define BAR(...)	{ __VA_ARGS__ }

static const struct scenario scenarios[] = {
	{ "ticking", run_ticking, 0, { BAR(800, 1600), BAR(600, 800),
				       BAR(600, 800) }, 16 },
	{ "ticking late", run_ticking, 1, { BAR(1000, 0), BAR(750, 0),
					     BAR(750, 0) }, 16 },
	{ "idle E=off", run_idle, 0, SAME(0, 0), 4 },
	{ "idle E=8", run_idle, 8, SAME(8400, 10000, 8), 4 },
	{ "idle E=4", run_idle, 4, SAME(4200, 6000, 15), 16 },
	{ "idle E=2", run_idle, 2, SAME(2100, 4000, 30), 4 },
	{ "idle E=1", run_idle, 1, SAME(1100, 2000, 60), 16 },
	{ "idle late", run_idle_rough, 0, SAME(5250, 0, 15), 16 },
	{ "hour idle", run_hour, 0, { BAR(4200, 6000, 15, 90),
				      BAR(4200, 6000, 15, 2),
				      BAR(4200, 6000, 15, 2) }, 2 },
	{ "hour bursty", run_hour, 1, { BAR(4200, 6000, 15, 90),
					BAR(4200, 6000, 15, 2),
					BAR(4200, 6000, 15, 2) }, 2 },
	{ "turns", run_turns, 0, { BAR(4500, 8000), BAR(4500, 4500),
				   BAR(4500, 4500) }, 16 },
	{ "turns ago", run_turns, 1, SAME(4500), 16 },
	{ "turns idle", run_turns, 2, SAME(4500, 8000, 30), 16 },
	{ "turns idle ago", run_turns, 3, SAME(4500), 16 },
	{ "10 us", run_slew, 10, SAME(.took_ms = 50), 32 },
	{ "1 ms", run_slew, 1000, SAME(.took_ms = 2100), 8 },
	{ "step", run_step, 0, SAME(.max_ps = 3000), 32 },
	{ "stalls", run_stalls, 0, SAME(0, 0), 32 },
	{ "nested", run_nested, 0, SAME(0, 0), 16 },
	{ "class", run_class, 0, SAME(0, 0), 256 },
	{ "range", run_range, 0, SAME(0, 0), 16 },
	{ "clocksource", run_switch, 0, SAME(.took_ms = 50), 32 },
};

/* ---- cases ---- */

static void draw(struct test *t, enum tk_class class, u32 hz, u64 seed)
{
	static const s64 pages[] = { 40000, 40000, 0, 500000, -500000 };
	struct guest g = { .random = seed };
	u32 mult, shift;
	double quantum_ns;

	t->class = class;
	t->hz = hz;
	t->seed = seed;
	t->khz = rnd_in(&g, 1000000, 5000000);
	if (rnd(&g) % 4 == 0)
		t->khz = rnd_in(&g, 1, 5) * 1000000 - rnd(&g) % 2;
	t->ppb = pages[rnd(&g) % 5];
	t->fraction = rnd_in(&g, 20, 980);
	if (only_khz) {
		t->khz = only_khz;
		t->ppb = 40000;
	}
	if (only_fraction)
		t->fraction = only_fraction;
	tk_rate_of(t->khz, &mult, &shift);
	quantum_ns = 1e9 / mult / hz;
	t->quantum_ppb = 1e9 / mult;
	t->unit = quantum_ns > .62 ? quantum_ns / .62 : 1;
}

/*
 * The bars are for a quantum of 155 ppb and HZ=250, .62 ns a tick. With
 * more of it a ticking clock's grow by a quarter, and with the quantum; an idle
 * clock's by it, 1.5 and 3 times; wake-ups with the quantum alone.
 */
static bool within(const struct test *t, const struct bars *b,
		   const struct result *r)
{
	bool is_idle = b->wakeups, coarse = t->unit > 1;
	double more_ps = (t->unit - 1) * 620, quantum = t->quantum_ppb / 155;
	double scale = coarse ? 1.25 * t->unit : 1;
	double p99 = is_idle ? b->p99_ps + 1.5 * more_ps : b->p99_ps * scale;
	double max = is_idle ? b->max_ps + 3 * more_ps : b->max_ps * scale;
	double wakeups = b->wakeups * (quantum > 1 ? quantum : 1);

	return r->ok && (!b->p99_ps || r->p99_ps <= p99) &&
	       (!b->max_ps || r->max_ps <= max) &&
	       (!b->wakeups || r->wakeups <= wakeups) &&
	       (!b->calls || r->calls <= b->calls * scale) &&
	       (!b->took_ms || r->took_ms <= b->took_ms);
}

static void report(const struct scenario *s, const struct test *t,
		   const struct result *r, bool ok)
{
	if (csv)
		fprintf(csv, "%s,%c,%u,%u,%" PRId64 ",%u,%.3f,%" PRId64 ",%" PRId64
			",%.2f,%.2f,%.2f,%d,%" PRIx64 "\n", s->name,
			'A' + t->class, t->hz, t->khz, (int64_t)t->ppb,
			t->fraction, t->unit, (int64_t)r->p99_ps,
			(int64_t)r->max_ps, r->wakeups, r->calls, r->took_ms,
			ok, (uint64_t)t->seed);
	if (!verbose && ok)
		return;
	ktap_note("%s: -n 1 -r '%s' -c %c -z %u -s 0x%" PRIx64 ": %s",
		  ok ? "ok" : "missed", s->name, 'A' + t->class, t->hz,
		  (uint64_t)t->seed, !r->ok ? r->why : "");
	ktap_note("  %u kHz, page %+" PRId64 " ppb, fraction .%03u, unit %.2f",
		  t->khz, (int64_t)t->ppb, t->fraction, t->unit);
	ktap_note("  p99 %.2f max %.2f ns, %.1f wake-ups/s, %.1f calls/min, %.1f ms",
		  r->p99_ps / 1e3, r->max_ps / 1e3, r->wakeups, r->calls,
		  r->took_ms);
}

static void keep_worst(struct result *worst, const struct result *r)
{
	if (worst->p99_ps < r->p99_ps)
		worst->p99_ps = r->p99_ps;
	if (worst->max_ps < r->max_ps)
		worst->max_ps = r->max_ps;
	if (worst->wakeups < r->wakeups)
		worst->wakeups = r->wakeups;
	if (worst->calls < r->calls)
		worst->calls = r->calls;
	if (worst->took_ms < r->took_ms)
		worst->took_ms = r->took_ms;
}

static void run_scenario(const struct scenario *s, enum tk_class class, u32 hz,
			 u64 seed, u32 cases)
{
	struct result worst = { 0 };
	u32 i, missed = 0;

	for (i = 0; i < cases; i++) {
		static struct guest g;
		struct result r = { .ok = true };
		struct test t = { .arg = s->arg };
		bool ok;

		draw(&t, class, hz, seed + i);
		s->run(&g, &t, &r);
		ok = within(&t, &s->bars[class], &r);
		missed += !ok;
		if (ok || missed < 4 || csv)
			report(s, &t, &r, ok);
		keep_worst(&worst, &r);
	}
	ktap_ok(!missed, "%s, class %c, HZ %u: p99 %.2f max %.2f ns, %.1f wake-ups/s, %.1f calls/min, %.1f ms; missed %u of %u",
		s->name, 'A' + class, hz, worst.p99_ps / 1e3,
		worst.max_ps / 1e3, worst.wakeups, worst.calls, worst.took_ms,
		missed, cases);
}

/**
 * struct options - what was asked for
 * @only: this scenario, or NULL
 * @class: this class, or -1
 * @hz: this HZ, or 0
 * @cases: of a scenario, with a weight of 16
 * @seed: of the first
 */
struct options {
	const char *only;
	int class;
	u32 hz;
	u32 cases;
	u64 seed;
};

static void usage(const char *program)
{
	fprintf(stderr, "usage: %s [-n CASES] [-s SEED] [-r SCENARIO] [-c A|B|C] "
		"[-z HZ] [-k KHZ] [-f FRACTION] [-o CSV] [-v]\n", program);
	exit(2);
}

static FILE *open_csv(const char *path)
{
	FILE *f = fopen(path, "w");

	if (!f) {
		perror(path);
		exit(2);
	}
	fputs("scenario,class,hz,khz,ppb,fraction,unit,p99_ps,max_ps,wakeups_per_s,calls_per_min,took_ms,ok,seed\n",
	      f);
	return f;
}

static void parse(int argc, char **argv, struct options *o)
{
	int opt;

	while ((opt = getopt(argc, argv, "n:s:r:c:z:k:f:o:v")) != -1) {
		if (opt == 'n')
			o->cases = strtoul(optarg, NULL, 0);
		else if (opt == 's')
			o->seed = strtoull(optarg, NULL, 0);
		else if (opt == 'r')
			o->only = optarg;
		else if (opt == 'c')
			o->class = *optarg - 'A';
		else if (opt == 'z')
			o->hz = strtoul(optarg, NULL, 0);
		else if (opt == 'k')
			only_khz = strtoul(optarg, NULL, 0);
		else if (opt == 'f')
			only_fraction = strtoul(optarg, NULL, 0);
		else if (opt == 'o')
			csv = open_csv(optarg);
		else if (opt == 'v')
			verbose = true;
		else
			usage(argv[0]);
	}
	if (optind < argc || !o->cases)
		usage(argv[0]);
}

/* One scenario, for each class and HZ that is wanted. */
static void run_all(const struct scenario *s, const struct options *o)
{
	static const u32 rates[] = { 100, 250, 300, 1000 };
	u32 cases = o->cases == 1 ? 1 : o->cases * s->weight / 16;
	u32 i, j;

	if (o->only && strcmp(o->only, s->name))
		return;
	for (i = 0; i < 3; i++)
		for (j = 0; j < 4; j++)
			if ((o->class < 0 || o->class == (int)i) &&
			    (!o->hz || o->hz == rates[j]))
				run_scenario(s, i, rates[j], o->seed,
					     cases ? cases : 1);
}

int main(int argc, char **argv)
{
	struct options o = { .class = -1, .cases = 16 };
	u32 i;

	if (getrandom(&o.seed, sizeof(o.seed), 0) < 0)
		o.seed = getpid();
	o.seed &= ~0xfffffULL;
	parse(argc, argv, &o);
	ktap_begin(0);
	ktap_note("%s -n %u -s 0x%" PRIx64, argv[0], o.cases,
		  (uint64_t)o.seed);
	for (i = 0; i < sizeof(scenarios) / sizeof(*scenarios); i++)
		run_all(&scenarios[i], &o);
	if (csv && fclose(csv))
		perror("csv");
	return ktap_end();
}
