/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The system clock under discipline: the lock, and the contexts that share it.
 *
 *	notifier	timekeeper's lock held, its sequence open: observe.c
 *	irq_work	wakes the thread or arms the timer for the notifier
 *	timer		ends of modes, limits of idle clocks; hard interrupt
 *	thread		everything that calls adjtimex
 *	readers		sysfs, debugfs, reports: copy under @seq, never wait
 *			on @lock, so that they cannot stop the timekeeper
 *
 * Two locks. @lock protects the discipline and is taken by the notifier: its
 * holder may neither read the time nor start a timer, which could wait for the
 * timekeeper, which waits for the notifier. @arm_lock makes computing an expiry
 * and starting the timer one step; the notifier never takes it, and it is the
 * outer one.
 */
#ifndef _TKREF_CLOCK_H
#define _TKREF_CLOCK_H

#include <linux/hrtimer.h>
#include <linux/irq_work.h>
#include <linux/mutex.h>
#include <linux/notifier.h>
#include <linux/sched.h>
#include <linux/seqlock.h>
#include <linux/spinlock.h>
#include <linux/workqueue.h>

#include "discipline.h"

/**
 * struct tkref_clock - a discipline with its lock and contexts
 * @calls: serialises the owner's calls; changes of the owner take it, too
 * @lock: protects @d
 * @seq: readers' side of @lock
 * @d: the discipline
 * @notifier: of the timekeeper, registered while there is an owner
 * @irq_work: defers what the notifier must not do
 * @arm_lock: serialises arming of @timer
 * @timer: armed by tkref_timer_arm()
 * @thread: calls adjtimex
 * @throttled: fallback for a thread that RT throttling keeps off the CPU
 * @demoted: that has happened; the thread becomes realtime after its pass
 */
struct tkref_clock {
	struct mutex calls;
	raw_spinlock_t lock;
	seqcount_raw_spinlock_t seq;
	struct tkref_discipline d;
	struct notifier_block notifier;
	struct irq_work irq_work;
	raw_spinlock_t arm_lock;
	struct hrtimer timer;
	struct task_struct *thread;
	struct delayed_work throttled;
	bool demoted;
};

/**
 * struct tkref_number - a parameter of the module, and its range
 * @value: its value; the first member, for param_get_uint()
 * @least: the smallest value that is accepted
 * @most: the largest value that is accepted
 */
struct tkref_number {
	unsigned int value;
	unsigned int least;
	unsigned int most;
};

/* The module's parameters, set in main.c and read without a lock. */
extern struct tkref_number tkref_idle_error_ns;
extern struct tkref_number tkref_slew_ppm;
extern struct tkref_number tkref_step_ns;
extern struct tkref_number tkref_unknown_ms;
extern enum tkref_policy tkref_policy;

#define TKREF_THROTTLED_JIFFIES	(HZ / 50)	/* a woken thread has run */

/* A writer also makes the next update check everything again. */
static inline void tkref_write_begin(struct tkref_clock *clk)
{
	lockdep_assert_held(&clk->lock);
	write_seqcount_begin(&clk->seq);
	clk->d.observed.resting = false;
}

static inline void tkref_write_end(struct tkref_clock *clk)
{
	write_seqcount_end(&clk->seq);
}

static inline void tkref_lock(struct tkref_clock *clk) __acquires(&clk->lock)
{
	raw_spin_lock_irq(&clk->lock);
	tkref_write_begin(clk);
}

static inline void tkref_unlock(struct tkref_clock *clk) __releases(&clk->lock)
{
	tkref_write_end(clk);
	raw_spin_unlock_irq(&clk->lock);
}

/* clock.c: life, owner and configuration; process context, may sleep */
int tkref_clock_start(struct tkref_clock *clk);
void tkref_clock_stop(struct tkref_clock *clk);
int tkref_clock_set(struct tkref_clock *clk, struct module *owner,
		    const struct tkref_reference *ref);
void tkref_clock_clear(struct tkref_clock *clk, struct module *owner);
void tkref_clock_relock(struct tkref_clock *clk);
void tkref_clock_configure(struct tkref_clock *clk);

/* timer.c */
void tkref_timer_init(struct tkref_clock *clk);
void tkref_timer_arm(struct tkref_clock *clk);

/* thread.c */
int tkref_thread_start(struct tkref_clock *clk);
void tkref_thread_stop(struct tkref_clock *clk);
void tkref_thread_pass(struct tkref_clock *clk);

/* report.c: what the thread tells user space, and adjtimex(2) */
void tkref_report(struct tkref_clock *clk);

/* files.c: what shows the lock; process context */
int tkref_files_register(struct tkref_clock *clk);
void tkref_files_unregister(void);

#endif /* _TKREF_CLOCK_H */
