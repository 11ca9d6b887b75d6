// SPDX-License-Identifier: GPL-2.0
/* The timer, and what the notifier defers: hard interrupts, process context. */
#include <linux/kernel.h>
#include <linux/ktime.h>
#include <linux/sched.h>

#include "clock.h"

/* Compute the next expiry. Return: false if the thread is needed instead. */
static bool plan_expiry(struct tkref_clock *clk, s64 *ns)
{
	struct tkref_discipline *d = &clk->d;
	u64 now = tkref_count_now(d);

	lockdep_assert_held(&clk->lock);
	d->timing.armed = TKREF_NEVER;
	if (!tkref_following(d))
		return true;
	if (servo_mode_ends(&d->servo, now)) {
		d->want = true;
		return false;
	}
	d->timing.armed = servo_next_expiry(&d->servo, now,
					    &d->timing.deadline);
	*ns = servo_timer_ns(&d->servo, d->timing.armed - now);
	return true;
}

/**
 * tkref_timer_arm() - arm the timer for what comes next, or wake the thread
 * @clk: the clock
 *
 * Context: process, irq_work or hard interrupt. Takes @clk->arm_lock and inside
 * it @clk->lock, which is not held while the time is read.
 */
void tkref_timer_arm(struct tkref_clock *clk)
{
	unsigned long flags;
	bool punctual;
	s64 ns = 0;

	raw_spin_lock_irqsave(&clk->arm_lock, flags);
	raw_spin_lock(&clk->lock);
	tkref_write_begin(clk);
	punctual = plan_expiry(clk, &ns);
	tkref_write_end(clk);
	raw_spin_unlock(&clk->lock);

	if (!punctual)
		wake_up_process(clk->thread);
	else if (clk->d.timing.armed != TKREF_NEVER)
		hrtimer_start(&clk->timer, ktime_add_ns(ktime_get(), ns),
			      HRTIMER_MODE_ABS_HARD);
	raw_spin_unlock_irqrestore(&clk->arm_lock, flags);
}

/*
 * By now irq_enter() has made an idle kernel catch up and choose its mult
 * anew, so for an idle clock's limit only the next one remains to be set.
 */
static enum hrtimer_restart on_timer(struct hrtimer *timer)
{
	struct tkref_clock *clk = container_of(timer, struct tkref_clock,
					       timer);
	struct tkref_timing *timing = &clk->d.timing;

	raw_spin_lock(&clk->lock);
	tkref_write_begin(clk);
	timing->wakeups++;
	if (timing->armed != TKREF_NEVER)
		servo_was_late(&clk->d.servo,
			       tkref_count_now(&clk->d) - timing->armed);
	tkref_write_end(clk);
	raw_spin_unlock(&clk->lock);
	tkref_timer_arm(clk);
	return HRTIMER_NORESTART;
}

/*
 * Queue the fallback before waking the thread, which cancels it: the thread
 * must not run first.
 */
static void on_irq_work(struct irq_work *work)
{
	struct tkref_clock *clk = container_of(work, struct tkref_clock,
					       irq_work);

	if (!READ_ONCE(clk->d.want)) {
		tkref_timer_arm(clk);
		return;
	}
	queue_delayed_work(system_highpri_wq, &clk->throttled,
			   TKREF_THROTTLED_JIFFIES);
	wake_up_process(clk->thread);
}

void tkref_timer_init(struct tkref_clock *clk)
{
	raw_spin_lock_init(&clk->arm_lock);
	clk->d.timing.armed = TKREF_NEVER;
	clk->irq_work = IRQ_WORK_INIT_HARD(on_irq_work);
	hrtimer_setup(&clk->timer, on_timer, CLOCK_MONOTONIC,
		      HRTIMER_MODE_ABS_HARD);
}
