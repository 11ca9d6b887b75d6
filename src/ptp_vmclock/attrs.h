/* SPDX-License-Identifier: GPL-2.0 */
/* The attributes of a reading of the PTP clock: a pure function. */
#ifndef _PTP_VMCLOCK_ATTRS_H
#define _PTP_VMCLOCK_ATTRS_H

#include "compat/ptp_attrs.h"
#include "vmclock/page.h"

static inline u32 ptp_vmclock_attrs_status(u8 status)
{
	switch (status) {
	case VMCLOCK_STATUS_INITIALIZING:
		return PTP_CLOCK_STATUS_INITIALIZING;
	case VMCLOCK_STATUS_SYNCHRONIZED:
		return PTP_CLOCK_STATUS_SYNCED;
	case VMCLOCK_STATUS_FREERUNNING:
		return PTP_CLOCK_STATUS_FREE_RUNNING;
	case VMCLOCK_STATUS_UNRELIABLE:
		return PTP_CLOCK_STATUS_UNRELIABLE;
	default:
		return PTP_CLOCK_STATUS_UNKNOWN;
	}
}

/**
 * ptp_vmclock_attrs() - bound, status and scale of the PTP clock
 * @attrs: result
 * @p: copy of a page whose status alone may be a vmclock_time_defect()
 * @counter: of the reading
 *
 * The bound is valid if the page bounds time and rate; one of more than 4 s
 * is U32_MAX.
 */
static inline void ptp_vmclock_attrs(struct ptp_clock_attrs *attrs,
				     const struct vmclock_params *p,
				     u64 counter)
{
	u64 bound_ns = vmclock_maxerror_at(p, counter);

	*attrs = (struct ptp_clock_attrs){
		.valid = PTP_ATTRS_VALID_TIMESCALE | PTP_ATTRS_VALID_STATUS,
		.timescale = PTP_TIMESCALE_TAI,
		.status = ptp_vmclock_attrs_status(p->status),
	};
	if (bound_ns == U64_MAX)
		return;
	attrs->valid |= PTP_ATTRS_VALID_ERROR_BOUND;
	attrs->error_bound = bound_ns < (u32)~0U ? bound_ns : (u32)~0U;
}

#endif /* _PTP_VMCLOCK_ATTRS_H */
