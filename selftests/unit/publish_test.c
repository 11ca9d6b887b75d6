// SPDX-License-Identifier: GPL-2.0
/*
 * Leap seconds on the pages that vmclock_host publishes, by its own sources.
 * A model of the kernel's clock hands in lines and the state of NTP, and the
 * reader of applications must get the model's time. Another line comes at any
 * moment around the leap second, before the state of NTP has been read again.
 */
#include "../lib/ktap.h"
#include "../sim/kernel.h"
#include "vmclock.h"

/* for struct host_view, of which the page alone is used here */
struct list_head { int unused; };
struct kref { int unused; };
struct rcu_head { int unused; };
struct wait_queue_head { int unused; };
typedef u32 kuid_t;
#define __rcu
struct page { struct vmclock_abi abi; };
#define page_address(p)		((void *)&(p)->abi)

/* instead of common/counter.h */
#define _VMCLOCK_COMMON_COUNTER_H
static u64 counter;
static u64 vmclock_counter_read(void)
{
	return counter;
}

#include "../../src/vmclock_host/envelope.c"
/* publish.c has another function of that name */
#define take_line	bounds_take_line
#include "../../src/vmclock_host/known.c"
#include "../../src/vmclock_host/bounds.c"
#undef take_line
#include "../../src/vmclock_host/slew.c"
#include "../../src/vmclock_host/errors.c"
#include "../../src/vmclock_host/leap.c"
#include "../../src/vmclock_host/write.c"
#include "../../src/vmclock_host/publish.c"

/* A count is a whole number of 2^-64 s, so that no line is rounded. */
#define PERIOD_FRAC	(1LL << 34)
#define SEC		(1ULL << 30)
/* The timekeeper is updated so often. */
#define TICK		(SEC / 4)
/* Each case begins 3 s before the leap second. */
#define BEFORE_S	3
#define TICKS		28
/* 2027-01-01, UTC */
#define MIDNIGHT	1798761600LL
#define OFFSET_SEC	37

/* How another line differs from the one before. */
static const struct change {
	const char *name;
	enum host_cause cause;
	s64 period_frac;
	s64 ns;
} changes[] = {
	{ "faster", HOST_CAUSE_FREQUENCY, PERIOD_FRAC / 50000, 0 },
	{ "slower", HOST_CAUSE_FREQUENCY, -PERIOD_FRAC / 50000, 0 },
	{ "ahead", HOST_CAUSE_DEVIATION, 0, 100 },
	{ "back", HOST_CAUSE_DEVIATION, 0, -100 },
};

/* Pages and views by their type, which is VMCLOCK_TIME_UTC or _TAI: 0 or 1 */
static struct page pages[2];
static struct host_view views[2];
/* 1: a second is inserted, -1: deleted */
static int sign;
/* The kernel's TAI, and its TAI - UTC as of the last update, s */
static struct vmclock_line kernel_tai;
static s32 kernel_offset_sec;
static unsigned long cases;

void host_page_publish(const struct host_content *now)
{
	host_write_page(&views[VMCLOCK_TIME_UTC], now);
	host_write_page(&views[VMCLOCK_TIME_TAI], now);
}

void host_page_follow(void)
{
}

/* The first second of the new offset, TAI */
static s64 edge_sec(void)
{
	return MIDNIGHT + OFFSET_SEC - (sign < 0);
}

static s32 true_offset_sec(s64 tai_sec)
{
	return OFFSET_SEC + (tai_sec < edge_sec() ? 0 : sign);
}

static u8 true_leap(s64 tai_sec)
{
	if (tai_sec < edge_sec())
		return sign > 0 ? VMCLOCK_LEAP_PRE_POS : VMCLOCK_LEAP_PRE_NEG;
	if (sign < 0)
		return VMCLOCK_LEAP_POST_NEG;
	return tai_sec == edge_sec() ? VMCLOCK_LEAP_POS : VMCLOCK_LEAP_POST_POS;
}

static bool reads_true(unsigned int type, u8 scale, u64 at)
{
	struct vmclock_time tai = vmclock_line_at(&kernel_tai, at);
	struct vmclock_bounds b = {};
	struct vmclock clock;
	s64 sec = tai.sec;

	if (scale == VMCLOCK_TIME_UTC)
		sec -= true_offset_sec(tai.sec);
	/* the page has no bounds */
	if (!vmclock_attach(&clock, &pages[type], sizeof(pages[type])) &&
	    vmclock_at(&clock, scale, at, &b) == -ERANGE &&
	    b.time.sec == sec && b.time.frac == tai.frac &&
	    b.leap == true_leap(tai.sec))
		return true;
	ktap_note("page of type %u, scale %u: %lld, leap %u; not %lld, leap %u",
		  type, scale, b.time.sec, b.leap, sec, true_leap(tai.sec));
	return false;
}

/* Each page in each scale, now and in the next 3 s. */
static bool pages_are_true(void)
{
	unsigned int i;
	u64 at;

	for (at = counter; at <= counter + 3 * SEC; at += SEC / 2)
		for (i = 0; i < 4; i++)
			if (!reads_true(i / 2, i % 2, at))
				return false;
	return true;
}

static void publish_line(enum host_cause cause)
{
	host_publish_line(&(struct host_line){
		.line = kernel_tai, .has_counter = true,
		.tai_offset_sec = kernel_offset_sec, .cause = cause });
}

/* adjtimex() counts the leap second before the update does. */
static void read_ntp(void)
{
	s64 tai_sec = vmclock_line_at(&kernel_tai, counter).sec;

	host_publish_ntp(&(struct host_ntp){
		.epoch = host_publish_epoch(),
		.status = VMCLOCK_STATUS_SYNCHRONIZED,
		.leap = true_leap(tai_sec),
		.utc_sec = tai_sec - true_offset_sec(tai_sec) });
}

static void update(const struct change *change)
{
	enum host_cause cause = change ? change->cause : HOST_CAUSE_NONE;
	struct vmclock_line *line = &kernel_tai;

	vmclock_line_move(line, counter);
	if (change) {
		line->period_frac += (u64)change->period_frac;
		line->time = vmclock_time_add(line->time,
					      vmclock_time_from_ns(change->ns));
	}
	if (kernel_offset_sec != true_offset_sec(line->time.sec))
		cause = HOST_CAUSE_TAI;
	kernel_offset_sec = true_offset_sec(line->time.sec);
	if (cause != HOST_CAUSE_NONE)
		publish_line(cause);
}

/* The clock is stepped back to the time before the leap second. */
static void begin(void)
{
	kernel_offset_sec = OFFSET_SEC;
	kernel_tai = (struct vmclock_line){
		.counter = counter, .period_frac = PERIOD_FRAC,
		.time.sec = edge_sec() - BEFORE_S };
	publish_line(HOST_CAUSE_STEP);
	read_ntp();
	cases++;
}

/* The state of NTP is read between two updates, in every fourth tick. */
static bool holds(const struct change *change, unsigned int changed_tick,
		  unsigned int read_tick)
{
	unsigned int half;

	begin();
	for (half = 1; half <= 2 * TICKS; half++) {
		counter += TICK / 2;
		if (half % 2 == 0)
			update(half / 2 == changed_tick ? change : NULL);
		else if (half / 2 % 4 == read_tick)
			read_ntp();
		if (!pages_are_true())
			return false;
	}
	return true;
}

static void test(const struct change *change)
{
	unsigned int i = 0;

	while (i < 4 * TICKS && holds(change, i / 4 + 1, i % 4))
		i++;
	if (!ktap_ok(i == 4 * TICKS, "%s second, line that is %s",
		     sign > 0 ? "inserted" : "deleted", change->name))
		ktap_note("changed in tick %u, read in tick %u of four",
			  i / 4 + 1, i % 4);
}

int main(void)
{
	unsigned int i;

	ktap_begin(0);
	for (i = 0; i < 2; i++) {
		views[i] = (struct host_view){
			.page = &pages[i], .size = sizeof(pages[i]),
			.time_type = i };
		host_write_begin(&views[i], &(struct host_content){ 0 });
	}
	for (sign = -1; sign <= 1; sign += 2)
		for (i = 0; i < sizeof(changes) / sizeof(changes[0]); i++)
			test(&changes[i]);
	ktap_ok(host_stats.disruptions == cases, "no leap second is a disruption");
	return ktap_end();
}
