// SPDX-License-Identifier: GPL-2.0
/*
 * Attributes of the PTP clock's readings, for a kernel that has none; for one
 * after 7.3, by a stub of its interface, in attrs_have_test.c.
 */
#include "unit.h"

#include "../../src/ptp_vmclock/attrs.h"

/* A kernel without the operations is given none. */
static void check_operations(void)
{
	struct ptp_clock_info info = { 0 };
	int gettimex, crosststamp;

	compat_ptp_set_attrs(&info, (void *)&gettimex, (void *)&crosststamp);
#ifdef HAVE_PTP_ATTRS
	ktap_ok(info.gettimexattrs64 == &gettimex &&
		info.getcrosststampattrs == &crosststamp,
		"attrs: the kernel has both operations");
#else
	ktap_ok(!info.gettimex64, "attrs: nothing else is touched");
#endif
}

/* 1 GHz; 100 ns, and 2^-20 of the rate */
static struct vmclock_params page(void)
{
	return (struct vmclock_params){
		.size = sizeof(struct vmclock_abi),
		.status = VMCLOCK_STATUS_SYNCHRONIZED,
		.flags = VMCLOCK_FLAG_TIME_MAXERROR_VALID |
			 VMCLOCK_FLAG_PERIOD_MAXERROR_VALID,
		.maxerror_ns = 100,
		.line = { .counter = 5000, .period_frac = 18446744074ULL },
		.maxerror_rate_frac = 18446744074ULL >> 20,
	};
}

static void check(const struct vmclock_params *p, u64 counter, u32 valid,
		  u32 bound, u32 status, const char *what)
{
	struct ptp_clock_attrs a;

	memset(&a, 0xa5, sizeof(a));
	ptp_vmclock_attrs(&a, p, counter);
	if (!ktap_ok(a.valid == valid && a.error_bound == bound &&
		     a.status == status && a.timescale == PTP_TIMESCALE_TAI &&
		     !a.rsv[0] && !a.rsv[3], "attrs: %s", what))
		ktap_note("valid %u bound %u status %u", a.valid, a.error_bound,
			  a.status);
}

int main(int argc, char **argv)
{
	static const u32 status[] = { 0, 1, 2, 4, 5, 0 };
	struct vmclock_params p = page();
	u8 i;

	unit_begin(argc, argv, 0);
	check_operations();
	check(&p, 5000, 7, 100, 2, "at the anchor");
	check(&p, 5000 + (1ULL << 30), 7, 1124, 2, "a second later");
	check(&p, 5000 - (1ULL << 30), 7, 1124, 2, "a second before");
	p.maxerror_ns = 1ULL << 40;
	check(&p, 5000, 7, (u32)~0U, 2, "a bound of more than 4 s");
	p = page();
	p.flags &= ~(u64)VMCLOCK_FLAG_PERIOD_MAXERROR_VALID;
	check(&p, 6000, 6, 0, 2, "a rate that isn't bounded");
	p.flags = 0;
	check(&p, 5000, 6, 0, 2, "no bound");
	for (i = 0; i < 6; i++) {
		p.status = i;
		check(&p, 5000, 6, 0, status[i], "status");
	}
	return ktap_end();
}
