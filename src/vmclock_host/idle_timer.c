// SPDX-License-Identifier: GPL-2.0
/*
 * An option that bounds the phase error of an idle machine. Between two updates
 * of the timekeeper the clock runs on with the mult it has, up to one LSB of
 * mult (0.1 to 0.2 ppm) beside NTP's rate, and an idle machine has no updates
 * for up to seconds. But any interrupt makes the kernel catch up, before the
 * interrupt's handler is called, and choose mult anew. So a timer is set to the
 * moment at which the clock will be at the bound; its handler only sets it
 * again.
 *
 * clock.c calls host_idle_timer_update() at each update, where no timer can be
 * started: an irq_work does that. There are two locks, because arming the timer
 * reads a clock, and an update must not wait for that.
 */
#include <linux/hrtimer.h>
#include <linux/irq_work.h>
#include <linux/ktime.h>
#include <linux/math64.h>
#include <linux/spinlock.h>

#include "common/suspend.h"
#include "compat/timekeeper.h"
#include "idle_timer.h"

#define NEVER		KTIME_MAX
/* NTP intervals until the bound, times 2^FRAC_BITS, are below 2^MAX_BITS. */
#define FRAC_BITS	8
#define MAX_BITS	24
/* An update that isn't due yet doesn't come by an interrupt. */
#define SHORTEST_NS	NSEC_PER_MSEC

/* The bound of the phase error, ns / 2^32 */
static s64 idle_error_ns32;

/* Protects the next two; nests inside the timekeeper's lock. */
static DEFINE_RAW_SPINLOCK(due_lock);
/* CLOCK_MONOTONIC when the clock will be at the bound, by the last update */
static ktime_t timer_due = NEVER;
/* CLOCK_MONOTONIC for which the timer is set */
static ktime_t timer_armed = NEVER;
/* Serialises arming the timer; taken before due_lock. */
static DEFINE_RAW_SPINLOCK(arm_lock);
static struct hrtimer idle_timer;

/*
 * Counts until the clock, which is @off beside the NTP clock and leaves it by
 * @slope in an interval, both ns / 2^32, is at the bound; 0: never. The bound
 * is below 2^42 and an ntp_error that takes longer than 2^16 intervals is cut
 * off, so the quotient's dividend is below 2^63, and with an interval of less
 * than 2^32 counts the product is below 2^56.
 */
static u64 counts_left(s64 off, s64 slope, u64 interval)
{
	s64 room = slope > 0 ? idle_error_ns32 - off : idle_error_ns32 + off;
	u64 left;

	if (!slope)
		return 0;
	room = clamp_t(s64, room, 1, 1LL << 54);
	left = div64_u64((u64)room << FRAC_BITS, abs(slope));
	left = clamp_t(u64, left, 1, 1ULL << MAX_BITS);
	return ((left * interval) >> FRAC_BITS) + 1;
}

/* Below 2^56 counts of less than 2^32 units fit into 128 bits only. */
static ktime_t monotonic_after(const struct timekeeper *tk, u64 counts)
{
	const struct tk_read_base *tkr = &tk->tkr_mono;
	unsigned __int128 shifted = (unsigned __int128)counts * tkr->mult;

	return ktime_add_ns(tkr->base,
			    (u64)((shifted + tkr->xtime_nsec) >> tkr->shift));
}

static ktime_t next_due(const struct timekeeper *tk)
{
	s64 rate = tk->xtime_interval << tk->ntp_error_shift;
	u64 counts = counts_left(-tk->ntp_error, rate - vmclock_tk_ntp_rate(tk),
				 tk->cycle_interval);

	return counts ? monotonic_after(tk, counts) : NEVER;
}

/*
 * The timer's interrupt has made the kernel catch up if that was due. If it was
 * not, timer_due is still what it was, and the timer has to wait.
 *
 * Context: hard interrupt; interrupts are off.
 */
static void timer_arm(void)
{
	ktime_t soonest = ktime_add_ns(ktime_get(), SHORTEST_NS), expires;

	lockdep_assert_irqs_disabled();
	raw_spin_lock(&arm_lock);
	raw_spin_lock(&due_lock);
	timer_armed = timer_due;
	expires = timer_armed;
	raw_spin_unlock(&due_lock);
	if (expires != NEVER)
		hrtimer_start(&idle_timer, max(expires, soonest),
			      HRTIMER_MODE_ABS_HARD);
	raw_spin_unlock(&arm_lock);
}

static enum hrtimer_restart on_timer(struct hrtimer *timer)
{
	timer_arm();
	return HRTIMER_NORESTART;
}

static void on_irq_work(struct irq_work *work)
{
	timer_arm();
}

static struct irq_work arm_work = IRQ_WORK_INIT_HARD(on_irq_work);

/**
 * host_idle_timer_update() - follow an update of the timekeeper
 * @tk: the timekeeper
 * @was_set: it says that the clock was set
 *
 * A timer that comes too early is set again when it comes.
 *
 * Context: the timekeeper's lock held, interrupts off; no clock can be read.
 */
void host_idle_timer_update(const struct timekeeper *tk, bool was_set)
{
	ktime_t next = next_due(tk);
	bool sooner;

	raw_spin_lock(&due_lock);
	timer_due = next;
	sooner = next < timer_armed;
	raw_spin_unlock(&due_lock);
	if (sooner && !vmclock_falls_asleep(was_set))
		irq_work_queue(&arm_work);
}

/**
 * host_idle_timer_start() - be ready to keep the clock near the page
 * @error_ns: bound of the phase error, ns
 *
 * Context: process, before updates are followed.
 */
void host_idle_timer_start(unsigned int error_ns)
{
	idle_error_ns32 = (s64)error_ns << 32;
	hrtimer_setup(&idle_timer, on_timer, CLOCK_MONOTONIC,
		      HRTIMER_MODE_ABS_HARD);
}

/**
 * host_idle_timer_stop() - undo host_idle_timer_start()
 *
 * Context: process; host_idle_timer_update() isn't called any more.
 */
void host_idle_timer_stop(void)
{
	irq_work_sync(&arm_work);
	hrtimer_cancel(&idle_timer);
}
