/* SPDX-License-Identifier: GPL-2.0 */
/* A page's periods and rates as numbers for people, in double. */
#ifndef _VMCLOCKCTL_RATES_H
#define _VMCLOCKCTL_RATES_H

#include "../kernel_names.h"
#include "vmclock/math.h"

double rate_period_ps(const struct vmclock_line *line);
double rate_hz(const struct vmclock_line *line);
double rate_ppb(u64 rate_frac, const struct vmclock_line *line);

#endif /* _VMCLOCKCTL_RATES_H */
