// SPDX-License-Identifier: GPL-2.0
/*
 * Pages: what is written is read, whatever the size; what is wrong is named;
 * and a copy is never one of two pages. The last is shown twice: with the
 * writer's steps put between the reader's, at every place (VMCLOCK_READ is
 * where the reader can be interrupted), and with a writer in a thread of its
 * own.
 */
#include <pthread.h>

#include "../../tools/kernel_names.h"

static void interrupt(void);

#undef VMCLOCK_READ
#define VMCLOCK_READ(x)							\
	(interrupt(), *(const volatile __typeof__(x) *)&(x))

#include "unit.h"

#define WORDS		(sizeof(struct vmclock_abi) / 8)

static void no_interrupt(void)
{
}

static void (*interrupt_fn)(void) = no_interrupt;

static void interrupt(void)
{
	interrupt_fn();
}

/* A page in which every field that changes is a function of n. */
static struct vmclock_params version(u64 n)
{
	u64 mix = n * 0x9e3779b97f4a7c15;

	return (struct vmclock_params){
		.magic = VMCLOCK_MAGIC, .size = sizeof(struct vmclock_abi),
		.version = 1, .counter_id = VMCLOCK_COUNTER_X86_TSC,
		.time_type = VMCLOCK_TIME_TAI,
		.disruption_marker = mix ^ 1, .flags = mix ^ 2,
		.status = (u8)n, .smearing_hint = (u8)(n >> 8),
		.tai_offset_sec = (s16)(n * 7 & 0x7fff), .leap = (u8)(n * 3),
		.line = {
			.counter = mix ^ 3,
			.time = { (s64)(mix ^ 4), mix ^ 5 },
			.period_frac = mix ^ 6, .period_shift = (u8)(n * 5),
		},
		.esterror_rate_frac = mix ^ 7, .maxerror_rate_frac = mix ^ 8,
		.esterror_ns = mix ^ 9, .maxerror_ns = mix ^ 10,
		.vm_generation = n,
	};
}

static bool same(const struct vmclock_params *a, const struct vmclock_params *b)
{
	return a->magic == b->magic && a->size == b->size &&
	       a->version == b->version && a->counter_id == b->counter_id &&
	       a->time_type == b->time_type &&
	       a->disruption_marker == b->disruption_marker &&
	       a->flags == b->flags && a->status == b->status &&
	       a->smearing_hint == b->smearing_hint &&
	       a->tai_offset_sec == b->tai_offset_sec && a->leap == b->leap &&
	       a->line.counter == b->line.counter &&
	       a->line.time.sec == b->line.time.sec &&
	       a->line.time.frac == b->line.time.frac &&
	       a->line.period_frac == b->line.period_frac &&
	       a->line.period_shift == b->line.period_shift &&
	       a->esterror_rate_frac == b->esterror_rate_frac &&
	       a->maxerror_rate_frac == b->maxerror_rate_frac &&
	       a->esterror_ns == b->esterror_ns &&
	       a->maxerror_ns == b->maxerror_ns &&
	       a->vm_generation == b->vm_generation;
}

static void write_page(struct vmclock_abi *page, const struct vmclock_params *p)
{
	vmclock_page_write_begin(page);
	vmclock_page_init(page, p);
	vmclock_page_set(page, p);
	vmclock_page_write_end(page);
}

static bool round_trip(void)
{
	struct vmclock_params p = version(rnd_edge()), q;
	struct vmclock_abi page;
	u32 seq = (u32)rnd_edge() & ~1U;

	memset(&page, (int)rnd(), sizeof(page));
	page.seq_count = cpu_to_le32(seq);
	write_page(&page, &p);
	return !vmclock_page_read(&page, sizeof(page), &q) && same(&p, &q) &&
	       q.seq == seq + 2;
}

static void sequence(void)
{
	struct vmclock_params p = version(1), q;
	struct vmclock_abi page = { 0 };

	write_page(&page, &p);
	vmclock_page_write_begin(&page);
	ktap_ok(vmclock_page_read(&page, sizeof(page), &q) == -EAGAIN,
		"page: odd sequence is not read");
	vmclock_page_write_begin(&page);
	vmclock_page_write_end(&page);
	ktap_ok(!vmclock_page_read(&page, sizeof(page), &q) && q.seq == 4,
		"page: writer goes on after one that died");
	page.seq_count = cpu_to_le32(~1U);
	write_page(&page, &p);
	ktap_ok(!vmclock_page_read(&page, sizeof(page), &q) && q.seq == 0,
		"page: sequence wraps");
}

/*
 * Every size that a page can state and every length that can be read: a field
 * that both include is there, and what either excludes or cuts is 0. What is
 * before VMCLOCK_MIN_SIZE is there whatever the size. Nothing is read behind
 * len: the page ends with the heap block (ASan).
 */
#define FIELD_IS(field, member)						\
	(((vmclock_field_present(size, field) &&			\
	   vmclock_field_present(len, field)) ?				\
	  (u64)full.member : 0) == (u64)q.member)

static bool sizes_hold(u32 size, size_t len)
{
	struct vmclock_params full = version(~0ULL), q = {};
	struct vmclock_abi page = { 0 };
	void *mem = malloc(len);
	bool ok;

	write_page(&page, &full);
	page.size = cpu_to_le32(size);
	memcpy(mem, &page, len);
	ok = !vmclock_page_read(mem, len, &q) &&
	     q.magic == VMCLOCK_MAGIC && q.size == size && q.version == 1 &&
	     q.flags == full.flags && q.seq == 2 &&
	     q.status == full.status && q.smearing_hint == full.smearing_hint &&
	     q.tai_offset_sec == full.tai_offset_sec && q.leap == full.leap &&
	     q.line.period_shift == full.line.period_shift &&
	     FIELD_IS(counter_value, line.counter) &&
	     FIELD_IS(counter_period_frac_sec, line.period_frac) &&
	     FIELD_IS(counter_period_esterror_rate_frac_sec,
		      esterror_rate_frac) &&
	     FIELD_IS(counter_period_maxerror_rate_frac_sec,
		      maxerror_rate_frac) &&
	     FIELD_IS(time_sec, line.time.sec) &&
	     FIELD_IS(time_frac_sec, line.time.frac) &&
	     FIELD_IS(time_esterror_nanosec, esterror_ns) &&
	     FIELD_IS(time_maxerror_nanosec, maxerror_ns) &&
	     FIELD_IS(vm_generation_counter, vm_generation);
	free(mem);
	return ok || (ktap_note("size %u len %zu", size, len), false);
}

static void sizes(void)
{
	static const u32 absurd[] = { 113, 4096, 65536, 1U << 31, ~0U };
	bool hold = true;
	unsigned int i;
	size_t len;
	u32 size;

	for (len = VMCLOCK_MIN_SIZE; len <= 112; len++) {
		for (size = 0; hold && size <= 112; size++)
			hold = sizes_hold(size, len);
		for (i = 0; hold && i < sizeof(absurd) / sizeof(u32); i++)
			hold = sizes_hold(absurd[i], len);
	}
	ktap_ok(hold, "page: every size and length");
}

/* The writer's steps between the reader's */

#define UPDATES		2
#define STEPS		(UPDATES * ((int)WORDS + 2))
#define READS		((int)WORDS + 3)

static struct {
	struct vmclock_abi page, image[UPDATES + 1];
	int step, reads;
	int when[2], until[2];
} race;

/* One store of the writer: begin, a word (but the sequence count), end. */
static void writer_step(void)
{
	int word = race.step % ((int)WORDS + 2) - 1;
	int update = race.step / ((int)WORDS + 2) + 1;
	const u8 *from = (u8 *)&race.image[update];
	u8 *to = (u8 *)&race.page;

	if (word < 0)
		vmclock_page_write_begin(&race.page);
	else if (word == (int)WORDS)
		vmclock_page_write_end(&race.page);
	else
		memcpy(to + 8 * word, from + 8 * word, word == 1 ? 4 : 8);
	race.step++;
}

static void write_steps(void)
{
	int i;

	interrupt_fn = no_interrupt;
	for (i = 0; i < 2; i++)
		while (race.reads == race.when[i] && race.step < race.until[i])
			writer_step();
	race.reads++;
	interrupt_fn = write_steps;
}

/* 1: a good copy; 0: none; -1: a torn one, or none without need */
static int race_once(const struct vmclock_params *versions)
{
	struct vmclock_params q;
	int ret, i;

	race.page = race.image[0];
	race.step = 0;
	race.reads = 0;
	memset(&q, 0xa5, sizeof(q));
	interrupt_fn = write_steps;
	ret = vmclock_page_read(&race.page, sizeof(race.page), &q);
	interrupt_fn = no_interrupt;
	if (ret == -EAGAIN)
		return race.step ? 0 : -1;
	for (i = 0; i <= UPDATES; i++)
		if (!ret && same(&q, &versions[i]) && q.seq == 2U * (u32)i)
			return 1;
	ktap_note("torn: steps to %d before read %d, to %d before %d",
		  race.until[0], race.when[0], race.until[1], race.when[1]);
	return -1;
}

/*
 * The writer makes some of its steps before one of the reader's loads, and
 * some more before another one; every choice of the four numbers.
 */
static void races(void)
{
	struct vmclock_params versions[UPDATES + 1];
	unsigned long good = 0, none = 0, torn = 0;
	int n, i, j, s, t;

	for (i = 0; i <= UPDATES; i++) {
		versions[i] = version(1000003ULL * (u64)(i + 1));
		vmclock_page_init(&race.image[i], &versions[i]);
		vmclock_page_set(&race.image[i], &versions[i]);
	}
	for (i = 0; i < READS; i++)
	for (j = i + 1; j < READS; j++)
	for (s = 0; s <= STEPS; s++)
	for (t = s; t <= STEPS; t++) {
		race.when[0] = i;
		race.when[1] = j;
		race.until[0] = s;
		race.until[1] = t;
		n = race_once(versions);
		good += n == 1;
		none += n == 0;
		torn += n == -1;
	}
	ktap_ok(good && none && !torn,
		"page: no torn copy in %lu interleavings, %lu whole ones",
		good + none + torn, good);
}

/* The guest is moved: another host's page, at the same sequence count. */
static void move(void)
{
	if (race.reads++ == race.when[0])
		race.page = race.image[1];
}

static void moves(void)
{
	struct vmclock_params versions[2], q;
	int i, k, mixed = 0, whole = 0;

	for (i = 0; i < 2; i++) {
		versions[i] = version(1000003ULL * (u64)(i + 1));
		memset(&race.image[i], 0, sizeof(race.image[i]));
		vmclock_page_init(&race.image[i], &versions[i]);
		vmclock_page_set(&race.image[i], &versions[i]);
	}
	for (i = 0; i <= READS; i++) {
		race.page = race.image[0];
		race.reads = 0;
		race.when[0] = i;
		memset(&q, 0xa5, sizeof(q));
		interrupt_fn = move;
		k = vmclock_page_read(&race.page, sizeof(race.page), &q);
		interrupt_fn = no_interrupt;
		if (k)
			continue;
		if (same(&q, &versions[0]) || same(&q, &versions[1]))
			whole++;
		else
			mixed++;
	}
	ktap_ok(whole && !mixed,
		"page: no copy of two hosts' pages with one sequence count");
}

/* A producer that flips the size without a sequence count. */
static void flip_size(void)
{
	race.page.size ^= cpu_to_le32(64 ^ 112);
}

static void hostile_size(void)
{
	struct vmclock_params p = version(~0ULL), q;
	int i, bad = 0;

	memset(&q, 0, sizeof(q));
	vmclock_page_init(&race.page, &p);
	vmclock_page_set(&race.page, &p);
	race.page.seq_count = 0;
	for (i = 0; i < 2; i++) {
		flip_size();
		interrupt_fn = flip_size;
		bad += vmclock_page_read(&race.page, sizeof(race.page), &q);
		interrupt_fn = no_interrupt;
		bad += q.vm_generation != (q.size == 112 ? p.vm_generation : 0);
	}
	ktap_ok(!bad, "page: one size for the whole copy, even if it changes");
}

/* A writer in a thread */

static struct vmclock_abi shared __attribute__((aligned(64)));
static bool stop;

static void *writer(void *unused)
{
	u64 n = 1;
	int pause;

	while (!__atomic_load_n(&stop, __ATOMIC_RELAXED)) {
		struct vmclock_params p = version(++n);

		vmclock_page_write_begin(&shared);
		vmclock_page_set(&shared, &p);
		vmclock_page_write_end(&shared);
		for (pause = (int)(n % 128); pause; pause--)
			vmclock_rmb();
	}
	return unused;
}

static void thread_race(void)
{
	struct vmclock_params p = version(1), q;
	unsigned long good = 0, tries = 0, torn = 0, changed = 0;
	u64 last = 0;
	pthread_t thread;

	write_page(&shared, &p);
	if (pthread_create(&thread, NULL, writer, NULL)) {
		ktap_skip("page: writer in a thread", "no thread");
		return;
	}
	/* on one core there is one change for each time slice: don't wait */
	while (changed < unit.cases && tries++ < 200 * unit.cases) {
		memset(&q, 0xa5, sizeof(q));
		if (vmclock_page_read(&shared, sizeof(shared), &q))
			continue;
		good++;
		changed += q.vm_generation != last;
		last = q.vm_generation;
		p = version(q.vm_generation);
		torn += !same(&p, &q);
	}
	__atomic_store_n(&stop, true, __ATOMIC_RELAXED);
	pthread_join(thread, NULL);
	ktap_note("%lu tries, %lu copies, %lu changes", tries, good, changed);
	ktap_ok(good && !torn, "page: no torn copy beside a writer that never rests");
}

/* What is wrong is named */

static struct vmclock_params sound(void)
{
	struct vmclock_params p = version(1);

	p.status = VMCLOCK_STATUS_SYNCHRONIZED;
	p.flags = VMCLOCK_FLAG_TIME_MAXERROR_VALID |
		  VMCLOCK_FLAG_PERIOD_MAXERROR_VALID |
		  VMCLOCK_FLAG_TIME_ESTERROR_VALID |
		  VMCLOCK_FLAG_PERIOD_ESTERROR_VALID;
	p.line.time.sec = 1800000000;
	vmclock_line_set_period(&p.line, 1, 3000000000, 0);
	return p;
}

static void is(const char *want, const struct vmclock_params *p,
	       const char *name)
{
	const char *got = vmclock_page_defect(p);

	if (!got)
		got = vmclock_time_defect(p, VMCLOCK_COUNTER_X86_TSC);
	if (!ktap_ok(want == got || (want && got && !strcmp(want, got)),
		     "defect: %s", name))
		ktap_note("%s, not %s", got ? got : "nothing",
			  want ? want : "nothing");
}

#define DEFECT(want, field, value)					\
	do {								\
		struct vmclock_params p = sound();			\
									\
		p.field = value;					\
		is(want, &p, #field " " #value);			\
	} while (0)

static void defects(void)
{
	struct vmclock_params p = sound();

	is(NULL, &p, "none");
	DEFECT("magic is not VCLK", magic, 0);
	DEFECT("version is not 1", version, 0);
	DEFECT("version is not 1", version, 2);
	DEFECT("size is too small", size, 0);
	DEFECT("size is too small", size, VMCLOCK_MIN_SIZE - 1);
	DEFECT("size is too small", size, 0x27);
	DEFECT("page is too small for a time", size, 0x28);
	DEFECT("page is too small for a time", size, 0x57);
	DEFECT(NULL, size, 0x58);
	DEFECT("page has no counter", counter_id, VMCLOCK_COUNTER_INVALID);
	DEFECT("page counts something else than this machine", counter_id,
	       VMCLOCK_COUNTER_ARM_VCNT);
	DEFECT(NULL, time_type, VMCLOCK_TIME_UTC);
	DEFECT(NULL, time_type, VMCLOCK_TIME_MONOTONIC);
	DEFECT("time type is smeared or unknown", time_type,
	       VMCLOCK_TIME_INVALID_SMEARED);
	DEFECT("time type is smeared or unknown", time_type, 255);
	DEFECT("host does not know its time yet", status,
	       VMCLOCK_STATUS_UNKNOWN);
	DEFECT("host does not know its time yet", status,
	       VMCLOCK_STATUS_INITIALIZING);
	DEFECT(NULL, status, VMCLOCK_STATUS_FREERUNNING);
	DEFECT("host says that its clock is unreliable", status,
	       VMCLOCK_STATUS_UNRELIABLE);
	DEFECT("clock status is unknown", status, 5);
	DEFECT("clock status is unknown", status, 255);
	DEFECT("time is beyond the year 2262", line.time.sec, -1);
	DEFECT("time is beyond the year 2262", line.time.sec, 9223372036);
	DEFECT(NULL, line.time.sec, 9223372035);
	DEFECT(NULL, line.time.sec, 0);
}

#define PERIOD(want, frac, shift)					\
	do {								\
		struct vmclock_params p = sound();			\
									\
		p.line.period_frac = frac;				\
		p.line.period_shift = shift;				\
		is(want, &p, "period " #frac " >> " #shift);		\
	} while (0)

/* 2^64 / 10^6 = 18446744073709.55, 2^64 / 10^10 = 1844674407.37 */
static void periods(void)
{
	const char *bad = "counter period is not that of 1 MHz to 10 GHz";

	PERIOD(bad, 0, 0);
	PERIOD(bad, 1844674406, 0);
	PERIOD(NULL, 1844674407, 0);
	PERIOD(NULL, 18446744073709, 0);
	PERIOD(bad, 18446744073710, 0);
	PERIOD(bad, ~0ULL, 0);
	PERIOD(bad, 1ULL << 63, 63);
	PERIOD(NULL, ~0ULL, 33);
	PERIOD(bad, ~0ULL, 34);
	PERIOD(bad, 1ULL << 63, 64);
	PERIOD(bad, ~0ULL, 255);
}

/* Error bounds of a page, and when it has none */

#define BOUND(want, set, counter_, name)				\
	do {								\
		struct vmclock_params p = sound();			\
									\
		p.line.counter = 1000;					\
		p.line.period_shift = 0;				\
		p.maxerror_ns = 50;					\
		p.esterror_ns = 5;					\
		p.maxerror_rate_frac = (1ULL << 63) / 500000000;	\
		p.esterror_rate_frac = (1ULL << 63) / 5000000000;	\
		set;							\
		ktap_ok(vmclock_maxerror_at(&p, counter_) == (want) &&	\
			vmclock_esterror_at(&p, counter_) ==		\
			((want) == U64_MAX ? U64_MAX : (want) / 10),	\
			"bound: %s", name);				\
	} while (0)

static void bounds(void)
{
	const u64 time_valid = VMCLOCK_FLAG_TIME_MAXERROR_VALID |
			       VMCLOCK_FLAG_TIME_ESTERROR_VALID;
	const u64 rate_valid = VMCLOCK_FLAG_PERIOD_MAXERROR_VALID |
			       VMCLOCK_FLAG_PERIOD_ESTERROR_VALID;

	BOUND(50, (void)0, 1000, "at the anchor");
	BOUND(150, (void)0, 1100, "later");
	BOUND(150, (void)0, 900, "earlier");
	BOUND(U64_MAX, p.flags &= ~time_valid, 1000, "time's not valid");
	BOUND(U64_MAX, p.flags &= ~rate_valid, 1100, "period's not valid");
	BOUND(50, p.flags &= ~rate_valid, 1000,
	      "period's not valid, at the anchor");
	BOUND(U64_MAX, p.size = 0x5f, 1000, "page too small for it");
}

/* Each bound has flags of its own; one flag at a time is taken away. */
static void bound_flags(void)
{
	static const struct {
		u64 flag;
		bool max, est;
	} rows[] = {
		{ VMCLOCK_FLAG_TIME_MAXERROR_VALID, false, true },
		{ VMCLOCK_FLAG_PERIOD_MAXERROR_VALID, false, true },
		{ VMCLOCK_FLAG_TIME_ESTERROR_VALID, true, false },
		{ VMCLOCK_FLAG_PERIOD_ESTERROR_VALID, true, false },
	};

	for (unsigned int i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct vmclock_params p = sound();
		u64 at = p.line.counter + 1;

		p.maxerror_ns = 50;
		p.esterror_ns = 5;
		p.maxerror_rate_frac = 1;
		p.esterror_rate_frac = 1;
		p.flags &= ~rows[i].flag;
		ktap_ok((vmclock_maxerror_at(&p, at) == 51) == rows[i].max &&
			(vmclock_esterror_at(&p, at) == 6) == rows[i].est,
			"bound: flag %llx", rows[i].flag);
	}
}

static void tai_offset(void)
{
	struct vmclock_params p = { .tai_offset_sec = 10 };
	s16 offset = 77;

	p.time_type = VMCLOCK_TIME_TAI;
	ktap_ok(!vmclock_tai_offset(&p, &offset) && offset == 0,
		"offset: TAI is TAI");
	p.time_type = VMCLOCK_TIME_UTC;
	ktap_ok(vmclock_tai_offset(&p, &offset) == -EINVAL,
		"offset: UTC without a valid one");
	p.flags = VMCLOCK_FLAG_TAI_OFFSET_VALID;
	ktap_ok(!vmclock_tai_offset(&p, &offset) && offset == 10,
		"offset: UTC with one");
	p.tai_offset_sec = 9;
	ktap_ok(vmclock_tai_offset(&p, &offset) == -EINVAL,
		"offset: less than that of 1972 is none");
	p.tai_offset_sec = 101;
	ktap_ok(vmclock_tai_offset(&p, &offset) == -EINVAL,
		"offset: more than 100 s is none");
	p.tai_offset_sec = -32768;
	ktap_ok(vmclock_tai_offset(&p, &offset) == -EINVAL,
		"offset: -32768, which has no absolute value, is none");
	p.tai_offset_sec = 37;
	p.time_type = VMCLOCK_TIME_MONOTONIC;
	ktap_ok(vmclock_tai_offset(&p, &offset) == -EINVAL,
		"offset: monotonic time has none");
}

int main(int argc, char **argv)
{
	unit_begin(argc, argv, 100000);
	sequence();
	sizes();
	races();
	moves();
	hostile_size();
	defects();
	periods();
	bounds();
	bound_flags();
	tai_offset();
	unit_property("page: what is written is read", round_trip);
	thread_race();
	return ktap_end();
}
