/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A model of a guest with one CPU: what makes the kernel update its clock
 * (ticks, interrupts out of idle), and what the engine of the module does with
 * it (notifier, timer, thread), late by random times and stopped by stalls.
 * The law is the module's own source. Time is the counter; nothing happens
 * between two events.
 *
 * Keep the second half like src/timekeeping_reference/engine.c.
 */
#ifndef _VMCLOCK_SIM_GUEST_H
#define _VMCLOCK_SIM_GUEST_H

#include "timekeeper.h"
#include "../../src/timekeeping_reference/servo.c"

#define NEVER		U64_MAX
#define PASS_ACTIONS	16
#define SPIN_NS		3000
#define SHORTEST_NS	2000
#define BINS		100000		/* of 2 ps, then one for all above */
#define BIN_PS		2

/**
 * struct lateness - how long something takes, or is late
 * @least_ns: at least
 * @usual_ns: mean of what comes to that, exponential
 * @rare_ns: mean in one case of 100
 */
struct lateness {
	u32 least_ns, usual_ns, rare_ns;
};

/**
 * struct habits - what the guest is like
 * @nohz: no ticks while idle
 * @busy_ns: how long it is busy at a time, at least and at most; 0 = always
 * @nap_ns: the same for naps
 * @interrupt: latency of timer interrupts
 * @wakeup: latency of the thread
 * @call: of do_adjtimex(), up to where it takes effect
 */
struct habits {
	bool nohz;
	u64 busy_ns[2], nap_ns[2];
	struct lateness interrupt, wakeup, call;
};

/**
 * struct figures - what was seen
 * @bins: samples by size of the phase
 * @samples: in them
 * @worst_ps: largest phase at any moment
 * @backwards: reads that gave less than an earlier one
 * @too_fast: updates after which the rate was beyond its bound
 * @interrupts: of all timers that had something to do
 * @wakeups: those of the engine's
 * @calls: of do_adjtimex()
 * @steps: those that stepped the clock
 * @passes: of the thread
 */
struct figures {
	u32 bins[BINS + 1];
	u64 samples;
	s64 worst_ps;
	u64 backwards;
	u64 too_fast;
	u64 interrupts;
	u64 wakeups;
	u64 calls;
	u64 steps;
	u64 passes;
};

struct guest {
	u64 random;
	struct habits habits;
	struct timekeeper tk;
	u64 now;

	/* the reference: time over the counter, ns / 2^56 */
	u64 line_counter;
	__int128 line_ns56;
	u64 period_ns56;

	/* the CPU */
	bool busy;
	bool in_thread;
	bool tick_stopped;
	u64 activity_end;
	s64 jiffy_mono;			/* jiffies were counted up to here */
	u64 tick_late;
	u64 stall_at, stall_counts;
	u64 not_before;

	/* the engine */
	struct servo servo;
	struct servo_view view;
	struct servo_frequency frequency;
	bool following;
	bool want;
	bool resting;
	u64 deadline;
	u64 armed;
	s64 timer_mono;			/* -1: not started */
	u64 timer_late;
	u64 thread_at;

	/* what is looked at */
	void (*script)(struct guest *guest);
	u64 script_at;
	bool sampling, any_time;
	u64 sample_at;
	u64 seen_at;
	__int128 seen_ns56;
	struct figures figures;
};

/* ---- numbers ---- */

/* SplitMix64 */
static inline u64 rnd(struct guest *g)
{
	u64 z = g->random += 0x9e3779b97f4a7c15;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
	z = (z ^ z >> 27) * 0x94d049bb133111eb;
	return z ^ z >> 31;
}

static inline u64 rnd_in(struct guest *g, u64 low, u64 high)
{
	return low + rnd(g) % (high - low + 1);
}

static inline u64 to_counts(const struct guest *g, u64 ns)
{
	return (unsigned __int128)ns * g->tk.khz / 1000000;
}

/* -ln of a uniform number, to 2 %: bits up to the first 1, and the rest */
static inline u64 rnd_exponential(struct guest *g, u64 mean)
{
	u64 x = rnd(g) | 1;
	u32 zeros = __builtin_clzll(x);
	u64 rest = (x << zeros << 1) >> 48;

	return mean * (zeros * 65536 + 65536 - rest) / 94548;
}

static inline u64 late(struct guest *g, const struct lateness *l)
{
	u64 mean = rnd(g) % 100 ? l->usual_ns : l->rare_ns;

	if (mean)
		mean = rnd_exponential(g, mean);
	return to_counts(g, l->least_ns + mean);
}

/* ---- the residual ---- */

static inline __int128 line_at(const struct guest *g, u64 counter)
{
	return g->line_ns56 + (__int128)(s64)(counter - g->line_counter) *
			      g->period_ns56;
}

static inline s64 clamped_ps(__int128 ns56)
{
	__int128 ps = (ns56 >> 16) * 1000 >> 40;

	return ps > S64_MAX ? S64_MAX : ps < -S64_MAX ? -S64_MAX : (s64)ps;
}

static inline s64 phase_ps(const struct guest *g, u64 counter)
{
	return clamped_ps(tk_read(&g->tk, counter) - line_at(g, counter));
}

static inline void sample(struct guest *g, s64 ps)
{
	u64 bin = s64_abs(ps) / BIN_PS;

	if (!g->sampling)
		return;
	g->figures.bins[bin < BINS ? bin : BINS]++;
	g->figures.samples++;
}

/*
 * What readers have seen since the event before. The phase is linear between
 * the two, so it was largest at one of them. Samples are 7 ms apart, or so.
 */
static void look(struct guest *g)
{
	__int128 read = tk_read(&g->tk, g->now);
	s64 begin, end;

	if (read < g->seen_ns56)
		g->figures.backwards++;
	g->seen_ns56 = read;
	if (g->sampling) {
		begin = s64_abs(phase_ps(g, g->seen_at));
		end = s64_abs(phase_ps(g, g->now));
		if (begin < end)
			begin = end;
		if (begin > g->figures.worst_ps)
			g->figures.worst_ps = begin;
	}
	for (; g->any_time && g->sample_at <= g->now;
	     g->sample_at += to_counts(g, rnd(g) % 14000000))
		if (g->sample_at >= g->seen_at)
			sample(g, phase_ps(g, g->sample_at));
	g->seen_at = g->now;
}

static s64 percentile_ps(const struct figures *f, u32 per_mille)
{
	u64 left = f->samples * (1000 - per_mille) / 1000;
	u32 bin = BINS;

	while (bin && f->bins[bin] <= left)
		left -= f->bins[bin--];
	return (bin + 1) * BIN_PS;
}

/* ---- the engine: notifier ---- */

static void engine_arm(struct guest *g);

static void engine_wake(struct guest *g)
{
	if (g->thread_at == NEVER)
		g->thread_at = g->now + late(g, &g->habits.wakeup);
}

static void engine_irq_work(struct guest *g)
{
	if (g->want)
		engine_wake(g);
	else
		engine_arm(g);
}

static s64 clamped_ns32(__int128 ns56)
{
	__int128 ns32 = ns56 >> 24;

	return ns32 > S64_MAX ? S64_MAX : ns32 < -S64_MAX ? -S64_MAX :
	       (s64)ns32;
}

static void engine_compare(struct guest *g)
{
	struct servo_view *view = &g->view;

	view->phase_ns32 = clamped_ns32(tk_read(&g->tk, view->cycle_last) -
					line_at(g, view->cycle_last));
	view->slope_ns56 = ((u64)view->mult << (56 - view->shift)) -
			   g->period_ns56;
}

/* No faster or slower than the slew allows, and two grains for dithering. */
static void check_rate(struct guest *g)
{
	__int128 most = ((__int128)g->servo.slew_ns << 56) /
			counts_per_sec(&g->servo, &g->view) +
			(2LL << (56 - g->view.shift));

	if (g->sampling && s64_abs(g->view.slope_ns56) > most)
		g->figures.too_fast++;
}

static void engine_notified(struct guest *g)
{
	const struct timekeeper *tk = &g->tk;
	bool queue;

	g->view.ticking++;
	if (tk->cycle_last - g->view.cycle_last > 2 * (u64)tk->cycle_interval)
		g->view.ticking = 0;
	g->view.cycle_last = tk->cycle_last;
	g->view.cycle_interval = tk->cycle_interval;
	g->view.ntp_error_ns32 = tk->ntp_error;
	g->view.mult = tk->mult;
	g->view.shift = tk->shift;
	g->view.clock_mult = tk->clock_mult;
	servo_prepare(&g->servo, &g->view);
	engine_compare(g);
	check_rate(g);
	if (!g->following)
		return;
	if (!g->resting || g->in_thread || !servo_rests(&g->servo, &g->view)) {
		if (servo_wanted(&g->servo, &g->view))
			g->want = true;
		g->resting = !g->want && !g->in_thread &&
			     g->servo.mode == SERVO_STEADY;
	}
	queue = g->want;
	if (!queue && g->servo.mode == SERVO_STEADY && g->servo.deadline_ns32)
		queue = g->armed == NEVER ||
			servo_deadline_moved(&g->servo, &g->view, g->deadline);
	if (queue)
		engine_irq_work(g);
}

/* ---- the CPU ---- */

/* When a timer's interrupt comes: hardware counts at the nominal rate. */
static u64 fires_at(const struct guest *g, s64 mono)
{
	s64 rest = mono - tk_mono(&g->tk, g->now);

	return g->now + (rest > 0 ? to_counts(g, rest) + 1 : 0);
}

static s64 tick_ns(const struct guest *g)
{
	return (NSEC_PER_SEC + g->tk.hz / 2) / g->tk.hz;
}

/* Jiffies go on, and with them the clock. */
static bool update(struct guest *g)
{
	s64 gone = tk_mono(&g->tk, g->now) - g->jiffy_mono;

	if (gone < tick_ns(g))
		return false;
	g->jiffy_mono += gone / tick_ns(g) * tick_ns(g);
	if (tk_advance(&g->tk, g->now, false))
		engine_notified(g);
	return true;
}

static u64 timer_at(const struct guest *g)
{
	return g->timer_mono < 0 ? NEVER :
	       fires_at(g, g->timer_mono) + g->timer_late;
}

static void consider_tick(struct guest *g)
{
	u64 next = timer_at(g);

	if (g->activity_end < next)
		next = g->activity_end;
	g->tick_stopped = g->habits.nohz && !g->busy && !g->in_thread &&
			  next - g->now > (u64)g->tk.cycle_interval;
}

static u64 tick_at(const struct guest *g)
{
	return g->tick_stopped ? NEVER :
	       fires_at(g, g->jiffy_mono + tick_ns(g)) + g->tick_late;
}

/* Where the clock is slower than the hardware's, timers fire too early. */
static void on_tick(struct guest *g)
{
	g->tick_late = late(g, &g->habits.interrupt);
	g->figures.interrupts += update(g);
}

static void on_timer(struct guest *g)
{
	if (g->tick_stopped)
		update(g);
	if (tk_mono(&g->tk, g->now) < g->timer_mono)
		return;
	g->figures.interrupts++;
	g->figures.wakeups++;
	if (g->armed != NEVER)
		servo_was_late(&g->servo, g->now - g->armed);
	g->timer_mono = -1;
	engine_arm(g);
}

static void on_activity(struct guest *g)
{
	const u64 *range = g->busy ? g->habits.nap_ns : g->habits.busy_ns;

	if (!g->busy) {
		g->figures.interrupts++;
		if (g->tick_stopped)
			update(g);
		if (!g->any_time)
			sample(g, phase_ps(g, g->now));
	}
	g->busy = !g->busy;
	g->activity_end = g->now + to_counts(g, rnd_in(g, range[0], range[1]));
}

/* The next thing to happen besides the thread. */
static u64 next_event(const struct guest *g, void (**event)(struct guest *g))
{
	u64 at[] = { tick_at(g), timer_at(g), g->activity_end, g->script_at };
	void (*what[])(struct guest *g) = {
		on_tick, on_timer, on_activity, g->script
	};
	u64 first = NEVER;
	u32 i;

	for (i = 0; i < 4; i++)
		if (at[i] < first) {
			first = at[i];
			*event = what[i];
		}
	return first < g->not_before ? g->not_before : first;
}

/* Let time go by, but not beyond where the thread begins to run. */
static void spend_until(struct guest *g, u64 until)
{
	void (*event)(struct guest *g) = NULL;
	u64 at;

	for (;;) {
		if (!g->in_thread && g->thread_at < until)
			until = g->thread_at;
		consider_tick(g);
		at = next_event(g, &event);
		if (g->stall_at <= until && g->stall_at <= at) {
			g->not_before = g->stall_at + g->stall_counts;
			until += g->stall_counts;
			g->stall_at = NEVER;
			continue;
		}
		if (at > until)
			break;
		if (at > g->now)
			g->now = at;
		look(g);
		event(g);
	}
	if (until > g->now)
		g->now = until;
	look(g);
}

static void spend(struct guest *g, u64 counts)
{
	spend_until(g, g->now + counts);
}

/* ---- the engine: timer and thread ---- */

static s64 counts_to_ns(const struct guest *g, s64 counts)
{
	return counts <= 0 ? 0 :
	       (s64)(((unsigned __int128)counts * g->view.mult) >>
		     g->view.shift);
}

static bool mode_ends(const struct guest *g)
{
	return g->servo.mode != SERVO_STEADY &&
	       counts_to_ns(g, g->servo.end - g->now) <= SPIN_NS;
}

static u64 next_expiry(struct guest *g)
{
	u64 soonest = g->now + g->view.cycle_interval / 4, expiry;

	if (!g->servo.deadline_ns32)
		return g->servo.mode == SERVO_STEADY ? NEVER : g->servo.end;
	g->deadline = servo_deadline(&g->servo, &g->view);
	expiry = servo_deadline_timer(&g->view, g->deadline);
	if ((s64)(expiry - soonest) < 0)
		expiry = soonest;
	if (g->servo.mode != SERVO_STEADY &&
	    (s64)(g->servo.end - expiry) < 0)
		return g->servo.end;
	return expiry;
}

static s64 timer_ns(const struct guest *g, s64 counts)
{
	u32 mult = g->view.mult, nominal = g->view.clock_mult;

	if (counts <= 0)
		return 0;
	if (nominal < mult)
		mult = nominal;
	return ((unsigned __int128)counts * mult) >> g->view.shift;
}

static void engine_arm(struct guest *g)
{
	s64 ns;

	if (!g->following)
		return;
	if (mode_ends(g)) {
		g->armed = NEVER;
		g->want = true;
		engine_wake(g);
		return;
	}
	g->armed = next_expiry(g);
	if (g->armed == NEVER)
		return;
	ns = timer_ns(g, g->armed - g->now);
	g->timer_mono = tk_mono(&g->tk, g->now) +
			(ns > SHORTEST_NS ? ns : SHORTEST_NS);
	g->timer_late = late(g, &g->habits.interrupt);
}

static void set_frequency(struct guest *g, struct servo_frequency f,
			  const struct servo_view *before, u64 counter,
			  s64 correction)
{
	if (f.freq == g->frequency.freq && f.tick == g->frequency.tick)
		return;
	spend(g, late(g, &g->habits.call));
	g->figures.calls++;
	tk_adjtimex(&g->tk, g->now, f.freq, f.tick);
	engine_notified(g);
	if (g->frequency.tick)
		servo_learn(&g->servo, before, &g->view, counter, correction);
	g->frequency = f;
	spend(g, to_counts(g, 2000));
}

static void set_time(struct guest *g)
{
	__int128 ns = -(tk_read(&g->tk, g->now) - line_at(g, g->now));
	s64 sec;

	ns = (ns + (1LL << 55)) >> 56;
	sec = ns / NSEC_PER_SEC;
	spend(g, late(g, &g->habits.call));
	g->figures.calls++;
	g->figures.steps++;
	tk_step(&g->tk, g->now, sec, ns - (__int128)sec * NSEC_PER_SEC);
	g->seen_ns56 = tk_read(&g->tk, g->now);
	engine_notified(g);
}

static void steer(struct guest *g)
{
	struct servo_view before;
	enum servo_action action;
	s64 correction;
	u64 counter;
	u32 i;

	for (i = 0; i < PASS_ACTIONS; i++) {
		while (mode_ends(g) && (s64)(g->servo.end - g->now) > 0)
			spend_until(g, g->servo.end);
		before = g->view;
		counter = g->now;
		correction = g->servo.correction;
		action = servo_next(&g->servo, &g->view, g->now);
		if (action == SERVO_RATE)
			set_frequency(g, servo_rate(&g->servo, &g->view),
				      &before, counter, correction);
		else if (action == SERVO_STEP)
			set_time(g);
		else
			return;
	}
}

static void thread(struct guest *g)
{
	g->in_thread = true;
	g->resting = false;
	g->thread_at = NEVER;
	do {
		g->figures.passes++;
		g->want = false;
		spend(g, to_counts(g, 2000));
		if (g->following)
			steer(g);
		engine_arm(g);
	} while (g->want);
	g->in_thread = false;
	g->thread_at = NEVER;
}

/* ---- outside ---- */

static void run_until(struct guest *g, u64 until)
{
	while (g->now < until) {
		spend_until(g, until);
		if (g->thread_at <= g->now)
			thread(g);
	}
}

static void run(struct guest *g, u64 ns)
{
	run_until(g, g->now + to_counts(g, ns));
}

static void new_line(struct guest *g)
{
	struct servo_frequency f;
	s64 before = g->view.phase_ns32;

	g->servo.period_ns56 = g->period_ns56;
	servo_prepare(&g->servo, &g->view);
	engine_compare(g);
	if (g->servo.mode != SERVO_STEADY &&
	    s64_abs(g->view.phase_ns32 - before) > 1LL << 32)
		servo_drop(&g->servo);
	f = servo_rate(&g->servo, &g->view);
	if (f.freq != g->frequency.freq || f.tick != g->frequency.tick)
		g->servo.rate_stale = true;
	g->want = true;
	g->resting = false;
	engine_irq_work(g);
}

/* The reference turns at a counter value that was: the page came from there. */
static void turn_line(struct guest *g, u64 counter, u64 period_ns56)
{
	look(g);
	g->line_ns56 = line_at(g, counter);
	g->line_counter = counter;
	g->period_ns56 = period_ns56;
	new_line(g);
}

static void move_line_by(struct guest *g, __int128 ns)
{
	look(g);
	g->line_ns56 += ns * (1LL << 56);
	new_line(g);
}

/* Another clocksource over the same counter, as at boot. */
static void switch_clocksource(struct guest *g, u32 khz)
{
	look(g);
	tk_switch(&g->tk, g->now, khz);
	g->servo.rate_stale = true;
	g->frequency.tick = 0;
	g->want = true;
	g->resting = false;
	engine_notified(g);
}

static void stall(struct guest *g, u64 ns)
{
	g->stall_at = g->now;
	g->stall_counts = to_counts(g, ns);
}

/* Following from now on, the clock so far off. */
static void lock(struct guest *g, __int128 off_ns, u64 period_ns56)
{
	g->period_ns56 = period_ns56;
	g->line_counter = g->now;
	g->line_ns56 = tk_read(&g->tk, g->now) - off_ns * (1LL << 56);
	g->following = true;
	servo_reset(&g->servo);
	new_line(g);
}

static void figures_begin(struct guest *g)
{
	g->figures = (struct figures){ 0 };
	g->sampling = true;
	g->seen_at = g->now;
}

static void guest_init(struct guest *g, u64 seed, enum tk_class class, u32 hz,
		       u32 khz, const struct habits *habits)
{
	*g = (struct guest){
		.random = seed,
		.habits = *habits,
		.now = 1ULL << 40,
		.armed = NEVER,
		.timer_mono = -1,
		.thread_at = NEVER,
		.stall_at = NEVER,
		.script_at = NEVER,
		.activity_end = NEVER,
		.busy = true,
		.servo = {
			.hz = hz,
			.deadline_ns32 = NS32(4),
			.slew_ns = 500000,
		},
	};
	tk_init(&g->tk, class, hz, khz, g->now);
	g->tk.sec = 1000;
	g->jiffy_mono = tk_mono(&g->tk, g->now) - rnd(g) % tick_ns(g);
	if (habits->busy_ns[1])
		g->activity_end = g->now + 1;
	g->seen_at = g->now;
	engine_notified(g);
}

#endif /* _VMCLOCK_SIM_GUEST_H */
