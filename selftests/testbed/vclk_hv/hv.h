/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The hypervisor of the test bed: a VMClock page that is kept live, and a
 * scenario that says what happens to it when. The same source in vclk_writer,
 * which plays the hypervisor from outside the guest, and in vclk_hv.ko, which
 * does so from inside where time is deterministic. Nothing here sleeps,
 * allocates or divides 128-bit numbers; one caller at a time.
 */
#ifndef _VCLK_HV_H
#define _VCLK_HV_H

#ifndef __KERNEL__
#include "../../../tools/kernel_names.h"
#endif
#include "vmclock/page.h"

#define HV_EVENTS	128
#define HV_VALUES	8
#define HV_NEVER	U64_MAX
#define HV_TAI_UTC_SEC	37

enum hv_verb {
	HV_FREQ, HV_PHASE, HV_TIME_TAI, HV_TIME_UTC, HV_DISRUPT, HV_GENERATION,
	HV_STATUS, HV_LEAP, HV_SMEARING, HV_BOUNDS, HV_STUCK, HV_GARBAGE,
	HV_SILENCE, HV_TYPE, HV_TAI_OFFSET, HV_FLAGS, HV_NOTIFY, HV_RING,
	HV_INTERVAL, HV_STOP, HV_SAVE, HV_LOAD, HV_STALL, HV_BUTTON,
};

enum hv_garbage {
	HV_GARBAGE_NONE, HV_GARBAGE_MAGIC, HV_GARBAGE_VERSION, HV_GARBAGE_SIZE,
	HV_GARBAGE_PERIOD, HV_GARBAGE_COUNTER, HV_GARBAGE_RANDOM,
};

/**
 * struct hv_event - one line of a scenario
 * @due_ns: when it happens next, from the scenario's start; HV_NEVER: over
 * @every_ns: how often, 0 for once
 * @until_ns: not after this
 * @verb: what happens
 * @values: number of @value that take turns
 * @turn: how often it has happened
 * @value: ppt (10^-12), ns, or a code; of bounds and flags all belong together
 */
struct hv_event {
	u64 due_ns;
	u64 every_ns;
	u64 until_ns;
	enum hv_verb verb;
	u32 values;
	u32 turn;
	s64 value[HV_VALUES];
};

/**
 * struct hv - state of the hypervisor
 * @p: what is published; the line is filled in by hv_publish()
 * @true_period: of the counter, s / 2^(64 + @shift), at least 2^62
 * @period: of the published line, same unit
 * @shift: common to both
 * @counter: anchor of the line
 * @tai: time there
 * @rest: of @tai, s / 2^(64 + @shift), below 2^@shift, so that a line that
 *	is anchored anew goes on exactly
 * @origin: TAI of the first anchor, zero of the type monotonic
 * @first: counter of the first anchor
 * @start_ns: the scenario's zero, from @first; HV_NEVER until it is known
 * @published_ns: when the page was last written
 * @interval_ns: how long an anchor is kept, 0 for good
 * @silent_ns: no publication before this
 * @stall_ns: the guest's CPUs are to be taken away for so long, by the caller
 * @stuck: the sequence count was left odd
 * @garbage: what the page is spoilt with
 * @wait_start: events wait for hv_start()
 * @notify: the doorbell works
 * @dirty: something has changed
 * @ring: a notification was asked for
 * @vm: stops the VM, saves or restores it, if that can be done: outside only.
 *	It stays stopped; true time that its counter doesn't see, ns
 * @events: number of @event
 * @line: of the text, for messages
 */
struct hv {
	struct vmclock_params p;
	u64 true_period;
	u64 period;
	u8 shift;
	u64 counter;
	struct vmclock_time tai;
	u64 rest;
	struct vmclock_time origin;
	u64 first;
	u64 start_ns;
	u64 published_ns;
	u64 interval_ns;
	u64 silent_ns;
	u64 stall_ns;
	bool stuck;
	enum hv_garbage garbage;
	bool wait_start;
	bool notify;
	bool dirty;
	bool ring;
	u64 (*vm)(enum hv_verb verb, u64 stop_ns);
	u32 events;
	u32 line;
	struct hv_event event[HV_EVENTS];
};

void hv_set_rate(struct hv *hv, u64 ns, u64 counts);
void hv_move(struct hv *hv, u64 counter);
u64 hv_elapsed_ns(const struct hv *hv, u64 counter);
bool hv_step(struct hv *hv, struct vmclock_abi *page, u64 counter);
u64 hv_next_ns(const struct hv *hv);
void hv_begin(struct hv *hv, struct vmclock_abi *page, u64 counter,
	      struct vmclock_time tai);
void hv_start(struct hv *hv, u64 counter);
void hv_init(struct hv *hv, u8 counter_id);

#endif /* _VCLK_HV_H */
