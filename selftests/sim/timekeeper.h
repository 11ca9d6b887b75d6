/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A model of the kernel's timekeeping arithmetic: what an update, adjtimex(2),
 * a step and another clocksource make of the clock, in the three ways in which
 * the supported kernels do it. Exact to the bit, for a counter that is given.
 *
 *	class A		6.1 up to .187, 6.12 up to .107
 *	class B		6.1 from .190, 6.12 from .111, 7.2: a change of mult
 *			inside an interval is made good in ntp_error
 *	class C		7.3: and the rounding of the interval to whole counts
 *			is part of the tick length
 *
 *	off grid	6.12.23, 6.13.11, 6.14.2, as A: adjtimex(2) accounts for
 *			the part of a tick that has gone by
 *
 * Offsets to be slewed (ADJ_OFFSET, adjtime()) are left out: the module clears
 * them before it steers, and then a second's overflow changes nothing.
 */
#ifndef _VMCLOCK_SIM_TIMEKEEPER_H
#define _VMCLOCK_SIM_TIMEKEEPER_H

#include "../../tools/kernel_names.h"

#ifndef NSEC_PER_SEC
#define NSEC_PER_SEC	1000000000LL
#endif
#define MAX_CHUNK	1024		/* intervals; 2^10 * 2^47 shifted ns */

enum tk_class {
	TK_A,
	TK_B,
	TK_C,
	TK_OFF_GRID,
};

/**
 * struct tk_model - a kernel's clock
 * @class: how it calculates
 * @hz: NTP intervals in a second
 * @khz: of the counter, as the kernel believes
 * @clock_mult: nominal rate, ns / 2^@shift per count
 * @shift: see @clock_mult
 * @cycle_interval: counts in an NTP interval
 * @xtime_interval: ns / 2^@shift that they take now
 * @remainder: what A and B take off ntp_error in each, ns / 2^@shift
 * @quantum: what C adds to a second's length for it, ns / 2^32
 * @cycle_last: counter at the last update
 * @mult: the rate now
 * @err_mult: 1 if that is one more than the tick length asks for
 * @sec: CLOCK_REALTIME at @cycle_last
 * @nsec: its fraction, ns / 2^@shift
 * @mono_ns: CLOCK_MONOTONIC - CLOCK_REALTIME
 * @ntp_tick: length of an NTP interval, ns / 2^32
 * @ntp_error: NTP clock - clock, ns / 2^32
 * @time_freq: frequency as it was set, ns/s / 2^32
 * @tick_us: length of a tick of USER_HZ as it was set
 * @tick_adj_ns: ntp_tick_adj= of the command line, ns/s
 */
struct tk_model {
	enum tk_class class;
	u32 hz;
	u32 khz;
	u32 clock_mult;
	u32 shift;
	s64 cycle_interval;
	s64 xtime_interval;
	s64 remainder;
	s64 quantum;
	u64 cycle_last;
	u32 mult;
	u32 err_mult;
	s64 sec;
	s64 nsec;
	s64 mono_ns;
	s64 ntp_tick;
	s64 ntp_error;
	s64 time_freq;
	s64 tick_us;
	s64 tick_adj_ns;
};

static inline s64 tk_error_unit(const struct tk_model *tk)
{
	return 1LL << (32 - tk->shift);
}

static inline s64 tk_second(const struct tk_model *tk)
{
	return NSEC_PER_SEC << tk->shift;
}

/*
 * mult and shift for a counter: the most precise mult with which 600 s of
 * counts still fit into 64 bits.
 */
static inline void tk_rate_of(u32 khz, u32 *mult, u32 *shift)
{
	u64 high = (600000ULL * khz) >> 32;
	u32 bits = 32;
	u64 rate;

	for (; high; high >>= 1)
		bits--;
	for (*shift = 32; *shift; --*shift) {
		rate = ((1000000ULL << *shift) + khz / 2) / khz;
		if (!(rate >> bits))
			break;
	}
	*mult = rate;
}

static inline void tk_set_clocksource(struct tk_model *tk, u32 khz)
{
	s64 length_ns = NSEC_PER_SEC / tk->hz, length;

	tk->khz = khz;
	tk_rate_of(khz, &tk->clock_mult, &tk->shift);
	length = length_ns << tk->shift;
	tk->cycle_interval = (length + tk->clock_mult / 2) / tk->clock_mult;
	tk->xtime_interval = tk->cycle_interval * tk->clock_mult;
	tk->remainder = 0;
	tk->quantum = 0;
	tk->ntp_tick = length_ns << 32;
	if (tk->class == TK_C) {
		tk->ntp_tick = tk->xtime_interval * tk_error_unit(tk);
		tk->quantum = (tk->ntp_tick - (length_ns << 32)) * tk->hz;
	} else {
		tk->remainder = length - tk->xtime_interval;
	}
	tk->mult = tk->clock_mult;
	tk->err_mult = 0;
	tk->ntp_error = 0;
}

static inline void tk_init(struct tk_model *tk, enum tk_class class, u32 hz,
			   u32 khz, u64 counter)
{
	*tk = (struct tk_model){
		.class = class,
		.hz = hz,
		.cycle_last = counter,
		.tick_us = 10000,
	};
	tk_set_clocksource(tk, khz);
}

static inline s64 tk_tick_length(const struct tk_model *tk)
{
	s64 second = (tk->tick_us * 100000 + tk->tick_adj_ns) << 32;

	return (second + tk->quantum + tk->time_freq) / tk->hz;
}

static inline void tk_carry(struct tk_model *tk)
{
	for (; tk->nsec >= tk_second(tk); tk->sec++)
		tk->nsec -= tk_second(tk);
	for (; tk->nsec < 0; tk->sec--)
		tk->nsec += tk_second(tk);
}

static inline void tk_accumulate(struct tk_model *tk, s64 intervals)
{
	s64 short_of = tk->ntp_tick - (tk->xtime_interval + tk->remainder) *
		       tk_error_unit(tk);

	tk->cycle_last += intervals * tk->cycle_interval;
	tk->nsec += intervals * tk->xtime_interval;
	tk->ntp_error += intervals * short_of;
	tk_carry(tk);
}

/* Another mult from here on: the clock goes on where it is. */
static inline void tk_change_mult(struct tk_model *tk, u64 counter, s64 by)
{
	s64 taken = by * (s64)(counter - tk->cycle_last);

	tk->mult += by;
	tk->xtime_interval += by * tk->cycle_interval;
	tk->nsec -= taken;
	if (tk->class == TK_B || tk->class == TK_C)
		tk->ntp_error += taken * tk_error_unit(tk);
	tk_carry(tk);
}

static inline void tk_adjust(struct tk_model *tk, u64 counter)
{
	s64 tick = tk_tick_length(tk), shifted;
	u32 mult = tk->mult - tk->err_mult;

	if (tick != tk->ntp_tick) {
		tk->ntp_tick = tick;
		shifted = tick / tk_error_unit(tk) - tk->remainder;
		mult = shifted / tk->cycle_interval;
	}
	tk->err_mult = tk->ntp_error > 0;
	tk_change_mult(tk, counter, (s64)mult + tk->err_mult - tk->mult);
}

/* An update: from the tick, or (@now_too) from adjtimex(2). */
static inline bool tk_advance(struct tk_model *tk, u64 counter, bool now_too)
{
	s64 intervals = (counter - tk->cycle_last) / tk->cycle_interval;
	s64 chunk;

	if (!intervals && !now_too)
		return false;
	for (; intervals; intervals -= chunk) {
		chunk = intervals < MAX_CHUNK ? intervals : MAX_CHUNK;
		tk_accumulate(tk, chunk);
	}
	tk_adjust(tk, counter);
	return true;
}

/* All counts up to now into the clock, whole intervals or not. */
static inline void tk_forward(struct tk_model *tk, u64 counter)
{
	tk->nsec += (s64)(counter - tk->cycle_last) * tk->mult;
	tk->cycle_last = counter;
	tk_carry(tk);
}

static inline void tk_adjtimex(struct tk_model *tk, u64 counter, s64 freq,
			       s64 tick_us)
{
	tk->time_freq = freq * 65536000;
	tk->tick_us = tick_us;
	if (tk->class == TK_OFF_GRID) {
		tk_advance(tk, counter, false);
		tk_forward(tk, counter);
	}
	tk_advance(tk, counter, true);
}

static inline void tk_step(struct tk_model *tk, u64 counter, s64 sec, s64 ns)
{
	tk_forward(tk, counter);
	tk->sec += sec;
	tk->nsec += ns * (1LL << tk->shift);
	tk_carry(tk);
	tk->mono_ns -= sec * NSEC_PER_SEC + ns;
	tk->ntp_error = 0;
}

static inline void tk_switch(struct tk_model *tk, u64 counter, u32 khz)
{
	u32 old = tk->shift;

	tk_forward(tk, counter);
	tk_set_clocksource(tk, khz);
	tk->nsec = tk->shift < old ? tk->nsec >> (old - tk->shift) :
		   tk->nsec << (tk->shift - old);
}

/* What a reader gets, ns / 2^56. */
static inline __int128 tk_read(const struct tk_model *tk, u64 counter)
{
	__int128 ns56 = tk->nsec + (__int128)(s64)(counter - tk->cycle_last) *
			tk->mult;

	return ns56 * (1LL << (56 - tk->shift)) +
	       (__int128)tk->sec * NSEC_PER_SEC * (1LL << 56);
}

static inline s64 tk_mono(const struct tk_model *tk, u64 counter)
{
	s64 since = (s64)(counter - tk->cycle_last) * tk->mult;

	return tk->sec * NSEC_PER_SEC + ((tk->nsec + since) >> tk->shift) +
	       tk->mono_ns;
}

#endif /* _VMCLOCK_SIM_TIMEKEEPER_H */
