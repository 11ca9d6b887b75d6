// SPDX-License-Identifier: GPL-2.0
/*
 * The thread: everything that calls adjtimex. One pass handles external
 * adjustments, reports, and lets the servo run until it has nothing to do.
 * Process context.
 */
#include <linux/kernel.h>
#include <linux/kthread.h>
#include <linux/pid.h>
#include <linux/rcupdate.h>
#include <linux/sched.h>
#include <linux/sched/prio.h>

#include "clock.h"
#include "events.h"
#include "trace.h"

#define PASS_ACTIONS	16		/* then let others run */

enum tkref_policy tkref_policy;

/* Is the end of the servo's mode so near that the thread spins for it? */
static bool mode_is_ending(const struct tkref_clock *clk)
{
	const struct tkref_discipline *d = &clk->d;
	unsigned int seq;
	bool ending;
	u64 now;

	do {
		seq = read_seqcount_begin(&clk->seq);
		now = tkref_count_now(d);
		ending = tkref_following(d) &&
			 servo_mode_ends(&d->servo, now) &&
			 (s64)(d->servo.end - now) > 0;
	} while (read_seqcount_retry(&clk->seq, seq));
	return ending;
}

/*
 * Another program has set a frequency between the order and the call, which has
 * overwritten it: set that again. What it was follows from its tick length.
 */
static void give_back_frequency(struct tkref_clock *clk,
				const struct tkref_order *order)
{
	const struct tkref_discipline *d = &clk->d;
	const struct tkref_ntp no_report = {};
	struct servo_frequency theirs;
	s64 longer;

	tkref_lock(clk);
	longer = d->external.pending && d->external.rate &&
		 order->epoch != d->observed.epoch ?
		 d->external.ntp_rate - d->observed.ntp_rate : 0;
	theirs = servo_longer_tick(&d->servo, &order->frequency, longer);
	tkref_unlock(clk);
	if (longer)
		tkref_set_frequency(theirs, &no_report);
}

static void set_frequency(struct tkref_clock *clk,
			  const struct tkref_order *order)
{
	struct tkref_applied *applied = &clk->d.applied;
	bool known, needed;

	tkref_lock(clk);
	known = applied->frequency_known;
	needed = order->epoch == clk->d.observed.epoch &&
		 !(known && servo_same_frequency(&order->frequency,
						 &applied->frequency));
	if (needed)
		applied->frequency_known = false;
	tkref_unlock(clk);
	if (!needed ||
	    tkref_set_frequency(order->frequency, &order->ntp) < 0)
		return;

	give_back_frequency(clk, order);
	tkref_lock(clk);
	applied->frequency_known = order->epoch == clk->d.observed.epoch;
	if (known && applied->frequency_known && tkref_following(&clk->d))
		servo_learn(&clk->d.servo, &order->before,
			    order->counter, order->correction);
	applied->frequency = order->frequency;
	/* no update tells of the tick that is in force without an owner */
	if (applied->frequency_known && !applied->clearing &&
	    clk->d.source.owned)
		servo_learn_tick(&clk->d.servo, &applied->frequency,
				 clk->d.observed.ntp_rate);
	tkref_ntp_written(applied, &order->ntp);
	tkref_unlock(clk);
	trace_tkref_rate(order->frequency.freq, order->frequency.tick,
			 clk->d.servo.mode);
}

static void set_time(struct tkref_clock *clk, const struct tkref_order *order)
{
	if (tkref_step(order->offset, order->tai ? &order->tai_offset_sec :
						   NULL, &order->ntp) < 0)
		return;

	tkref_lock(clk);
	clk->d.applied.steps++;
	servo_drop(&clk->d.servo);
	tkref_ntp_written(&clk->d.applied, &order->ntp);
	tkref_unlock(clk);
	tkref_event_add(&(struct tkref_event){
		.kind = TKREF_EVENT_STEP,
		.words = order->cause,
		.offset = order->offset,
	});
	trace_tkref_step(order->offset.sec,
			 vmclock_frac_to_ns(order->offset.frac));
}

/* Let the servo run until it has nothing more to do. */
static void steer_clock(struct tkref_clock *clk)
{
	struct tkref_order order;
	unsigned int i;

	for (i = 0; i < PASS_ACTIONS; i++) {
		while (mode_is_ending(clk))
			cpu_relax();
		tkref_lock(clk);
		tkref_decide(&clk->d, &order);
		tkref_unlock(clk);
		if (order.action == SERVO_RATE)
			set_frequency(clk, &order);
		else if (order.action == SERVO_STEP)
			set_time(clk, &order);
		else
			return;
	}
}

/* Undo an external adjustment, or yield, by policy. */
static void handle_adjustment(struct tkref_clock *clk)
{
	struct tkref_event event = { .kind = TKREF_EVENT_UNDONE };
	struct tkref_discipline *d = &clk->d;
	bool pending, undo;

	tkref_lock(clk);
	pending = d->external.pending;
	undo = pending && tkref_undoes(&d->external, tkref_policy,
				       d->source.defect, jiffies);
	if (undo) {
		servo_drop(&d->servo);
		d->applied.pending = true;
		tkref_allow_step(d, "external adjustment");
		strscpy(event.adjuster, d->external.name,
			sizeof(event.adjuster));
	} else if (pending) {
		d->state = TKREF_YIELDED;
	}
	d->external.pending = false;
	tkref_unlock(clk);

	if (undo)
		tkref_event_add(&event);
}

static bool process_is_alive(int tgid, u64 start)
{
	struct task_struct *task;
	bool alive;

	rcu_read_lock();
	task = pid_task(find_vpid(tgid), PIDTYPE_TGID);
	alive = task && task->start_time == start;
	rcu_read_unlock();
	return alive;
}

/*
 * The lock returns when the program that it was yielded to is gone, and there
 * is a reference to return to.
 */
static void take_back_clock(struct tkref_clock *clk)
{
	struct tkref_external *external = &clk->d.external;
	struct tkref_discipline *d = &clk->d;

	tkref_lock(clk);
	if (d->state == TKREF_YIELDED && tkref_policy == TKREF_POLICY_AUTO &&
	    !d->source.defect &&
	    tkref_is_left(external, process_is_alive(external->tgid,
						     external->start),
			  jiffies))
		tkref_take_back(d, "the clock was left");
	tkref_unlock(clk);
}

/* Leave no correction behind when another program has set a frequency. */
static void leave_tick(struct tkref_clock *clk)
{
	struct tkref_applied *applied = &clk->d.applied;
	bool left;

	tkref_lock(clk);
	left = applied->tick_left;
	applied->tick_left = false;
	tkref_unlock(clk);
	if (left)
		tkref_leave_tick(&applied->frequency, applied->exact.tick);
}

/* Offsets that others left must not go on; then TAI, before any phase. */
static void prepare_clock(struct tkref_clock *clk)
{
	struct tkref_discipline *d = &clk->d;
	const struct servo_sample *sample = &d->servo.sample;
	struct tkref_order order;
	bool pending;

	tkref_lock(clk);
	pending = tkref_engaged(d) && d->applied.pending;
	tkref_unlock(clk);
	if (pending)
		tkref_clear_pending();

	tkref_lock(clk);
	tkref_decide_tai(d, &order);
	tkref_unlock(clk);
	if (order.action == SERVO_STEP)
		set_time(clk, &order);
	else if (order.tai)
		tkref_set_tai_offset(order.tai_offset_sec);

	tkref_lock(clk);
	if (pending) {
		d->applied.pending = false;
		d->applied.clearing = true;
		d->applied.cleared = sample->cycle_last +
				     sample->cycle_interval * (HZ + HZ / 4);
		d->applied.ntp.valid = false;
		d->applied.frequency_known = false;
		d->servo.rate_stale = true;
	}
	tkref_unlock(clk);
}

/* If it is still too early, the thread will be demoted again. */
static void become_realtime(struct tkref_clock *clk)
{
	if (!READ_ONCE(clk->demoted))
		return;
	WRITE_ONCE(clk->demoted, false);
	sched_set_fifo(current);
}

/* One pass; also called by tests. */
void tkref_thread_pass(struct tkref_clock *clk)
{
	cancel_delayed_work(&clk->throttled);
	WRITE_ONCE(clk->d.want, false);
	leave_tick(clk);
	handle_adjustment(clk);
	if (clk->d.state == TKREF_YIELDED)
		take_back_clock(clk);
	tkref_report(clk);	/* a loss, before the lock may be found again */
	prepare_clock(clk);
	steer_clock(clk);
	tkref_report(clk);
	tkref_timer_arm(clk);
	become_realtime(clk);
}

/*
 * Linux before 6.12 charges time for which the guest was paused to the realtime
 * thread that was running, and then keeps it off the CPU until that is paid
 * back, 0.95 s a second. If it has not run TKREF_THROTTLED_JIFFIES after being
 * woken, demote it to an ordinary task, perhaps in the middle of a pass.
 */
static void on_throttled(struct work_struct *work)
{
	struct tkref_clock *clk = container_of(to_delayed_work(work),
					       struct tkref_clock, throttled);

	if (!READ_ONCE(clk->d.want))
		return;
	sched_set_normal(clk->thread, MIN_NICE);
	/* not before: a pass that ends in between would make it realtime */
	WRITE_ONCE(clk->demoted, true);
}

/*
 * A rate that was set meanwhile has brought status and bounds with it. A
 * program that has the clock is looked for four times a second.
 */
static long refresh_timeout(const struct tkref_discipline *d)
{
	const struct tkref_applied *applied = &d->applied;
	long left = applied->ntp_jiffies + TKREF_REFRESH_JIFFIES - jiffies;

	if (d->state == TKREF_YIELDED)
		return HZ / 4;
	return applied->ntp.valid ?
	       clamp_t(long, left, 1, TKREF_REFRESH_JIFFIES) :
	       TKREF_REFRESH_JIFFIES;
}

static int run_thread(void *arg)
{
	struct tkref_clock *clk = arg;

	sched_set_fifo(current);
	while (!kthread_should_stop()) {
		set_current_state(TASK_IDLE);
		if (!READ_ONCE(clk->d.want) && !kthread_should_stop())
			schedule_timeout(refresh_timeout(&clk->d));
		__set_current_state(TASK_RUNNING);
		tkref_thread_pass(clk);
	}
	tkref_thread_pass(clk);
	return 0;
}

int tkref_thread_start(struct tkref_clock *clk)
{
	INIT_DELAYED_WORK(&clk->throttled, on_throttled);
	clk->thread = kthread_run(run_thread, clk, "timekeeping_ref");
	return PTR_ERR_OR_ZERO(clk->thread);
}

void tkref_thread_stop(struct tkref_clock *clk)
{
	cancel_delayed_work_sync(&clk->throttled);
	kthread_stop(clk->thread);
}
