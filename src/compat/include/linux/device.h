/* SPDX-License-Identifier: GPL-2.0 */
#include_next <linux/device.h>

#ifndef _VMCLOCK_COMPAT_DEVICE_H
#define _VMCLOCK_COMPAT_DEVICE_H

/* what a devnode operation gets: constant since 6.2 */
#ifdef HAVE_DEVNODE_CONST
#define VMCLOCK_DEVNODE_DEVICE	const struct device
#else
#define VMCLOCK_DEVNODE_DEVICE	struct device
#endif

#endif /* _VMCLOCK_COMPAT_DEVICE_H */
