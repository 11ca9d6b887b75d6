// SPDX-License-Identifier: GPL-2.0
/*
 * The golden vectors (vectors/generate.py) through the arithmetic core.
 */
#include "unit.h"
#include "vectors/vectors.h"

/* Every row of a table holds; the first one that doesn't is named. */
#define TABLE(table, holds)						\
	do {								\
		unsigned int n = sizeof(table) / sizeof(table[0]), i;	\
									\
		for (i = 0; i < n && holds(i); i++)			\
			;						\
		if (!ktap_ok(i == n, "vectors: %u of " #table, n))	\
			ktap_note("first bad: row %u", i);		\
	} while (0)

static bool is(struct vmclock_time t, u64 sec, u64 frac)
{
	return (u64)t.sec == sec && t.frac == frac;
}

static bool delta_holds(unsigned int i)
{
	return is(vmclock_counter_delta_time((s64)delta_vectors[i].delta,
				delta_vectors[i].period_frac,
				(u8)delta_vectors[i].period_shift),
		  delta_vectors[i].sec, delta_vectors[i].frac);
}

static bool line_holds(unsigned int i)
{
	struct vmclock_line l = {
		.counter = line_vectors[i].c,
		.time = { (s64)line_vectors[i].sec, line_vectors[i].frac },
		.period_frac = line_vectors[i].period_frac,
		.period_shift = (u8)line_vectors[i].period_shift,
	};

	return is(vmclock_line_at(&l, line_vectors[i].at),
		  line_vectors[i].at_sec, line_vectors[i].at_frac);
}

static bool period_holds(unsigned int i)
{
	struct vmclock_line l;

	vmclock_line_set_period(&l, period_vectors[i].num,
				period_vectors[i].den,
				(unsigned int)period_vectors[i].exp);
	return l.period_frac == period_vectors[i].period_frac &&
	       l.period_shift == period_vectors[i].period_shift;
}

static bool ns56_holds(unsigned int i)
{
	struct vmclock_line l = {
		.period_frac = ns56_vectors[i].period_frac,
		.period_shift = (u8)ns56_vectors[i].period_shift,
	};

	return vmclock_line_period_ns56(&l) == ns56_vectors[i].ns56;
}

static bool to_ns_holds(unsigned int i)
{
	struct vmclock_time t = { (s64)to_ns_vectors[i].sec,
				  to_ns_vectors[i].frac };

	return (u64)vmclock_time_to_ns(t) == to_ns_vectors[i].ns &&
	       (u64)vmclock_time_to_ns32(t) == to_ns_vectors[i].ns32;
}

static bool from_ns_holds(unsigned int i)
{
	return is(vmclock_time_from_ns((s64)from_ns_vectors[i].ns),
		  from_ns_vectors[i].sec, from_ns_vectors[i].frac);
}

static bool scale_holds(unsigned int i)
{
	struct vmclock_line l = {
		.counter = scale_vectors[i].c,
		.time = { (s64)scale_vectors[i].sec, scale_vectors[i].frac },
		.period_frac = scale_vectors[i].period_frac,
		.period_shift = (u8)scale_vectors[i].period_shift,
	};

	return !vmclock_line_scale(&l, scale_vectors[i].ratio,
				   (unsigned int)scale_vectors[i].frac_bits,
				   scale_vectors[i].offset) &&
	       l.counter == scale_vectors[i].to_c &&
	       is(l.time, scale_vectors[i].to_sec, scale_vectors[i].to_frac) &&
	       l.period_frac == scale_vectors[i].to_period_frac &&
	       l.period_shift == scale_vectors[i].to_period_shift;
}

static bool error_holds(unsigned int i)
{
	struct vmclock_line l = {
		.counter = 1ULL << 62,
		.period_shift = (u8)error_vectors[i].period_shift,
	};

	return vmclock_error_at(error_vectors[i].ns, error_vectors[i].rate, &l,
				l.counter + error_vectors[i].delta) ==
	       error_vectors[i].bound;
}

int main(void)
{
	ktap_begin(0);
	TABLE(delta_vectors, delta_holds);
	TABLE(line_vectors, line_holds);
	TABLE(period_vectors, period_holds);
	TABLE(ns56_vectors, ns56_holds);
	TABLE(to_ns_vectors, to_ns_holds);
	TABLE(from_ns_vectors, from_ns_holds);
	TABLE(scale_vectors, scale_holds);
	TABLE(error_vectors, error_holds);
	return ktap_end();
}
