/* SPDX-License-Identifier: GPL-2.0 */
/* Consistent copies of a device's page, and what is wrong with them. */
#ifndef _PTP_VMCLOCK_PAGE_H
#define _PTP_VMCLOCK_PAGE_H

#include <linux/ktime.h>

#include "vmclock/page.h"

struct ptp_vmclock;

/**
 * struct ptp_vmclock_sample - a page and the counter, read together
 * @p: the page
 * @counter: the counter, read while the page was as in @p
 */
struct ptp_vmclock_sample {
	struct vmclock_params p;
	u64 counter;
};

const char *ptp_vmclock_page_defect(const struct ptp_vmclock *vm,
				    const struct vmclock_params *p);
const char *ptp_vmclock_defect(const struct ptp_vmclock *vm,
			       const struct vmclock_params *p);
bool ptp_vmclock_has_time(const struct vmclock_params *p);
int ptp_vmclock_read(const struct ptp_vmclock *vm, struct vmclock_params *p);
bool ptp_vmclock_wait(ktime_t *deadline);

#endif /* _PTP_VMCLOCK_PAGE_H */
