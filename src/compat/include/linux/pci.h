/* SPDX-License-Identifier: GPL-2.0 */
#include_next <linux/pci.h>

#ifndef _VMCLOCK_COMPAT_PCI_H
#define _VMCLOCK_COMPAT_PCI_H

/* where a PCI driver's attributes go: since 5.14 it has a member of its own */
#ifdef HAVE_PCI_DRIVER_DEV_GROUPS
#define VMCLOCK_PCI_DEV_GROUPS	dev_groups
#else
#define VMCLOCK_PCI_DEV_GROUPS	driver.dev_groups
#endif

#endif /* _VMCLOCK_COMPAT_PCI_H */
