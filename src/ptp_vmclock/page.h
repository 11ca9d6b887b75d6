/* SPDX-License-Identifier: GPL-2.0 */
/* Consistent copies of a device's page, and what is wrong with them. */
#ifndef _PTP_VMCLOCK_PAGE_H
#define _PTP_VMCLOCK_PAGE_H

#include "vmclock/page.h"

struct ptp_vmclock;

const char *ptp_vmclock_page_defect(const struct ptp_vmclock *vm,
				    const struct vmclock_params *p);
const char *ptp_vmclock_defect(const struct ptp_vmclock *vm,
			       const struct vmclock_params *p);
bool ptp_vmclock_has_time(const struct vmclock_params *p);
int ptp_vmclock_read(const struct ptp_vmclock *vm, struct vmclock_params *p);

#endif /* _PTP_VMCLOCK_PAGE_H */
