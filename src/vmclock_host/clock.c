// SPDX-License-Identifier: GPL-2.0
/*
 * Watches the kernel's timekeeper and hands its line to page.c when it has
 * changed. All of this runs in a gtod notifier, at every update of the
 * timekeeper: under its lock, interrupts off, its sequence count write-held.
 * So nothing here may read a clock, print, wake up or allocate.
 *
 * Which line? The kernel runs the clock by an integer mult, which it changes by
 * one at its updates so that the clock stays near the time that NTP wants, the
 * NTP line xtime + ntp_error. Where it is away from that line only by this
 * back and forth, the NTP line is what others should follow. But a change of
 * frequency in the middle of an NTP interval is accounted for as if it had
 * been made at the interval's beginning: up to interval * change (20 ppm,
 * 4 ms: 80 ns) goes into ntp_error at once, and is taken out of it by less
 * than one unit of mult (0.1 to 0.2 ppm), in seconds or minutes, or never if
 * NTP's rate is that of a mult. Until then mult is constant, the clock itself
 * is a line, and that is the one that is published: the source is "settling".
 * It is the line by which the clock runs until the next update. If mult was
 * chosen before the error was there, that update changes it, and another line
 * is published.
 */
#include <linux/math64.h>
#include <linux/pvclock_gtod.h>

#include "common/counter.h"
#include "compat/timekeeper.h"
#include "clock.h"
#include "idle_timer.h"
#include "ntp.h"
#include "publish.h"

#define NS32_PER_SEC	(NSEC_PER_SEC * (1LL << 32))

/**
 * struct source - what the published line was made from
 * @clock: the clocksource
 * @cycle_last: counter value of the last update
 * @phase: the published line an NTP interval later, ns / 2^32 modulo 2^64
 * @rate: its gain in an NTP interval, ns / 2^32
 * @ntp_rate: the same of the NTP line
 * @ntp_tick: what the kernel made that from
 * @skew: same
 * @mult: of the clock, when that was published
 * @settling: the published line is that of the clock, not of NTP
 * @was_settling: the line before was
 * @behind: the clock was behind the NTP line when that was published
 * @least_error: an ntp_error outside of this and @most_error, ns / 2^32, is
 *	one to look at
 * @most_error: same
 * @tai_offset_sec: TAI - UTC, or 0
 * @offs_boot: time spent in suspend
 * @settle: an ntp_error of less, ns / 2^32, is no reason to settle
 * @threshold: how far the clock may leave the line, same
 *
 * Protected by the timekeeper's lock.
 */
static struct source {
	const struct clocksource *clock;
	u64 cycle_last;
	u64 phase;
	u64 rate;
	u64 ntp_rate;
	u64 ntp_tick;
	s64 skew;
	u32 mult;
	bool settling;
	bool was_settling;
	bool behind;
	s64 least_error;
	s64 most_error;
	s32 tai_offset_sec;
	ktime_t offs_boot;
	s64 settle;
	s64 threshold;
} source;

/* Whether something happened to the clock that a line can't express. */
static bool replaced(const struct timekeeper *tk)
{
	return tk->tkr_mono.clock != source.clock ||
	       tk->offs_boot != source.offs_boot;
}

static bool changed(const struct timekeeper *tk)
{
	return vmclock_tk_ntp_rate(tk) != source.ntp_rate ||
	       tk->tai_offset != source.tai_offset_sec || replaced(tk);
}

/*
 * Whether the kernel leaves the clock as it is once it is ahead: NTP's rate is
 * that of mult, as it is for a clock that isn't behind. It is so as long as no
 * NTP daemon runs.
 */
static bool may_be_stuck(const struct timekeeper *tk)
{
	u64 xtime_interval = tk->xtime_interval -
			     tk->ntp_err_mult * tk->cycle_interval;

	return xtime_interval << tk->ntp_error_shift ==
	       vmclock_tk_ntp_rate(tk);
}

static bool stuck(const struct timekeeper *tk)
{
	return tk->ntp_error < -source.settle && !source.settling &&
	       may_be_stuck(tk);
}

/*
 * What a unit of mult, 2^-shift ns per count, can have made of ntp_error since
 * the last update. Some 100 s of counts, below 2^40, make it less than 2^56.
 */
static s64 carried(const struct timekeeper *tk)
{
	u64 cycles = tk->tkr_mono.cycle_last - source.cycle_last;

	return cycles << tk->ntp_error_shift;
}

/* Until the clock has come back to the NTP line, or just crossed it. */
static bool still_settling(const struct timekeeper *tk)
{
	return source.settling && ((tk->ntp_error > 0) == source.behind ||
				   abs(tk->ntp_error) >
				   source.settle + carried(tk));
}

static s64 line_error(const struct timekeeper *tk)
{
	return source.settling ? 0 : tk->ntp_error;
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
	return tk->xtime_sec * NS32_PER_SEC + xtime_ns32(tk) + line_error(tk);
}

/*
 * Updates are whole NTP intervals apart, in which the line gains whole rates:
 * the comparison is exact, and as long as nobody steps the clock, in which case
 * it isn't made, the difference is far from the 2 s that fit into it. A counter
 * that moved by something else (suspend) counts as a difference.
 */
static s64 deviation(const struct timekeeper *tk)
{
	u64 cycles = tk->tkr_mono.cycle_last - source.cycle_last;
	u64 rest, ticks = div64_u64_rem(cycles, tk->cycle_interval, &rest);
	u64 phase = source.phase + (ticks - 1) * source.rate;

	source.cycle_last = tk->tkr_mono.cycle_last;
	source.phase = phase + source.rate;
	return rest ? S64_MAX : (s64)(line_phase(tk) - phase);
}

/* |ntp_error| is far below a second. */
static struct vmclock_time line_time(const struct timekeeper *tk)
{
	s64 sec = tk->xtime_sec + tk->tai_offset;
	s64 ns32 = xtime_ns32(tk) + line_error(tk);

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
	return source.settling ? tk->xtime_interval << tk->ntp_error_shift :
				 vmclock_tk_ntp_rate(tk);
}

/* Why a line is published that is no step; @source is the one before. */
static enum host_cause cause(const struct timekeeper *tk)
{
	if (tk->tai_offset != source.tai_offset_sec)
		return HOST_CAUSE_TAI;
	if (vmclock_tk_ntp_rate(tk) != source.ntp_rate)
		return HOST_CAUSE_FREQUENCY;
	if (source.settling || source.was_settling)
		return HOST_CAUSE_SETTLING;
	return HOST_CAUSE_DEVIATION;
}

/* A clock that gets stuck, and one that comes back to NTP's line. */
static void set_limits(const struct timekeeper *tk)
{
	source.least_error = S64_MIN;
	source.most_error = S64_MAX;
	if (source.settling && source.behind)
		source.least_error = 1;
	else if (source.settling)
		source.most_error = 0;
	else if (may_be_stuck(tk))
		source.least_error = -source.settle;
}

static u8 counter_id(const struct clocksource *clock)
{
	return vmclock_counter_is_clocksource(clock) ?
		VMCLOCK_COUNTER_ID : VMCLOCK_COUNTER_INVALID;
}

static void publish(const struct timekeeper *tk, bool was_set)
{
	struct host_line now = {
		.line.counter = tk->tkr_mono.cycle_last,
		.line.time = line_time(tk),
		.counter_id = counter_id(tk->tkr_mono.clock),
		.tai_offset_sec = tk->tai_offset,
		.replaced = replaced(tk),
	};

	now.cause = was_set || now.replaced ? HOST_CAUSE_STEP : cause(tk);
	source.was_settling = source.settling;

	source.ntp_rate = vmclock_tk_ntp_rate(tk);
	source.ntp_tick = tk->ntp_tick;
	source.skew = vmclock_tk_skew(tk);
	source.rate = line_rate(tk);
	vmclock_line_set_period(&now.line, source.rate,
				tk->cycle_interval * NSEC_PER_SEC, 32);

	source.clock = tk->tkr_mono.clock;
	source.cycle_last = tk->tkr_mono.cycle_last;
	source.phase = line_phase(tk) + source.rate;
	source.mult = tk->tkr_mono.mult;
	source.behind = tk->ntp_error > 0;
	set_limits(tk);
	source.tai_offset_sec = tk->tai_offset;
	source.offs_boot = tk->offs_boot;
	host_publish_line(&now);
	host_ntp_refresh();
}

/* Whether the clock doesn't run as the published line has it for now. */
static bool bent(const struct timekeeper *tk)
{
	return source.settling && tk->tkr_mono.mult != source.mult;
}

/*
 * Whether nothing is new, cheaply: one interval has passed, in which the line
 * has gained one rate. Takes note of it then. An update that doesn't set the
 * clock leaves its clocksource and TAI offset alone, and so the remainder.
 */
static __always_inline bool as_expected(const struct timekeeper *tk)
{
	s64 away;

	if (tk->tkr_mono.cycle_last - source.cycle_last != tk->cycle_interval ||
	    tk->ntp_tick != source.ntp_tick ||
	    vmclock_tk_skew(tk) != source.skew ||
	    tk->ntp_error < source.least_error ||
	    tk->ntp_error > source.most_error || bent(tk))
		return false;
	away = line_phase(tk) - source.phase;
	if (away > source.threshold || away < -source.threshold)
		return false;
	source.cycle_last += tk->cycle_interval;
	source.phase += source.rate;
	return true;
}

/*
 * Whether the line has to be published, as that of the clock or of NTP. Kernels
 * that move NTP's line do so by less than a unit of mult makes of an interval:
 * then there is nothing to settle, wherever an idle clock is.
 */
static bool look(const struct timekeeper *tk, bool was_set)
{
	bool disturbed = was_set || changed(tk) || stuck(tk);
	bool settling = still_settling(tk);

	if (!disturbed && settling == source.settling && !bent(tk)) {
		s64 unit = carried(tk), away = abs(deviation(tk));

		if (away <= source.threshold)
			return false;
		disturbed = away > max(source.settle, source.threshold) + unit;
	}
	source.settling = settling || (disturbed &&
				       abs(tk->ntp_error) > source.settle);
	return true;
}

/* Not inline: a tick that changes nothing saves no registers for all this. */
static noinline int on_news(struct notifier_block *nb, unsigned long was_set,
			    void *data)
{
	if (!look(data, was_set))
		return NOTIFY_DONE;
	publish(data, was_set);
	return NOTIFY_OK;
}

static int on_update(struct notifier_block *nb, unsigned long was_set,
		     void *data)
{
	if (likely(!was_set && as_expected(data)))
		return NOTIFY_DONE;
	return on_news(nb, was_set, data);
}

/* The same if there is a deadline to be kept. */
static int on_update_deadline(struct notifier_block *nb, unsigned long was_set,
			      void *data)
{
	host_idle_timer_update(data);
	return on_update(nb, was_set, data);
}

static struct notifier_block notifier;

/**
 * host_clock_start() - follow the timekeeper
 * @settle_ns: an ntp_error of less is no reason to leave the NTP line, ns
 * @threshold_ns: how far the clock may leave the line, ns
 * @deadline: whether host_idle_timer_update() is to be called
 *
 * The page has a line on return: registration calls the notifier once.
 *
 * Context: process.
 * Return: 0 or a negative error.
 */
int host_clock_start(unsigned int settle_ns, unsigned int threshold_ns,
		      bool deadline)
{
	source.settle = (s64)settle_ns << 32;
	source.threshold = (s64)threshold_ns << 32;
	notifier.notifier_call = deadline ? on_update_deadline : on_update;
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
