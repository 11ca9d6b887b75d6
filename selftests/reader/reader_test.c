// SPDX-License-Identifier: GPL-2.0
/*
 * The reader against the core, and against arithmetic that shares nothing with
 * either (bigint.h): random pages and counter values, to the bit. And a reader
 * that is interrupted at every one of its loads, by a writer and by a move to
 * another host, whose counter is another one.
 */
#include "../../tools/kernel_names.h"

static void interrupt(void);

#undef VMCLOCK_READ
#define VMCLOCK_READ(x)							\
	(interrupt(), __atomic_load_n(&(x), __ATOMIC_RELAXED))

/* counters of the test's own, instead of vmclock/counter.h */
#define _VMCLOCK_COUNTER_H
#define VMCLOCK_COUNTER_ID	1

#include "../../include/vmclock_abi.h"

static u64 test_counter;
static unsigned long relaxed;

static inline u64 vmclock_counter(void)
{
	interrupt();
	return test_counter;
}

static inline const struct vmclock_abi *
vmclock_counter_order(const struct vmclock_abi *page, u64 counter)
{
	(void)counter;
	return page;
}

static inline void vmclock_relax(void)
{
	relaxed++;
}

#include "../unit/unit.h"
#include "vmclock.h"

static void no_interrupt(void)
{
}

static void (*interrupt_fn)(void) = no_interrupt;

static void interrupt(void)
{
	interrupt_fn();
}

/* --- random pages --------------------------------------------------------- */

/* 1 in n */
static bool rarely(unsigned int n)
{
	return rnd() % n == 0;
}

/* A page that is mostly sound, and mostly of the usual kind. */
static struct vmclock_params random_params(void)
{
	struct vmclock_params p = {
		.size = sizeof(struct vmclock_abi), .counter_id = 1,
		.time_type = rnd() % 2, .status = 2 + rnd() % 2,
		.flags = rnd() | (rarely(4) ? 0 : 0x51),
		.disruption_marker = rnd(), .smearing_hint = (u8)rnd(),
		.tai_offset_sec = rarely(4) ? (s16)rnd_edge() :
					      (s16)rnd_in(10, 100),
		.leap = rarely(4) ? rnd() % 7 : 0,
		.line = {
			.counter = rnd_edge(),
			.time = { (s64)(rnd_edge() & ((1ULL << 33) - 1)),
				  rnd_edge() },
			.period_shift = rnd() % 33,
		},
		.esterror_rate_frac = rnd_edge(),
		.maxerror_rate_frac = rnd_edge() >> rnd() % 64,
		.esterror_ns = rnd_edge(),
		.maxerror_ns = rnd_edge() >> rnd() % 64,
		.vm_generation = rnd(),
	};
	u64 period = rnd_in(VMCLOCK_PERIOD_MIN_FRAC, VMCLOCK_PERIOD_MAX_FRAC);

	while (period << p.line.period_shift >> p.line.period_shift != period)
		p.line.period_shift--;
	p.line.period_frac = period << p.line.period_shift |
			     (rnd() & ((1ULL << p.line.period_shift) - 1));
	switch (rnd() % 64) {
	case 0:
		p.line.period_frac = rnd_edge();
		break;
	case 1:
		p.line.period_shift = (u8)rnd();
		break;
	case 2:
		p.line.time.sec = (s64)rnd_edge();
		break;
	case 3:
		p.status = (u8)rnd_edge();
		break;
	case 4:
		p.time_type = (u8)rnd_edge();
		break;
	case 5:
		p.counter_id = (u8)rnd_edge();
		break;
	case 6:
		p.size = (u32)rnd() % 120;
		break;
	case 7:
		p.size = (u32)rnd_edge();
		break;
	}
	return p;
}

static u64 random_counter(const struct vmclock_params *p)
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

/* what the core says of a page: 0 or the reader's error */
static int core_time(const struct vmclock_abi *page, size_t len, u8 scale,
		     u64 counter, struct vmclock_params *p,
		     struct vmclock_scales *s)
{
	if (vmclock_page_read(page, len, p))
		return -EAGAIN;
	if (vmclock_page_defect(p) || p->size > len ||
	    vmclock_time_defect(p, VMCLOCK_COUNTER_ID) ||
	    vmclock_scales_at(p, vmclock_line_at(&p->line, counter), s) ||
	    !(scale == VMCLOCK_TIME_TAI ? s->tai_valid : s->utc_valid))
		return -ENODATA;
	return 0;
}

/* delta * factor, with its sign, unit 2^-(64 + shift) s */
static big big_counts(u64 counter, u64 anchor, u64 factor)
{
	return big_mul(big_s((s64)(counter - anchor)), big_u(factor));
}

/*
 * floor((T * 2^shift + delta * period) / 2^shift), unit 2^-64 s; and what of
 * the offset between the scales is the page's own (the leap second's part of
 * it is the core's: leap_test.c)
 */
static bool exact(const struct vmclock_params *p, u8 scale, u64 counter,
		  struct vmclock_time t, const struct vmclock_scales *s)
{
	unsigned int shift = p->line.period_shift;
	big line = big_shl(big_time(p->line.time), shift);
	s64 offset = 0;

	line = big_add(line, big_counts(counter, p->line.counter,
					p->line.period_frac));
	if (scale == VMCLOCK_TIME_TAI && p->time_type == VMCLOCK_TIME_UTC)
		offset = p->tai_offset_sec;
	else if (scale == VMCLOCK_TIME_UTC)
		offset = s->utc.sec - (p->time_type == VMCLOCK_TIME_UTC ?
				       vmclock_line_at(&p->line, counter).sec :
				       s->tai.sec);
	if (scale == VMCLOCK_TIME_UTC && !p->leap &&
	    offset != (p->time_type == VMCLOCK_TIME_UTC ? 0 :
		       -p->tai_offset_sec))
		return false;
	return big_eq(big_time(t), big_add(big_sar(line, shift),
					   big_shl(big_s(offset), 64)));
}

/*
 * earliest <= true - error, true + error <= latest, with 2^-64 / shift s and
 * ns as fractions of the unit 2^-(64 + shift) s / 10^9; and not wider than that
 * by more than 3 units and 2^-35 of the error. @t is the line's time in the
 * scale, rounded down.
 */
static bool bounds_exact(const struct vmclock_params *p, u64 counter,
			 const struct vmclock_bounds *b)
{
	unsigned int shift = p->line.period_shift;
	big billion = big_u(1000000000);
	big rate = big_abs(big_counts(counter, p->line.counter,
				      p->maxerror_rate_frac));
	big error = big_add(big_mul(rate, billion),
			    big_shl(big_u(p->maxerror_ns), 64 + shift));
	big unit = big_mul(big_shl(big_u(1), shift), billion);
	big down = big_mul(big_sub(big_time(b->time), big_time(b->earliest)),
			   unit);
	big up = big_mul(big_sub(big_time(b->latest), big_time(b->time)),
			 unit);
	big most = big_add(big_add(error, big_sar(error, 35)),
			   big_mul(unit, big_u(3)));

	return big_le(error, down) && big_le(big_add(error, unit), up) &&
	       big_le(down, most) && big_le(up, most);
}

static bool unbounded(const struct vmclock_bounds *b)
{
	return !b->earliest.sec && !b->earliest.frac && !b->latest.sec &&
	       !b->latest.frac;
}

/* @ret: what the reader said of the bounds */
static bool bounds_hold(const struct vmclock_params *p, u64 counter,
			const struct vmclock_scales *s,
			const struct vmclock_bounds *b, int ret)
{
	u64 core = vmclock_maxerror_at(p, counter);
	struct vmclock_params q = *p;

	if (!(p->flags & VMCLOCK_FLAG_PERIOD_MAXERROR_VALID))
		q.maxerror_rate_frac = 0;
	if (b->status != p->status || b->leap != s->leap ||
	    b->disruption_marker != p->disruption_marker ||
	    b->vm_generation !=
	    (p->flags & VMCLOCK_FLAG_VM_GEN_COUNTER_PRESENT ?
	     p->vm_generation : 0))
		return false;
	if (ret == -ERANGE)
		return unbounded(b) && core / 1000000000 >=
				       (u64)VMCLOCK_MARGIN_MAX_SEC - 1;
	return !ret && core != U64_MAX && bounds_exact(&q, counter, b);
}

static unsigned long short_ones, refused;

static bool agrees(void)
{
	struct vmclock_abi page __attribute__((aligned(8)));
	struct vmclock_params p = random_params(), q;
	u8 scale = rnd() % 2;
	u64 counter = random_counter(&p);
	struct vmclock_bounds b, at;
	struct vmclock_scales s;
	struct vmclock_words w;
	struct vmclock_time t;
	struct vmclock clk;
	int ret, expect, bounds;

	memset(&page, (int)rnd(), sizeof(page));
	page.seq_count = cpu_to_le32((u32)rnd() & ~1U);
	vmclock_page_init(&page, &p);
	vmclock_page_set(&page, &p);
	if (rarely(2))	/* the sign of writers before version 1.1 */
		page.tai_offset_sec = cpu_to_le16((u16)p.tai_offset_sec);
	if (rarely(64))
		page.magic = cpu_to_le32((u32)rnd());

	ret = vmclock_attach(&clk, &page, sizeof(page));
	expect = core_time(&page, sizeof(page), scale, counter, &q, &s);
	if (ret)
		return ret == -EBADMSG && expect == -ENODATA;
	test_counter = counter;
	ret = vmclock_now(&clk, scale, &t);
	bounds = vmclock_now_bounds(&clk, scale, &b);
	if (ret != expect || (expect && bounds != expect) ||
	    vmclock_at(&clk, scale, counter, &at) != bounds ||
	    !vmclock_why(&clk, scale) != !expect)
		return false;
	if (expect) {
		refused++;
		return true;
	}
	short_ones += vmclock_short_way(&clk, scale, true, &w, &t);
	return big_eq(big_time(t), big_time(scale == VMCLOCK_TIME_TAI ?
					    s.tai : s.utc)) &&
	       big_eq(big_time(t), big_time(b.time)) &&
	       big_eq(big_time(t), big_time(at.time)) &&
	       big_eq(big_time(b.earliest), big_time(at.earliest)) &&
	       big_eq(big_time(b.latest), big_time(at.latest)) &&
	       exact(&q, scale, counter, t, &s) &&
	       bounds_hold(&q, counter, &s, &b, bounds);
}

/* --- interrupted ---------------------------------------------------------- */

/*
 * Host n's page and counter: the same rate, everything else is another. Its
 * time at its counter value is n * 1000 + 5 s, whatever is the other's page.
 */
static void host(struct vmclock_abi *page, u64 n, u32 seq)
{
	struct vmclock_params p = {
		.size = sizeof(*page), .counter_id = 1,
		.time_type = VMCLOCK_TIME_TAI,
		.status = VMCLOCK_STATUS_SYNCHRONIZED,
		.flags = 0x151, .disruption_marker = n, .vm_generation = n,
		.line = {
			.counter = n << 40, .time = { (s64)n * 1000, n },
			.period_frac = 1ULL << 34,
		},
		.maxerror_ns = n,
	};

	vmclock_page_init(page, &p);
	vmclock_page_set(page, &p);
	page->seq_count = cpu_to_le32(seq);
}

static u64 host_counter(u64 n)
{
	return (n << 40) + (5ULL << 30);
}

static bool of_host(const struct vmclock_bounds *b, u64 n)
{
	struct vmclock_time margin = vmclock_time_sub(b->latest, b->time);

	return b->time.sec == (s64)n * 1000 + 5 && b->time.frac == n &&
	       b->disruption_marker == n && b->vm_generation == n &&
	       !margin.sec && vmclock_frac_to_ns(margin.frac) == n;
}

static struct {
	struct vmclock_abi page;
	unsigned int loads, when;
	u32 seq;
	u64 to;
} at;

/* the guest stands still meanwhile: it sees nothing of the change itself */
static void move(void)
{
	if (at.loads++ != at.when)
		return;
	host(&at.page, at.to, at.seq);
	test_counter = host_counter(at.to);
}

/* up to some load the reader begins again, behind it it was done already */
static bool moves(u32 seq, u64 from)
{
	struct vmclock clk;
	struct vmclock_bounds b;
	unsigned int olds = 0, news = 0;

	for (at.when = 0; at.when < 100; at.when++) {
		interrupt_fn = no_interrupt;
		host(&at.page, from, 2);
		test_counter = host_counter(from);
		if (vmclock_attach(&clk, &at.page, sizeof(at.page)))
			return false;
		at.loads = 0;
		at.seq = seq;
		at.to = 3 - from;
		interrupt_fn = move;
		memset(&b, 0, sizeof(b));
		if (vmclock_now_bounds(&clk, VMCLOCK_TIME_TAI, &b))
			return false;
		interrupt_fn = no_interrupt;
		olds += of_host(&b, from);
		news += of_host(&b, at.to);
		if (olds + news != at.when + 1) {
			ktap_note("torn: moved before load %u", at.when);
			return false;
		}
	}
	return olds && news > 10;
}

/* vmclock_now() has no marker to tell by: time alone, which must be of one */
static bool moves_plain(u64 from)
{
	struct vmclock clk;
	struct vmclock_time t;
	unsigned int olds = 0;

	for (at.when = 0; at.when < 100; at.when++) {
		interrupt_fn = no_interrupt;
		host(&at.page, from, 2);
		test_counter = host_counter(from);
		if (vmclock_attach(&clk, &at.page, sizeof(at.page)))
			return false;
		at.loads = 0;
		at.seq = 2;
		at.to = 3 - from;
		interrupt_fn = move;
		if (vmclock_now(&clk, VMCLOCK_TIME_TAI, &t))
			return false;
		interrupt_fn = no_interrupt;
		if (!(t.sec == 1005 && t.frac == 1) &&
		    !(t.sec == 2005 && t.frac == 2)) {
			ktap_note("torn: moved before load %u", at.when);
			return false;
		}
		olds += t.sec == (s64)from * 1000 + 5;
	}
	return olds && olds < 100;
}

/*
 * A writer on another CPU: a word of the new page at each of the reader's loads
 * from the at.when-th on. Both pages are of one host: counter and marker go on.
 */
static void write_word(void)
{
	unsigned int word = at.loads - at.when;
	struct vmclock_abi image;

	if (at.loads++ < at.when || word > 15)
		return;
	if (word == 0) {
		vmclock_page_write_begin(&at.page);
	} else if (word == 15) {
		vmclock_page_write_end(&at.page);
	} else if (word != 1) {
		host(&image, 2, 0);
		image.counter_value = cpu_to_le64(1ULL << 40);
		image.disruption_marker = cpu_to_le64(1);
		memcpy((u8 *)&at.page + 8 * (word - 1),
		       (u8 *)&image + 8 * (word - 1), word == 2 ? 4 : 8);
	} else {
		at.page.magic = cpu_to_le32(VMCLOCK_MAGIC);
	}
}

static void no_reentry(void)
{
	interrupt_fn = no_interrupt;
	write_word();
	interrupt_fn = no_reentry;
}

static bool written(void)
{
	struct vmclock clk;
	struct vmclock_bounds b;
	unsigned int olds = 0, news = 0;

	for (at.when = 0; at.when < 60; at.when++) {
		interrupt_fn = no_interrupt;
		host(&at.page, 1, 2);
		test_counter = host_counter(1);
		if (vmclock_attach(&clk, &at.page, sizeof(at.page)))
			return false;
		at.loads = 0;
		interrupt_fn = no_reentry;
		if (vmclock_now_bounds(&clk, VMCLOCK_TIME_TAI, &b))
			return false;
		interrupt_fn = no_interrupt;
		b.disruption_marker = b.vm_generation;
		olds += of_host(&b, 1);
		news += of_host(&b, 2);
		if (olds + news != at.when + 1) {
			ktap_note("torn: written from load %u on", at.when);
			return false;
		}
	}
	return olds && news > 10;
}

/* --- what else is promised ------------------------------------------------ */

static unsigned long loads;

static void count_loads(void)
{
	loads++;
}

static void stuck(void)
{
	struct vmclock_abi page;
	struct vmclock_bounds b;
	struct vmclock_epoch epoch;
	struct vmclock_time t;
	struct vmclock clk;

	host(&page, 1, 2);
	vmclock_attach(&clk, &page, sizeof(page));
	page.seq_count = cpu_to_le32(3);
	interrupt_fn = count_loads;
	loads = relaxed = 0;
	ktap_ok(vmclock_now(&clk, VMCLOCK_TIME_TAI, &t) == -EAGAIN &&
		relaxed == VMCLOCK_TRIES && loads < 20 + 2 * VMCLOCK_TRIES,
		"stuck: vmclock_now() gives up");
	ktap_ok(vmclock_now_bounds(&clk, VMCLOCK_TIME_TAI, &b) == -EAGAIN,
		"stuck: vmclock_now_bounds() gives up");
	ktap_ok(vmclock_get_epoch(&clk, &epoch) == -EAGAIN &&
		vmclock_disrupted(&clk, &epoch) == -EAGAIN,
		"stuck: so does the check for a disruption");
	ktap_ok(vmclock_why(&clk, VMCLOCK_TIME_TAI) &&
		vmclock_attach(&clk, &page, sizeof(page)) == -EAGAIN,
		"stuck: and all else");
	interrupt_fn = no_interrupt;
}

static void epochs(void)
{
	struct vmclock_abi page;
	struct vmclock_epoch epoch;
	struct vmclock clk;

	host(&page, 1, 2);
	vmclock_attach(&clk, &page, sizeof(page));
	ktap_ok(!vmclock_get_epoch(&clk, &epoch) &&
		epoch.disruption_marker == 1 && epoch.vm_generation == 1 &&
		vmclock_disrupted(&clk, &epoch) == 0, "epoch: it goes on");
	page.time_sec = 0;
	page.seq_count = cpu_to_le32(4);
	ktap_ok(vmclock_disrupted(&clk, &epoch) == 0,
		"epoch: a new line does not end it");
	page.disruption_marker = cpu_to_le64(2);
	ktap_ok(vmclock_disrupted(&clk, &epoch) == 1,
		"epoch: a disruption does");
	page.disruption_marker = cpu_to_le64(1);
	page.vm_generation_counter = cpu_to_le64(2);
	ktap_ok(vmclock_disrupted(&clk, &epoch) == 1,
		"epoch: so does another generation");
	page.flags = 0;
	ktap_ok(!vmclock_get_epoch(&clk, &epoch) && !epoch.vm_generation,
		"epoch: generation 0 if there is none");
}

static void timespec(void)
{
	struct vmclock_time t = { -1, U64_MAX };
	struct timespec ts = vmclock_to_timespec(t);

	struct timespec up = vmclock_to_timespec_up(t);

	ktap_ok(ts.tv_sec == -1 && ts.tv_nsec == 999999999,
		"timespec: rounded down");
	ktap_ok(!up.tv_sec && !up.tv_nsec, "timespec: rounded up, to a second");
}

static bool outwards(void)
{
	struct vmclock_time t = { (s64)(rnd() >> 32), rnd_edge() };
	struct timespec down = vmclock_to_timespec(t);
	struct timespec up = vmclock_to_timespec_up(t);
	s64 width = (s64)(up.tv_sec - down.tv_sec) * 1000000000 +
		    up.tv_nsec - down.tv_nsec;
	big ns = big_mul(big_time(t), big_u(1000000000));
	big low = big_add(big_mul(big_s(down.tv_sec), big_u(1000000000)),
			  big_u((u64)down.tv_nsec));
	big high = big_add(big_mul(big_s(up.tv_sec), big_u(1000000000)),
			   big_u((u64)up.tv_nsec));

	return width >= 0 && width <= 1 && up.tv_nsec < 1000000000 &&
	       big_le(big_shl(low, 64), ns) && big_le(ns, big_shl(high, 64)) &&
	       (width || big_eq(big_shl(low, 64), ns));
}

int main(int argc, char **argv)
{
	unit_begin(argc, argv, 1000000);
	unit_property("random: reader, core and exact arithmetic agree",
		      agrees);
	unit_property("timespec: down and up enclose the time", outwards);
	ktap_note("%lu on the short way, %lu refused", short_ones, refused);
	ktap_ok(short_ones > unit.cases / 5 && refused > unit.cases / 100 &&
		short_ones + refused < unit.cases * 9 / 10,
		"random: both ways were gone, and some pages refused");
	ktap_ok(moves(6, 1) && moves(6, 2),
		"moved: at any load, counter and line are one host's");
	ktap_ok(moves(2, 1) && moves(2, 2),
		"moved: also with the same sequence count");
	ktap_ok(moves_plain(1) && moves_plain(2), "moved: vmclock_now()");
	ktap_ok(written(), "written: from any load on");
	stuck();
	epochs();
	timespec();
	return ktap_end();
}
