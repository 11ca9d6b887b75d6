// SPDX-License-Identifier: GPL-2.0
/*
 * The arithmetic core against integers of 384 bits, over random cases. Each
 * property states what the core's comments promise: the exact floor where the
 * mathematics allows it, the bound where something is truncated. Quotients are
 * proved by multiplication.
 */
#include "unit.h"

#define NSEC	1000000000ULL
#define DAY_SEC	86400ULL

#define BAD(fmt, ...)	(ktap_note(fmt, __VA_ARGS__), false)

static struct vmclock_time rnd_time(void)
{
	return (struct vmclock_time){ (s64)rnd_edge(), rnd_edge() };
}

static bool same_mod_2_128(big a, big b)
{
	return big_eq(big_low(a, 4), big_low(b, 4));
}

/* a <= x < b, all times a common factor */
static bool within(big a, big x, big b)
{
	return big_le(a, x) && big_lt(x, b);
}

/* Times */

static bool add_and_sub(void)
{
	struct vmclock_time a = rnd_time(), b = rnd_time();
	big sum, diff;

	if (rnd() % 4 == 0)
		b.sec = a.sec;
	sum = big_add(big_time(a), big_time(b));
	diff = big_sub(big_time(a), big_time(b));
	if (same_mod_2_128(big_time(vmclock_time_add(a, b)), sum) &&
	    same_mod_2_128(big_time(vmclock_time_sub(a, b)), diff) &&
	    vmclock_time_before(a, b) == big_negative(diff))
		return true;
	return BAD("a %lld.%llx b %lld.%llx", a.sec, a.frac, b.sec, b.frac);
}

static big saturate(big x)
{
	if (big_lt(x, big_s(S64_MIN)))
		return big_s(S64_MIN);
	return big_lt(big_s(S64_MAX), x) ? big_s(S64_MAX) : x;
}

static bool to_ns(void)
{
	struct vmclock_time t = rnd_time();
	big ns;

	if (rnd() % 2)	/* near both ends of s64, and within */
		t.sec = (s64)rnd_in(0, 4 * 9223372037) - 2 * 9223372037;
	ns = big_sar(big_mul(big_time(t), big_u(NSEC)), 64);
	if (big_eq(big_s(vmclock_time_to_ns(t)), saturate(ns)) &&
	    vmclock_frac_to_ns(t.frac) ==
	    big_low64(big_sar(big_mul(big_u(t.frac), big_u(NSEC)), 64)))
		return true;
	return BAD("t %lld.%llx", t.sec, t.frac);
}

static bool to_ns32(void)
{
	struct vmclock_time t = rnd_time();
	big ns32;

	if (rnd() % 4)
		t.sec = (s64)rnd_in(0, 10) - 5;
	if (rnd() % 4 == 0) {	/* 2^31 ns, the end of s64 */
		t.sec = rnd() % 2 ? 2 : -3;
		t.frac = (t.sec > 0 ? 0x25c17d04dad29650 : 0xda3e82fb252d69af) +
			 rnd() % 9 - 4;
	}
	ns32 = big_sar(big_mul(big_time(t), big_u(NSEC)), 32);
	if (big_eq(big_s(vmclock_time_to_ns32(t)), saturate(ns32)))
		return true;
	return BAD("t %lld.%llx", t.sec, t.frac);
}

/* floor(num / den) == q, for a positive den */
static bool is_floor(big q, big num, big den)
{
	return within(big_mul(q, den), num,
		      big_mul(big_add(q, big_u(1)), den));
}

static bool from_ns(void)
{
	u64 ns32 = rnd() % 2 ? rnd_in(0, (NSEC << 32) - 1) :
			       (NSEC << 32) - 1 - rnd_in(0, 9);
	s64 ns = (s64)rnd_edge();
	big t = big_time(vmclock_time_from_ns(ns));

	if (is_floor(t, big_shl(big_s(ns), 64), big_u(NSEC)) &&
	    is_floor(big_u(vmclock_ns32_to_frac(ns32)),
		     big_shl(big_u(ns32), 32), big_u(NSEC)))
		return true;
	return BAD("ns %lld ns32 %llx", ns, ns32);
}

/* Lines */

/* The period of a counter of 1 MHz to 10 GHz, with any shift that it allows. */
static void rnd_real_period(struct vmclock_line *line)
{
	vmclock_line_set_period(line, 1, rnd_in(1000000, 10000000000), 0);
	line->period_frac -= rnd() % 2 ? rnd() % 1000 : 0;
	while (line->period_shift && rnd() % 4) {
		line->period_frac >>= 1;
		line->period_shift--;
	}
}

static struct vmclock_line rnd_line(void)
{
	return (struct vmclock_line){
		.counter = rnd_edge(), .time = rnd_time(),
		.period_frac = rnd_edge(), .period_shift = rnd() % 64,
	};
}

static bool line_bad(const struct vmclock_line *l, u64 counter)
{
	return BAD("C %llx T %lld.%llx P %llx >> %u at %llx", l->counter,
		   l->time.sec, l->time.frac, l->period_frac, l->period_shift,
		   counter);
}

/* floor(delta * period) in 2^-64 s */
static big true_interval(big delta, const struct vmclock_line *l)
{
	return big_sar(big_mul(delta, big_u(l->period_frac)), l->period_shift);
}

static bool delta_time(void)
{
	struct vmclock_line l = rnd_line();
	s64 delta = (s64)rnd_edge();
	struct vmclock_time t = vmclock_counter_delta_time(delta, l.period_frac,
							   l.period_shift);

	return big_eq(big_time(t), true_interval(big_s(delta), &l)) ||
	       BAD("%lld counts of %llx >> %u", delta, l.period_frac,
		   l.period_shift);
}

static bool at_any_counter(void)
{
	struct vmclock_line l = rnd_line();
	s64 delta = (s64)rnd_edge();
	u64 counter = l.counter + (u64)delta;
	big t = big_add(big_time(l.time), true_interval(big_s(delta), &l));

	return same_mod_2_128(big_time(vmclock_line_at(&l, counter)), t) ||
	       line_bad(&l, counter);
}

/* How many counts of the line's period there are in so many seconds. */
static u64 counts_in(const struct vmclock_line *l, double sec)
{
	return (u64)(sec / ((double)l->period_frac / 18446744073709551616.0 /
			    (double)(1ULL << l->period_shift)));
}

/* Real counters, 500 days to both sides: no modulus, and less than 2^-64 s. */
static bool at_500_days(void)
{
	struct vmclock_line l = rnd_line();
	u64 span, counter;
	s64 delta;
	big t, unit_frac;

	l.time.sec = (s64)rnd_in(0, 9223372035);
	rnd_real_period(&l);
	span = counts_in(&l, 500.0 * DAY_SEC);
	delta = (s64)(rnd() % 4 ? rnd_in(0, 2 * span) : 2 * span) - (s64)span;
	counter = l.counter + (u64)delta;

	/* in 2^-(64 + shift) s, where the truth is an integer */
	unit_frac = big_shl(big_u(1), l.period_shift);
	t = big_add(big_shl(big_time(l.time), l.period_shift),
		    big_mul(big_s(delta), big_u(l.period_frac)));
	return is_floor(big_time(vmclock_line_at(&l, counter)), t, unit_frac) ||
	       line_bad(&l, counter);
}

/* An anchor that was moved costs one more truncation: 0 or 1 unit below. */
static bool move(void)
{
	struct vmclock_line l = rnd_line(), moved;
	u64 span, anchor, counter;
	big loss;

	l.time.sec = (s64)rnd_in(0, 9223372035);
	rnd_real_period(&l);
	span = counts_in(&l, 500.0 * DAY_SEC);
	anchor = l.counter + rnd_in(0, 2 * span) - span;
	counter = l.counter + rnd_in(0, 2 * span) - span;

	moved = l;
	vmclock_line_move(&moved, anchor);
	loss = big_sub(big_time(vmclock_line_at(&l, counter)),
		       big_time(vmclock_line_at(&moved, counter)));
	if (moved.counter == anchor && big_le(big_u(0), loss) &&
	    big_le(loss, big_u(1)))
		return true;
	return line_bad(&l, counter);
}

static bool period_ns56(void)
{
	struct vmclock_line l = rnd_line();
	big ns56 = big_sar(big_mul(big_u(l.period_frac), big_u(NSEC)),
			   8 + l.period_shift);

	if (big_lt(big_u(U64_MAX), ns56))
		ns56 = big_u(U64_MAX);
	return big_eq(big_u(vmclock_line_period_ns56(&l)), ns56) ||
	       line_bad(&l, 0);
}

/* Periods */

/*
 * The period is num / den / 2^exp, rounded down by less than 2^-63 of it, or 0
 * exactly if it is outside of 2^-64 s (included) to 1 s.
 */
static bool period_is(const struct vmclock_line *l, u64 num, u64 den,
		      unsigned int exp)
{
	big unit = big_shl(big_u(den), exp);	/* of num, one second */
	big want = big_shl(big_u(num), 64 + l->period_shift);
	big have = big_mul(big_u(l->period_frac), unit);

	if (!l->period_frac)
		return big_le(unit, big_u(num)) ||
		       big_lt(big_shl(big_u(num), 64), unit);
	return l->period_shift <= 63 &&
	       is_floor(big_u(l->period_frac), want, unit) &&
	       big_lt(big_shl(big_sub(want, have), 63), want);
}

static bool any_period(void)
{
	u64 num = rnd_edge(), den = rnd_edge() & S64_MAX;
	unsigned int exp = rnd() % 128;
	struct vmclock_line l = { 0 };

	if (!den)
		den = 1 + rnd() % 9;
	vmclock_line_set_period(&l, num, den, exp);
	return period_is(&l, num, den, exp) ||
	       BAD("%llu / %llu / 2^%u: %llx >> %u", num, den, exp,
		   l.period_frac, l.period_shift);
}

/* Tick of HZ in ns / 2^32 with +-500 ppm, over counts of 1 MHz to 10 GHz. */
static bool tick_period(void)
{
	static const u64 hz[] = { 100, 250, 300, 1000 };
	u64 tick_hz = hz[rnd() % 4], tick = (NSEC << 32) / tick_hz;
	u64 counts = (rnd() % 2 ? rnd_in(1000000000, 5000000000) :
				  rnd_in(1000000, 10000000000)) / tick_hz;
	struct vmclock_line l = { 0 };

	tick += rnd_in(0, tick / 1000) - tick / 2000;
	vmclock_line_set_period(&l, tick, counts * NSEC, 32);
	return (period_is(&l, tick, counts * NSEC, 32) && l.period_frac) ||
	       BAD("tick %llu / 2^32 ns of %llu counts", tick, counts);
}

/* Scaled counters */

struct scaling {
	u64 ratio;
	unsigned int frac_bits;
	u64 offset;
};

static struct scaling rnd_scaling(void)
{
	static const double ratios[] = { 0.5, 1, 1.5, 2.6 / 3.0, 3.0 / 2.6 };
	struct scaling s = { .frac_bits = rnd() % 2 ? 32 : 48 };

	s.ratio = (u64)(ratios[rnd() % 5] * (double)(1ULL << s.frac_bits));
	if (rnd() % 4 == 0)
		s.ratio = (1ULL << s.frac_bits) / 2 +
			  rnd() % (1ULL << s.frac_bits);
	s.offset = rnd_edge();
	return s;
}

static bool scale_bad(const struct vmclock_line *l, const struct scaling *s,
		      u64 counter)
{
	return BAD("C %llx P %llx >> %u, ratio %llx / 2^%u + %llx at %llx",
		   l->counter, l->period_frac, l->period_shift, s->ratio,
		   s->frac_bits, s->offset, counter);
}

/* The guest's counter; what is cut off is rest / 2^frac_bits of a count. */
static u64 scaled_counter(const struct scaling *s, u64 host, big *rest)
{
	big product = big_mul(big_u(host), big_u(s->ratio));
	big guest = big_sar(product, s->frac_bits);

	*rest = big_sub(product, big_shl(guest, s->frac_bits));
	return big_low64(guest) + s->offset;
}

/*
 * rest / 2^frac_bits of a guest period is rest / ratio of a host period. Where
 * it is accepted: the counter exact, the period as of one division, the anchor
 * late by 0 to 2 units. Where not: there is a reason.
 */
static bool scale_any(void)
{
	struct vmclock_line l = rnd_line(), g;
	struct scaling s = rnd_scaling();
	big lost, rest, den;
	unsigned int exp;
	u64 counter;

	if (rnd() % 2) {
		s.ratio = rnd_edge();
		s.frac_bits = rnd() % 66;
	}
	exp = 64U + l.period_shift - s.frac_bits;
	g = l;
	if (vmclock_line_scale(&g, s.ratio, s.frac_bits, s.offset)) {
		struct vmclock_line none = { 0 };

		if (memcmp(&g, &l, sizeof(g)))
			return scale_bad(&l, &s, 0);
		return !s.ratio || s.ratio >> 63 || !s.frac_bits ||
		       s.frac_bits > 63 || !l.period_frac ||
		       period_is(&none, l.period_frac, s.ratio, exp) ||
		       scale_bad(&l, &s, 0);
	}
	counter = scaled_counter(&s, l.counter, &rest);
	lost = big_low(big_sub(big_time(l.time), big_time(g.time)), 4);
	den = big_shl(big_u(s.ratio), l.period_shift);
	rest = big_mul(rest, big_u(l.period_frac));
	if (g.counter == counter && g.period_frac &&
	    period_is(&g, l.period_frac, s.ratio, exp) &&
	    within(big_mul(lost, den), rest,
		   big_mul(big_add(lost, big_u(2)), den)))
		return true;
	return scale_bad(&l, &s, 0);
}

/*
 * 30 days to both sides: what the guest computes from its counter, against the
 * host's line at the same instant less the fraction of a count that the guest
 * can't see. The period is short by 2^-63, i.e. by 2 units for each second; 2
 * units are the anchor's and 1 is the last floor's.
 */
static bool scale_30_days(void)
{
	struct vmclock_line l = rnd_line(), g;
	struct scaling s = rnd_scaling();
	big truth, have, rest, den, bound;
	u64 span, host, guest;

	l.time.sec = (s64)rnd_in(0, 9223372035);
	rnd_real_period(&l);
	span = counts_in(&l, 30.0 * DAY_SEC);
	l.counter = span + (rnd() >> 2);
	host = l.counter + rnd_in(0, 2 * span) - span;
	guest = scaled_counter(&s, host, &rest);
	g = l;
	if (vmclock_line_scale(&g, s.ratio, s.frac_bits, s.offset))
		return scale_bad(&l, &s, host);

	/* all in units / (ratio * 2^shift), where the truth is an integer */
	den = big_shl(big_u(s.ratio), l.period_shift);
	truth = big_mul(big_s((s64)(host - l.counter)), big_u(s.ratio));
	truth = big_mul(big_sub(truth, rest), big_u(l.period_frac));
	truth = big_add(truth, big_mul(big_time(l.time), den));
	have = big_mul(big_time(vmclock_line_at(&g, guest)), den);
	bound = big_mul(big_u(3 + 2 * 31 * DAY_SEC), den);
	if (host == l.counter)
		bound = big_mul(big_u(3), den);
	return big_lt(big_abs(big_sub(truth, have)), bound) ||
	       scale_bad(&l, &s, host);
}

/* Error bounds */

/*
 * Never below the truth; above it by less than 1 ns + 2^-64 s. In units of
 * ns / 2^(64 + shift), where the truth is an integer.
 */
static bool bound_is(u64 bound, u64 error_ns, u64 rate,
		     const struct vmclock_line *l, u64 counter)
{
	unsigned int bits = 64 + l->period_shift;
	u64 ahead = counter - l->counter, back = l->counter - counter;
	big truth = big_mul(big_u(rate), big_u(ahead < back ? ahead : back));
	big slack = big_add(big_shl(big_u(1), bits),
			    big_shl(big_u(NSEC), l->period_shift));
	big have = big_shl(big_u(bound), bits);

	truth = big_add(big_mul(truth, big_u(NSEC)),
			big_shl(big_u(error_ns), bits));
	if (bound == U64_MAX && big_lt(have, big_add(truth, slack)))
		return true;
	return big_le(truth, have) && big_lt(have, big_add(truth, slack));
}

static bool error_any(void)
{
	struct vmclock_line l = rnd_line();
	u64 counter = l.counter + (rnd() % 2 ? rnd_edge() : rnd() % 1000);
	u64 rate = rnd_edge(), error_ns = rnd_edge();
	u64 bound;

	if (rnd() % 2)
		l.counter = rnd() % 1000;
	bound = vmclock_error_at(error_ns, rate, &l, counter);
	return bound_is(bound, error_ns, rate, &l, counter) ||
	       BAD("error %llu rate %llx >> %u, %llx to %llx: %llu", error_ns,
		   rate, l.period_shift, l.counter, counter, bound);
}

/*
 * Growths that are a hair above a whole number of ns: where a bound that was
 * rounded down at any step falls short.
 */
static bool error_near_ns(void)
{
	struct vmclock_line l = { .period_shift = rnd() % 64 };
	u64 ns = rnd_in(1, 100000), n = rnd_in(1, 1000), bound, rate;
	/* floor(ns * 2^64 / 10^9 / n) of a shift of 0, more digits of others */
	big num = big_shl(big_u(ns), 64 + l.period_shift);
	big den = big_mul(big_u(n), big_u(NSEC));
	big q = big_u(0);

	for (int bit = 63; bit >= 0; bit--) {
		big more = big_add(q, big_shl(big_u(1), (unsigned int)bit));

		if (big_le(big_mul(more, den), num))
			q = more;
	}
	rate = big_low64(q) + rnd() % 3;
	bound = vmclock_error_at(0, rate, &l, n);
	return bound_is(bound, 0, rate, &l, n) ||
	       BAD("rate %llx >> %u, %llu counts: %llu", rate, l.period_shift,
		   n, bound);
}

/* Edges by hand */

static void edges(void)
{
	struct vmclock_line l = { .time = { 5, ~0ULL }, .period_frac = ~0ULL };
	struct vmclock_time t;

	t = vmclock_counter_delta_time(S64_MIN, ~0ULL, 0);
	ktap_ok(t.sec == S64_MIN && t.frac == 1ULL << 63,
		"delta of S64_MIN, all ones of period");
	t = vmclock_counter_delta_time(-1, 1, 63);
	ktap_ok(t.sec == -1 && t.frac == ~0ULL,
		"least negative interval rounds down");
	t = vmclock_line_at(&l, 1);
	ktap_ok(t.sec == 6 && t.frac == ~0ULL - 1, "carry into the seconds");
	l.time.frac = 0;
	t = vmclock_line_at(&l, ~0ULL);
	ktap_ok(t.sec == 4 && t.frac == 1, "borrow from the seconds");
	ktap_ok(vmclock_error_at(7, 0, &l, 1ULL << 63) == 7 &&
		vmclock_error_at(7, ~0ULL, &l, 0) == 7,
		"no rate or no distance: the bound is the anchor's");
	ktap_ok(vmclock_error_at(7, 1, &l, 1) == 8 &&
		vmclock_error_at(7, 1, &l, ~0ULL) == 8,
		"least growth counts as 1 ns, on both sides");
	ktap_ok(vmclock_error_at(U64_MAX, 1, &l, 1) == U64_MAX &&
		vmclock_error_at(0, ~0ULL, &l, 1ULL << 63) == U64_MAX,
		"bound saturates");
	ktap_ok(vmclock_line_scale(&l, 0, 32, 0) == -EINVAL &&
		vmclock_line_scale(&l, 1ULL << 63, 32, 0) == -EINVAL &&
		vmclock_line_scale(&l, 1, 0, 0) == -EINVAL &&
		vmclock_line_scale(&l, 1, 64, 0) == -EINVAL,
		"scale refuses ratio 0 and 2^63, 0 and 64 fraction bits");
}

int main(int argc, char **argv)
{
	unit_begin(argc, argv, 1000000);
	edges();
	unit_property("time: add, subtract, compare exactly", add_and_sub);
	unit_property("time: ns is the floor, saturated", to_ns);
	unit_property("time: ns / 2^32 is the floor, saturated", to_ns32);
	unit_property("time: from ns and from ns / 2^32 is the floor", from_ns);
	unit_property("delta: floor, any delta, period and shift", delta_time);
	unit_property("line: floor at any counter", at_any_counter);
	unit_property("line: floor, 1 MHz to 10 GHz, 500 days", at_500_days);
	unit_property("line: moved anchor loses at most 2^-64 s", move);
	unit_property("line: period in ns / 2^56 is the floor", period_ns56);
	unit_property("period: floor of any quotient to 64 bits", any_period);
	unit_property("period: from tick, HZ 100 to 1000", tick_period);
	unit_property("scale: counter, period and anchor", scale_any);
	unit_property("scale: 30 days on", scale_30_days);
	unit_property("error: rounded up by less than 1 ns + 2^-64 s",
		      error_any);
	unit_property("error: not short just above whole ns", error_near_ns);
	return ktap_end();
}
