// SPDX-License-Identifier: GPL-2.0
/*
 * discipline: what the lock does when others set the clock, when the machine
 * sleeps, in leap seconds, without bounds. The module's own sources in
 * selftests/sim's guest; every case runs on the three kinds of kernel.
 *
 *	discipline [CASE...]
 */
#include <inttypes.h>
#include <unistd.h>

#include "../lib/ktap.h"
#include "guest.h"
#include "compat/do_adjtimex.h"
#include "../../src/timekeeping_reference/status.h"
#undef abs

#define KHZ		1000000
#define PPB		40000

static struct guest guest, *g = &guest;
static const struct habits ticking = {
	.interrupt = { 500, 1000, 3000 },
	.wakeup = { 2000, 4000, 20000 },
	.call = { 1000, 500, 2000 },
};

/* ---- the log ---- */

static char logged[4096];
static bool logged_in_thread;

static void keep_line(struct guest *guest, const char *line)
{
	size_t len = strlen(logged);

	logged_in_thread |= guest->in_thread;
	snprintf(logged + len, sizeof(logged) - len, "%s", line);
}

static unsigned int said(const char *words)
{
	const char *at = logged;
	unsigned int n = 0;

	while ((at = strstr(at, words))) {
		at += strlen(words);
		n++;
	}
	return n;
}

/* ---- the guest ---- */

static u64 page_period(void)
{
	u64 nominal = (u64)g->tk.clock_mult << (56 - g->tk.shift);

	return nominal + nominal / SEC * PPB;
}

/* A guest with a page of TAI; its clock is off by so much. */
static void begin_at(enum tk_class class, s64 off_ns, s64 sec, u64 counter)
{
	guest_init(g, 1, class, 250, KHZ, &ticking);
	if (sec)
		set_clock(g, sec);
	g->now = counter;
	g->tk.cycle_last = counter;
	g->seen_at = counter;
	logged[0] = '\0';
	logged_in_thread = false;
	g->printed = keep_line;
	g->reference.params.time_type = VMCLOCK_TIME_TAI;
	g->reference.params.tai_offset_sec = 37;
	g->reference.params.flags = VMCLOCK_FLAG_TAI_OFFSET_VALID;
	g->ntp.tai_offset_sec = 37;
	tkref_step_ns.value = 100000;
	tkref_clock_configure(&g->clk);
	lock(g, off_ns, page_period());
}

static void begin(enum tk_class class, s64 off_ns, s64 sec)
{
	begin_at(class, off_ns, sec, 1ULL << 40);
}

static void begin_locked(enum tk_class class, s64 sec)
{
	begin(class, 30000, sec);
	run(g, 2 * SEC);
}

static enum tkref_state state(void)
{
	return g->clk.d.state;
}

static s64 phase_ns(void)
{
	return phase_ps(g, g->now) / 1000;
}

static bool within_ns(s64 ns)
{
	s64 phase = phase_ns();

	if (phase <= ns && phase >= -ns)
		return true;
	ktap_note("off by %" PRId64 " ns", (int64_t)phase);
	return false;
}

static bool right(void)
{
	if (state() != TKREF_LOCKED)
		ktap_note("%s: %s", tkref_reason(&g->clk.d),
			  g->clk.d.external.name);
	return state() == TKREF_LOCKED && within_ns(100);
}

static s64 kernel_ppm(void)
{
	return g->tk.time_freq / 4294967 / 1000000 +
	       (g->tk.tick_us - 10000) * 100;
}

/* ---- cases ---- */

static bool locks(enum tk_class class)
{
	begin_locked(class, 0);
	return right() && !(g->ntp.status & STA_UNSYNC);
}

/* A tick length that no task has set now: an offset that was given earlier. */
static bool earlier_offset(enum tk_class class, u64 counter)
{
	begin_at(class, 30000, 0, counter);
	run(g, 4 * SEC);
	if (!right())
		return false;
	g->tk.time_freq += 20000LL << 32;
	run(g, 100 * MSEC);
	if (strcmp(g->clk.d.external.name, "an earlier adjustment"))
		return false;
	run(g, SEC);
	return right();
}

static bool earlier_offset_undone(enum tk_class class)
{
	return earlier_offset(class, 1ULL << 40);
}

static bool earlier_offset_far_counter(enum tk_class class)
{
	return earlier_offset(class, 0xf000000000000000);
}

/* A reader that took the lock would stop the timekeeper, and fail here. */
static bool reads_without_lock(enum tk_class class)
{
	struct tkref_status status;

	begin_locked(class, 0);
	raw_spin_lock(&g->clk.lock);
	tkref_status_get(&g->clk, &status);
	raw_spin_unlock(&g->clk.lock);
	return status.d.state == TKREF_LOCKED;
}

static void update_once(void)
{
	sim_in_read = NULL;
	run(g, SEC / 100);
}

/* A reader doesn't hold up an update, and shows the status after it. */
static bool update_passes_reader(enum tk_class class)
{
	struct tkref_status before, status, after;

	begin_locked(class, 0);
	tkref_status_get(&g->clk, &before);
	sim_in_read = update_once;
	tkref_status_get(&g->clk, &status);
	tkref_status_get(&g->clk, &after);
	return !sim_in_read &&
	       status.ntp_offset_ns32 != before.ntp_offset_ns32 &&
	       status.ntp_offset_ns32 == after.ntp_offset_ns32;
}

/* Nearly every guest: a page that tells no time costs nothing in a tick. */
static bool observes_with_reference_only(enum tk_class class)
{
	begin_locked(class, 0);
	if (!g->notifier)
		return false;
	tkref_clock_clear(&g->clk, NULL);
	run(g, SEC);
	return !g->notifier && state() == TKREF_WAITING && kernel_ppm() == 40;
}

static s64 fastest_ppm;

static void note_frequency(struct guest *guest,
			   const struct __kernel_timex *txc)
{
	(void)guest;
	if (txc->modes & ADJ_FREQUENCY && kernel_ppm() > fastest_ppm)
		fastest_ppm = kernel_ppm();
}

/*
 * The lock is switched off in the middle of a slew by -480 ppm, and on again.
 * No notifier tells of the tick that the last call makes: what is learned from
 * the tick before it would make the clock 480 ppm too fast for a second.
 */
static bool reference_goes_in_slew(enum tk_class class)
{
	begin_locked(class, 0);
	move_line_by(g, -50000);
	run(g, 20 * MSEC);
	tkref_clock_clear(&g->clk, NULL);
	run(g, SEC);
	if (kernel_ppm() != 40)
		return false;
	fastest_ppm = 0;
	g->called = note_frequency;
	lock(g, 0, page_period());
	run(g, 3 * SEC);
	ktap_note("at most %" PRId64 " ppm", (int64_t)fastest_ppm);
	return right() && fastest_ppm < 100;
}

/* Hibernation: the counter begins anew, and the page has the same marker. */
static bool sleeps_counter_restarts(enum tk_class class)
{
	s64 steps;

	begin_locked(class, 0);
	steps = g->clk.d.applied.steps;
	suspend(g, 3600, 5000000);
	run(g, SEC);
	if (state() != TKREF_WAITING || g->clk.d.applied.steps != steps ||
	    !(g->ntp.status & STA_UNSYNC)) {
		ktap_note("%s, %" PRId64 " steps", tkref_reason(&g->clk.d),
			  (int64_t)g->clk.d.applied.steps);
		return false;
	}
	lock(g, -500000000, page_period());
	run(g, SEC);
	return right() && g->clk.d.applied.steps == (u64)steps + 1;
}

/* The hypervisor changes the page some time after the resume. */
static bool sleeps_page_is_outdated(enum tk_class class)
{
	u64 steps;

	begin_locked(class, 0);
	steps = g->clk.d.applied.steps;
	suspend(g, 3600, 5000000);
	if (tkref_clock_set(&g->clk, NULL, &g->reference) != -ESTALE)
		return false;
	run(g, SEC);
	if (state() != TKREF_WAITING || g->clk.d.applied.steps != steps) {
		ktap_note("%s, %" PRIu64 " steps", tkref_reason(&g->clk.d),
			  (uint64_t)g->clk.d.applied.steps);
		return false;
	}
	lock(g, -500000000, page_period());
	run(g, SEC);
	return right() && g->clk.d.applied.steps == steps + 1;
}

static void other_clocksource(void);

/* The page is of before, and its lines can't be followed for a while. */
static bool sleeps_without_counter(enum tk_class class)
{
	begin_locked(class, 0);
	suspend(g, 3600, 5000000);
	tkref_clock_set(&g->clk, NULL, &g->reference);
	g->clocksources[!g->cs].name = "acpi_pm";
	other_clocksource();
	if (!tkref_clock_set(&g->clk, NULL, &g->reference))
		return false;
	other_clocksource();
	lock(g, -500000000, page_period());
	run(g, SEC);
	return right();
}

/* The host's clock was set back meanwhile, which its marker says. */
static bool sleeps_host_set_back(enum tk_class class)
{
	begin_locked(class, 0);
	suspend(g, 3600, 5000000);
	if (!tkref_clock_set(&g->clk, NULL, &g->reference))
		return false;
	g->reference.params.disruption_marker++;
	lock(g, 7200LL * SEC, page_period());
	run(g, SEC);
	return right();
}

/* kvm-clock goes on, over a counter that begins anew. */
static bool sleeps_on_kvmclock(enum tk_class class)
{
	u64 steps;

	begin_locked(class, 0);
	g->clocksources[!g->cs].name = "kvm-clock";
	switch_clocksource(g, KHZ);
	run(g, 4 * SEC);
	if (!right())
		return false;
	steps = g->clk.d.applied.steps;
	system_state = SYSTEM_SUSPEND;
	notify(g, false);
	g->counter_off = g->now - 5000000;
	g->tk.sec += 3600;
	g->seconds = g->tk.sec;
	notify(g, true);
	system_state = SYSTEM_RUNNING;
	if (!tkref_clock_set(&g->clk, NULL, &g->reference))
		return false;
	run(g, SEC);
	if (state() != TKREF_WAITING || g->clk.d.applied.steps != steps)
		return false;
	lock(g, -500000000, page_period());
	run(g, SEC);
	return right() && g->clk.d.applied.steps == steps + 1;
}

/* Its counter has few bits, and the kernel goes on from it as it is. */
static bool other_clocksource_wraps(enum tk_class class)
{
	begin_locked(class, 0);
	run(g, 4 * SEC);
	g->clocksources[!g->cs].name = "acpi_pm";
	other_clocksource();
	run(g, SEC);
	g->now -= 1 << 24;
	g->tk.cycle_last = g->now;
	g->seen_at = g->now;
	external_step(g, "date", 0, 1000000);
	run(g, SEC);
	if (strcmp(tkref_reason(&g->clk.d),
		   "the clocksource is not the reference's counter"))
		return false;
	other_clocksource();
	run(g, 60 * SEC);
	return right() && !said("clock stepped");
}

/* The thread was about to run when the machine fell asleep. */
static bool sleeps_thread_wanted(enum tk_class class)
{
	begin_locked(class, 0);
	g->clk.d.want = true;
	suspend(g, 3600, 5000000);
	lock(g, -500000000, page_period());
	run(g, SEC);
	return right();
}

static bool sleeps_counter_goes_on(enum tk_class class)
{
	begin_locked(class, 0);
	suspend(g, 600, g->now + to_counts(g, 600 * SEC));
	run(g, SEC / 10);
	if (state() != TKREF_WAITING)
		return false;
	new_line(g);
	run(g, SEC);
	return right();
}

/* 2026-12-31, @left seconds before midnight */
#define YEAR_END(left)	(1798761600 - (left))

static const struct {
	const char *name;
	u8 type;
	u64 flags;
} scales[] = {
	{ "TAI", VMCLOCK_TIME_TAI, VMCLOCK_FLAG_TAI_OFFSET_VALID },
	{ "UTC", VMCLOCK_TIME_UTC, VMCLOCK_FLAG_TAI_OFFSET_VALID },
	{ "UTC without an offset", VMCLOCK_TIME_UTC, 0 },
};

/*
 * CLOCK_TAI against the reference in TAI. One in UTC knows no leap second until
 * its owner moves it: it goes on as TAI minus the offset of before.
 */
static s64 tai_phase_ns(void)
{
	s64 sec = g->ntp.tai_offset_sec;

	if (g->reference.params.time_type == VMCLOCK_TIME_TAI)
		sec = 0;
	else
		sec -= 37;
	return phase_ns() + sec * NSEC_PER_SEC;
}

/* The largest in the next @ns. */
static s64 worst_tai_ns(u64 ns)
{
	s64 worst = 0, phase;
	u64 ms;

	for (ms = 0; ms < ns / MSEC; ms++) {
		run(g, MSEC);
		phase = tai_phase_ns();
		if (phase < 0)
			phase = -phase;
		if (phase > worst)
			worst = phase;
	}
	return worst;
}

static void begin_leap(enum tk_class class, u8 leap, unsigned int scale,
		       u64 left_sec)
{
	begin(class, 30000, YEAR_END(left_sec));
	g->reference.params.time_type = scales[scale].type;
	g->reference.params.flags = scales[scale].flags;
	g->reference.params.leap = leap;
	lock(g, 30000, page_period());
	run(g, 4 * SEC);
}

/* Exactly one, and CLOCK_TAI goes on. */
static bool leap_on_scale(enum tk_class class, u8 leap, unsigned int scale,
			  void (*disturb)(void))
{
	s32 tai = leap == VMCLOCK_LEAP_PRE_POS ? 38 : 36;
	s64 worst;

	begin_leap(class, leap, scale, 20);
	if (disturb)
		disturb();
	run(g, 3 * SEC);
	worst = worst_tai_ns(20 * SEC);
	if (state() == TKREF_LOCKED && g->ntp.leaps == 1 && worst <= 10 &&
	    g->ntp.tai_offset_sec == tai && !(g->ntp.status & STA_UNSYNC))
		return true;
	ktap_note("%s, %s: %d leap seconds, TAI - UTC = %d, TAI off by %" PRId64 " ns, %s",
		  scales[scale].name, tai == 38 ? "inserted" : "deleted",
		  g->ntp.leaps, g->ntp.tai_offset_sec, (int64_t)worst,
		  tkref_reason(&g->clk.d));
	return false;
}

static bool leap_second(enum tk_class class, void (*disturb)(void))
{
	unsigned int scale;

	for (scale = 0; scale < 3; scale++)
		if (!leap_on_scale(class, VMCLOCK_LEAP_PRE_POS, scale,
				   disturb) ||
		    !leap_on_scale(class, VMCLOCK_LEAP_PRE_NEG, scale, disturb))
			return false;
	return true;
}

static void migrate(void)
{
	g->reference.params.disruption_marker++;
	move_line_by(g, 3000000);
}

static void set_by_task(void)
{
	external_step(g, "date", 0, 2000000);
	external_exit();
}

static void pass_in_demotion(void)
{
	tkref_thread_pass(&g->clk);
}

/* It has run just before it is demoted: then it is realtime after the next. */
static bool realtime_after_next(enum tk_class class)
{
	begin_locked(class, 0);
	g->clk.d.want = true;
	sim_in_demotion = pass_in_demotion;
	g->clk.throttled.work.func(&g->clk.throttled.work);
	sim_in_demotion = NULL;
	move_line_by(g, 500);
	run(g, 10 * MSEC);
	return sim_thread_is_realtime;
}

static void set_by_an_hour(void)
{
	external_step(g, "settimeofday", -3600, 0);
	external_exit();
}

static void set_by_task_to_same(void)
{
	external_step(g, "date", 0, 0);
	external_exit();
}

static void other_clocksource(void)
{
	switch_clocksource(g, KHZ + 20);
}

static bool leap_quiet(enum tk_class class)
{
	return leap_second(class, NULL);
}

static bool leap_migrated(enum tk_class class)
{
	return leap_second(class, migrate);
}

static bool leap_set_by_task(enum tk_class class)
{
	return leap_second(class, set_by_task);
}

static bool leap_set_by_an_hour(enum tk_class class)
{
	return leap_second(class, set_by_an_hour);
}

static bool leap_set_to_same(enum tk_class class)
{
	return leap_second(class, set_by_task_to_same);
}

static bool leap_clocksource(enum tk_class class)
{
	return leap_second(class, other_clocksource);
}

/*
 * A step within the last second: the kernel is told again too late to make the
 * leap second, which comes as a step with the TAI offset.
 */
static bool leap_set_in_last_second(enum tk_class class)
{
	s64 worst;

	begin_leap(class, VMCLOCK_LEAP_PRE_POS, 0, 10);
	run(g, 5 * SEC + 500 * MSEC);
	set_by_task();
	run(g, 100 * MSEC);
	worst = worst_tai_ns(5 * SEC);
	if (state() == TKREF_LOCKED && g->ntp.tai_offset_sec == 38 &&
	    worst < 2000)
		return within_ns(10);
	ktap_note("%d leap seconds, TAI - UTC = %d, TAI off by %" PRId64 " ns, %s",
		  g->ntp.leaps, g->ntp.tai_offset_sec, (int64_t)worst,
		  tkref_reason(&g->clk.d));
	return false;
}

/* A step of nothing resets the kernel's NTP state, which is put right. */
static bool status_repaired(enum tk_class class)
{
	begin_locked(class, 0);
	external_step(g, "date", 0, 0);
	if (!(g->ntp.status & STA_UNSYNC))
		return false;
	run(g, SEC);
	return right() && !(g->ntp.status & STA_UNSYNC) &&
	       g->ntp.maxerror_us < 2000000;
}

/*
 * Another CPU sets the frequency between two critical sections of the thread:
 * behind the decision on a call, or between the last check and the call.
 */
static unsigned int unlocks_to_go;
static unsigned int calls_seen;

static void count_call(struct guest *guest, const struct __kernel_timex *txc)
{
	calls_seen += !guest->unlocked && txc->modes & ADJ_FREQUENCY;
}

static void chronyd_between(struct guest *guest)
{
	if (guest->clk.d.servo.mode == SERVO_STEADY || --unlocks_to_go)
		return;
	guest->unlocked = NULL;
	external_frequency(guest, "chronyd", 20);
}

/* @calls: that the thread makes afterwards */
static bool frequency_between(enum tk_class class, unsigned int unlocks,
			      unsigned int calls)
{
	begin_locked(class, 0);
	calls_seen = 0;
	unlocks_to_go = unlocks;
	g->called = count_call;
	g->unlocked = chronyd_between;
	move_line_by(g, 10000);
	run(g, SEC);
	if (!g->unlocked && state() == TKREF_YIELDED && kernel_ppm() == 20 &&
	    calls_seen == calls)
		return true;
	ktap_note("%s, kernel at %" PRId64 " ppm, %u calls",
		  tkref_reason(&g->clk.d), (int64_t)kernel_ppm(), calls_seen);
	return false;
}

/* The decision is void. */
static bool frequency_before_check(enum tk_class class)
{
	return frequency_between(class, 1, 0);
}

/* It is overwritten, and given back. */
static bool frequency_before_call(enum tk_class class)
{
	return frequency_between(class, 2, 2);
}

/* Just behind the thread's first call another CPU sets the frequency. */
static void chronyd_behind(struct guest *guest,
			   const struct __kernel_timex *txc)
{
	if (!(txc->modes & ADJ_FREQUENCY) || calls_seen++)
		return;
	external_frequency(guest, "chronyd", 20);
}

static bool frequency_stays(enum tk_class class)
{
	begin_locked(class, 0);
	calls_seen = 0;
	g->called = chronyd_behind;
	move_line_by(g, 10000);
	run(g, SEC);
	if (state() == TKREF_YIELDED && kernel_ppm() == 20)
		return true;
	ktap_note("%s, kernel at %" PRId64 " ppm", tkref_reason(&g->clk.d),
		  (int64_t)kernel_ppm());
	return false;
}

/* A daemon steps in the middle of a slew, and then sets its frequency. */
static bool frequency_after_step_stays(enum tk_class class)
{
	begin_locked(class, 0);
	move_line_by(g, 10000);
	run(g, 9 * MSEC);
	external_step(g, "chronyd", 0, 300000);
	spend(g, 500);
	external_frequency(g, "chronyd", 20);
	run(g, SEC);
	if (state() == TKREF_YIELDED && kernel_ppm() == 20)
		return true;
	ktap_note("%s, kernel at %" PRId64 " ppm", tkref_reason(&g->clk.d),
		  (int64_t)kernel_ppm());
	return false;
}

static u32 other_khz;
static unsigned int call_wanted;
static bool misled;

/*
 * The clocksource changes between a call of the thread and its notes: the tick
 * that is nominal then is not what the call has made of it.
 */
static void clocksource_behind(struct guest *guest,
			       const struct __kernel_timex *txc)
{
	misled |= guest->clk.d.servo.tick_adj_ns32;
	if (txc->modes & ADJ_FREQUENCY && calls_seen++ == call_wanted)
		switch_clocksource(guest, other_khz);
}

/* Nothing is printed between a change and its correction, and steps are. */
static bool thread_prints_nothing(enum tk_class class)
{
	begin(class, 3000000, 0);
	run(g, 2 * SEC);
	if (!right())
		return false;
	if (logged_in_thread || !said("locked: following") ||
	    said("stepped by -0.00300") != 1 ||
	    said("audit AUDIT_TIME_INJOFFSET sec=-1 nsec=99699") != 1) {
		ktap_note("in the thread: %d; %s", logged_in_thread, logged);
		return false;
	}
	return true;
}

/* In each of the calls that a slew takes. */
static bool clocksource_in_call_to(enum tk_class class, u32 khz)
{
	other_khz = khz;
	for (call_wanted = 0; call_wanted < 4; call_wanted++) {
		begin_locked(class, 0);
		calls_seen = 0;
		misled = false;
		g->called = clocksource_behind;
		move_line_by(g, 10000);
		run(g, SEC);
		if (!right() || misled || said("set the clock"))
			return false;
	}
	return true;
}

static bool clocksource_in_call(enum tk_class class)
{
	return clocksource_in_call_to(class, KHZ - 1);
}

static bool alike_clocksource_in_call(enum tk_class class)
{
	return clocksource_in_call_to(class, KHZ);
}

static s64 move_ns;
static bool probing;

/* The reference moves at the end of the first probe, which decides. */
static void move_behind(struct guest *guest, const struct __kernel_timex *txc)
{
	bool was = probing;

	if (!(txc->modes & ADJ_FREQUENCY) || calls_seen)
		return;
	probing = guest->clk.d.servo.mode == SERVO_PROBE;
	if (probing || !was)
		return;
	calls_seen++;
	move_line_by(guest, move_ns);
}

/* By any amount: two probes agree on the kernel's mult accounting. */
static bool learns_kind(enum tk_class class)
{
	enum servo_accounting kind = class == TK_A ? SERVO_PRE_FIX :
						     SERVO_POST_FIX;

	for (move_ns = -200; move_ns <= 200; move_ns += 10) {
		calls_seen = 0;
		probing = false;
		begin(class, 30000, 0);
		g->called = move_behind;
		run(g, SEC);
		if (calls_seen && g->clk.d.servo.accounting == kind)
			continue;
		ktap_note("moved by %" PRId64 " ns", (int64_t)move_ns);
		return false;
	}
	return true;
}

/* A clock that is off by more than a phase can say tells of no accounting. */
static bool learns_kind_in_disruptions(enum tk_class class)
{
	enum servo_accounting kind = class == TK_A ? SERVO_PRE_FIX :
						     SERVO_POST_FIX;
	u64 us;

	for (us = 0; us < 12000; us += 250) {
		begin(class, 30000, 0);
		run(g, us * 1000);
		g->reference.params.disruption_marker++;
		move_line_by(g, 1000LL * SEC);
		run(g, 3 * MSEC);
		g->reference.params.disruption_marker++;
		move_line_by(g, -2000LL * (s64)SEC);
		run(g, SEC);
		if (g->clk.d.servo.accounting == kind)
			continue;
		ktap_note("disrupted after %" PRIu64 " us", (uint64_t)us);
		return false;
	}
	return true;
}

/* A thread that was kept off its CPU is realtime again after its pass. */
static bool realtime_again(enum tk_class class)
{
	bool demoted;

	begin_locked(class, 0);
	g->clk.d.want = true;
	g->clk.throttled.work.func(&g->clk.throttled.work);
	demoted = !sim_thread_is_realtime;
	move_line_by(g, 500);
	run(g, 10 * MSEC);
	return demoted && sim_thread_is_realtime;
}

/* A page without a bound: not known, and not exact. */
static bool unknown_bound(enum tk_class class)
{
	struct tkref_status status;

	begin_locked(class, 0);
	tkref_status_get(&g->clk, &status);
	if (status.maxerror_ns != U64_MAX || status.esterror_ns != U64_MAX ||
	    g->ntp.maxerror_us < 1000000 || g->ntp.status & STA_UNSYNC) {
		ktap_note("maxerror %" PRIu64 " ns, adjtimex: %" PRId64 " us",
			  (uint64_t)status.maxerror_ns,
			  (int64_t)g->ntp.maxerror_us);
		return false;
	}
	g->reference.params.flags |= VMCLOCK_FLAG_TIME_MAXERROR_VALID |
				     VMCLOCK_FLAG_PERIOD_MAXERROR_VALID;
	g->reference.params.maxerror_ns = 2000000;
	new_line(g);
	run(g, SEC / 10);
	tkref_status_get(&g->clk, &status);
	return status.maxerror_ns >= 2000000 && status.maxerror_ns < 2001000;
}

/* Paused for ten minutes, without a marker, and the counter has gone on. */
static bool paused(enum tk_class class)
{
	u64 begin;

	begin_locked(class, 0);
	stall(g, 600 * SEC);
	run(g, 1);
	run(g, MSEC);
	ktap_note("%" PRId64 " ns after the pause", (int64_t)phase_ns());
	begin = g->now;
	while (g->now - begin < to_counts(g, SEC) &&
	       (phase_ns() > 10 || phase_ns() < -10))
		run(g, MSEC);
	if (g->now - begin <= to_counts(g, 100 * MSEC))
		return right();
	ktap_note("%" PRIu64 " ms", (uint64_t)(g->now - begin) / KHZ);
	return false;
}

/* One stall does not make later pulses slow. */
static bool pulses_after_stall(enum tk_class class)
{
	begin_locked(class, 0);
	stall(g, 10 * SEC);
	run(g, 1);
	run(g, SEC);
	move_line_by(g, 500);
	run(g, 50 * MSEC);
	return within_ns(10);
}

/* ntp_tick_adj= on the command line: no pulses for ever. */
static bool tick_adj(enum tk_class class)
{
	begin(class, 30000, 0);
	g->tk.tick_adj_ns = 12345;
	run(g, 4 * SEC);
	figures_begin(g);
	run(g, 20 * SEC);
	ktap_note("%" PRIu64 " calls in 20 s", (uint64_t)g->figures.calls);
	return right() && g->figures.calls < 10;
}

static s64 tai_worst_ns;

static void watch_tai(struct guest *guest, const struct __kernel_timex *txc)
{
	s64 phase = phase_ps(guest, guest->now) / 1000;

	(void)txc;
	if (phase < 0)
		phase = -phase;
	if (phase > tai_worst_ns)
		tai_worst_ns = phase;
}

/* The TAI offset of a page, and UTC with it, is another: in one call. */
static bool tai_and_step(enum tk_class class)
{
	begin_locked(class, 0);
	g->reference.params.tai_offset_sec = 38;
	tai_worst_ns = 0;
	g->called = watch_tai;
	new_line(g);
	run(g, SEC);
	if (g->ntp.tai_offset_sec == 38 && tai_worst_ns < 2000)
		return right();
	ktap_note("TAI - UTC = %d, TAI off by %" PRId64 " ns between calls",
		  g->ntp.tai_offset_sec, (int64_t)tai_worst_ns);
	return false;
}

/* Another bound; adjtimex(2) has to tell it at once, if it is a larger one. */
static bool tells_bound(s64 us)
{
	g->reference.params.flags |= VMCLOCK_FLAG_TIME_MAXERROR_VALID |
				     VMCLOCK_FLAG_PERIOD_MAXERROR_VALID;
	g->reference.params.maxerror_ns = us * 1000;
	new_line(g);
	run(g, MSEC);
	if (state() == TKREF_LOCKED && g->ntp.maxerror_us >= us)
		return true;
	ktap_note("adjtimex(2) says %" PRId64 " us, not %" PRId64,
		  (int64_t)g->ntp.maxerror_us, (int64_t)us);
	return false;
}

/*
 * A larger bound, by less than the kernel adds in two seconds, and then in the
 * second that has begun: it adds that at the second's end.
 */
static bool bound_grows(enum tk_class class)
{
	begin_locked(class, 0);
	tells_bound(1);
	while (g->ntp.maxerror_us > 100)
		run(g, MSEC);
	if (!tells_bound(900))
		return false;
	while (g->ntp.maxerror_us < 1400)
		run(g, MSEC);
	if (!tells_bound(1450))
		return false;
	run(g, 950 * MSEC);
	return tells_bound(1900);
}

/* In the middle of a slew of 100 s, which ends when the clock is stepped. */
static void begin_slew(enum tk_class class)
{
	begin_locked(class, 0);
	run(g, 2 * SEC);
	move_line_by(g, 50 * MSEC);
	run(g, SEC);
}

static void do_switch(struct guest *guest, void *unused)
{
	switch_clocksource(guest, guest->tk.khz);
}

/* A task writes to current_clocksource: the slew is over all the same. */
static bool clocksource_in_slew(enum tk_class class)
{
	begin_slew(class);
	g->clocksources[!g->cs].name = "acpi_pm";
	external_do(g, "sh", do_switch, NULL);
	run(g, SEC);
	return kernel_ppm() == PPB / 1000;
}

/* kvm-clock, which counts far from where the counter is: the slew ends. */
static bool kvmclock_in_slew(enum tk_class class)
{
	u64 behind = 1ULL << 39;

	begin_slew(class);
	tk_switch(&g->tk, g->now, KHZ);
	ntp_model_clear(&g->ntp);
	g->now -= behind;
	g->counter_off -= behind;
	g->tk.cycle_last = g->now;
	g->seen_at = g->now;
	g->cs ^= 1;
	g->clocksources[g->cs].name = "kvm-clock";
	notify(g, true);
	run(g, 110 * SEC);
	return right();
}

static bool tai_and_step_in_slew(enum tk_class class)
{
	begin_slew(class);
	g->reference.params.tai_offset_sec = 38;
	new_line(g);
	run(g, 2 * SEC);
	return right() && said("clock stepped by") == 1;
}

/* The reference jumps over the clock: what slews it there must turn. */
static bool jump_in_slew(enum tk_class class)
{
	begin_slew(class);
	tkref_step_ns.value = 0;
	tkref_clock_configure(&g->clk);
	move_line_by(g, -5 * (s64)SEC);
	run(g, SEC);
	if (kernel_ppm() > 0)
		return false;
	move_line_by(g, 10 * (s64)SEC);
	run(g, SEC);
	return kernel_ppm() > 0;
}

static bool one_shot_in_slew(enum tk_class class)
{
	begin_slew(class);
	external_step(g, "date", 3600, 0);
	external_exit();
	run(g, 2 * SEC);
	return right() && said("clock stepped by") == 1;
}

/* A guest agent, date -s, an RTC driver that comes late: undone, and said. */
static bool one_shot(enum tk_class class, s64 sec, s64 ns)
{
	char name[16], line[64];

	snprintf(name, sizeof(name), "agent-%d-%d", class, !sec);
	snprintf(line, sizeof(line), "%s set the clock, which is undone", name);
	begin_locked(class, 0);
	external_step(g, name, sec, ns);
	external_exit();
	run(g, SEC);
	if (!right())
		return false;
	external_step(g, name, sec, ns);
	external_exit();
	run(g, SEC);
	return right() && said(line) == 1;
}

static bool one_shot_hour(enum tk_class class)
{
	return one_shot(class, -3600, 0);
}

static bool one_shot_10_ms(enum tk_class class)
{
	return one_shot(class, 0, 10000000);
}

static bool one_shot_acquiring(enum tk_class class)
{
	begin(class, 30000, 0);
	run(g, 15 * MSEC);
	external_step(g, "date", 5, 0);
	external_exit();
	run(g, SEC);
	return right();
}

/* Offsets alone, as systemd-timesyncd gives, are undone each time. */
static bool offsets_only(enum tk_class class)
{
	u32 i;

	begin_locked(class, 0);
	for (i = 0; i < 8; i++) {
		g->tk.time_freq += 20000LL << 32;
		run(g, 5 * SEC);
		if (!right())
			return false;
	}
	return !said("yielded");
}

/* ... but while the reference is lost they are all that steers. */
static bool offsets_in_holdover(enum tk_class class)
{
	begin_locked(class, 0);
	g->reference.params.status = VMCLOCK_STATUS_UNKNOWN;
	if (!tkref_clock_set(&g->clk, NULL, &g->reference))
		return false;
	run(g, 10 * SEC);
	g->tk.time_freq += 20000LL << 32;
	run(g, 20 * SEC);
	if (state() != TKREF_YIELDED || kernel_ppm() != 60) {
		ktap_note("%s, kernel at %" PRId64 " ppm",
			  tkref_reason(&g->clk.d), (int64_t)kernel_ppm());
		return false;
	}
	g->reference.params.status = VMCLOCK_STATUS_SYNCHRONIZED;
	new_line(g);
	run(g, 2 * SEC);
	return right();
}

static bool insisting(enum tk_class class)
{
	u32 i;

	begin_locked(class, 0);
	for (i = 0; i < 4; i++) {
		external_step(g, "ntpdate", 1, 0);
		run(g, SEC);
	}
	return state() == TKREF_YIELDED && said("yielded: ntpdate") == 1;
}

/* A daemon has the clock until it is gone. */
static bool daemon_exits(enum tk_class class)
{
	begin_locked(class, 0);
	external_frequency(g, "chronyd", 20);
	run(g, 20 * SEC);
	if (state() != TKREF_YIELDED || kernel_ppm() != 20)
		return false;
	external_exit();
	run(g, 8 * SEC);
	return right();
}

/* The kernel slews what ntpd gave it, a little less in each second. */
static bool daemon_slews(enum tk_class class)
{
	u32 i;

	begin_locked(class, 0);
	external_frequency(g, "ntpd", 20);
	for (i = 0; i < 200; i++) {
		g->tk.time_freq -= 1000LL << 32;
		run(g, SEC);
	}
	if (state() != TKREF_YIELDED || strcmp(g->clk.d.external.name, "ntpd"))
		return false;
	external_exit();
	run(g, 2 * SEC);
	return right();
}

/* Another program steps the clock once, which stays that of the daemon. */
static bool step_under_daemon(enum tk_class class)
{
	u32 i;

	begin_locked(class, 0);
	for (i = 0; i < 3; i++) {
		external_frequency(g, "chronyd", 20);
		run(g, 16 * SEC);
	}
	external_step(g, "qemu-ga", 0, 1000000);
	external_exit();
	run(g, 10 * SEC);
	return state() == TKREF_YIELDED && kernel_ppm() == 20 &&
	       !strcmp(g->clk.d.external.name, "chronyd");
}

static bool daemon_falls_silent(enum tk_class class)
{
	u32 i;

	begin_locked(class, 0);
	for (i = 0; i < 4; i++) {
		external_frequency(g, "chronyd", 20 + i);
		run(g, 20 * SEC);
	}
	if (state() != TKREF_YIELDED || kernel_ppm() != 23)
		return false;
	run(g, 90 * SEC);
	return right();
}

static bool replaced;

/* The next daemon sets its frequency when the thread lets go of a lock. */
static void next_daemon(struct guest *guest)
{
	if (guest->clk.d.state != TKREF_YIELDED || calls_seen++ != call_wanted)
		return;
	replaced = true;
	external_frequency(guest, "ntpd", 30);
}

static bool daemon_is_replaced(enum tk_class class)
{
	call_wanted = 0;
	do {
		begin_locked(class, 0);
		external_frequency(g, "chronyd", 20);
		run(g, SEC);
		external_exit();
		calls_seen = 0;
		replaced = false;
		g->unlocked = next_daemon;
		run(g, SEC);
		if (replaced ? kernel_ppm() != 30 : !right())
			return false;
		call_wanted++;
	} while (replaced);
	return call_wanted > 1;
}

static bool daemon_keeps_clock(enum tk_class class)
{
	begin_locked(class, 0);
	external_frequency(g, "chronyd", 20);
	run(g, SEC);
	g->reference.params.disruption_marker++;
	move_line_by(g, 3000000);
	run(g, 5 * SEC);
	return state() == TKREF_YIELDED && kernel_ppm() == 20 &&
	       said("yielded") == 2;
}

/* A daemon's frequency stays, be it set before the slew is left or behind. */
static bool frequency_without_line(enum tk_class class)
{
	unsigned int behind;

	for (behind = 0; behind < 2; behind++) {
		begin_slew(class);
		calls_seen = 0;
		g->called = behind ? chronyd_behind : NULL;
		g->reference.params.disruption_marker++;
		g->reference.params.status = VMCLOCK_STATUS_UNKNOWN;
		tkref_clock_set(&g->clk, NULL, &g->reference);
		if (!behind)
			external_frequency(g, "chronyd", 20);
		run(g, SEC);
		if (kernel_ppm() == 20 && !g->clk.d.servo.tick_adj_ns32 &&
		    !g->clk.d.applied.frequency_known)
			continue;
		ktap_note("at %" PRId64 " ppm, the tick %" PRId64 " ns/s longer",
			  (int64_t)kernel_ppm(),
			  (int64_t)g->clk.d.servo.tick_adj_ns32 >> 32);
		return false;
	}
	g->reference.params.status = VMCLOCK_STATUS_SYNCHRONIZED;
	new_line(g);
	run(g, SEC);
	return right();
}

static bool policy_yield(enum tk_class class)
{
	begin_locked(class, 0);
	tkref_policy = TKREF_POLICY_YIELD;
	external_step(g, "date", 5, 0);
	external_exit();
	run(g, 20 * SEC);
	return state() == TKREF_YIELDED;
}

static bool policy_reassert(enum tk_class class)
{
	begin_locked(class, 0);
	tkref_policy = TKREF_POLICY_REASSERT;
	external_frequency(g, "chronyd", 20);
	run(g, SEC);
	return right();
}

/*
 * What may come from another CPU whenever the thread holds no lock. Each comes
 * once, at each of the moments in which the thread lets go of one, and behind
 * each of its calls.
 */
static void comes_step(struct guest *guest, void *unused)
{
	struct __kernel_timex txc = {
		.modes = ADJ_SETOFFSET | ADJ_NANO,
		.time = { 0, 10 * MSEC },
	};

	vmclock_adjtimex(&txc);
}

static void comes_frequency(struct guest *guest, void *unused)
{
	struct __kernel_timex txc = {
		.modes = ADJ_FREQUENCY | ADJ_TICK,
		.freq = 20 * 65536,
		.tick = 10000,
	};

	vmclock_adjtimex(&txc);
}

static void comes_clocksource(struct guest *guest, void *unused)
{
	switch_clocksource(guest, KHZ - 1);
}

static void comes_other_clocksource(struct guest *guest, void *unused)
{
	guest->clocksources[!guest->cs].name = "acpi_pm";
	switch_clocksource(guest, guest->tk.khz);
}

static void comes_line(struct guest *guest, void *unused)
{
	move_line_by(guest, 20000);
}

static void comes_disruption(struct guest *guest, void *unused)
{
	guest->reference.params.disruption_marker++;
	move_line_by(guest, 3 * MSEC);
}

static void comes_loss(struct guest *guest, void *unused)
{
	guest->reference.params.status = VMCLOCK_STATUS_UNKNOWN;
	tkref_clock_set(&guest->clk, NULL, &guest->reference);
}

static void comes_lost_disruption(struct guest *guest, void *unused)
{
	guest->reference.params.disruption_marker++;
	comes_loss(guest, NULL);
}

static void comes_suspend(struct guest *guest, void *counter)
{
	suspend(guest, 60, counter ? *(u64 *)counter : guest->now + 1000);
}

static void comes_restart(struct guest *guest, void *unused)
{
	u64 counter = 5000000;

	comes_suspend(guest, &counter);
}

static void comes_owner(struct guest *guest, void *unused)
{
	tkref_clock_clear(&guest->clk, NULL);
	new_line(guest);
}

static void comes_relock(struct guest *guest, void *unused)
{
	tkref_clock_relock(&guest->clk);
}

/* ... and what puts an end to it */
static void ends_line(void)
{
	g->reference.params.status = VMCLOCK_STATUS_SYNCHRONIZED;
	new_line(g);
}

static void ends_suspend(void)
{
	g->reference.params.disruption_marker++;
	lock(g, -500000000, page_period());
}

static void ends_clocksource(void)
{
	switch_clocksource(g, g->tk.khz);
}

static const struct {
	const char *name;
	void (*comes)(struct guest *guest, void *unused);
	void (*ends)(void);
} arrivals[] = {
	{ "step", comes_step },
	{ "frequency", comes_frequency, external_exit },
	{ "clocksource", comes_clocksource },
	{ "other clocksource", comes_other_clocksource, ends_clocksource },
	{ "line", comes_line },
	{ "disruption", comes_disruption },
	{ "loss", comes_loss, ends_line },
	{ "loss in a disruption", comes_lost_disruption, ends_line },
	{ "suspend", comes_suspend, ends_suspend },
	{ "restart", comes_restart, ends_suspend },
	{ "owner", comes_owner },
	{ "relock", comes_relock },
};

static size_t arrival;
static bool arrived;

static void arrive(struct guest *guest)
{
	if (arrived || calls_seen++ != call_wanted)
		return;
	arrived = true;
	external_do(guest, "another", arrivals[arrival].comes, NULL);
}

static void arrive_behind(struct guest *guest,
			  const struct __kernel_timex *txc)
{
	arrive(guest);
}

static void begin_first(enum tk_class class)
{
	begin(class, 3 * MSEC, 0);
}

static void begin_moved(enum tk_class class)
{
	begin_locked(class, 0);
	move_line_by(g, 10000);
}

/* The line's rate, that of the daemon, or that of before the first lock. */
static bool has_fit_rate(void)
{
	s64 ppm = state() == TKREF_YIELDED ? 20 : PPB / 1000;

	return (kernel_ppm() >= ppm - 1 && kernel_ppm() <= ppm + 1) ||
	       (state() == TKREF_WAITING && !g->tk.time_freq &&
		!g->clk.d.applied.exact.tick);
}

static bool arrives_once(enum tk_class class,
			 void (*begin_this)(enum tk_class class))
{
	bool rate;

	arrived = false;
	calls_seen = 0;
	begin_this(class);
	g->unlocked = arrive;
	g->called = arrive_behind;
	run(g, 50 * MSEC);
	g->unlocked = NULL;
	g->called = NULL;
	run(g, 250 * MSEC);
	rate = has_fit_rate();
	if (arrived && arrivals[arrival].ends)
		arrivals[arrival].ends();
	run(g, SEC);
	if (!arrived || (rate && right() && !g->clk.d.servo.tick_adj_ns32))
		return true;
	ktap_note("%s behind unlock %u, rate %d", arrivals[arrival].name,
		  call_wanted, rate);
	return false;
}

static bool arrives_anywhere(enum tk_class class,
			     void (*begin_this)(enum tk_class class))
{
	bool ok = true;

	for (arrival = 0; arrival < sizeof(arrivals) / sizeof(*arrivals);
	     arrival++) {
		call_wanted = 0;
		do {
			ok &= arrives_once(class, begin_this);
			call_wanted++;
		} while (arrived);
	}
	return ok && call_wanted > 10;
}

static bool arrives_in_lock(enum tk_class class)
{
	return arrives_anywhere(class, begin_first);
}

static bool arrives_in_slew(enum tk_class class)
{
	return arrives_anywhere(class, begin_moved);
}

static const struct {
	const char *name;
	bool (*run)(enum tk_class class);
} cases[] = {
	{ "locks", locks },
	{ "an earlier offset is undone", earlier_offset_undone },
	{ "... with a counter beyond 2^63 (F15)",
	  earlier_offset_far_counter },
	{ "readers take no lock (F5)", reads_without_lock },
	{ "an update passes a reader", update_passes_reader },
	{ "no reference, no notifier", observes_with_reference_only },
	{ "no reference in the middle of a slew", reference_goes_in_slew },
	{ "resumes with another counter (F1)", sleeps_counter_restarts },
	{ "resumes beside a page of before", sleeps_page_is_outdated },
	{ "resumes on a host that was set back", sleeps_host_set_back },
	{ "resumes with another counter below kvm-clock", sleeps_on_kvmclock },
	{ "resumes, and has another clocksource", sleeps_without_counter },
	{ "another clocksource wraps around", other_clocksource_wraps },
	{ "resumes though the thread was wanted", sleeps_thread_wanted },
	{ "resumes with the same counter", sleeps_counter_goes_on },
	{ "leap seconds", leap_quiet },
	{ "leap seconds after a migration (F3)", leap_migrated },
	{ "leap seconds after a task's step (F3)", leap_set_by_task },
	{ "leap seconds after a task's step by an hour (F3)",
	  leap_set_by_an_hour },
	{ "leap seconds after a task's step of 0 (F3)", leap_set_to_same },
	{ "leap seconds after another clocksource (F3)", leap_clocksource },
	{ "leap second after a task's step in its last second",
	  leap_set_in_last_second },
	{ "frequency of another behind a call stays (F4)", frequency_stays },
	{ "frequency of another after its step stays (F4)",
	  frequency_after_step_stays },
	{ "... ahead of the check of a call (F4)", frequency_before_check },
	{ "... ahead of the call (F4)", frequency_before_call },
	{ "realtime again after a pass (F8)", realtime_again },
	{ "... if it was demoted behind a pass", realtime_after_next },
	{ "the reference moves in a probe (F16)", learns_kind },
	{ "... by hours, twice", learns_kind_in_disruptions },
	{ "nothing is printed by the thread, steps are told (F6, F14)",
	  thread_prints_nothing },
	{ "no bound is unknown, not 0 (F7)", unknown_bound },
	{ "a larger bound is told at once", bound_grows },
	{ "10 min pause is gone in 100 ms (F10)", paused },
	{ "pulses are short after a stall (F11)", pulses_after_stall },
	{ "ntp_tick_adj= is learned (F17)", tick_adj },
	{ "TAI offset and step are one call (F18)", tai_and_step },
	{ "... in the middle of a slew", tai_and_step_in_slew },
	{ "another clocksource in the middle of a slew", clocksource_in_slew },
	{ "kvm-clock in the middle of a slew", kvmclock_in_slew },
	{ "one-shot step of an hour, twice (F9)", one_shot_hour },
	{ "one-shot step of 10 ms, twice (F9)", one_shot_10_ms },
	{ "one-shot step while acquiring (F9)", one_shot_acquiring },
	{ "the reference jumps over the clock in a slew", jump_in_slew },
	{ "one-shot step in the middle of a slew", one_shot_in_slew },
	{ "offsets alone never get the clock", offsets_only },
	{ "... unless the reference is lost", offsets_in_holdover },
	{ "a task that insists gets the clock (F9)", insisting },
	{ "the lock returns when a daemon exits", daemon_exits },
	{ "... that left something to be slewed", daemon_slews },
	{ "a step by another leaves the clock to the daemon",
	  step_under_daemon },
	{ "the lock returns when a daemon is silent", daemon_falls_silent },
	{ "... not when another daemon takes over", daemon_is_replaced },
	{ "a daemon keeps the clock in a disruption", daemon_keeps_clock },
	{ "a daemon sets the frequency while there is no line",
	  frequency_without_line },
	{ "policy yield", policy_yield },
	{ "policy reassert", policy_reassert },
	{ "status is repaired after a step of 0 (F12)", status_repaired },
	{ "clocksource changes in a call (F19)", clocksource_in_call },
	{ "... to one of the same rate (F19)", alike_clocksource_in_call },
	{ "anything at any moment of a lock", arrives_in_lock },
	{ "anything at any moment of a slew", arrives_in_slew },
};

/* A kernel whose ticks leave their grid: not exact, but locked and right. */
static void check_off_grid(void)
{
	bool ok;

	begin(TK_OFF_GRID, 30000, 0);
	run(g, 3 * SEC);
	ok = state() == TKREF_LOCKED &&
	     g->clk.d.servo.accounting == SERVO_PRE_FIX;
	figures_begin(g);
	run(g, 20 * SEC);
	ktap_note("%" PRIu64 " calls in 20 s, at most %" PRId64 " ps off",
		  (uint64_t)g->figures.calls, (int64_t)g->figures.worst_ps);
	ktap_ok(ok && within_ns(10), "ticks off their grid (F20)");
}

static bool is_asked_for(const char *name, int argc, char **argv)
{
	int i;

	for (i = 1; i < argc; i++)
		if (strstr(name, argv[i]))
			return true;
	return argc < 2;
}

int main(int argc, char **argv)
{
	enum tk_class class;
	size_t i;

	ktap_begin(0);
	for (i = 0; i < sizeof(cases) / sizeof(*cases); i++)
		for (class = TK_A; class <= TK_C; class++)
			if (is_asked_for(cases[i].name, argc, argv))
				ktap_ok(cases[i].run(class), "%s, class %c",
					cases[i].name, 'A' + class);
	if (is_asked_for("off grid", argc, argv))
		check_off_grid();
	return ktap_end();
}
