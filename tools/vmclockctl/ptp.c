// SPDX-License-Identifier: GPL-2.0
/*
 * A PTP clock against CLOCK_REALTIME. Its driver may read both at the same
 * counter value; otherwise the system clock is read before and after.
 */
#include <linux/ptp_clock.h>
#include <sys/ioctl.h>

#include "ptp.h"

static struct vmclock_time moment(const struct ptp_clock_time *t)
{
	struct vmclock_time m = vmclock_time_from_ns(t->nsec);

	m.sec += t->sec;
	return m;
}

/* The middle of an interval, and half of its length, rounded up. */
static void middle(const struct ptp_clock_time *before,
		   const struct ptp_clock_time *after,
		   struct vmclock_time *realtime, u64 *uncertainty_ns)
{
	s64 ns = vmclock_time_to_ns(vmclock_time_sub(moment(after),
						     moment(before)));

	*realtime = vmclock_time_add(moment(before),
				     vmclock_time_from_ns(ns / 2));
	*uncertainty_ns = ns < 0 ? 0 : (ns + 1) / 2;
}

static bool precise(int fd, struct vmclock_time *realtime,
		    struct vmclock_time *phc, u64 *uncertainty_ns)
{
	struct ptp_sys_offset_precise o = { 0 };

	if (ioctl(fd, PTP_SYS_OFFSET_PRECISE, &o))
		return false;
	*realtime = moment(&o.sys_realtime);
	*phc = moment(&o.device);
	*uncertainty_ns = 0;
	return true;
}

static bool extended(int fd, struct vmclock_time *realtime,
		     struct vmclock_time *phc, u64 *uncertainty_ns)
{
	struct ptp_sys_offset_extended o = { .n_samples = 1 };

	if (ioctl(fd, PTP_SYS_OFFSET_EXTENDED, &o))
		return false;
	middle(&o.ts[0][0], &o.ts[0][2], realtime, uncertainty_ns);
	*phc = moment(&o.ts[0][1]);
	return true;
}

static bool basic(int fd, struct vmclock_time *realtime,
		  struct vmclock_time *phc, u64 *uncertainty_ns)
{
	struct ptp_sys_offset o = { .n_samples = 1 };

	if (ioctl(fd, PTP_SYS_OFFSET, &o))
		return false;
	middle(&o.ts[0], &o.ts[2], realtime, uncertainty_ns);
	*phc = moment(&o.ts[1]);
	return true;
}

/**
 * ptp_compare() - both clocks at one moment
 * @fd: the PTP clock
 * @method: one that ptp_method() returned
 * @realtime: CLOCK_REALTIME
 * @phc: the PTP clock
 * @uncertainty_ns: of @realtime, plus or minus
 *
 * Return: false, with errno, if the driver refuses.
 */
bool ptp_compare(int fd, enum ptp_method method, struct vmclock_time *realtime,
		 struct vmclock_time *phc, u64 *uncertainty_ns)
{
	switch (method) {
	case PTP_PRECISE:
		return precise(fd, realtime, phc, uncertainty_ns);
	case PTP_EXTENDED:
		return extended(fd, realtime, phc, uncertainty_ns);
	case PTP_BASIC:
		return basic(fd, realtime, phc, uncertainty_ns);
	default:
		return false;
	}
}

/**
 * ptp_method() - the best method that works
 * @fd: the PTP clock
 *
 * Return: PTP_NONE, with errno, if there is none.
 */
enum ptp_method ptp_method(int fd)
{
	struct vmclock_time realtime, phc;
	u64 uncertainty_ns;
	enum ptp_method m;

	for (m = PTP_PRECISE; m < PTP_NONE; m++)
		if (ptp_compare(fd, m, &realtime, &phc, &uncertainty_ns))
			break;
	return m;
}

/**
 * ptp_method_name() - a method's name
 * @method: the method
 *
 * Return: the name.
 */
const char *ptp_method_name(enum ptp_method method)
{
	static const char * const names[] = {
		"precise", "extended", "basic", "none",
	};

	return names[method];
}
