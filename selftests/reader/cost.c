// SPDX-License-Identifier: GPL-2.0
/*
 * What a reading costs, against the vDSO's clock_gettime() in the same run: a
 * batch of each in turn, many times, and the quotient of the quickest ones. A
 * batch that was interrupted takes longer, never less.
 *
 *	cost [-a]	-a: fail beyond 1.05 (plain) and 1.1 (with bounds)
 */
#include <inttypes.h>
#include <string.h>

#include "../lib/ktap.h"
#include "vmclock.h"

#define BATCHES	4000
#define BATCH	100

static struct vmclock_abi page __attribute__((aligned(4096)));
static struct vmclock clk;
static union {
	struct timespec ts;
	struct vmclock_time time;
	struct vmclock_bounds bounds;
} out;
static int failures;

/* the result is looked at, here, and nothing is known of anything */
#define USE(what)	__asm__ volatile("" : : "r" (what) : "memory")

static void clock_gettime_batch(void)
{
	for (int i = 0; i < BATCH; i++) {
		if (clock_gettime(CLOCK_REALTIME, &out.ts))
			failures++;
		USE(&out);
	}
}

static void utc_batch(void)
{
	for (int i = 0; i < BATCH; i++) {
		struct vmclock_time t;

		if (vmclock_now(&clk, VMCLOCK_TIME_UTC, &t))
			failures++;
		else
			out.ts = vmclock_to_timespec(t);
		USE(&out);
	}
}

static void tai_batch(void)
{
	for (int i = 0; i < BATCH; i++) {
		struct vmclock_time t;

		if (vmclock_now(&clk, VMCLOCK_TIME_TAI, &t))
			failures++;
		else
			out.ts = vmclock_to_timespec(t);
		USE(&out);
	}
}

static void bounds_batch(void)
{
	for (int i = 0; i < BATCH; i++) {
		if (vmclock_now_bounds(&clk, VMCLOCK_TIME_UTC, &out.bounds))
			failures++;
		USE(&out);
	}
}

static const struct {
	const char *name;
	void (*batch)(void);
	double limit;
} kinds[] = {
	{ "clock_gettime(CLOCK_REALTIME)", clock_gettime_batch, 1 },
	{ "vmclock_now(), UTC as timespec", utc_batch, 1.05 },
	{ "vmclock_now(), TAI as timespec", tai_batch, 1.05 },
	{ "vmclock_now_bounds(), UTC", bounds_batch, 1.1 },
};

#define KINDS	(sizeof(kinds) / sizeof(kinds[0]))

static __u64 took(void (*batch)(void))
{
	__u64 begin = vmclock_counter();

	batch();
	return vmclock_counter() - begin;
}

/* a page of TAI at 2.6 GHz or so, as vmclock_host writes it */
static void fill_page(void)
{
	struct vmclock_params p;

	memset(&p, 0, sizeof(p));
	p.size = sizeof(page);
	p.counter_id = VMCLOCK_COUNTER_ID;
	p.time_type = VMCLOCK_TIME_TAI;
	p.status = VMCLOCK_STATUS_SYNCHRONIZED;
	p.flags = VMCLOCK_FLAG_TAI_OFFSET_VALID |
		  VMCLOCK_FLAG_TIME_MAXERROR_VALID |
		  VMCLOCK_FLAG_PERIOD_MAXERROR_VALID |
		  VMCLOCK_FLAG_VM_GEN_COUNTER_PRESENT;
	p.tai_offset_sec = 37;
	p.line.counter = vmclock_counter();
	p.line.time.sec = 1800000000;
	vmclock_line_set_period(&p.line, 1, 2600000000, 0);
	p.maxerror_rate_frac = p.line.period_frac / 2000;
	p.maxerror_ns = 1000;
	vmclock_page_init(&page, &p);
	vmclock_page_set(&page, &p);
}

int main(int argc, char **argv)
{
	bool assert_limits = argc > 1 && !strcmp(argv[1], "-a");
	__u64 best[KINDS];

	memset(best, 0xff, sizeof(best));
	ktap_begin(0);
	fill_page();
	failures = vmclock_attach(&clk, &page, sizeof(page));
	for (int i = 0; i < BATCHES; i++) {
		for (size_t k = 0; k < KINDS; k++) {
			__u64 t = took(kinds[k].batch);

			best[k] = t < best[k] ? t : best[k];
		}
	}
	ktap_ok(!failures, "cost: every reading succeeded");
	for (size_t k = 0; k < KINDS; k++) {
		double ratio = (double)best[k] / (double)best[0];

		ktap_note("%-32s %6.1f counts, %.3f", kinds[k].name,
			  (double)best[k] / BATCH, ratio);
		if (k && assert_limits)
			ktap_ok(ratio <= kinds[k].limit,
				"cost: %s: at most %.2f", kinds[k].name,
				kinds[k].limit);
	}
	return ktap_end();
}
