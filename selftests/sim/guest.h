/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A model of a guest with one CPU: what makes the kernel update its clock
 * (ticks, interrupts out of idle), and the contexts in which the module runs
 * (notifier, timer, thread), late by random times and stopped by stalls. The
 * module is its own source, compiled for user space (kernel.h). Time is the
 * counter; nothing happens between two events. One guest exists at a time.
 */
#ifndef _VMCLOCK_SIM_GUEST_H
#define _VMCLOCK_SIM_GUEST_H

#include "kernel.h"
#include "ntp.h"
#include "timekeeper.h"
#include "../../src/timekeeping_reference/clock.h"
#include "../../src/timekeeping_reference/servo_internal.h"

#define BINS		100000		/* of 2 ps, then one for all above */
#define BIN_PS		2
#define MSEC		1000000ULL
#define SEC		1000000000ULL

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
 * struct habits - the guest's behaviour
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
 * @wakeups: those of the module's
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
	struct tk_model tk;
	u64 now;
	u64 counter_off;		/* how far kvm-clock is ahead of it */

	struct ntp_model ntp;
	struct clocksource clocksources[2];
	u32 cs;

	/* the reference, as the module was told */
	struct tkref_reference reference;

	/* the CPU */
	bool busy;
	bool in_thread;
	bool tick_stopped;
	u64 activity_end;
	s64 jiffy_mono;			/* jiffies were counted up to here */
	u64 tick_late;
	u64 stall_at, stall_counts;
	u64 not_before;

	/* the module, and what the kernel keeps for it */
	struct tkref_clock clk;
	struct notifier_block *notifier;
	struct work_struct *work;
	bool following;
	s64 timer_mono;			/* -1: not started */
	u64 timer_late;
	u64 thread_at;
	u64 seconds;			/* of UTC that began */

	/* what is looked at */
	void (*script)(struct guest *guest);
	u64 script_at;
	bool sampling, any_time;
	u64 sample_at;
	u64 seen_at;
	__int128 seen_ns56;
	void (*printed)(struct guest *guest, const char *line);
	void (*called)(struct guest *guest, const struct __kernel_timex *txc);
	void (*unlocked)(struct guest *guest);
	struct figures figures;
};

u64 rnd(struct guest *g);
u64 rnd_in(struct guest *g, u64 low, u64 high);
u64 to_counts(const struct guest *g, u64 ns);

void guest_init(struct guest *g, u64 seed, enum tk_class class, u32 hz, u32 khz,
		const struct habits *habits);
void lock(struct guest *g, __int128 off_ns, u64 period_ns56);
void new_line(struct guest *g);
void turn_line(struct guest *g, u64 counter, u64 period_ns56);
void move_line_by(struct guest *g, s64 ns);
void switch_clocksource(struct guest *g, u32 khz);
void stall(struct guest *g, u64 ns);
void run(struct guest *g, u64 ns);
void run_until(struct guest *g, u64 until);
void spend(struct guest *g, u64 counts);
void notify(struct guest *g, bool was_set);

void external_do(struct guest *g, const char *comm,
		 void (*what)(struct guest *g, void *arg), void *arg);
void external_adjtimex(struct guest *g, const char *comm,
		       struct __kernel_timex *txc);
void external_step(struct guest *g, const char *comm, s64 sec, s64 ns);
void external_frequency(struct guest *g, const char *comm, s64 ppm);
void external_exit(void);
void suspend(struct guest *g, u64 sec, u64 counter);
void set_clock(struct guest *g, s64 sec);

void figures_begin(struct guest *g);
s64 percentile_ps(const struct figures *f, u32 per_mille);
s64 phase_ps(const struct guest *g, u64 counter);
u64 line_period(const struct guest *g);
__int128 line_at(const struct guest *g, u64 counter);

#endif /* _VMCLOCK_SIM_GUEST_H */
