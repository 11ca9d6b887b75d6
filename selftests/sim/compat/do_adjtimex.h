/* SPDX-License-Identifier: GPL-2.0 */
/* In front of src/compat's: the model's adjtimex(2). */
#ifndef _VMCLOCK_SIM_DO_ADJTIMEX_H
#define _VMCLOCK_SIM_DO_ADJTIMEX_H

#include "kernel.h"

int sim_adjtimex(struct __kernel_timex *txc);

static inline int vmclock_adjtimex_resolve(void)
{
	return 0;
}

static inline int vmclock_adjtimex(struct __kernel_timex *txc)
{
	return sim_adjtimex(txc);
}

#endif /* _VMCLOCK_SIM_DO_ADJTIMEX_H */
