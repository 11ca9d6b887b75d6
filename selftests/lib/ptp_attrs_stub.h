/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What kernels after 7.3 add to linux/ptp_clock.h, as far as it is used here:
 * for tests, until there is such a kernel to build for.
 */
#ifndef _VMCLOCK_TEST_PTP_ATTRS_STUB_H
#define _VMCLOCK_TEST_PTP_ATTRS_STUB_H

enum ptp_clock_status {
	PTP_CLOCK_STATUS_UNKNOWN,
	PTP_CLOCK_STATUS_INITIALIZING,
	PTP_CLOCK_STATUS_SYNCED,
	PTP_CLOCK_STATUS_HOLDOVER,
	PTP_CLOCK_STATUS_FREE_RUNNING,
	PTP_CLOCK_STATUS_UNRELIABLE,
};

enum ptp_clock_timescale {
	PTP_TIMESCALE_UNKNOWN,
	PTP_TIMESCALE_TAI,
};

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

#endif /* _VMCLOCK_TEST_PTP_ATTRS_STUB_H */
