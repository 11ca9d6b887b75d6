// SPDX-License-Identifier: GPL-2.0
/* The arithmetic of a translation, through the ioctl, against big integers. */
#include "views.h"

#include <sys/mman.h>

#define DAYS		30

static big big_of(struct vmclock_time t)
{
	return big_add(big_shl(big_s(t.sec), 64), big_u(t.frac));
}

/* The page of the host and that of the view, made from the same line. */
static bool get_both(const struct vmclock_abi *view, u64 ratio,
		     unsigned int bits, u64 offset, struct vmclock_params *h,
		     struct vmclock_params *v)
{
	big rest;
	int i;

	for (i = 0; i < 1000; i++) {
		get(own, h);
		get(view, v);
		if (v->line.counter == guest_counter(h->line.counter, ratio,
						     bits, offset, &rest))
			return true;
	}
	return false;
}

/*
 * Both lines in units of 2^-64 s / (ratio * 2^shift), where the truth is an
 * integer: what the guest computes, at the count that it reads, against the
 * host's time less the part of a count that the guest can't see.
 */
static double worst_ns(const struct vmclock_params *h,
		       const struct vmclock_params *v, u64 ratio,
		       unsigned int bits, u64 offset)
{
	u64 second = (1ULL << 63) / (h->line.period_frac >>
				     (h->line.period_shift + 1)) * 2;
	big den = big_shl(big_u(ratio), h->line.period_shift);
	big ps = big_mul(den, big_u((u64)(0x1p64 / 1e12)));
	double worst = 0;
	int day;

	for (day = -DAYS; day <= DAYS; day++) {
		u64 host = h->line.counter + (s64)second * 86400 * day;
		big rest, truth, have;
		u64 guest;
		double d;

		if (day < 0 && host > h->line.counter)
			continue;	/* before the counter began */
		guest = guest_counter(host, ratio, bits, offset, &rest);
		truth = big_mul(big_s((s64)(host - h->line.counter)),
				big_u(ratio));
		truth = big_mul(big_sub(truth, rest),
				big_u(h->line.period_frac));
		truth = big_add(truth, big_mul(big_of(h->line.time), den));
		have = big_mul(big_of(vmclock_line_at(&v->line, guest)), den);
		have = big_abs(big_sub(have, truth));
		for (d = 0; d < 2000 && big_lt(ps, have); d++)
			have = big_sub(have, ps);
		worst = d > worst ? d : worst;
	}
	return worst / 1e3;
}

void test_arithmetic(void)
{
	static const double ratios[] = { 0.5, 1, 1.5, 2.6 / 3.0 };
	static const unsigned int bits[] = { 48, 32 };
	int fd = create(""), i;
	const struct vmclock_abi *page = map(fd);

	for (i = 0; i < 8; i++) {
		u64 ratio = (u64)(ratios[i % 4] * (1ULL << bits[i / 4]));
		u64 offset = 0 - 123456789012345ULL * (i + 1);
		struct vmclock_params h, v;
		bool both;
		double ns;

		if (translate(fd, ratio, bits[i / 4], offset)) {
			ktap_ok(false, "set ratio %.4f", ratios[i % 4]);
			continue;
		}
		both = get_both(page, ratio, bits[i / 4], offset, &h, &v);
		ns = both ? worst_ns(&h, &v, ratio, bits[i / 4], offset) : -1;
		ktap_ok(both && ns <= 1 && v.maxerror_ns == h.maxerror_ns &&
			v.tai_offset_sec == h.tai_offset_sec &&
			v.status == h.status,
			"ratio %.4f, %u bits: within %.3f ns over %d days",
			ratios[i % 4], bits[i / 4], ns, DAYS);
	}
	munmap((void *)page, page_size);
	close(fd);
}
