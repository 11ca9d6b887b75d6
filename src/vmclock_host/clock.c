// SPDX-License-Identifier: GPL-2.0
/*
 * Follows the kernel's timekeeper and publishes its line when it has changed.
 * All of this runs in a gtod notifier, at every update of the timekeeper: under
 * its lock, with interrupts off and its sequence count odd. So nothing here may
 * read a clock, print, wake up or allocate.
 *
 * The kernel keeps two clocks:
 *
 *	the running clock	xtime, which gains mult for each count
 *	the NTP clock		xtime + ntp_error, which gains what NTP wants
 *
 *	time     NTP clock    .'
 *	 ^                  .'_/   running clock, by mult or mult + 1
 *	 |                .'_/
 *	 |              _/.'     the distance is ntp_error; while the kernel
 *	 |            _/.'       ticks it is less than a nanosecond
 *	 +----------------------> counter
 *
 * Readers should follow the NTP clock, since its rate is constant. But when the
 * frequency changes in the middle of an NTP interval, the kernel accounts for
 * the change as if it had been made at the interval's beginning: up to interval
 * * change (20 ppm, 4 ms: 80 ns) goes into ntp_error at once. The kernel
 * compensates it by less than one LSB of mult (0.1 to 0.2 ppm), in seconds or
 * minutes, or never if NTP's rate is that of a mult. During the compensation
 * mult is constant, so the running clock is a line, and that line is published.
 * If mult was chosen before the error came into being, the next update changes
 * mult, and another line is published.
 */
#include <linux/math64.h>
#include <linux/pvclock_gtod.h>

#include "common/counter.h"
#include "common/suspend.h"
#include "compat/timekeeper.h"
#include "clock.h"
#include "idle_timer.h"
#include "ntp.h"
#include "publish.h"

#define NS32_PER_SEC	(NSEC_PER_SEC * (1LL << 32))

/**
 * struct clock_model - the published line and the state it was made from
 * @cs: the clocksource
 * @cycle_last: counter value of the last update
 * @phase: the published line one NTP interval later, ns / 2^32 modulo 2^64
 * @rate: gain of the published line in an NTP interval, ns / 2^32
 * @ntp_rate: gain of the NTP clock in an NTP interval, ns / 2^32
 * @ntp_tick: the timekeeper's ntp_tick, from which @ntp_rate was made
 * @skew: vmclock_tk_skew(), from which @ntp_rate was made
 * @mult: mult of the running clock
 * @running: the published line is the running clock, not the NTP clock
 * @behind: the running clock was behind the NTP clock
 * @least_error: lowest ntp_error that changes nothing, ns / 2^32
 * @most_error: highest ntp_error that changes nothing, ns / 2^32
 * @tai_offset_sec: TAI - UTC, or 0
 * @offs_boot: time spent in suspend
 *
 * The timekeeper's lock protects it.
 */
static struct clock_model {
	const struct clocksource *cs;
	u64 cycle_last;
	u64 phase;
	u64 rate;
	u64 ntp_rate;
	u64 ntp_tick;
	s64 skew;
	u32 mult;
	bool running;
	bool behind;
	s64 least_error;
	s64 most_error;
	s32 tai_offset_sec;
	ktime_t offs_boot;
} model;

struct host_clock_limits host_clock_limits = {
	.compensation_ns32 = HOST_CLOCK_NS32,
	.deviation_ns32 = HOST_CLOCK_NS32,
};

/*
 * A suspend may take the counter's power away. CPUs whose counters differ a
 * little are no reason: that is far less than an NTP interval.
 */
static bool counter_restarted(const struct timekeeper *tk)
{
	s64 cycles = tk->tkr_mono.cycle_last - model.cycle_last;

	return vmclock_counter_is_clocksource(tk->tkr_mono.clock) &&
	       cycles < -(s64)tk->cycle_interval;
}

/* The clocksource was changed or the machine suspended: no continuity. */
static bool clock_replaced(const struct timekeeper *tk)
{
	return tk->tkr_mono.clock != model.cs ||
	       tk->offs_boot != model.offs_boot || counter_restarted(tk);
}

static bool clock_changed(const struct timekeeper *tk)
{
	return vmclock_tk_ntp_rate(tk) != model.ntp_rate ||
	       tk->tai_offset != model.tai_offset_sec || clock_replaced(tk);
}

/*
 * Return true if NTP's rate is that of mult as mult is while the clock isn't
 * behind. The kernel never compensates a clock that is ahead then. It is so as
 * long as no NTP daemon runs.
 */
static bool clock_may_stay_ahead(const struct timekeeper *tk)
{
	u64 xtime_interval = tk->xtime_interval -
			     tk->ntp_err_mult * tk->cycle_interval;

	return xtime_interval << tk->ntp_error_shift ==
	       vmclock_tk_ntp_rate(tk);
}

static bool clock_stays_ahead(const struct timekeeper *tk)
{
	return tk->ntp_error < -host_clock_limits.compensation_ns32 &&
	       !model.running && clock_may_stay_ahead(tk);
}

/*
 * The most that an LSB of mult, 2^-shift ns per count, can have made of
 * ntp_error since the last update, ns / 2^32. Some 100 s of counts, below 2^40,
 * make it less than 2^56.
 */
static s64 clock_lsb_gain(const struct timekeeper *tk)
{
	u64 cycles = tk->tkr_mono.cycle_last - model.cycle_last;

	return cycles << tk->ntp_error_shift;
}

/* The running clock has neither reached the NTP clock nor just crossed it. */
static bool clock_compensates(const struct timekeeper *tk)
{
	return model.running && ((tk->ntp_error > 0) == model.behind ||
				 abs(tk->ntp_error) >
				 host_clock_limits.compensation_ns32 +
				 clock_lsb_gain(tk));
}

/* From the running clock to the published line, ns / 2^32 */
static s64 ntp_offset(const struct timekeeper *tk)
{
	return model.running ? 0 : tk->ntp_error;
}

/*
 * xtime_nsec is below 10^9 << shift, so the shifted value is below 2^62. The
 * mask says so much to a kernel that checks each shift.
 */
static u64 xtime_ns32(const struct timekeeper *tk)
{
	return tk->tkr_mono.xtime_nsec << (tk->ntp_error_shift & 63);
}

static u64 line_phase(const struct timekeeper *tk)
{
	return tk->xtime_sec * NS32_PER_SEC + xtime_ns32(tk) + ntp_offset(tk);
}

/*
 * How far the clock has left the published line, ns / 2^32. Updates are whole
 * NTP intervals apart, in which the line gains whole rates, so that the result
 * is exact. It is far from the 2 s that fit into it unless the clock is
 * stepped, and then it isn't asked for. S64_MAX if the counter moved by
 * something else, which is suspend.
 */
static s64 clock_deviation(const struct timekeeper *tk)
{
	u64 cycles = tk->tkr_mono.cycle_last - model.cycle_last;
	u64 rest, ticks = div64_u64_rem(cycles, tk->cycle_interval, &rest);
	u64 phase = model.phase + (ticks - 1) * model.rate;

	return rest ? S64_MAX : (s64)(line_phase(tk) - phase);
}

/* Move the model on to this update, whole NTP intervals later. */
static void model_advance(const struct timekeeper *tk)
{
	u64 cycles = tk->tkr_mono.cycle_last - model.cycle_last;

	model.cycle_last = tk->tkr_mono.cycle_last;
	model.phase += div64_u64(cycles, tk->cycle_interval) * model.rate;
}

/* |ntp_error| is far below a second. */
static struct vmclock_time line_time(const struct timekeeper *tk)
{
	s64 sec = tk->xtime_sec + tk->tai_offset;
	s64 ns32 = xtime_ns32(tk) + ntp_offset(tk);

	if (ns32 < 0) {
		ns32 += NS32_PER_SEC;
		sec--;
	} else if (ns32 >= NS32_PER_SEC) {
		ns32 -= NS32_PER_SEC;
		sec++;
	}
	return (struct vmclock_time){
		.sec = sec,
		.frac = vmclock_ns32_to_frac(ns32),
	};
}

/* The gain in an NTP interval. xtime_interval is cycle_interval * mult. */
static u64 line_rate(const struct timekeeper *tk)
{
	return model.running ? tk->xtime_interval << tk->ntp_error_shift :
			       vmclock_tk_ntp_rate(tk);
}

/* Why another line is published; @model is still the one before. */
static enum host_cause line_cause(const struct timekeeper *tk, bool was_set,
				  bool running)
{
	if (was_set || clock_replaced(tk))
		return HOST_CAUSE_STEP;
	if (tk->tai_offset != model.tai_offset_sec)
		return HOST_CAUSE_TAI;
	if (vmclock_tk_ntp_rate(tk) != model.ntp_rate)
		return HOST_CAUSE_FREQUENCY;
	if (running || model.running)
		return HOST_CAUSE_COMPENSATION;
	return HOST_CAUSE_DEVIATION;
}

/* Outside of these limits an update may change the choice of the clock. */
static void model_set_limits(const struct timekeeper *tk)
{
	model.least_error = S64_MIN;
	model.most_error = S64_MAX;
	if (model.running && model.behind)
		model.least_error = 1;
	else if (model.running)
		model.most_error = 0;
	else if (clock_may_stay_ahead(tk))
		model.least_error = -host_clock_limits.compensation_ns32;
}

static void model_set(const struct timekeeper *tk, bool running)
{
	model.running = running;
	model.ntp_rate = vmclock_tk_ntp_rate(tk);
	model.ntp_tick = tk->ntp_tick;
	model.skew = vmclock_tk_skew(tk);
	model.rate = line_rate(tk);
	model.cs = tk->tkr_mono.clock;
	model.cycle_last = tk->tkr_mono.cycle_last;
	model.phase = line_phase(tk) + model.rate;
	model.mult = tk->tkr_mono.mult;
	model.behind = tk->ntp_error > 0;
	model_set_limits(tk);
	model.tai_offset_sec = tk->tai_offset;
	model.offs_boot = tk->offs_boot;
}

static void clock_publish(const struct timekeeper *tk, bool was_set,
			  bool running)
{
	struct host_line now = {
		.line.counter = tk->tkr_mono.cycle_last,
		.has_counter =
			vmclock_counter_is_clocksource(tk->tkr_mono.clock),
		.tai_offset_sec = tk->tai_offset,
		.replaced = clock_replaced(tk),
		.restarted = counter_restarted(tk),
		.cause = line_cause(tk, was_set, running),
	};

	model_set(tk, running);
	now.line.time = line_time(tk);
	vmclock_line_set_period(&now.line, model.rate,
				tk->cycle_interval * NSEC_PER_SEC, 32);
	host_publish_line(&now);
	host_ntp_refresh();
}

/* The running clock is published and has another rate now. */
static bool mult_changed(const struct timekeeper *tk)
{
	return model.running && tk->tkr_mono.mult != model.mult;
}

/*
 * Return true, after few instructions, if nothing is new: one NTP interval has
 * passed, in which the line has gained one rate. An update that doesn't set the
 * clock leaves its clocksource and TAI offset alone, and so the remainder.
 */
static __always_inline bool clock_is_as_expected(const struct timekeeper *tk)
{
	s64 away;

	if (tk->tkr_mono.cycle_last - model.cycle_last != tk->cycle_interval ||
	    tk->ntp_tick != model.ntp_tick ||
	    vmclock_tk_skew(tk) != model.skew ||
	    tk->ntp_error < model.least_error ||
	    tk->ntp_error > model.most_error || mult_changed(tk))
		return false;
	away = line_phase(tk) - model.phase;
	return away <= host_clock_limits.deviation_ns32 &&
	       away >= -host_clock_limits.deviation_ns32;
}

enum verdict { KEEP_LINE, PUBLISH_NTP, PUBLISH_RUNNING };

/*
 * Decide whether a line is published, and that of which clock. Kernels that
 * move the NTP clock do so by less than an LSB of mult makes of an interval:
 * there is nothing to compensate then, wherever an idle clock is.
 */
static enum verdict clock_judge(const struct timekeeper *tk, bool was_set)
{
	const struct host_clock_limits *limits = &host_clock_limits;
	bool compensates = clock_compensates(tk);
	bool disturbed = was_set || clock_changed(tk) || clock_stays_ahead(tk);

	if (!disturbed && compensates == model.running && !mult_changed(tk)) {
		s64 away = abs(clock_deviation(tk));

		if (away <= limits->deviation_ns32)
			return KEEP_LINE;
		disturbed = away > max(limits->compensation_ns32,
				       limits->deviation_ns32) +
				   clock_lsb_gain(tk);
	}
	if (disturbed && abs(tk->ntp_error) > limits->compensation_ns32)
		return PUBLISH_RUNNING;
	return compensates ? PUBLISH_RUNNING : PUBLISH_NTP;
}

/* Not inline, so that a tick that changes nothing saves no registers. */
static noinline int on_news(const struct timekeeper *tk, bool was_set)
{
	enum verdict verdict;

	/* the update of the resume publishes, whatever the line was */
	if (vmclock_falls_asleep(was_set))
		return NOTIFY_DONE;
	verdict = clock_judge(tk, was_set);
	if (verdict == KEEP_LINE) {
		model_advance(tk);
		return NOTIFY_DONE;
	}
	clock_publish(tk, was_set, verdict == PUBLISH_RUNNING);
	return NOTIFY_OK;
}

static int on_update(struct notifier_block *nb, unsigned long was_set,
		     void *data)
{
	const struct timekeeper *tk = data;

	if (unlikely(was_set || !clock_is_as_expected(tk)))
		return on_news(tk, was_set);
	model.cycle_last += tk->cycle_interval;
	model.phase += model.rate;
	return NOTIFY_DONE;
}

/* The notifier if the idle timer is used. */
static int on_update_idle(struct notifier_block *nb, unsigned long was_set,
			  void *data)
{
	host_idle_timer_update(data, was_set);
	return on_update(nb, was_set, data);
}

static struct notifier_block notifier;

/**
 * host_clock_start() - follow the timekeeper
 * @idle_timer: call host_idle_timer_update() at each update
 *
 * The page has a line on return: registration calls the notifier once.
 *
 * Context: process.
 * Return: 0 or a negative error.
 */
int host_clock_start(bool idle_timer)
{
	notifier.notifier_call = idle_timer ? on_update_idle : on_update;
	return pvclock_gtod_register_notifier(&notifier);
}

/**
 * host_clock_stop() - no line is published after this
 *
 * Context: process.
 */
void host_clock_stop(void)
{
	pvclock_gtod_unregister_notifier(&notifier);
}
