// SPDX-License-Identifier: GPL-2.0
/*
 * A page from somebody who means harm: read, checked, and everything computed
 * from it that the modules and programs compute. Nothing may be undefined (the
 * sanitizers watch), and what comes out must agree with itself.
 *
 * Input: 32 bytes of numbers for the computations, then the page, which may
 * end early.
 */
#include <stdint.h>
#include <stdlib.h>

#include "../../tools/kernel_names.h"
#include "vmclock/leap.h"

#define CHECK(x)	do { if (!(x)) abort(); } while (0)

struct numbers {
	u64 counter;
	u64 ratio;
	u64 offset;
	u64 frac_bits;
};

static void compute_times(const struct vmclock_params *p, u64 counter)
{
	struct vmclock_time t = vmclock_line_at(&p->line, counter), back;
	struct vmclock_line moved = p->line;
	s64 ns = vmclock_time_to_ns(t);
	s64 delta = (s64)(counter - p->line.counter);

	CHECK(delta == 0 ||
	      vmclock_time_before(t, p->line.time) == (delta < 0));
	CHECK(vmclock_frac_to_ns(t.frac) < VMCLOCK_NSEC_PER_SEC);
	if (ns != S64_MAX && ns != S64_MIN) {
		back = vmclock_time_sub(t, vmclock_time_from_ns(ns));
		CHECK(back.sec == 0 && vmclock_frac_to_ns(back.frac) <= 1);
	}
	/* there and back, but of 2^63 counts, which are before either way */
	vmclock_line_move(&moved, counter);
	back = vmclock_line_at(&moved, p->line.counter);
	back = vmclock_time_sub(p->line.time, back);
	CHECK(delta == S64_MIN || (back.sec == 0 && back.frac <= 1));
	vmclock_time_to_ns32(vmclock_time_sub(t, p->line.time));
	CHECK(vmclock_line_period_ns56(&p->line) != 0);
}

static void compute_errors(const struct vmclock_params *p, u64 counter)
{
	u64 max = vmclock_maxerror_at(p, counter);
	u64 est = vmclock_esterror_at(p, counter);

	if (p->flags & VMCLOCK_FLAG_TIME_MAXERROR_VALID)
		CHECK(max >= p->maxerror_ns || max == U64_MAX);
	else
		CHECK(max == U64_MAX);
	if (p->flags & VMCLOCK_FLAG_TIME_ESTERROR_VALID)
		CHECK(est >= p->esterror_ns || est == U64_MAX);
	else
		CHECK(est == U64_MAX);
}

static void compute_scales(const struct vmclock_params *p, u64 counter)
{
	struct vmclock_time t = vmclock_line_at(&p->line, counter), sum;
	struct vmclock_scales s;
	s16 offset;
	int tai = vmclock_tai_offset(p, &offset);

	if (vmclock_scales_at(p, t, &s)) {
		CHECK(p->time_type == VMCLOCK_TIME_MONOTONIC && tai);
		return;
	}
	CHECK(s.tai_valid == !tai && (s.tai_valid || s.utc_valid));
	CHECK(s.leap <= VMCLOCK_LEAP_POST_NEG);
	if (s.tai_valid)
		CHECK(s.tai.sec == t.sec + offset && s.tai.frac == t.frac);
	if (s.tai_valid && s.utc_valid) {
		sum.sec = s.utc.sec + s.tai_offset_sec;
		CHECK(sum.sec == s.tai.sec && s.utc.frac == t.frac);
	}
	CHECK(abs(s.tai_offset_sec - p->tai_offset_sec) <= 1 ||
	      !vmclock_tai_offset_known(p));
}

static void compute_scaled(const struct vmclock_params *p,
			   const struct numbers *n)
{
	struct vmclock_line line = p->line;
	struct vmclock_time lost;

	if (vmclock_line_scale(&line, n->ratio, (unsigned int)n->frac_bits,
			       n->offset)) {
		CHECK(!memcmp(&line, &p->line, sizeof(line)));
		return;
	}
	CHECK(line.period_frac >> 63 && line.period_shift <= 63);
	lost = vmclock_time_sub(p->line.time, line.time);
	CHECK(!vmclock_time_before(
		vmclock_counter_delta_time(1, line.period_frac,
					   line.period_shift), lost));
}

/* A page that is written again from what was read must read the same. */
static void write_again(const struct vmclock_params *p)
{
	struct vmclock_params q = *p, again;
	struct vmclock_abi page = { 0 };

	q.size = sizeof(page);
	vmclock_page_write_begin(&page);
	vmclock_page_init(&page, &q);
	vmclock_page_set(&page, &q);
	CHECK(vmclock_page_read(&page, sizeof(page), &again) == -EAGAIN);
	vmclock_page_write_end(&page);
	CHECK(!vmclock_page_read(&page, sizeof(page), &again));
	CHECK(again.line.counter == p->line.counter &&
	      again.vm_generation == p->vm_generation &&
	      again.tai_offset_sec == p->tai_offset_sec &&
	      !vmclock_page_defect(&again));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct vmclock_params p;
	struct numbers n;
	void *page;
	size_t len;
	int ret;

	if (size < sizeof(n) + VMCLOCK_MIN_SIZE)
		return 0;
	memcpy(&n, data, sizeof(n));
	len = size - sizeof(n);
	page = malloc(len);	/* exactly: what is read behind it is caught */
	memcpy(page, data + sizeof(n), len);
	ret = vmclock_page_read(page, len, &p);
	CHECK(ret == 0 || ret == -EAGAIN);
	CHECK(ret == 0 || ((u8 *)page)[12] & 1);
	free(page);
	if (ret || vmclock_page_defect(&p))
		return 0;
	write_again(&p);
	if (vmclock_time_defect(&p, p.counter_id))
		return 0;
	compute_times(&p, n.counter);
	compute_times(&p, p.line.counter + (s64)n.counter / 4096);
	compute_errors(&p, n.counter);
	compute_scales(&p, n.counter);
	compute_scales(&p, p.line.counter + n.counter % 4096);
	compute_scaled(&p, &n);
	return 0;
}
