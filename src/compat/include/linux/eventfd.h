/* SPDX-License-Identifier: GPL-2.0 */
#include_next <linux/eventfd.h>

#ifndef _VMCLOCK_COMPAT_EVENTFD_H
#define _VMCLOCK_COMPAT_EVENTFD_H

#ifndef HAVE_EVENTFD_SIGNAL_1
/* 6.8 */
#define eventfd_signal(ctx)	((void)eventfd_signal((ctx), 1))
#endif

#endif /* _VMCLOCK_COMPAT_EVENTFD_H */
