// SPDX-License-Identifier: GPL-2.0
/*
 * The reference, made comparable with the timekeeper: its line over the
 * clocksource's count, the leap second in it, its bounds. Pure functions.
 */
#include <linux/math64.h>
#include <linux/time64.h>
#include <linux/timex.h>

#include "reference.h"
#include "vmclock/leap.h"

#define SEC_NS32	((s64)(NSEC_PER_SEC << 32))
#define NTP_PPM		500		/* growth of an error without a bound */

static void set_leap(struct tkref_line *line, const struct vmclock_params *p)
{
	struct vmclock_leap_edge change = {};
	s32 offset_sec = line->tai ? p->tai_offset_sec : 0;

	if (vmclock_leap_sign(p->leap))
		change = vmclock_leap_change(p->leap, line->line.time.sec -
						      offset_sec);
	line->before_sec = offset_sec + change.before;
	line->after_sec = offset_sec + change.after;
	line->change_sec = offset_sec + change.sec;
}

/*
 * A line over the counter becomes one over the clocksource's count. It is
 * anchored where the scale is first, so that nothing is rounded there. A count
 * that was rounded down stands for half a count more, on the average.
 */
static void scale_line(struct vmclock_line *line,
		       const struct vmclock_scale *scale)
{
	struct vmclock_time half;

	vmclock_line_move(line, scale->counter);
	line->counter = 0;
	vmclock_line_scale(line, scale->ratio, scale->frac_bits, scale->count);
	half = vmclock_counter_delta_time(1, line->period_frac,
					  line->period_shift + 1);
	line->time = vmclock_time_add(line->time, half);
}

/**
 * tkref_line_set() - adopt the line of a reference
 * @line: result
 * @p: the reference, without a tkref_reference_defect()
 * @scale: of the clocksource
 */
void tkref_line_set(struct tkref_line *line, const struct vmclock_params *p,
		    const struct vmclock_scale *scale)
{
	s16 to_tai_sec;

	line->tai = !vmclock_tai_offset(p, &to_tai_sec);
	line->line = p->line;
	if (line->tai)
		line->line.time.sec += to_tai_sec;
	set_leap(line, p);
	if (scale->frac_bits)
		scale_line(&line->line, scale);
	line->valid = true;
}

/**
 * tkref_line_offset_sec() - seconds between the line's scale and UTC
 * @line: a valid one
 * @sec: moment, on the line's scale
 *
 * Return: the TAI offset if the line is TAI; else 0, and -1 or 1 behind (+1
 * or -1 before, if it was anchored behind) a leap second.
 */
s32 tkref_line_offset_sec(const struct tkref_line *line, s64 sec)
{
	return sec < line->change_sec ? line->before_sec : line->after_sec;
}

/*
 * What must be added to the clock's seconds to compare it with a line of UTC,
 * which doesn't know of its leap second. When one is near, the clock may be
 * past it and the line not yet, or the other way round: whichever makes them
 * agree.
 */
static s32 utc_to_line_sec(const struct tkref_line *line,
			   const struct tkref_moment *clock,
			   struct vmclock_time t)
{
	s32 by_line_sec = tkref_line_offset_sec(line, t.sec);
	s32 other_sec = line->before_sec + line->after_sec - by_line_sec;
	s64 to_change_sec = t.sec - line->change_sec;
	s64 off_sec = clock->sec - t.sec;
	s64 off_ns;

	if (to_change_sec < -1 || to_change_sec > 0 || off_sec < -2 ||
	    off_sec > 2)
		return by_line_sec;
	off_ns = off_sec * (s64)NSEC_PER_SEC + (s64)(clock->ns32 >> 32) -
		 vmclock_frac_to_ns(t.frac);
	return abs(off_ns + by_line_sec * (s64)NSEC_PER_SEC) <=
	       abs(off_ns + other_sec * (s64)NSEC_PER_SEC) ?
	       by_line_sec : other_sec;
}

static s64 to_line_sec(const struct tkref_line *line,
		       const struct tkref_moment *clock, struct vmclock_time t)
{
	if (line->tai)
		return clock->sec + clock->tai_offset_sec;
	if (line->before_sec == line->after_sec)
		return clock->sec;
	return clock->sec + utc_to_line_sec(line, clock, t);
}

/**
 * tkref_line_phase() - clock - line, without a division
 * @line: a valid one
 * @clock: the timekeeper at an update
 *
 * Return: ns32, +-S64_MAX from 2 s on (S64_MIN would have no abs()).
 */
s64 tkref_line_phase(const struct tkref_line *line,
		     const struct tkref_moment *clock)
{
	struct vmclock_time t = vmclock_line_at(&line->line, clock->count);
	s64 sec = to_line_sec(line, clock, t) - t.sec;
	__int128 phase;

	if (sec > 3 || sec < -3)
		return sec > 0 ? S64_MAX : -S64_MAX;
	phase = (__int128)sec * SEC_NS32 + clock->ns32;
	phase -= ((unsigned __int128)t.frac * NSEC_PER_SEC) >> 32;
	return clamp_t(__int128, phase, -S64_MAX, S64_MAX);
}

/* The clock on the line's scale. */
static struct vmclock_time clock_time(const struct tkref_line *line,
				      const struct tkref_moment *clock,
				      struct vmclock_time t)
{
	return (struct vmclock_time) {
		.sec = to_line_sec(line, clock, t),
		.frac = vmclock_ns32_to_frac(clock->ns32),
	};
}

/**
 * tkref_line_phase_exact() - clock - line, of any size
 * @line: a valid one
 * @clock: the timekeeper at an update
 *
 * Return: clock - line.
 */
struct vmclock_time tkref_line_phase_exact(const struct tkref_line *line,
					   const struct tkref_moment *clock)
{
	struct vmclock_time t = vmclock_line_at(&line->line, clock->count);

	return vmclock_time_sub(clock_time(line, clock, t), t);
}

/**
 * tkref_leap_status() - the leap second that the kernel shall make
 * @line: a valid one
 * @p: the reference that it was made of
 * @clock: the timekeeper at its last update
 *
 * The kernel makes it in an update, at the next midnight (or a second before),
 * whichever that is. So it is told during the last day only, and until an
 * update is past it: not until the reference is, or a flag that is withdrawn
 * between the moment and the update would make no leap second.
 *
 * Return: STA_INS, STA_DEL or 0.
 */
int tkref_leap_status(const struct tkref_line *line,
		      const struct vmclock_params *p,
		      const struct tkref_moment *clock)
{
	struct vmclock_time t = vmclock_line_at(&line->line, clock->count);
	struct vmclock_scales s;
	s16 to_tai_sec = 0;
	s64 left_sec;

	t = clock_time(line, clock, t);
	if (line->tai && !vmclock_tai_offset(p, &to_tai_sec))
		t.sec -= to_tai_sec;
	if (vmclock_scales_at(p, t, &s) || !s.utc_valid)
		return 0;
	if (s.leap != VMCLOCK_LEAP_PRE_POS && s.leap != VMCLOCK_LEAP_PRE_NEG)
		return 0;
	left_sec = vmclock_leap_midnight(s.leap, s.utc.sec) - s.utc.sec;
	if (left_sec >= VMCLOCK_SEC_PER_DAY)
		return 0;
	return s.leap == VMCLOCK_LEAP_PRE_POS ? STA_INS : STA_DEL;
}

static const char *scale_defect(const struct vmclock_params *p)
{
	if (p->time_type == VMCLOCK_TIME_MONOTONIC)
		return "reference has no date";
	if (p->time_type == VMCLOCK_TIME_TAI && !vmclock_tai_offset_known(p))
		return "reference has TAI without its offset to UTC";
	return NULL;
}

/*
 * What the kernel lets itself be set to: nothing before it was booted, nor
 * beyond the year 2232. It allows for 30 years between the two. UTC and TAI are
 * within a day.
 */
static const char *date_defect(const struct vmclock_params *p)
{
	s64 sec = vmclock_line_at(&p->line, vmclock_counter_read()).sec;

	if (sec < TIME_UPTIME_SEC_MAX ||
	    sec >= TIME_SETTOD_SEC_MAX - VMCLOCK_SEC_PER_DAY)
		return "reference is not between the years 2000 and 2232";
	return NULL;
}

/* The kernel's tick can be set 10 % off; 9 % leave room for a slew. */
static const char *period_defect(const struct vmclock_params *p,
				 const struct vmclock_scale *scale,
				 const struct servo_sample *sample)
{
	u64 nominal = (u64)sample->clock_mult << (56 - sample->shift);
	struct vmclock_line line = p->line;
	u64 period;
	s64 off;

	if (scale->frac_bits)
		scale_line(&line, scale);
	period = vmclock_line_period_ns56(&line);
	if (period == U64_MAX)
		return "counter is slower than 4 MHz";
	off = period - nominal;
	if ((u64)abs(off) > div64_u64(nominal, 11))
		return "reference and clocksource differ by more than 9 %";
	return NULL;
}

/**
 * tkref_reference_defect() - why a reference cannot be followed
 * @p: the reference: input, not invariant
 * @scale: of the clocksource; NULL if that isn't made from the counter
 * @sample: the timekeeper
 *
 * Return: NULL, or the reason.
 */
const char *tkref_reference_defect(const struct vmclock_params *p,
				   const struct vmclock_scale *scale,
				   const struct servo_sample *sample)
{
	const char *defect = vmclock_page_defect(p) ?:
			     vmclock_time_defect(p, VMCLOCK_COUNTER_ID) ?:
			     scale_defect(p) ?: date_defect(p);

	if (!defect && scale)
		defect = period_defect(p, scale, sample);
	return defect;
}

/*
 * As far as the reference has a bound. One that has no rate of its own begins
 * to grow with NTP's 500 ppm when the reference can no longer be used.
 */
static u64 bound_ns(const struct vmclock_params *p, u64 error_ns, u64 rate_frac,
		    bool has_rate, u64 counter, u64 lost)
{
	s64 counts = counter - lost;
	struct vmclock_time since;

	if (has_rate)
		return vmclock_error_at(error_ns, rate_frac, &p->line, counter);
	if (counts < 0)		/* by another CPU's counter */
		counts = 0;
	since = vmclock_counter_delta_time(counts, p->line.period_frac,
					   p->line.period_shift);
	return tkref_add_bounds(error_ns,
				div_u64(vmclock_time_to_ns(since),
					1000000 / NTP_PPM));
}

/**
 * tkref_reference_bounds() - bounds of the reference's own error, ns
 * @p: the reference
 * @counter: its counter, now
 * @lost: its counter when it could be used last; @counter while it can
 * @unknown_ns: for a reference that has no bound or estimate; U64_MAX for none
 * @maxerror_ns: result, rounded up; U64_MAX if there is none or it doesn't fit
 * @esterror_ns: result, an estimate; the same
 */
void tkref_reference_bounds(const struct vmclock_params *p, u64 counter,
			    u64 lost, u64 unknown_ns, u64 *maxerror_ns,
			    u64 *esterror_ns)
{
	bool max = p->flags & VMCLOCK_FLAG_TIME_MAXERROR_VALID;
	bool est = p->flags & VMCLOCK_FLAG_TIME_ESTERROR_VALID;

	*maxerror_ns =
		bound_ns(p, max ? p->maxerror_ns : unknown_ns,
			 p->maxerror_rate_frac,
			 max && p->flags & VMCLOCK_FLAG_PERIOD_MAXERROR_VALID,
			 counter, lost);
	*esterror_ns =
		bound_ns(p, est ? p->esterror_ns : unknown_ns,
			 p->esterror_rate_frac,
			 est && p->flags & VMCLOCK_FLAG_PERIOD_ESTERROR_VALID,
			 counter, lost);
}
