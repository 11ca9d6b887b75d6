/* SPDX-License-Identifier: GPL-2.0 */
/*
 * CLOCK_REALTIME and the clocksource's counter out of one read, by the
 * kernel's public function, which got another name and result in 7.2.
 */
#ifndef _SELFTESTS_SNAPSHOT_H
#define _SELFTESTS_SNAPSHOT_H

#include <linux/timekeeping.h>

/**
 * vmclock_snapshot_realtime() - counter and time at one moment
 * @counter: the clocksource's counter
 *
 * Context: any but NMI and the timekeeper's updates.
 * Return: CLOCK_REALTIME at @counter.
 */
static inline ktime_t vmclock_snapshot_realtime(u64 *counter)
{
	struct system_time_snapshot snap;

#ifdef HAVE_STS_SNAPSHOT
	ktime_get_snapshot_id(CLOCK_REALTIME, &snap);
	*counter = snap.cycles;
	return snap.systime;
#else
	ktime_get_snapshot(&snap);
	*counter = snap.cycles;
	return snap.real;
#endif
}

#endif /* _SELFTESTS_SNAPSHOT_H */
