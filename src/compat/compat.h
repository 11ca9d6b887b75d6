/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Makes kernels from 5.10 on look like the newest one, together with the
 * headers in include/, which come in front of the kernel's of the same name. It
 * is force-included into every object, behind the results of probe.c, and is
 * light: what needs a kernel header is in that header's namesake. Each entry
 * says in which version the name arrived and steps aside where the kernel,
 * whatever its version, has it.
 */
#ifndef _VMCLOCK_COMPAT_H
#define _VMCLOCK_COMPAT_H

#include <linux/version.h>

#if LINUX_VERSION_CODE < KERNEL_VERSION(5, 10, 0)
#error "these modules need Linux 5.10 or newer"
#endif

#endif /* _VMCLOCK_COMPAT_H */
