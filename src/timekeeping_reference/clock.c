// SPDX-License-Identifier: GPL-2.0
/*
 * Life, owner and configuration of the disciplined clock: what the module's
 * exported functions and parameters come to. Process context.
 */
#include <linux/pvclock_gtod.h>

#include "common/suspend.h"
#include "clock.h"
#include "events.h"
#include "observe.h"

struct tkref_number tkref_idle_error_ns = { 4, 0, 32 };
struct tkref_number tkref_slew_ppm = { 500, 1, 50000 };
struct tkref_number tkref_step_ns = { 100000, 0, 1000000000 };
struct tkref_number tkref_unknown_ms = { 1000, 1, 15000 };

/* Context: the timekeeper's lock is held, its sequence is open. */
static int on_update(struct notifier_block *nb, unsigned long was_set,
		     void *tk)
{
	struct tkref_clock *clk = container_of(nb, struct tkref_clock,
					       notifier);
	bool queue;

	raw_spin_lock(&clk->lock);
	write_seqcount_begin(&clk->seq);
	queue = tkref_observe(&clk->d, tk, was_set, clk->thread);
	write_seqcount_end(&clk->seq);
	raw_spin_unlock(&clk->lock);

	/* what is wanted is wanted still in the update of the resume */
	if (queue && !vmclock_falls_asleep(was_set))
		irq_work_queue(&clk->irq_work);
	return NOTIFY_OK;
}

/**
 * tkref_clock_set() - tkref_set_reference()
 * @clk: the clock
 * @owner: of the reference
 * @ref: the reference
 *
 * Return: see tkref_set_reference().
 */
int tkref_clock_set(struct tkref_clock *clk, struct module *owner,
		    const struct tkref_reference *ref)
{
	int ret = 0;

	mutex_lock(&clk->calls);
	/* registering calls back at once, so that the timekeeper is known */
	if (!clk->d.source.owned)
		ret = pvclock_gtod_register_notifier(&clk->notifier);
	if (!ret) {
		tkref_lock(clk);
		ret = tkref_source_set(&clk->d, owner, ref);
		tkref_unlock(clk);
		irq_work_queue(&clk->irq_work);
	}
	mutex_unlock(&clk->calls);
	return ret;
}

/**
 * tkref_clock_clear() - tkref_clear_reference()
 * @clk: the clock
 * @owner: does nothing if it isn't this one's
 */
void tkref_clock_clear(struct tkref_clock *clk, struct module *owner)
{
	bool cleared;

	mutex_lock(&clk->calls);
	tkref_lock(clk);
	cleared = tkref_source_clear(&clk->d, owner);
	tkref_unlock(clk);
	irq_work_queue(&clk->irq_work);
	if (cleared)
		pvclock_gtod_unregister_notifier(&clk->notifier);
	mutex_unlock(&clk->calls);
}

/**
 * tkref_clock_relock() - take the clock back from the program it was yielded to
 * @clk: the clock
 */
void tkref_clock_relock(struct tkref_clock *clk)
{
	tkref_lock(clk);
	tkref_take_back(&clk->d, "relock");
	tkref_unlock(clk);
	irq_work_queue(&clk->irq_work);
}

/**
 * tkref_clock_configure() - adopt the module's parameters, which were checked
 * @clk: the clock
 */
void tkref_clock_configure(struct tkref_clock *clk)
{
	struct servo *servo = &clk->d.servo;

	tkref_lock(clk);
	servo->hz = HZ;
	servo->idle_error_ns32 = (s64)tkref_idle_error_ns.value << 32;
	servo->slew_ns = tkref_slew_ppm.value * 1000;
	servo->step_ns = tkref_step_ns.value;
	servo_prepare(servo);
	clk->d.unknown_ns = (u64)tkref_unknown_ms.value * NSEC_PER_MSEC;
	clk->d.want = true;
	tkref_unlock(clk);
	if (clk->thread)
		irq_work_queue(&clk->irq_work);
}

int tkref_clock_start(struct tkref_clock *clk)
{
	mutex_init(&clk->calls);
	raw_spin_lock_init(&clk->lock);
	seqcount_raw_spinlock_init(&clk->seq, &clk->lock);
	clk->notifier.notifier_call = on_update;
	tkref_timer_init(clk);
	tkref_clock_configure(clk);
	return tkref_thread_start(clk);
}

/*
 * There is no owner any more, or the module could not be unloaded: there is no
 * line, so nothing arms the timer. Without the notifier nothing queues the
 * irq_work; without both and the timer nothing wakes the thread. Its last pass
 * leaves the clock at the reference's frequency.
 */
void tkref_clock_stop(struct tkref_clock *clk)
{
	irq_work_sync(&clk->irq_work);
	hrtimer_cancel(&clk->timer);
	tkref_thread_stop(clk);
	tkref_events_flush();
}
