/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Makes kernels from 6.1 on look like the newest one. Force-included into
 * every object; each entry says in which version the name arrived and steps
 * aside, by name, where the kernel has it.
 */
#ifndef _VMCLOCK_COMPAT_H
#define _VMCLOCK_COMPAT_H

#endif /* _VMCLOCK_COMPAT_H */
