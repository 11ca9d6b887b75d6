/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Attributes of a PTP clock's readings, which are in the kernel after 7.3. For
 * kernels without them here are the names that a driver uses; it has the
 * operations, but nothing calls them.
 */
#ifndef _VMCLOCK_COMPAT_PTP_ATTRS_H
#define _VMCLOCK_COMPAT_PTP_ATTRS_H

#include <linux/ptp_clock_kernel.h>

#ifdef HAVE_PTP_ATTRS

#define compat_ptp_set_attrs(info, gettimex, getcrosststamp) do {	\
	(info)->gettimexattrs64 = (gettimex);				\
	(info)->getcrosststampattrs = (getcrosststamp);			\
} while (0)

#else

#define PTP_CLOCK_STATUS_UNKNOWN	0
#define PTP_CLOCK_STATUS_INITIALIZING	1
#define PTP_CLOCK_STATUS_SYNCED		2
#define PTP_CLOCK_STATUS_FREE_RUNNING	4
#define PTP_CLOCK_STATUS_UNRELIABLE	5
#define PTP_TIMESCALE_TAI		1
#define PTP_ATTRS_VALID_ERROR_BOUND	(1 << 0)
#define PTP_ATTRS_VALID_TIMESCALE	(1 << 1)
#define PTP_ATTRS_VALID_STATUS		(1 << 2)

struct ptp_clock_attrs {
	__u32 valid;
	__u32 error_bound;
	__u32 timescale;
	__u32 status;
	__u32 rsv[4];
};

#define compat_ptp_set_attrs(info, gettimex, getcrosststamp) do {	\
	(void)(info);							\
	(void)(gettimex);						\
	(void)(getcrosststamp);						\
} while (0)

#endif /* HAVE_PTP_ATTRS */

#endif /* _VMCLOCK_COMPAT_PTP_ATTRS_H */
