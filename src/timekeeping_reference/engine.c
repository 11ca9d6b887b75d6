// SPDX-License-Identifier: GPL-2.0
/*
 * The engine: sees every update of the timekeeper, compares it with the
 * reference, asks the law (servo.c) and carries out what it says.
 *
 *	notifier	timekeeper lock held, its sequence open: arithmetic only
 *	irq_work	what the notifier may not do: wake the thread, arm
 *	timer		ends of pulses and phase deadlines, hard interrupt
 *	thread		everything that calls do_adjtimex()
 *	rescue		a work that frees the thread from RT throttling
 *
 * Two locks. engine.lock guards all state and is taken by the notifier, so
 * nobody who holds it may read the time or start a timer: both could wait for
 * the timekeeper, who waits for us. engine.arm_lock makes computing an expiry
 * and starting the timer one step; it is never taken by the notifier, and is
 * the outer one.
 */
#include <linux/hrtimer.h>
#include <linux/irq_work.h>
#include <linux/kernel.h>
#include <linux/kthread.h>
#include <linux/module.h>
#include <linux/overflow.h>
#include <linux/pvclock_gtod.h>
#include <linux/sched/prio.h>
#include <linux/suspend.h>
#include <linux/workqueue.h>

#include "compat/timekeeper.h"
#include "tkref.h"
#include "trace.h"

#define NEVER		U64_MAX
#define PASS_ACTIONS	16		/* then let others run */
#define SPIN_NS		3000		/* this near a pulse's end, spin */
#define SHORTEST_NS	2000		/* timer expiry */
#define RESCUE_JIFFIES	(HZ / 50)	/* a thread that is wanted has run */
#define REFRESH_JIFFIES	(64 * HZ)	/* maxerror grows 32 ms in it */
#define LOCKED_NS	1000
#define LOCKED_PULSE_NS	10
#define UNLOCKED_NS	100000		/* no lock while this is slewed away */
#define UNSYNC_NS	(16 * NSEC_PER_SEC)
#define STEP_NS32	(100LL << 32)	/* less is no step of anybody's */
#define MISSED_NS32	(500000000LL << 32)

/**
 * struct tkref_engine - all state; see the head of the file for the locks
 * @lock: of all members before @arm_lock
 * @owner: module that set the reference, never dereferenced
 * @name: what it calls itself
 * @params: the last good ones
 * @defect: why those that were set last cannot be followed, or NULL
 * @lost: the reference's counter when @defect appeared
 * @status: VMCLOCK_STATUS_* that was set last
 * @marker: disruption marker that was set last
 * @generation: generation counter that was set last, 0 without one
 * @line: the last good one
 * @servo: the law
 * @view: the last update
 * @xtime: CLOCK_REALTIME of the last update
 * @ntp_rate: the kernel's tick length, what it slews included
 * @clock: clocksource of the last update, never dereferenced later
 * @scale: its count, from the reference's counter
 * @scaled: whether there is one
 * @frequency: as it was set last; its tick is 0 while it may not be in force
 * @exact: without a correction; its tick is 0 if the clock was left, or lost
 * @ntp: status and bounds as they were set last
 * @ntp_jiffies: when that was
 * @deadline: count at which the phase deadline is reached
 * @armed: count at which the timer is due, for that or for the law, or NEVER
 * @state: see enum tkref_state
 * @foreign: somebody else adjusted the clock: who
 * @intruded: ... and it was not looked at yet
 * @pending: a lock begins: adjustments of others must be cleared first
 * @settled: count when the last of what was cleared has been slewed, or 0
 * @want: the thread has something to do
 * @resting: the last update called for nothing, and nothing has changed since
 * @rest_count: see rest(), like the next one
 * @rest_ns32: .
 * @steps: see struct tkref_status, like the next one
 * @wakeups: .
 * @arm_lock: one who arms the timer at a time
 * @timer: see above
 * @irq_work: see above
 * @thread: see above
 * @rescue: see above
 * @rescued: jiffies when it had to, 0 if it had not
 */
struct tkref_engine {
	raw_spinlock_t lock;
	struct module *owner;
	char name[TKREF_NAME_LEN];
	struct vmclock_params params;
	const char *defect;
	u64 lost;
	u8 status;
	u64 marker;
	u64 generation;
	struct tkref_line line;
	struct servo servo;
	struct servo_view view;
	struct tkref_moment xtime;
	u64 ntp_rate;
	const struct clocksource *clock;
	struct vmclock_scale scale;
	bool scaled;
	struct servo_frequency frequency;
	struct servo_frequency exact;
	struct tkref_ntp ntp;
	unsigned long ntp_jiffies;
	u64 deadline;
	u64 armed;
	enum tkref_state state;
	char foreign[TKREF_NAME_LEN];
	bool intruded;
	bool pending;
	u64 settled;
	bool want;
	bool resting;
	u64 rest_count;
	u64 rest_ns32;
	u64 steps;
	u64 wakeups;

	raw_spinlock_t arm_lock;
	struct hrtimer timer;
	struct irq_work irq_work;
	struct task_struct *thread;
	struct delayed_work rescue;
	unsigned long rescued;
};

static struct tkref_engine engine = {
	.lock = __RAW_SPIN_LOCK_UNLOCKED(engine.lock),
	.arm_lock = __RAW_SPIN_LOCK_UNLOCKED(engine.arm_lock),
	.armed = NEVER,
};

/* Whoever changes something makes the next update look at everything again. */
static void lock_engine(void) __acquires(&engine.lock)
{
	raw_spin_lock_irq(&engine.lock);
	engine.resting = false;
}

static void unlock_engine(void) __releases(&engine.lock)
{
	raw_spin_unlock_irq(&engine.lock);
}

/* ---- the last update against the reference; engine.lock held ---- */

static void set_slope(void)
{
	struct servo_view *view = &engine.view;

	view->slope_ns56 = ((u64)view->mult << (56 - view->shift)) -
			   engine.servo.period_ns56;
}

static void compare(void)
{
	struct servo_view *view = &engine.view;

	if (!engine.line.valid)
		return;
	view->phase_ns32 = tkref_line_phase(&engine.line, &engine.xtime);
	set_slope();
}

/* The clocksource's count. */
static u64 count_now(void)
{
	return vmclock_scale_count(&engine.scale, vmclock_counter_read());
}

/* Is the clock ours to steer? */
static bool engaged(void)
{
	return engine.line.valid && engine.scaled &&
	       engine.state != TKREF_YIELDED;
}

static s32 tai_offset_wanted(void)
{
	return tkref_line_offset_sec(&engine.line, engine.xtime.sec +
				     engine.xtime.tai_offset_sec);
}

static bool tai_differs(void)
{
	return engine.line.tai &&
	       engine.xtime.tai_offset_sec != tai_offset_wanted();
}

/* Engaged, and nothing has to be put right before the law may run. */
static bool following(void)
{
	return engaged() && !engine.pending && !tai_differs();
}

static s64 counts_to_ns(s64 counts)
{
	return counts <= 0 ? 0 :
	       (s64)(((unsigned __int128)counts * engine.view.mult) >>
		     engine.view.shift);
}

/* Does the law's mode end now, or so soon that waiting isn't worth while? */
static bool mode_ends(u64 now)
{
	return engine.servo.mode != SERVO_STEADY &&
	       counts_to_ns(engine.servo.end - now) <= SPIN_NS;
}

/* ---- timer ---- */

static u64 next_expiry(u64 now)
{
	u64 soonest = now + engine.view.cycle_interval / 4;
	bool steady = engine.servo.mode == SERVO_STEADY;
	u64 expiry;

	if (!following())
		return NEVER;
	if (!engine.servo.deadline_ns32)
		return steady ? NEVER : engine.servo.end;
	engine.deadline = servo_deadline(&engine.servo, &engine.view);
	expiry = servo_deadline_timer(&engine.view, engine.deadline);
	if ((s64)(expiry - soonest) < 0)
		expiry = soonest;
	if (!steady && (s64)(engine.servo.end - expiry) < 0)
		return engine.servo.end;
	return expiry;
}

/*
 * A timer's hardware may count at the nominal rate, whatever the clock's is:
 * rather too early than too late.
 */
static s64 timer_ns(s64 counts)
{
	const struct servo_view *view = &engine.view;

	return counts <= 0 ? 0 : (s64)(((unsigned __int128)counts *
		min(view->mult, view->clock_mult)) >> view->shift);
}

/*
 * Context: process, irq_work or hard interrupt. Takes arm_lock, and lock
 * inside it, but not while the time is read.
 */
static void arm(void)
{
	unsigned long flags;
	bool late;
	u64 now;
	s64 ns;

	raw_spin_lock_irqsave(&engine.arm_lock, flags);
	raw_spin_lock(&engine.lock);
	now = count_now();
	late = following() && mode_ends(now);
	engine.armed = late ? NEVER : next_expiry(now);
	ns = timer_ns(engine.armed - now);
	if (late)
		engine.want = true;
	raw_spin_unlock(&engine.lock);

	if (late)
		wake_up_process(engine.thread);
	else if (engine.armed != NEVER)
		hrtimer_start(&engine.timer,
			      ktime_add_ns(ktime_get(),
					   max_t(s64, ns, SHORTEST_NS)),
			      HRTIMER_MODE_ABS_HARD);
	raw_spin_unlock_irqrestore(&engine.arm_lock, flags);
}

/*
 * By now irq_enter() has made an idle kernel catch up and choose its mult
 * anew, so for a phase deadline only the next one remains to be set.
 */
static enum hrtimer_restart on_timer(struct hrtimer *timer)
{
	raw_spin_lock(&engine.lock);
	engine.wakeups++;
	if (engine.armed != NEVER)
		servo_was_late(&engine.servo,
			       count_now() - engine.armed);
	raw_spin_unlock(&engine.lock);
	arm();
	return HRTIMER_NORESTART;
}

static void on_irq_work(struct irq_work *work)
{
	if (!READ_ONCE(engine.want)) {
		arm();
		return;
	}
	/* the other way round the thread could have cancelled it too early */
	queue_delayed_work(system_highpri_wq, &engine.rescue, RESCUE_JIFFIES);
	wake_up_process(engine.thread);
}

/*
 * A guest that is saved, or paused, while the thread runs has a counter that
 * went on meanwhile. Linux before 6.12 takes that for time that the thread has
 * used, and no realtime task may run until it is paid back, 0.95 s a second.
 * As an ordinary task it may: in the middle of a pass, perhaps.
 */
static void on_rescue(struct work_struct *work)
{
	if (!READ_ONCE(engine.want))
		return;
	WRITE_ONCE(engine.rescued, jiffies | 1);
	sched_set_normal(engine.thread, MIN_NICE);
}

/* ---- the timekeeper's notifier; engine.lock held ---- */

/* What is another in every update. */
static __always_inline void observe_progress(const struct timekeeper *tk)
{
	const struct tk_read_base *tkr = &tk->tkr_mono;
	struct servo_view *view = &engine.view;

	view->ticking++;
	if (tkr->cycle_last - view->cycle_last > 2 * tk->cycle_interval)
		view->ticking = 0;
	view->cycle_last = tkr->cycle_last;
	view->ntp_error_ns32 = tk->ntp_error;
	view->mult = tkr->mult;
	engine.xtime.count = tkr->cycle_last;
	engine.xtime.ns32 = tkr->xtime_nsec << (32 - tkr->shift);
}

static void observe(const struct timekeeper *tk)
{
	const struct tk_read_base *tkr = &tk->tkr_mono;
	struct servo_view *view = &engine.view;

	view->cycle_interval = tk->cycle_interval;
	view->shift = tkr->shift;
	engine.xtime.sec = tk->xtime_sec;
	engine.xtime.tai_offset_sec = tk->tai_offset;
	observe_progress(tk);
	compare();
}

static void set_line(void)
{
	tkref_line_set(&engine.line, &engine.params, &engine.scale);
	engine.servo.period_ns56 = vmclock_line_period_ns56(&engine.line.line);
	servo_prepare(&engine.servo, &engine.view);
}

/* The hypervisor has made another count of the counter. */
static void observe_scale(const struct clocksource *cs)
{
	engine.scaled = vmclock_scale_get(&engine.scale, cs);
	if (engine.line.valid)
		set_line();
	engine.servo.rate_stale = true;
	engine.want = true;
}

/* What was to end, or to expire, at a count has to do so no more. */
static void observe_clocksource(const struct clocksource *cs)
{
	observe_scale(cs);
	servo_drop(&engine.servo);
	engine.armed = NEVER;
	engine.clock = cs;
	engine.view.clock_mult = cs->mult;
	/* it runs at its nominal rate till the next update */
	engine.frequency.tick = 0;
}

/* The line was checked against another scale: this one may not fit. */
static void check_line(void)
{
	const char *defect;

	servo_prepare(&engine.servo, &engine.view);
	if (!engine.line.valid || !engine.scaled)
		return;
	defect = tkref_reference_defect(&engine.params, &engine.scale,
					&engine.view);
	if (!defect)
		return;
	engine.line.valid = false;
	engine.defect = defect;
}

/*
 * Is the clock elsewhere than the last update's rate has led it? Callbacks say
 * so too when another notifier is registered and nothing has happened.
 */
static bool stepped(const struct timekeeper *tk)
{
	const struct servo_view *view = &engine.view;
	u64 counts = tk->tkr_mono.cycle_last - view->cycle_last;
	s64 sec = tk->xtime_sec - engine.xtime.sec;
	__int128 step;

	if (tk->tai_offset != engine.xtime.tai_offset_sec)
		return true;
	step = (__int128)sec * (s64)(NSEC_PER_SEC << 32) - engine.xtime.ns32;
	step += tk->tkr_mono.xtime_nsec << (32 - tk->tkr_mono.shift);
	step -= ((unsigned __int128)counts * view->mult) << (32 - view->shift);
	return step > STEP_NS32 || step < -STEP_NS32;
}

/*
 * Somebody else's hand on the clock shows as another tick length, or as a
 * step from a system call. The tick length may also change from the tick,
 * when an offset given to adjtimex(2) or adjtime(3) earlier begins or ends; one
 * that was cleared ends with the second, and may have gone far till then. And
 * it may be our own that a tick brings, before the call has set it (Linux
 * before 6.13 lets go of its lock in between) or after the clocksource has
 * changed.
 * A step from the tick, which the idle task makes too, is a leap second. The
 * clock is stepped by the kernel itself when it resumes, in the idle task if it
 * was suspended to idle; the reference says by how much that was wrong.
 */
static void detect_intruder(u64 ntp_rate, bool step)
{
	bool task = in_task() && !is_idle_task(current);

	if (ntp_rate == engine.ntp_rate && !step)
		return;
	if (system_state == SYSTEM_SUSPEND) {
		servo_reset(&engine.servo);
		return;
	}
	if (ntp_rate == engine.ntp_rate && !task)
		return;
	if (!task && !engine.frequency.tick)
		return;
	if (!task && (s64)(engine.settled - engine.view.cycle_last) > 0) {
		engine.servo.may_step = true;
		engine.want = true;
		return;
	}
	strscpy(engine.foreign, task ? current->comm : "an earlier adjustment",
		sizeof(engine.foreign));
	if (ntp_rate != engine.ntp_rate) {
		engine.frequency.tick = 0;
		engine.exact.tick = 0;
	}
	engine.intruded = true;
	engine.want = true;
}

/* Is the timer late for the phase deadline? */
static __always_inline bool deadline_moved(void)
{
	return engine.servo.deadline_ns32 &&
	       (engine.armed == NEVER ||
		servo_deadline_moved(&engine.servo, &engine.view,
				     engine.deadline));
}

/*
 * From here on, and until the second ends, time only goes by:
 *
 *	phase = rest_ns32 + xtime - (count - rest_count) * period
 *
 * The product has 34 + 63 bits. The period is rounded down by less than 2^-56
 * ns, which 10^10 counts make 1.4 * 10^-7 ns.
 */
static void rest(void)
{
	engine.resting = !engine.scale.frac_bits;
	engine.rest_count = engine.xtime.count;
	engine.rest_ns32 = engine.view.phase_ns32 - engine.xtime.ns32;
}

static u64 rest_phase(void)
{
	u64 counts = engine.xtime.count - engine.rest_count;

	return engine.rest_ns32 + engine.xtime.ns32 -
	       (u64)(((unsigned __int128)counts *
		      engine.servo.period_ns56) >> 24);
}

/* Nearly every update is such a one. */
static bool only_time_went_by(const struct timekeeper *tk, bool was_set)
{
	return engine.resting && !was_set &&
	       tk->xtime_sec == engine.xtime.sec &&
	       tk->tkr_mono.clock == engine.clock &&
	       vmclock_tk_ntp_rate(tk) == engine.ntp_rate;
}

static void observe_resting(const struct timekeeper *tk)
{
	observe_progress(tk);
	engine.view.phase_ns32 = rest_phase();
	set_slope();
}

/* Kept out of on_update(), for it needs many registers. */
static noinline void observe_all(const struct timekeeper *tk, bool was_set)
{
	const struct clocksource *cs = tk->tkr_mono.clock;
	u64 ntp_rate = vmclock_tk_ntp_rate(tk);
	bool other = cs != engine.clock;
	bool moved = !other && engine.scale.frac_bits &&
		     vmclock_scale_moved(&engine.scale);
	bool step = was_set && stepped(tk);
	bool ours = following(); /* until now; the TAI offset may be another */

	engine.resting = false;
	if (other)
		observe_clocksource(cs);
	else if (moved)
		observe_scale(cs);
	observe(tk);
	if (other || moved)
		check_line();
	if (!other && ours && current != engine.thread)
		detect_intruder(ntp_rate, step);
	engine.ntp_rate = ntp_rate;
	if (was_set)	/* by a leap second, perhaps */
		engine.want = true;
}

/* Return: true if the thread, or the timer, is needed. */
static noinline bool look_closely(void)
{
	engine.resting = false;
	if (!following())
		return engine.want;
	if (servo_wanted(&engine.servo, &engine.view))
		engine.want = true;
	if (engine.want)
		return true;
	if (engine.servo.mode != SERVO_STEADY)
		return false;
	rest();
	return deadline_moved();
}

static bool calls_for_something(void)
{
	if (engine.resting && servo_rests(&engine.servo, &engine.view))
		return deadline_moved();
	return look_closely();
}

static int on_update(struct notifier_block *nb, unsigned long was_set,
		     void *data)
{
	bool queue;

	raw_spin_lock(&engine.lock);
	if (only_time_went_by(data, was_set))
		observe_resting(data);
	else
		observe_all(data, was_set);
	queue = calls_for_something();
	raw_spin_unlock(&engine.lock);

	if (queue)
		irq_work_queue(&engine.irq_work);
	return NOTIFY_OK;
}

static struct notifier_block update_notifier = {
	.notifier_call = on_update,
};

/* ---- the thread ---- */

/**
 * struct tkref_order - one call to be made, taken from the law under lock
 * @action: what
 * @frequency: for SERVO_RATE
 * @offset: for SERVO_STEP
 * @ntp: goes with either, if there is something to tell
 * @before: for servo_learn(), like @counter and @correction
 * @counter: .
 * @correction: .
 */
struct tkref_order {
	enum servo_action action;
	struct servo_frequency frequency;
	struct vmclock_time offset;
	struct tkref_ntp ntp;
	struct servo_view before;
	u64 counter;
	s64 correction;
};

static struct vmclock_time time_from_ns32(s64 ns32)
{
	struct vmclock_time t = vmclock_time_from_ns(ns32 >> 32);
	struct vmclock_time rest = { .frac = vmclock_ns32_to_frac((u32)ns32) };

	return vmclock_time_add(t, rest);
}

/* Bounds of the clock: the reference's, and what the clock is off it. */
static void bounds(u64 residual_ns, u64 *maxerror_ns, u64 *esterror_ns)
{
	u64 now = vmclock_counter_read();
	u64 lost = engine.defect ? engine.lost : now;

	*maxerror_ns = tkref_maxerror(&engine.params, now, lost);
	*esterror_ns = tkref_esterror(&engine.params, now, lost);
	if (check_add_overflow(*maxerror_ns, residual_ns, maxerror_ns))
		*maxerror_ns = U64_MAX;
	if (check_add_overflow(*esterror_ns, residual_ns, esterror_ns))
		*esterror_ns = U64_MAX;
}

/* Rounded up. */
static u64 residual_ns(void)
{
	return (abs(servo_phase_at(&engine.view, count_now())) >> 32) + 1;
}

/*
 * What adjtimex(2) shall report. A leap second of a reference that is lost was
 * real all the same. While the clock isn't on the reference there is nothing to
 * report, but if a lock is lost: then what was reported is void.
 */
static void ntp_wanted(struct tkref_ntp *ntp, enum tkref_state state,
		       u64 residual_ns)
{
	*ntp = (struct tkref_ntp){ .valid = true };
	if (state == TKREF_WAITING && engine.owner && engine.scaled &&
	    engine.ntp.valid)
		state = TKREF_UNSYNCHRONISED;
	switch (state) {
	case TKREF_LOCKED:
	case TKREF_HOLDOVER:
		ntp->status = tkref_leap_status(&engine.line, &engine.params,
						&engine.xtime);
		bounds(residual_ns, &ntp->maxerror_ns, &ntp->esterror_ns);
		break;
	case TKREF_UNSYNCHRONISED:
		ntp->status = STA_UNSYNC;
		ntp->maxerror_ns = U64_MAX;
		ntp->esterror_ns = U64_MAX;
		break;
	default:
		ntp->valid = false;
	}
}

static void ntp_written(const struct tkref_ntp *ntp)
{
	if (!ntp->valid)
		return;
	engine.ntp = *ntp;
	engine.ntp_jiffies = jiffies;
}

/* The kernel has added 500 us in each second since; the last one may come. */
static bool bound_outgrown(const struct tkref_ntp *ntp)
{
	u64 seconds = (jiffies - engine.ntp_jiffies) / HZ;

	return engine.ntp.maxerror_ns < UNSYNC_NS &&
	       ntp->maxerror_ns > engine.ntp.maxerror_ns +
				  (seconds + 2) * (NSEC_PER_MSEC / 2);
}

/* Is what was written last wrong, or old? */
static bool ntp_stale(const struct tkref_ntp *ntp)
{
	return ntp->valid &&
	       (!engine.ntp.valid || ntp->status != engine.ntp.status ||
		bound_outgrown(ntp) ||
		time_after_eq(jiffies, engine.ntp_jiffies + REFRESH_JIFFIES));
}

/* Spin for the last microseconds of a mode; not under lock, see on_update(). */
static void wait_for_end(void)
{
	bool wait;
	u64 now;

	do {
		lock_engine();
		now = count_now();
		wait = following() && mode_ends(now) &&
		       (s64)(engine.servo.end - now) > 0;
		unlock_engine();
		cpu_relax();
	} while (wait);
}

/*
 * Without a TAI offset a leap second that was announced too late, or not at
 * all, shows as a phase of a second; that is not to be slewed for half an hour.
 */
static bool missed_leap_second(void)
{
	return !engine.line.tai &&
	       engine.line.before_sec != engine.line.after_sec &&
	       abs(engine.view.phase_ns32) > MISSED_NS32;
}

/*
 * Linux 7.3 ends the slew of a cleared adjtime(3) with the second, too, but no
 * tick length tells of that: what it left may be stepped once.
 */
static void settle(u64 now)
{
	s64 since = now - engine.settled;

	if (!engine.settled || since < 0)
		return;
	engine.settled = 0;
	if (since < (s64)engine.view.cycle_interval * HZ)
		engine.servo.may_step = true;
}

static void follow(struct tkref_order *order, u64 now)
{
	if (missed_leap_second())
		engine.servo.may_step = true;
	order->action = servo_next(&engine.servo, &engine.view, now);
	order->frequency = servo_rate(&engine.servo, &engine.view);
	engine.exact = servo_exact_rate(&engine.servo, &engine.view);
}

/*
 * Reference or counter are gone, or the clock is somebody else's, who has set
 * it but not its rate: in a pulse perhaps, which nobody would end.
 */
static void leave(struct tkref_order *order)
{
	order->action = SERVO_RATE;
	order->frequency = engine.exact;
	engine.exact.tick = 0;
}

static void decide(struct tkref_order *order)
{
	struct vmclock_time zero = {}, run;
	s64 slope;
	u64 now;

	lock_engine();
	now = count_now();
	settle(now);
	order->action = SERVO_NOTHING;
	order->before = engine.view;
	order->counter = now;
	order->correction = engine.servo.correction;
	if (following())
		follow(order, now);
	else if (engine.exact.tick)
		leave(order);
	ntp_wanted(&order->ntp, engine.state, residual_ns());
	if (order->action == SERVO_STEP) {
		slope = servo_phase_at(&engine.view, now) -
			engine.view.phase_ns32;
		run = time_from_ns32(slope);
		run = vmclock_time_add(tkref_line_phase_exact(&engine.line,
							      &engine.xtime),
				       run);
		order->offset = vmclock_time_sub(zero, run);
		/* whatever it was before, then it is on the reference */
		ntp_wanted(&order->ntp, TKREF_LOCKED, 1);
	}
	unlock_engine();
}

static bool same_frequency(const struct servo_frequency *a,
			   const struct servo_frequency *b)
{
	return a->freq == b->freq && a->tick == b->tick;
}

static void set_frequency(const struct tkref_order *order)
{
	bool known;

	if (same_frequency(&order->frequency, &engine.frequency))
		return;

	lock_engine();
	known = engine.frequency.tick;
	engine.frequency.tick = 0;
	unlock_engine();
	if (tkref_set_frequency(order->frequency, &order->ntp) < 0)
		return;

	lock_engine();
	if (known && following())
		servo_learn(&engine.servo, &order->before, &engine.view,
			    order->counter, order->correction);
	engine.frequency = order->frequency;
	ntp_written(&order->ntp);
	unlock_engine();
	trace_tkref_rate(order->frequency.freq, order->frequency.tick,
			 engine.servo.mode);
}

static void set_time(const struct tkref_order *order)
{
	if (tkref_step(order->offset, &order->ntp) < 0)
		return;

	lock_engine();
	engine.steps++;
	ntp_written(&order->ntp);
	unlock_engine();
	trace_tkref_step(order->offset.sec,
			 vmclock_frac_to_ns(order->offset.frac));
}

/* Let the law run until it has nothing more to do. */
static void steer(void)
{
	struct tkref_order order;
	unsigned int i;

	for (i = 0; i < PASS_ACTIONS; i++) {
		wait_for_end();
		decide(&order);
		if (order.action == SERVO_RATE)
			set_frequency(&order);
		else if (order.action == SERVO_STEP)
			set_time(&order);
		else
			return;
	}
}

static void yield_or_reassert(void)
{
	bool reassert;

	lock_engine();
	reassert = engine.intruded && tkref_reassert;
	if (reassert) {
		engine.pending = true;
		engine.servo.may_step = true;
	} else if (engine.intruded) {
		engine.state = TKREF_YIELDED;
	}
	engine.intruded = false;
	unlock_engine();

	if (reassert)
		pr_warn_ratelimited("timekeeping_reference: %s adjusted the clock, which is undone\n",
				    engine.foreign);
}

/* What others left must not go on; then the TAI offset, before any phase. */
static void prepare(void)
{
	bool pending, tai;
	s32 offset_sec;

	lock_engine();
	pending = engaged() && engine.pending;
	tai = engaged() && tai_differs();
	offset_sec = tai_offset_wanted();
	unlock_engine();

	if (pending)
		tkref_clear_pending();
	if (tai)
		tkref_set_tai_offset(offset_sec);

	lock_engine();
	if (tai)	/* UTC has a leap second more */
		engine.servo.may_step = true;
	if (pending) {
		engine.pending = false;
		engine.settled = engine.view.cycle_last +
				 engine.view.cycle_interval * (HZ + HZ / 4);
		engine.ntp.valid = false;
		engine.frequency.tick = 0;
		engine.servo.rate_stale = true;
	}
	unlock_engine();
}

/*
 * A pulse that has brought the clock this near is about to end, or one of
 * those that never cease where the CPU is late; a probe is going to lead it
 * away.
 */
static bool arrived(u64 phase_ns)
{
	if (engine.servo.mode == SERVO_STEADY)
		return phase_ns < LOCKED_NS;
	return engine.servo.mode == SERVO_PULSE && phase_ns < LOCKED_PULSE_NS;
}

static enum tkref_state next_state(u64 now)
{
	u64 phase_ns = abs(servo_phase_at(&engine.view, now)) >> 32;
	bool near = engine.state == TKREF_LOCKED ? phase_ns < UNLOCKED_NS :
						   arrived(phase_ns);
	u64 maxerror_ns, esterror_ns;

	if (engine.state == TKREF_YIELDED)
		return TKREF_YIELDED;
	if (!following())
		return TKREF_WAITING;
	if (!engine.defect)
		return near ? TKREF_LOCKED : TKREF_WAITING;
	if (engine.state == TKREF_WAITING)
		return TKREF_WAITING;
	bounds(phase_ns, &maxerror_ns, &esterror_ns);
	return engine.status == VMCLOCK_STATUS_UNRELIABLE ||
	       maxerror_ns > UNSYNC_NS ? TKREF_UNSYNCHRONISED : TKREF_HOLDOVER;
}

static const char *reason(void)
{
	if (engine.state == TKREF_YIELDED)
		return "another task adjusts the clock";
	if (!engine.owner)
		return "no reference";
	if (engine.defect)
		return engine.defect;
	if (!engine.scaled)
		return "the clocksource is not the reference's counter";
	return engine.state == TKREF_WAITING ? "acquiring" : "following";
}

static void publish(void)
{
	struct tkref_status status;
	struct tkref_ntp ntp;
	bool stale;

	lock_engine();
	engine.state = next_state(count_now());
	ntp_wanted(&ntp, engine.state, residual_ns());
	stale = ntp_stale(&ntp);
	if (!ntp.valid)
		engine.ntp.valid = false;
	unlock_engine();

	if (stale && tkref_set_ntp(&ntp) >= 0) {
		lock_engine();
		ntp_written(&ntp);
		unlock_engine();
	}
	tkref_engine_status(&status);
	tkref_state_changed(&status);
}

static void pass(void)
{
	cancel_delayed_work(&engine.rescue);
	WRITE_ONCE(engine.want, false);
	yield_or_reassert();
	publish();	/* what has been lost, before it may be found again */
	prepare();
	steer();
	publish();
	arm();
}

/* A rate that was set meanwhile has brought status and bounds with it. */
static long refresh_timeout(void)
{
	long left = engine.ntp_jiffies + REFRESH_JIFFIES - jiffies;

	return engine.ntp.valid ? clamp_t(long, left, 1, REFRESH_JIFFIES) :
				  REFRESH_JIFFIES;
}

/* Should it still be too early, there is another rescue. */
static void become_realtime(void)
{
	unsigned long rescued = READ_ONCE(engine.rescued);

	if (!rescued || time_before(jiffies, rescued + REFRESH_JIFFIES))
		return;
	WRITE_ONCE(engine.rescued, 0);
	sched_set_fifo(current);
}

static int engine_thread(void *unused)
{
	sched_set_fifo(current);
	while (!kthread_should_stop()) {
		set_current_state(TASK_IDLE);
		if (!READ_ONCE(engine.want) && !kthread_should_stop())
			schedule_timeout(refresh_timeout());
		__set_current_state(TASK_RUNNING);
		become_realtime();
		pass();
	}
	pass();
	return 0;
}

/* ---- called from outside ---- */

static u64 generation_of(const struct vmclock_params *p)
{
	return p->flags & VMCLOCK_FLAG_VM_GEN_COUNTER_PRESENT ?
	       p->vm_generation : 0;
}

/* What was known of the line is void; so are garbage's markers. */
static bool disrupted(const struct vmclock_params *p)
{
	bool changed = p->disruption_marker != engine.marker ||
		       generation_of(p) != engine.generation;

	if (vmclock_page_defect(p))
		return false;
	engine.marker = p->disruption_marker;
	engine.generation = generation_of(p);
	return changed;
}

/* A pulse that was computed for another phase is dropped. */
static void adopt_line(const struct vmclock_params *p)
{
	s64 before = engine.view.phase_ns32;
	struct servo_frequency f;

	engine.params = *p;
	set_line();
	compare();

	if (engine.servo.mode != SERVO_STEADY &&
	    abs(engine.view.phase_ns32 - before) > 1LL << 32)
		servo_drop(&engine.servo);
	f = servo_rate(&engine.servo, &engine.view);
	if (!same_frequency(&f, &engine.frequency))
		engine.servo.rate_stale = true;
}

static void forget(void)
{
	engine.line.valid = false;
	servo_reset(&engine.servo);
	if (engine.state != TKREF_YIELDED)
		engine.state = TKREF_WAITING;
}

/* Context: any but NMI. */
int tkref_engine_set(struct module *owner, const struct tk_reference *ref)
{
	const struct vmclock_params *p = &ref->params;
	unsigned long flags;
	int ret = 0;

	raw_spin_lock_irqsave(&engine.lock, flags);
	engine.resting = false;
	if (engine.owner && engine.owner != owner) {
		raw_spin_unlock_irqrestore(&engine.lock, flags);
		return -EBUSY;
	}
	if (!engine.owner) {
		engine.pending = true;
		engine.state = TKREF_WAITING;
	}
	if (disrupted(p) || !engine.owner)
		forget();
	engine.owner = owner;
	strscpy(engine.name, ref->name, sizeof(engine.name));
	engine.status = p->status;
	if (!engine.defect)
		engine.lost = vmclock_counter_read();
	engine.defect = tkref_reference_defect(p, engine.scaled ?
					       &engine.scale : NULL,
					       &engine.view);
	if (engine.defect)
		ret = -EINVAL;
	else
		adopt_line(p);
	engine.want = true;
	raw_spin_unlock_irqrestore(&engine.lock, flags);

	irq_work_queue(&engine.irq_work);
	return ret;
}

/* Context: any but NMI. */
void tkref_engine_clear(struct module *owner)
{
	unsigned long flags;

	raw_spin_lock_irqsave(&engine.lock, flags);
	engine.resting = false;
	if (engine.owner == owner) {
		forget();
		engine.owner = NULL;
		engine.name[0] = '\0';
		engine.defect = NULL;
		engine.want = true;
	}
	raw_spin_unlock_irqrestore(&engine.lock, flags);
	irq_work_queue(&engine.irq_work);
}

/* Take the clock back from whom it was yielded to. Context: any but NMI. */
void tkref_engine_relock(void)
{
	unsigned long flags;

	raw_spin_lock_irqsave(&engine.lock, flags);
	engine.resting = false;
	engine.state = TKREF_WAITING;
	engine.pending = true;
	engine.foreign[0] = '\0';
	servo_reset(&engine.servo);
	engine.want = true;
	raw_spin_unlock_irqrestore(&engine.lock, flags);
	irq_work_queue(&engine.irq_work);
}

/* The module's parameters, which were checked. Context: any but NMI. */
void tkref_engine_configure(void)
{
	unsigned long flags;

	raw_spin_lock_irqsave(&engine.lock, flags);
	engine.resting = false;
	engine.servo.hz = HZ;
	engine.servo.deadline_ns32 = (s64)tkref_deadline_ns << 32;
	engine.servo.slew_ns = tkref_slew_ppm * 1000;
	engine.servo.step_ns = tkref_step_ns;
	servo_prepare(&engine.servo, &engine.view);
	engine.want = true;
	raw_spin_unlock_irqrestore(&engine.lock, flags);
	if (engine.thread)
		irq_work_queue(&engine.irq_work);
}

/* Context: process. */
void tkref_engine_status(struct tkref_status *status)
{
	bool known;
	u64 now;

	lock_engine();
	now = count_now();
	known = engine.line.valid && engine.scaled;
	status->state = engine.state;
	status->reason = reason();
	strscpy(status->reference, engine.name, sizeof(status->reference));
	strscpy(status->foreign, engine.foreign, sizeof(status->foreign));
	status->class = engine.servo.class;
	status->mode = engine.servo.mode;
	status->phase_ns32 = known ? servo_phase_at(&engine.view, now) : 0;
	status->line_ns32 = known ? engine.view.phase_ns32 +
			    engine.view.ntp_error_ns32 : 0;
	status->maxerror_ns = U64_MAX;
	status->esterror_ns = U64_MAX;
	if (known)
		bounds(residual_ns(), &status->maxerror_ns,
		       &status->esterror_ns);
	status->calls = tkref_calls();
	status->steps = engine.steps;
	status->wakeups = engine.wakeups;
	unlock_engine();
}

int tkref_engine_start(void)
{
	struct task_struct *thread;
	int ret;

	engine.irq_work = IRQ_WORK_INIT_HARD(on_irq_work);
	INIT_DELAYED_WORK(&engine.rescue, on_rescue);
	hrtimer_setup(&engine.timer, on_timer, CLOCK_MONOTONIC,
		      HRTIMER_MODE_ABS_HARD);
	tkref_engine_configure();
	thread = kthread_run(engine_thread, NULL, "timekeeping_ref");
	if (IS_ERR(thread))
		return PTR_ERR(thread);
	engine.thread = thread;
	ret = pvclock_gtod_register_notifier(&update_notifier);
	if (ret)
		kthread_stop(thread);
	return ret;
}

/*
 * Nobody owns the clock any more, or the module could not be unloaded: there
 * is no line, so nothing arms the timer. Without the notifier nothing queues
 * the irq_work, without both and the timer nobody wakes the thread. Its last
 * pass leaves the clock at the reference's frequency.
 */
void tkref_engine_stop(void)
{
	pvclock_gtod_unregister_notifier(&update_notifier);
	irq_work_sync(&engine.irq_work);
	hrtimer_cancel(&engine.timer);
	cancel_delayed_work_sync(&engine.rescue);
	kthread_stop(engine.thread);
}
