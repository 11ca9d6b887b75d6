/* SPDX-License-Identifier: GPL-2.0 */
#include_next <linux/mm.h>

#ifndef _VMCLOCK_COMPAT_MM_H
#define _VMCLOCK_COMPAT_MM_H

/* 5.11; before, a page that is accounted can't be mapped by a process */
#ifdef PG_kmemcg
#define VMCLOCK_GFP_MAPPED	GFP_KERNEL
#else
#define VMCLOCK_GFP_MAPPED	GFP_KERNEL_ACCOUNT
#endif

#ifndef HAVE_VM_FLAGS_CLEAR
/* 6.3; the caller holds mmap_lock for writing, as in an mmap operation */
static inline void vm_flags_set(struct vm_area_struct *vma,
				unsigned long flags)
{
	vma->vm_flags |= flags;
}

static inline void vm_flags_clear(struct vm_area_struct *vma,
				  unsigned long flags)
{
	vma->vm_flags &= ~flags;
}
#endif

#endif /* _VMCLOCK_COMPAT_MM_H */
