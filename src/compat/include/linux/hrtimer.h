/* SPDX-License-Identifier: GPL-2.0 */
#include_next <linux/hrtimer.h>

#ifndef _VMCLOCK_COMPAT_HRTIMER_H
#define _VMCLOCK_COMPAT_HRTIMER_H

#ifndef HAVE_HRTIMER_SETUP
/* 6.13 */
static inline void
hrtimer_setup(struct hrtimer *timer,
	      enum hrtimer_restart (*function)(struct hrtimer *),
	      clockid_t clock_id, enum hrtimer_mode mode)
{
	hrtimer_init(timer, clock_id, mode);
	timer->function = function;
}
#endif

#endif /* _VMCLOCK_COMPAT_HRTIMER_H */
