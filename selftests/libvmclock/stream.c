// SPDX-License-Identifier: GPL-2.0
/*
 * stream [-n CASES] [-s SEED]: random pages and counter values, and what the
 * core makes of them, for the tests of the other languages. To stdout, records
 * of 200 bytes, little-endian:
 *
 *	  0	the page, 112 bytes
 *	112	counter value, u64
 *	120	scale, u32: 0 UTC, 1 TAI
 *	124	result, s32: 0, or a negative errno
 *	128	time, earliest, latest: s64 seconds and u64 fraction each
 *	176	disruption marker, u64
 *	184	generation of the machine, u64
 *	192	status, leap, bounded, u8 each; 5 bytes of 0
 *
 * Compiled as C and as C++, whose output must be the same.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* the pages' counter is the TSC wherever this runs */
#define _VMCLOCK_COUNTER_H
#define VMCLOCK_COUNTER_ID	1
#include "../../tools/kernel_names.h"
#include "vmclock_abi.h"

static inline __u64 vmclock_counter(void)
{
	return 0;
}

static inline const struct vmclock_abi *
vmclock_counter_order(const struct vmclock_abi *page, __u64 counter)
{
	(void)counter;
	return page;
}

static inline void vmclock_relax(void)
{
}

#define VMCLOCK_TRIES	2
#include "vmclock/page.h"
#include "vmclock.h"

struct record {
	struct vmclock_abi page;
	__u64 counter;
	__u32 scale;
	__s32 result;
	struct vmclock_time time, earliest, latest;
	__u64 marker, generation;
	__u8 status, leap, bounded, rest[5];
};

static __u64 state;

/* SplitMix64 */
static __u64 rnd(void)
{
	__u64 z = state += 0x9e3779b97f4a7c15ULL;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9ULL;
	z = (z ^ z >> 27) * 0x94d049bb133111ebULL;
	return z ^ z >> 31;
}

/* any 64 bits, with more than its share of edges and of every magnitude */
static __u64 rnd_edge(void)
{
	__u64 bit = 1ULL << rnd() % 64;

	switch (rnd() % 6) {
	case 0:
		return rnd() % 3;
	case 1:
		return 0 - rnd() % 3;
	case 2:
		return bit - rnd() % 2;
	case 3:
		return rnd() >> rnd() % 64;
	default:
		return rnd();
	}
}

/* now and then a field is anything at all */
static void spoil(struct vmclock_params *p)
{
	switch (rnd() % 64) {
	case 0:
		p->line.period_frac = rnd_edge();
		break;
	case 1:
		p->line.period_shift = (__u8)rnd();
		break;
	case 2:
		p->line.time.sec = (__s64)rnd_edge();
		break;
	case 3:
		p->status = (__u8)rnd_edge();
		break;
	case 4:
		p->time_type = (__u8)rnd_edge();
		break;
	case 5:
		p->counter_id = (__u8)rnd_edge();
		break;
	case 6:
		p->size = (__u32)rnd() % 120;
		break;
	}
}

static void random_params(struct vmclock_params *p)
{
	__u64 period = VMCLOCK_PERIOD_MIN_FRAC +
		       rnd() % (VMCLOCK_PERIOD_MAX_FRAC -
				VMCLOCK_PERIOD_MIN_FRAC);
	unsigned int shift = (unsigned int)(rnd() % 33);

	memset(p, 0, sizeof(*p));
	while (period << shift >> shift != period)
		shift--;
	p->size = sizeof(struct vmclock_abi);
	p->counter_id = VMCLOCK_COUNTER_ID;
	p->time_type = (__u8)(rnd() % 2);
	p->status = (__u8)(2 + rnd() % 2);
	p->flags = rnd() | (rnd() % 4 ? 0x51 : 0);
	p->disruption_marker = rnd();
	p->tai_offset_sec = (__s16)(rnd() % 4 ? 37 : rnd_edge());
	p->leap = (__u8)(rnd() % 2 ? rnd() % 7 : 0);
	p->line.counter = rnd_edge();
	p->line.time.sec = (__s64)(rnd_edge() & ((1ULL << 33) - 1));
	p->line.time.frac = rnd_edge();
	p->line.period_shift = (__u8)shift;
	p->line.period_frac = period << shift | (rnd() & ((1ULL << shift) - 1));
	p->maxerror_rate_frac = rnd_edge() >> rnd() % 64;
	p->maxerror_ns = rnd_edge() >> rnd() % 64;
	p->vm_generation = rnd();
	spoil(p);
}

static __u64 random_counter(const struct vmclock_params *p)
{
	switch (rnd() % 4) {
	case 0:
		return rnd_edge();
	case 1:
		return p->line.counter - (rnd_edge() >> 24);
	default:
		return p->line.counter + (rnd_edge() >> rnd() % 64);
	}
}

static void random_page(struct record *r)
{
	struct vmclock_params p;

	random_params(&p);
	memset(&r->page, (int)rnd(), sizeof(r->page));
	r->page.seq_count = (__le32)(rnd() % 64 ? rnd() & ~1ULL : rnd());
	vmclock_page_init(&r->page, &p);
	vmclock_page_set(&r->page, &p);
	if (!(rnd() % 64))
		r->page.magic = (__le32)rnd();
	r->counter = random_counter(&p);
	r->scale = (__u32)(rnd() % 2);
}

static void ask(struct record *r)
{
	struct vmclock_bounds b;
	struct vmclock clock;

	r->result = vmclock_attach(&clock, &r->page, sizeof(r->page));
	if (!r->result)
		r->result = vmclock_at(&clock, (__u8)r->scale, r->counter, &b);
	if (r->result && r->result != -ERANGE)
		return;
	r->time = b.time;
	r->earliest = b.earliest;
	r->latest = b.latest;
	r->marker = b.disruption_marker;
	r->generation = b.vm_generation;
	r->status = b.status;
	r->leap = b.leap;
	r->bounded = !r->result;
}

int main(int argc, char **argv)
{
	unsigned long cases = 1000000;
	struct record r;
	int opt;

	while ((opt = getopt(argc, argv, "n:s:")) != -1) {
		if (opt == 'n')
			cases = strtoul(optarg, NULL, 0);
		else if (opt == 's')
			state = strtoull(optarg, NULL, 0);
		else
			return 2;
	}
	while (cases--) {
		memset(&r, 0, sizeof(r));
		random_page(&r);
		ask(&r);
		if (fwrite(&r, sizeof(r), 1, stdout) != 1)
			return 1;
	}
	return fflush(stdout) != 0;
}
