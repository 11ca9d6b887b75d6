/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Cross timestamps: the system's time and a counter value at one moment. Before
 * 6.9 the kernel does not name the counter by an id. To be included by one file
 * of a module, for it has data.
 */
#ifndef _VMCLOCK_COMPAT_CROSSTSTAMP_H
#define _VMCLOCK_COMPAT_CROSSTSTAMP_H

#include <linux/clocksource_ids.h>
#include <linux/ptp_clock_kernel.h>
#include <linux/timekeeping.h>

#ifdef HAVE_COUNTERVAL_CS_ID

static inline int compat_crosststamp_init(void)
{
	return 0;
}

static inline void compat_crosststamp_exit(void)
{
}

/* 6.9 */
static inline enum clocksource_ids
compat_snapshot_csid(const struct system_time_snapshot *snap)
{
	return snap->cs_id;
}

static inline void compat_counterval_set(struct system_counterval_t *val,
					 u64 cycles, enum clocksource_ids id)
{
	*val = (struct system_counterval_t){ .cycles = cycles, .cs_id = id };
}

#else

/*
 * Before 6.9 a counter value comes with a pointer to the clocksource, of which
 * only kvm-clock's is exported, and TSC and kvm-clock have no ids. The pointers
 * are learned from the timekeeper while it uses them. Those that are kept are
 * of clocksources that are built in and never go.
 */
#include <linux/clocksource.h>
#include <linux/pvclock_gtod.h>
#include <linux/string.h>
#include <linux/timekeeper_internal.h>

static struct {
	const char *name;
	enum clocksource_ids id;
	struct clocksource *cs;
} compat_cs[] = {
	{ "tsc", CSID_X86_TSC },
	{ "kvm-clock", CSID_X86_KVM_CLK },
	{ "arch_sys_counter", CSID_ARM_ARCH_COUNTER },
};

static enum clocksource_ids compat_csid_now;

/* Context: the timekeeper's, its lock held and its sequence open. */
static int compat_cs_notify(struct notifier_block *nb, unsigned long was_set,
			    void *data)
{
	static struct clocksource *last;
	struct timekeeper *tk = data;
	enum clocksource_ids id = CSID_GENERIC;
	unsigned int i;

	if (tk->tkr_mono.clock == last)
		return NOTIFY_OK;
	last = tk->tkr_mono.clock;
	for (i = 0; i < ARRAY_SIZE(compat_cs); i++) {
		if (strcmp(last->name, compat_cs[i].name))
			continue;
		WRITE_ONCE(compat_cs[i].cs, last);
		id = compat_cs[i].id;
	}
	WRITE_ONCE(compat_csid_now, id);
	return NOTIFY_OK;
}

static struct notifier_block compat_cs_nb = {
	.notifier_call = compat_cs_notify,
};

static inline int compat_crosststamp_init(void)
{
	return pvclock_gtod_register_notifier(&compat_cs_nb);
}

static inline void compat_crosststamp_exit(void)
{
	pvclock_gtod_unregister_notifier(&compat_cs_nb);
}

/*
 * The notifier runs inside the timekeeper's write section, so a snapshot that
 * was taken after a change comes with the new id here. One that was taken just
 * before a change may, too: the count of changes, which the next snapshot
 * shows, tells.
 */
static inline enum clocksource_ids
compat_snapshot_csid(const struct system_time_snapshot *snap)
{
	enum clocksource_ids id = READ_ONCE(compat_csid_now);
	struct system_time_snapshot next;

	ktime_get_snapshot(&next);
	if (next.cs_was_changed_seq != snap->cs_was_changed_seq)
		return CSID_GENERIC;
	return id;
}

/* Without a clocksource of that id the kernel refuses the value. */
static inline void compat_counterval_set(struct system_counterval_t *val,
					 u64 cycles, enum clocksource_ids id)
{
	unsigned int i;

	val->cycles = cycles;
	val->cs = NULL;
	for (i = 0; i < ARRAY_SIZE(compat_cs); i++)
		if (compat_cs[i].id == id)
			val->cs = READ_ONCE(compat_cs[i].cs);
}

#endif /* HAVE_COUNTERVAL_CS_ID */

#ifdef HAVE_STS_SNAPSHOT

/**
 * compat_sts_pair() - the system's time and a counter at the same moment
 * @sts: pre is the system's time now; post too, if they could be paired
 * @csid: the counter
 * @counter: its value at that moment
 *
 * Return: true if the system counts this counter. If not, the caller reads
 * counter and post.
 */
static inline bool compat_sts_pair(struct ptp_system_timestamp *sts,
				   enum clocksource_ids csid, u64 *counter)
{
	ptp_read_system_prets(sts);
	if (!sts->pre_sts.valid)
		return false;
	if (sts->pre_sts.cs_id == csid)
		*counter = sts->pre_sts.cycles;
	else if (sts->pre_sts.hw_csid == csid)
		*counter = sts->pre_sts.hw_cycles;
	else
		return false;
	sts->post_sts = sts->pre_sts;
	return true;
}

#else

/* 7.2: ptp_system_timestamp had times, and snapshots were of two clocks */
static inline bool compat_sts_pair(struct ptp_system_timestamp *sts,
				   enum clocksource_ids csid, u64 *counter)
{
	struct system_time_snapshot snap;
	bool raw = false;

#ifdef HAVE_STS_CLOCKID
	raw = sts->clockid == CLOCK_MONOTONIC_RAW;
	if (!raw && sts->clockid != CLOCK_REALTIME) {
		ptp_read_system_prets(sts);
		return false;
	}
#endif
	ktime_get_snapshot(&snap);
	sts->pre_ts = ktime_to_timespec64(raw ? snap.raw : snap.real);
	if (compat_snapshot_csid(&snap) != csid)
		return false;
	*counter = snap.cycles;
	sts->post_ts = sts->pre_ts;
	return true;
}

#endif /* HAVE_STS_SNAPSHOT */

#endif /* _VMCLOCK_COMPAT_CROSSTSTAMP_H */
