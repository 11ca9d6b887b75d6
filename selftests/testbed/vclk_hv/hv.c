// SPDX-License-Identifier: GPL-2.0
/* The model: a line, a page, and events that are due. See hv.h. */
#include "hv.h"

/* --- the line --------------------------------------------------------- */

/**
 * hv_set_rate() - how fast the counter really runs
 * @hv: hypervisor
 * @ns: true time, below 2^63
 * @counts: what the counter advances meanwhile, below 2^63
 *
 * Long division of @ns / (@counts * 10^9), bit by bit until the quotient has
 * 63 bits: the remainder stays below twice the divisor, so below 2^94. A
 * period of 2^62 or more leaves room for a line of almost twice the period.
 */
void hv_set_rate(struct hv *hv, u64 ns, u64 counts)
{
	unsigned __int128 divisor = (unsigned __int128)counts *
				    VMCLOCK_NSEC_PER_SEC;
	unsigned __int128 rem = ns;
	u64 quotient = 0;
	int bits = 0;

	while (quotient < 1ULL << 62 && bits < 64 + 63) {
		rem <<= 1;
		quotient <<= 1;
		if (rem >= divisor) {
			rem -= divisor;
			quotient |= 1;
		}
		bits++;
	}
	hv->true_period = quotient;
	hv->period = quotient;
	hv->shift = bits - 64;
}

/**
 * hv_part() - a fraction of a period
 * @period: any unit
 * @ppt: 10^-12, 0 to 10^12
 *
 * @ppt * 2^64 / 10^12 in three divisions of 24, 24 and 16 quotient bits; each
 * remainder is below 10^12 < 2^40 and so can be shifted by 24.
 *
 * Return: @period * @ppt / 10^12, rounded down.
 */
static u64 hv_part(u64 period, u64 ppt)
{
	u64 fraction;

	fraction = div64_u64_rem(ppt << 24, 1000000000000ULL, &ppt);
	fraction = fraction << 24 |
		   div64_u64_rem(ppt << 24, 1000000000000ULL, &ppt);
	fraction = fraction << 16 |
		   div64_u64_rem(ppt << 16, 1000000000000ULL, &ppt);
	return ((unsigned __int128)period * fraction) >> 64;
}

/**
 * hv_set_freq() - how far the line's rate deviates from the true one
 * @hv: hypervisor
 * @ppt: 10^-12, below 10^12 either way
 */
static void hv_set_freq(struct hv *hv, s64 ppt)
{
	if (ppt < 0)
		hv->period = hv->true_period - hv_part(hv->true_period, -ppt);
	else
		hv->period = hv->true_period + hv_part(hv->true_period, ppt);
}

/**
 * hv_move() - anchor the line at another counter value
 * @hv: hypervisor
 * @counter: not before the present anchor
 *
 * Exact: what lies below 2^-64 s is kept. The product has up to 127 bits.
 */
void hv_move(struct hv *hv, u64 counter)
{
	unsigned __int128 t = (unsigned __int128)hv->period *
			      (counter - hv->counter) + hv->rest;

	hv->rest = (u64)t & ((1ULL << hv->shift) - 1);
	t >>= hv->shift;
	hv->tai = vmclock_time_add(hv->tai, (struct vmclock_time){
		.sec = (s64)(t >> 64),
		.frac = (u64)t,
	});
	hv->counter = counter;
}

/**
 * hv_elapsed_ns() - true time since the first anchor
 * @hv: hypervisor
 * @counter: counter value now
 *
 * Return: ns, rounded to the nearest: the period is a little too short, and a
 * round number of counts is to be a round number of nanoseconds.
 */
u64 hv_elapsed_ns(const struct hv *hv, u64 counter)
{
	unsigned __int128 t = (unsigned __int128)hv->true_period *
			      (counter - hv->first) >> hv->shift;

	t += (1ULL << 63) / VMCLOCK_NSEC_PER_SEC;
	return (u64)(t >> 64) * VMCLOCK_NSEC_PER_SEC +
	       vmclock_frac_to_ns((u64)t);
}

/* --- the page --------------------------------------------------------- */

static struct vmclock_time hv_published_time(const struct hv *hv)
{
	struct vmclock_time t = hv->tai;

	if (hv->p.time_type == VMCLOCK_TIME_MONOTONIC)
		return vmclock_time_sub(t, hv->origin);
	if (hv->p.time_type != VMCLOCK_TIME_TAI)
		t.sec -= hv->p.tai_offset_sec;
	return t;
}

/* the whole page but the sequence count, from a fixed seed */
static void hv_randomize(struct vmclock_abi *page)
{
	__le32 seq = page->seq_count;
	u64 x = 0x9e3779b97f4a7c15ULL;
	u8 *byte = (u8 *)page;
	size_t i;

	for (i = 0; i < sizeof(*page); i++) {
		x ^= x << 13;
		x ^= x >> 7;
		x ^= x << 17;
		byte[i] = x >> 32;
	}
	page->seq_count = seq;
}

static void hv_spoil(const struct hv *hv, struct vmclock_abi *page)
{
	switch (hv->garbage) {
	case HV_GARBAGE_NONE:
		break;
	case HV_GARBAGE_MAGIC:
		page->magic = cpu_to_le32(0x4b4c4357);
		break;
	case HV_GARBAGE_VERSION:
		page->version = cpu_to_le16(2);
		break;
	case HV_GARBAGE_SIZE:
		page->size = cpu_to_le32(16);
		break;
	case HV_GARBAGE_PERIOD:
		page->counter_period_frac_sec = 0;
		break;
	case HV_GARBAGE_COUNTER:
		page->counter_id = 0x7f;
		break;
	case HV_GARBAGE_RANDOM:
		hv_randomize(page);
		break;
	}
}

/**
 * hv_publish() - write the page
 * @hv: hypervisor
 * @page: the page
 */
static void hv_publish(struct hv *hv, struct vmclock_abi *page)
{
	hv->p.line.counter = hv->counter;
	hv->p.line.time = hv_published_time(hv);
	hv->p.line.period_frac = hv->period;
	hv->p.line.period_shift = hv->shift;
	vmclock_page_write_begin(page);
	vmclock_page_init(page, &hv->p);
	vmclock_page_set(page, &hv->p);
	hv_spoil(hv, page);
	vmclock_page_write_end(page);
	hv->stuck = false;
	hv->dirty = false;
	if (hv->p.flags & VMCLOCK_FLAG_NOTIFICATION_PRESENT && hv->notify)
		hv->ring = true;
}

/* --- events ----------------------------------------------------------- */

#define HV_BOUND_FLAGS	(VMCLOCK_FLAG_PERIOD_ESTERROR_VALID |	\
			 VMCLOCK_FLAG_PERIOD_MAXERROR_VALID |	\
			 VMCLOCK_FLAG_TIME_ESTERROR_VALID |	\
			 VMCLOCK_FLAG_TIME_MAXERROR_VALID)

/* value: est ns, max ns, estrate ppt, rate ppt; -1 where there is none */
static void hv_set_bounds(struct hv *hv, const s64 *value)
{
	struct vmclock_params *p = &hv->p;

	p->flags &= ~(u64)HV_BOUND_FLAGS;
	p->flags |= (value[0] < 0 ? 0 : VMCLOCK_FLAG_TIME_ESTERROR_VALID) |
		    (value[1] < 0 ? 0 : VMCLOCK_FLAG_TIME_MAXERROR_VALID) |
		    (value[2] < 0 ? 0 : VMCLOCK_FLAG_PERIOD_ESTERROR_VALID) |
		    (value[3] < 0 ? 0 : VMCLOCK_FLAG_PERIOD_MAXERROR_VALID);
	p->esterror_ns = value[0] < 0 ? 0 : value[0];
	p->maxerror_ns = value[1] < 0 ? 0 : value[1];
	p->esterror_rate_frac =
		hv_part(hv->true_period, value[2] < 0 ? 0 : value[2]);
	p->maxerror_rate_frac =
		hv_part(hv->true_period, value[3] < 0 ? 0 : value[3]);
}

static void hv_set_tai_offset(struct hv *hv, s64 sec)
{
	if (sec == S64_MIN) {
		hv->p.flags &= ~(u64)VMCLOCK_FLAG_TAI_OFFSET_VALID;
		return;
	}
	hv->p.flags |= VMCLOCK_FLAG_TAI_OFFSET_VALID;
	hv->p.tai_offset_sec = sec;
}

static void hv_set_time(struct hv *hv, s64 tai_sec)
{
	hv->tai = (struct vmclock_time){ .sec = tai_sec };
	hv->rest = 0;
}

static void hv_get_stuck(struct hv *hv, struct vmclock_abi *page, u64 until_ns)
{
	vmclock_page_write_begin(page);
	hv->stuck = true;
	hv->silent_ns = until_ns;
}

/* the line goes on while the guest's counter does not */
static void hv_do_to_vm(struct hv *hv, enum hv_verb verb, s64 stop_ns)
{
	if (hv->vm)
		hv->tai = vmclock_time_add(hv->tai,
			vmclock_time_from_ns(hv->vm(verb, stop_ns)));
}

/* @now_ns from the first anchor; the line is anchored at this moment */
static void hv_apply(struct hv *hv, struct vmclock_abi *page,
		     const struct hv_event *e, u64 now_ns)
{
	s64 v = e->values ? e->value[e->turn % e->values] : 0;
	bool dirty = hv->dirty;

	hv->dirty = true;
	switch (e->verb) {
	case HV_FREQ:
		hv_set_freq(hv, v);
		break;
	case HV_PHASE:
		hv->tai = vmclock_time_add(hv->tai, vmclock_time_from_ns(v));
		break;
	case HV_TIME_TAI:
		hv_set_time(hv, v);
		break;
	case HV_TIME_UTC:
		hv_set_time(hv, v + hv->p.tai_offset_sec);
		break;
	case HV_DISRUPT:
		hv->p.disruption_marker++;
		break;
	case HV_GENERATION:
		hv->p.vm_generation++;
		break;
	case HV_STATUS:
		hv->p.status = v;
		break;
	case HV_LEAP:
		hv->p.leap = v;
		break;
	case HV_SMEARING:
		hv->p.smearing_hint = v;
		break;
	case HV_BOUNDS:
		hv_set_bounds(hv, e->value);
		break;
	case HV_STUCK:
		hv_get_stuck(hv, page, now_ns + v);
		break;
	case HV_GARBAGE:
		hv->garbage = v;
		break;
	case HV_SILENCE:
		hv->silent_ns = now_ns + v;
		break;
	case HV_TYPE:
		hv->p.time_type = v;
		break;
	case HV_TAI_OFFSET:
		hv_set_tai_offset(hv, v);
		break;
	case HV_FLAGS:
		hv->p.flags = (hv->p.flags | e->value[0]) & ~e->value[1];
		break;
	case HV_NOTIFY:
		hv->notify = v;
		break;
	case HV_RING:
		hv->ring = true;
		hv->dirty = false;
		break;
	case HV_INTERVAL:
		hv->interval_ns = v;
		break;
	case HV_STOP:
	case HV_SAVE:
	case HV_LOAD:
		hv_do_to_vm(hv, e->verb, v);
		break;
	case HV_STALL:
		hv->stall_ns = v;
		hv->dirty = dirty;
		break;
	case HV_BUTTON:
		if (hv->vm)
			hv->vm(e->verb, 0);
		break;
	}
}

/* the first of the earliest events that are due at @at_ns, or NULL */
static struct hv_event *hv_due(struct hv *hv, u64 at_ns)
{
	struct hv_event *found = NULL, *e;

	for (e = hv->event; e < hv->event + hv->events; e++)
		if (e->due_ns <= at_ns && (!found || e->due_ns < found->due_ns))
			found = e;
	return found;
}

/* every event that is due, in order; @at_ns from the scenario's start */
static void hv_events(struct hv *hv, struct vmclock_abi *page, u64 at_ns,
		      u64 now_ns)
{
	struct hv_event *e;

	while ((e = hv_due(hv, at_ns))) {
		hv_apply(hv, page, e, now_ns);
		e->turn++;
		e->due_ns += e->every_ns;
		if (!e->every_ns || e->due_ns > e->until_ns)
			e->due_ns = HV_NEVER;
	}
}

/**
 * hv_step() - do what is due
 * @hv: hypervisor
 * @page: the page
 * @counter: counter value now
 *
 * Return: true if the guest is to be notified.
 */
bool hv_step(struct hv *hv, struct vmclock_abi *page, u64 counter)
{
	u64 now_ns = hv_elapsed_ns(hv, counter);
	bool ring;

	hv_move(hv, counter);
	if (now_ns >= hv->start_ns)
		hv_events(hv, page, now_ns - hv->start_ns, now_ns);
	if (hv->interval_ns && now_ns - hv->published_ns >= hv->interval_ns)
		hv->dirty = true;
	if (hv->stuck && now_ns >= hv->silent_ns)
		hv->dirty = true;
	if (hv->dirty && now_ns >= hv->silent_ns) {
		hv->published_ns = now_ns;
		hv_publish(hv, page);
	}
	ring = hv->ring;
	hv->ring = false;
	return ring;
}

/**
 * hv_next_ns() - when hv_step() has something to do again
 * @hv: hypervisor
 *
 * Return: ns from the first anchor; HV_NEVER if never.
 */
u64 hv_next_ns(const struct hv *hv)
{
	u64 next = HV_NEVER, t;
	const struct hv_event *e;

	if (hv->interval_ns)
		next = hv->published_ns + hv->interval_ns;
	if (hv->dirty || hv->stuck || next < hv->silent_ns)
		next = hv->silent_ns;
	for (e = hv->event; e < hv->event + hv->events; e++) {
		if (hv->start_ns == HV_NEVER || e->due_ns == HV_NEVER)
			continue;
		t = hv->start_ns + e->due_ns;
		next = t < next ? t : next;
	}
	return next;
}

/**
 * hv_begin() - first anchor; the page appears with the scenario's state at 0
 * @hv: hypervisor, with a rate and a scenario
 * @page: the page
 * @counter: counter value
 * @tai: time there
 */
void hv_begin(struct hv *hv, struct vmclock_abi *page, u64 counter,
	      struct vmclock_time tai)
{
	hv->counter = counter;
	hv->first = counter;
	hv->tai = tai;
	hv->origin = tai;
	hv->rest = 0;
	hv->start_ns = hv->wait_start ? HV_NEVER : 0;
	hv_events(hv, page, 0, 0);
	if (!hv->stuck && !hv->silent_ns)
		hv_publish(hv, page);
	hv->ring = false;
}

/**
 * hv_start() - zero of a scenario that waits for the guest
 * @hv: hypervisor
 * @counter: counter value now
 */
void hv_start(struct hv *hv, u64 counter)
{
	if (hv->start_ns == HV_NEVER)
		hv->start_ns = hv_elapsed_ns(hv, counter);
}

/**
 * hv_init() - a synchronized clock in TAI, without bounds and without events
 * @hv: hypervisor
 * @counter_id: VMCLOCK_COUNTER_*
 */
void hv_init(struct hv *hv, u8 counter_id)
{
	memset(hv, 0, sizeof(*hv));
	hv->p = (struct vmclock_params){
		.size = 4096,
		.counter_id = counter_id,
		.time_type = VMCLOCK_TIME_TAI,
		.disruption_marker = 1,
		.flags = VMCLOCK_FLAG_TAI_OFFSET_VALID |
			 VMCLOCK_FLAG_VM_GEN_COUNTER_PRESENT |
			 VMCLOCK_FLAG_NOTIFICATION_PRESENT,
		.status = VMCLOCK_STATUS_SYNCHRONIZED,
		.tai_offset_sec = HV_TAI_UTC_SEC,
		.vm_generation = 1,
	};
	hv->interval_ns = 100000000;
	hv->notify = true;
}
