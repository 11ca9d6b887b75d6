// SPDX-License-Identifier: GPL-2.0
/*
 * What vmclock_host makes of the timekeeper's updates when the machine falls
 * asleep and wakes up, by its own clock.c and idle_timer.c. An interrupt that
 * is raised in the last update before S3 is lost, and with it what waits for
 * it: nothing may be queued then, and what is news comes with the resume.
 */
#pragma GCC diagnostic ignored "-Wunused-parameter"
#include "../lib/ktap.h"
#include "../sim/kernel.h"

#define KTIME_MAX		S64_MAX
#define NSEC_PER_USEC		1000LL
#define unlikely(x)		(x)
#define lockdep_assert_irqs_disabled()	((void)0)

/* instead of common/counter.h */
#define _VMCLOCK_COMMON_COUNTER_H
static bool vmclock_counter_is_clocksource(const struct clocksource *cs)
{
	return cs->name;
}

#include "../../src/vmclock_host/idle_timer.c"
#define on_irq_work		clock_on_irq_work
#include "../../src/vmclock_host/clock.c"

int system_state = SYSTEM_RUNNING;

/* what the module did in the last update */
static unsigned int queued, published, refreshed;
static struct host_line line;

void irq_work_queue(struct irq_work *work)
{
	(void)work;
	queued++;
}

void host_publish_line(const struct host_line *now)
{
	published++;
	line = *now;
}

void host_ntp_refresh(void)
{
	refreshed++;
}

ktime_t ktime_get(void)
{
	return 0;
}

void hrtimer_start(struct hrtimer *timer, ktime_t at, enum hrtimer_mode mode)
{
	(void)timer;
	(void)at;
	(void)mode;
}

/* 1 GHz and 250 Hz; the clock gains a quantum of mult on the NTP clock */
static const struct clocksource tsc = { .name = "tsc" };
static struct timekeeper tk = {
	.tkr_mono = {
		.clock = &tsc,
		.cycle_last = 1ULL << 40,
		.mult = (1 << 23) + 1,
		.shift = 23,
	},
	.xtime_sec = 1790000000,
	.tai_offset = 37,
	.cycle_interval = 4000000,
	.xtime_interval = 4000000ULL * ((1 << 23) + 1),
	.ntp_error_shift = 9,
	.ntp_err_mult = 1,
	.ntp_tick = 4000000ULL << 32,
};

static struct notifier_block *registered;

int pvclock_gtod_register_notifier(struct notifier_block *nb)
{
	registered = nb;
	return 0;
}

int pvclock_gtod_unregister_notifier(struct notifier_block *nb)
{
	(void)nb;
	registered = NULL;
	return 0;
}

static void update(bool was_set)
{
	queued = 0;
	published = 0;
	refreshed = 0;
	registered->notifier_call(registered, was_set, &tk);
}

static void tick(void)
{
	tk.tkr_mono.cycle_last += tk.cycle_interval;
	tk.tkr_mono.xtime_nsec += tk.xtime_interval;
	tk.ntp_error += tk.ntp_tick - (tk.xtime_interval << 9);
	update(false);
}

int main(void)
{
	ktap_begin(0);
	host_idle_timer_start(100);
	host_clock_start(true);
	update(true);
	ktap_ok(published == 1 && line.has_counter && refreshed && queued,
		"the first update: a line, and the idle timer");
	tick();
	ktap_ok(!published && !refreshed, "a tick is no news");

	/* a frequency that was just set, and a timer that is due sooner */
	tk.ntp_tick += 80LL << 32;
	timer_armed = NEVER;
	system_state = SYSTEM_SUSPEND;
	tick();
	ktap_ok(!published && !refreshed && !queued,
		"falling asleep: nothing is queued, whatever has changed");

	tk.offs_boot += 3600 * NSEC_PER_SEC;
	tk.xtime_sec += 3600;
	tk.tkr_mono.cycle_last = 5000000;
	update(true);
	system_state = SYSTEM_RUNNING;
	ktap_ok(published == 1 && line.replaced && line.restarted &&
		line.line.counter == 5000000 && refreshed && queued,
		"the resume: another line, of a counter that was restarted");
	tick();
	ktap_ok(!published, "from then on a tick is no news");
	host_idle_timer_stop();
	host_clock_stop();
	return ktap_end();
}
