// SPDX-License-Identifier: GPL-2.0
/* The model of a guest; see guest.h. */
#include <stdarg.h>

#include "guest.h"
#include "compat/do_adjtimex.h"

unsigned int sim_hz;

int system_state = SYSTEM_RUNNING;
bool sim_in_interrupt;
void (*sim_in_read)(void);
void (*sim_in_demotion)(void);
static struct task_struct idle_task = { "swapper/0", true };
static struct task_struct module_thread;
struct task_struct *current = &idle_task;
static struct guest *running;		/* the kernel of what follows */

/* ---- numbers ---- */

/* SplitMix64 */
u64 rnd(struct guest *g)
{
	u64 z = g->random += 0x9e3779b97f4a7c15;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
	z = (z ^ z >> 27) * 0x94d049bb133111eb;
	return z ^ z >> 31;
}

u64 rnd_in(struct guest *g, u64 low, u64 high)
{
	return low + rnd(g) % (high - low + 1);
}

u64 to_counts(const struct guest *g, u64 ns)
{
	return (unsigned __int128)ns * g->tk.khz / 1000000;
}

/* -ln of a uniform number, to 2 %: bits up to the first 1, and the rest */
static u64 rnd_exponential(struct guest *g, u64 mean)
{
	u64 x = rnd(g) | 1;
	u32 zeros = __builtin_clzll(x);
	u64 rest = (x << zeros << 1) >> 48;

	return mean * (zeros * 65536 + 65536 - rest) / 94548;
}

static u64 late(struct guest *g, const struct lateness *l)
{
	u64 mean = rnd(g) % 100 ? l->usual_ns : l->rare_ns;

	if (mean)
		mean = rnd_exponential(g, mean);
	return to_counts(g, l->least_ns + mean);
}

/* ---- the phase ---- */

static __int128 time_ns56(struct vmclock_time t)
{
	return ((__int128)t.sec * NSEC_PER_SEC << 56) +
	       ((unsigned __int128)t.frac * NSEC_PER_SEC >> 8);
}

/* The reference, in UTC if that is its scale, ns / 2^56. */
__int128 line_at(const struct guest *g, u64 counter)
{
	return time_ns56(vmclock_line_at(&g->reference.params.line,
					 counter - g->counter_off));
}

/* What readers get, on the reference's scale, ns / 2^56. */
static __int128 clock_at(const struct guest *g, u64 counter)
{
	s64 sec = g->reference.params.time_type == VMCLOCK_TIME_TAI ?
		  g->ntp.tai_offset_sec : 0;

	return tk_read(&g->tk, counter) +
	       (__int128)sec * NSEC_PER_SEC * (1LL << 56);
}

static s64 clamped_ps(__int128 ns56)
{
	__int128 ps = (ns56 >> 16) * 1000 >> 40;

	return ps > S64_MAX ? S64_MAX : ps < -S64_MAX ? -S64_MAX : (s64)ps;
}

s64 phase_ps(const struct guest *g, u64 counter)
{
	return clamped_ps(clock_at(g, counter) - line_at(g, counter));
}

static void sample(struct guest *g, s64 ps)
{
	u64 bin = abs(ps) / BIN_PS;

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
		begin = abs(phase_ps(g, g->seen_at));
		end = abs(phase_ps(g, g->now));
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

s64 percentile_ps(const struct figures *f, u32 per_mille)
{
	u64 left = f->samples * (1000 - per_mille) / 1000;
	u32 bin = BINS;

	while (bin && f->bins[bin] <= left)
		left -= f->bins[bin--];
	return (bin + 1) * BIN_PS;
}

/* ---- what the module asks of the kernel ---- */

u64 vmclock_counter_read(void)
{
	return running->now - running->counter_off;
}

u64 sim_clocksource_read(void)
{
	return running->now;
}

ktime_t ktime_get(void)
{
	return tk_mono(&running->tk, running->now);
}

static s64 tick_ns(const struct guest *g)
{
	return (NSEC_PER_SEC + g->tk.hz / 2) / g->tk.hz;
}

unsigned long sim_jiffies(void)
{
	return 1000 + running->jiffy_mono / tick_ns(running);
}

void hrtimer_start(struct hrtimer *timer, ktime_t at, enum hrtimer_mode mode)
{
	(void)timer;
	(void)mode;
	running->timer_mono = at;
	running->timer_late = late(running, &running->habits.interrupt);
}

void wake_up_process(struct task_struct *task)
{
	(void)task;
	if (running->thread_at == TKREF_NEVER)
		running->thread_at = running->now +
				     late(running, &running->habits.wakeup);
}

/* The module's thread has let go of a lock: another CPU may come in between. */
void sim_unlocked(void)
{
	if (running->unlocked && running->in_thread && !sim_in_interrupt &&
	    !running->clk.lock.held)
		running->unlocked(running);
}

static bool interrupts_lost;	/* the machine falls asleep */

void irq_work_queue(struct irq_work *work)
{
	work->lost |= interrupts_lost;
	if (!work->lost)
		work->func(work);
}

/* Works run when the thread has slept; see run_until(). */
void sim_queue_work(struct work_struct *work)
{
	running->work = work;
}

struct task_struct *sim_kthread(const char *name)
{
	snprintf(module_thread.comm, sizeof(module_thread.comm), "%s", name);
	return &module_thread;
}

int pvclock_gtod_register_notifier(struct notifier_block *nb)
{
	running->notifier = nb;
	notify(running, true);
	return 0;
}

int pvclock_gtod_unregister_notifier(struct notifier_block *nb)
{
	(void)nb;
	running->notifier = NULL;
	return 0;
}

void sim_printk(const char *fmt, ...)
{
	char line[256];
	va_list args;

	va_start(args, fmt);
	vsnprintf(line, sizeof(line), fmt, args);
	va_end(args);
	if (running->printed)
		running->printed(running, line);
}

int kobject_uevent_env(struct kobject *kobj, int action, char *env[])
{
	(void)kobj;
	(void)action;
	(void)env;
	return 0;
}

/* ---- the timekeeper ---- */

/* No faster or slower than the slew allows, and two quanta for dithering. */
static void check_rate(struct guest *g)
{
	const struct servo *servo = &g->clk.d.servo;
	__int128 most = ((__int128)servo->slew_ns << 56) /
			servo_counts_per_sec(servo) +
			(2LL << (56 - servo->sample.shift));

	if (g->sampling && abs(servo->sample.slope_ns56) > most)
		g->figures.too_fast++;
}

/* The kernel tells the module of an update. */
void notify(struct guest *g, bool was_set)
{
	const struct tk_model *tk = &g->tk;
	struct timekeeper update = {
		.tkr_mono = {
			.clock = &g->clocksources[g->cs],
			.cycle_last = tk->cycle_last,
			.mult = tk->mult,
			.shift = tk->shift,
			.xtime_nsec = tk->nsec,
		},
		.xtime_sec = tk->sec,
		.tai_offset = g->ntp.tai_offset_sec,
		.cycle_interval = tk->cycle_interval,
		.ntp_error = tk->ntp_error,
		.ntp_error_shift = 32 - tk->shift,
		.xtime_remainder = tk->remainder,
		.ntp_tick = tk->ntp_tick,
	};

	g->clocksources[g->cs].mult = tk->clock_mult;
	if (!g->notifier)
		return;
	g->notifier->notifier_call(g->notifier, was_set, &update);
	if (g->following)
		check_rate(g);
}

/* Seconds of UTC that have begun. Return: whether there was a leap second. */
static bool begin_seconds(struct guest *g)
{
	bool was_set = false;

	for (; g->seconds < (u64)g->tk.sec; g->seconds++) {
		s32 leap = ntp_model_second(&g->ntp, g->seconds + 1);

		g->tk.sec += leap;
		g->tk.mono_ns -= leap * NSEC_PER_SEC;
		g->ntp.tai_offset_sec -= leap;
		was_set |= leap;
	}
	g->seconds = g->tk.sec;
	return was_set;
}

static void inject_offset(struct guest *g, const struct __kernel_timex *txc)
{
	s64 ns = txc->time.tv_usec * (txc->modes & ADJ_NANO ? 1 : 1000);

	tk_step(&g->tk, g->now, txc->time.tv_sec, ns);
	g->seconds = g->tk.sec;
	ntp_model_clear(&g->ntp);
	g->figures.steps++;
	g->seen_ns56 = tk_read(&g->tk, g->now);
	notify(g, true);
}

static void set_ntp(struct guest *g, const struct __kernel_timex *txc)
{
	if (txc->modes & ADJ_STATUS)
		ntp_model_set_status(&g->ntp, txc->status);
	if (txc->modes & ADJ_MAXERROR)
		g->ntp.maxerror_us = txc->maxerror;
	if (txc->modes & ADJ_TAI && txc->constant != g->ntp.tai_offset_sec) {
		g->ntp.tai_offset_sec = txc->constant;
		notify(g, true);
	}
}

/* do_adjtimex(): as a call of the module it takes time. */
int sim_adjtimex(struct __kernel_timex *txc)
{
	bool counted = txc->modes & (ADJ_FREQUENCY | ADJ_TICK | ADJ_SETOFFSET);
	struct guest *g = running;
	s64 freq = g->tk.time_freq / 65536000, tick = g->tk.tick_us;

	if (g->in_thread && counted)
		spend(g, late(g, &g->habits.call));
	if (!txc->modes) {
		txc->freq = freq;
		txc->tick = tick;
	}
	if (txc->modes & ADJ_ADJTIME)
		return 0;
	g->figures.calls += counted;
	if (txc->modes & ADJ_SETOFFSET)
		inject_offset(g, txc);
	set_ntp(g, txc);
	if (txc->modes & ADJ_FREQUENCY)
		freq = txc->freq;
	if (txc->modes & ADJ_TICK)
		tick = txc->tick;
	if (txc->modes & (ADJ_FREQUENCY | ADJ_TICK)) {
		tk_adjtimex(&g->tk, g->now, freq, tick);
		notify(g, begin_seconds(g));
	}
	if (g->called && g->in_thread)
		g->called(g, txc);
	if (g->in_thread && counted)
		spend(g, to_counts(g, 2000));
	return 0;
}

/* ---- the CPU ---- */

/* When a timer's interrupt comes: hardware counts at the nominal rate. */
static u64 fires_at(const struct guest *g, s64 mono)
{
	s64 rest = mono - tk_mono(&g->tk, g->now);

	return g->now + (rest > 0 ? to_counts(g, rest) + 1 : 0);
}

/* Jiffies go on, and with them the clock. */
static bool update(struct guest *g)
{
	s64 gone = tk_mono(&g->tk, g->now) - g->jiffy_mono;

	if (gone < tick_ns(g))
		return false;
	g->jiffy_mono += gone / tick_ns(g) * tick_ns(g);
	if (tk_advance(&g->tk, g->now, false))
		notify(g, begin_seconds(g));
	return true;
}

static u64 timer_at(const struct guest *g)
{
	return g->timer_mono < 0 ? TKREF_NEVER :
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
	return g->tick_stopped ? TKREF_NEVER :
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
	g->timer_mono = -1;
	g->clk.timer.function(&g->clk.timer);
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
	u64 first = TKREF_NEVER;
	u32 i;

	for (i = 0; i < 4; i++)
		if (at[i] < first) {
			first = at[i];
			*event = what[i];
		}
	return first < g->not_before ? g->not_before : first;
}

static void interrupt(struct guest *g, void (*event)(struct guest *g))
{
	struct task_struct *task = current;
	bool nested = sim_in_interrupt;

	if (!g->in_thread)
		current = &idle_task;
	sim_in_interrupt = true;
	event(g);
	sim_in_interrupt = nested;
	current = task;
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
			g->stall_at = TKREF_NEVER;
			continue;
		}
		if (at > until)
			break;
		if (at > g->now)
			g->now = at;
		look(g);
		interrupt(g, event);
	}
	if (until > g->now)
		g->now = until;
	look(g);
}

void spend(struct guest *g, u64 counts)
{
	spend_until(g, g->now + counts);
}

/* Inside the thread: spin to the end of the servo's mode. */
void cpu_relax(void)
{
	spend_until(running, running->clk.d.servo.end);
}

static void thread(struct guest *g)
{
	g->in_thread = true;
	g->thread_at = TKREF_NEVER;
	current = &module_thread;
	do {
		g->figures.passes++;
		spend(g, to_counts(g, 2000));
		tkref_thread_pass(&g->clk);
	} while (g->clk.d.want);
	g->in_thread = false;
	g->thread_at = TKREF_NEVER;
	current = &idle_task;
	if (g->work) {
		struct work_struct *work = g->work;

		g->work = NULL;
		work->func(work);
	}
}

bool sim_thread_is_realtime;

void sched_set_normal(struct task_struct *task, int nice)
{
	if (sim_in_demotion)
		sim_in_demotion();
	sim_thread_is_realtime = false;
}

/* ---- other tasks ---- */

#define OTHERS		8
#define FIRST_TGID	100

static struct task_struct others[OTHERS];	/* by tgid; 0: does not live */
static int last_tgid = FIRST_TGID;

static struct task_struct *other_task(int tgid)
{
	return &others[tgid % OTHERS];
}

struct pid *find_vpid(int nr)
{
	return nr && other_task(nr)->tgid == nr ?
	       (struct pid *)other_task(nr) : NULL;
}

struct task_struct *pid_task(struct pid *pid, int type)
{
	(void)type;
	return (struct task_struct *)pid;
}

/* The task that was the last one to do something exits. */
void external_exit(void)
{
	other_task(last_tgid)->tgid = 0;
}

/* The one of that name, which was the last one or begins now. */
static struct task_struct *external_task(const char *comm)
{
	struct task_struct *task = other_task(last_tgid);

	if (task->tgid && !strcmp(comm, task->comm))
		return task;
	task = other_task(++last_tgid);
	snprintf(task->comm, sizeof(task->comm), "%s", comm);
	task->tgid = last_tgid;
	task->start_time = last_tgid;
	task->group_leader = task;
	return task;
}

/* A task does something, whatever runs now. */
void external_do(struct guest *g, const char *comm,
		 void (*what)(struct guest *g, void *arg), void *arg)
{
	struct task_struct *interrupted = current;
	bool in_thread = g->in_thread, in_interrupt = sim_in_interrupt;

	current = external_task(comm);
	g->in_thread = false;
	sim_in_interrupt = false;
	what(g, arg);
	current = interrupted;
	g->in_thread = in_thread;
	sim_in_interrupt = in_interrupt;
}

static void do_adjtimex(struct guest *g, void *txc)
{
	sim_adjtimex(txc);
}

void external_adjtimex(struct guest *g, const char *comm,
		       struct __kernel_timex *txc)
{
	external_do(g, comm, do_adjtimex, txc);
}

void external_step(struct guest *g, const char *comm, s64 sec, s64 ns)
{
	struct __kernel_timex txc = {
		.modes = ADJ_SETOFFSET | ADJ_NANO,
		.time = { sec, ns },
	};

	external_adjtimex(g, comm, &txc);
}

void external_frequency(struct guest *g, const char *comm, s64 ppm)
{
	struct __kernel_timex txc = {
		.modes = ADJ_FREQUENCY,
		.freq = ppm * 65536,
	};

	external_adjtimex(g, comm, &txc);
}

/*
 * Asleep for so long, by the RTC; the counter then goes on from this value, and
 * the kernel has set its clock by the RTC.
 */
void suspend(struct guest *g, u64 sec, u64 counter)
{
	system_state = SYSTEM_SUSPEND;
	interrupts_lost = true;
	tk_forward(&g->tk, g->now);
	notify(g, false);
	interrupts_lost = false;
	g->tk.sec += sec;
	g->seconds = g->tk.sec;
	g->tk.ntp_error = 0;
	g->now = counter;
	g->tk.cycle_last = counter;
	g->seen_at = counter;
	notify(g, true);
	system_state = SYSTEM_RUNNING;
}

/* Set the guest's clock before anything looks at it. */
void set_clock(struct guest *g, s64 sec)
{
	g->tk.mono_ns -= (sec - g->tk.sec) * NSEC_PER_SEC;
	g->tk.sec = sec;
	g->seconds = sec;
}

/* ---- outside ---- */

void run_until(struct guest *g, u64 until)
{
	while (g->now < until) {
		if (g->thread_at == TKREF_NEVER &&
		    g->clk.d.state == TKREF_YIELDED)
			g->thread_at = g->now + to_counts(g, SEC / 4);
		spend_until(g, until);
		if (g->thread_at <= g->now)
			thread(g);
	}
}

void run(struct guest *g, u64 ns)
{
	run_until(g, g->now + to_counts(g, ns));
}

/* Tell the module of the reference. */
void new_line(struct guest *g)
{
	assert(!tkref_clock_set(&g->clk, NULL, &g->reference));
}

u64 line_period(const struct guest *g)
{
	return vmclock_line_period_ns56(&g->reference.params.line);
}

static void set_period(struct vmclock_line *line, u64 period_ns56)
{
	vmclock_line_set_period(line, period_ns56, NSEC_PER_SEC, 56);
}

/* The frequency changes at a counter value that has gone by. */
void turn_line(struct guest *g, u64 counter, u64 period_ns56)
{
	struct vmclock_line *line = &g->reference.params.line;

	look(g);
	vmclock_line_move(line, counter);
	set_period(line, period_ns56);
	new_line(g);
}

static struct vmclock_time time_of(__int128 ns56)
{
	__int128 sec_ns56 = (__int128)NSEC_PER_SEC << 56;
	s64 sec = ns56 / sec_ns56;

	if (ns56 < sec * sec_ns56)
		sec--;
	ns56 -= sec * sec_ns56;
	return (struct vmclock_time){
		.sec = sec,
		.frac = ((unsigned __int128)ns56 << 8) / NSEC_PER_SEC,
	};
}

void move_line_by(struct guest *g, s64 ns)
{
	struct vmclock_time *t = &g->reference.params.line.time;

	look(g);
	*t = vmclock_time_add(*t, vmclock_time_from_ns(ns));
	new_line(g);
}

/* Another clocksource over the same counter, as at boot. */
void switch_clocksource(struct guest *g, u32 khz)
{
	look(g);
	tk_switch(&g->tk, g->now, khz);
	ntp_model_clear(&g->ntp);
	g->cs ^= 1;
	notify(g, true);
}

void stall(struct guest *g, u64 ns)
{
	g->stall_at = g->now;
	g->stall_counts = to_counts(g, ns);
}

/* Following from now on, the clock so far off. */
void lock(struct guest *g, __int128 off_ns, u64 period_ns56)
{
	struct vmclock_line *line = &g->reference.params.line;

	line->counter = g->now - g->counter_off;
	line->time = time_of(clock_at(g, g->now) - off_ns * (1LL << 56));
	set_period(line, period_ns56);
	g->following = true;
	new_line(g);
}

void figures_begin(struct guest *g)
{
	g->figures = (struct figures){ 0 };
	g->sampling = true;
	g->seen_at = g->now;
}

void guest_init(struct guest *g, u64 seed, enum tk_class class, u32 hz, u32 khz,
		const struct habits *habits)
{
	*g = (struct guest){
		.random = seed,
		.habits = *habits,
		.now = 1ULL << 40,
		.timer_mono = -1,
		.thread_at = TKREF_NEVER,
		.stall_at = TKREF_NEVER,
		.script_at = TKREF_NEVER,
		.activity_end = TKREF_NEVER,
		.busy = true,
		.ntp = { .next_leap_sec = S64_MAX, .status = STA_UNSYNC },
		.reference = {
			.name = "sim",
			.params = {
				.magic = VMCLOCK_MAGIC,
				.size = sizeof(struct vmclock_abi),
				.version = 1,
				.counter_id = VMCLOCK_COUNTER_X86_TSC,
				.time_type = VMCLOCK_TIME_UTC,
				.status = VMCLOCK_STATUS_SYNCHRONIZED,
			},
		},
	};
	running = g;
	sim_hz = hz;
	tkref_idle_error_ns.value = 4;
	tkref_slew_ppm.value = 500;
	tkref_step_ns.value = 0;
	tkref_policy = TKREF_POLICY_AUTO;
	tk_init(&g->tk, class, hz, khz, g->now);
	g->tk.sec = 1790000000;
	g->seconds = g->tk.sec;
	g->jiffy_mono = tk_mono(&g->tk, g->now) - rnd(g) % tick_ns(g);
	if (habits->busy_ns[1])
		g->activity_end = g->now + 1;
	g->seen_at = g->now;
	assert(!tkref_clock_start(&g->clk));
}
