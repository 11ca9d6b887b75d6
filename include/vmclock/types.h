/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What the arithmetic core needs from its surroundings, for kernel and user
 * space: the one place in the core that tells the two apart.
 */
#ifndef _VMCLOCK_TYPES_H
#define _VMCLOCK_TYPES_H

#ifdef __KERNEL__

#include <asm/barrier.h>
#include <asm/byteorder.h>
#include <linux/compiler.h>
#include <linux/errno.h>
#include <linux/limits.h>
#include <linux/math64.h>
#include <linux/minmax.h>
#include <linux/stddef.h>
#include <linux/string.h>
#include <linux/types.h>

#define VMCLOCK_READ(x)		READ_ONCE(x)
#define VMCLOCK_WRITE(x, v)	WRITE_ONCE(x, v)
#define vmclock_rmb()		virt_rmb()
#define vmclock_wmb()		virt_wmb()

typedef __u64 vmclock_word;

#else /* user space */

#include <asm/byteorder.h>
#include <errno.h>
#include <linux/types.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>

/* relaxed: what the language's memory model and its checkers understand */
#define VMCLOCK_READ(x)		__atomic_load_n(&(x), __ATOMIC_RELAXED)
#define VMCLOCK_WRITE(x, v)	__atomic_store_n(&(x), (v), __ATOMIC_RELAXED)

#define vmclock_rmb()		__atomic_thread_fence(__ATOMIC_ACQUIRE)
#define vmclock_wmb()		__atomic_thread_fence(__ATOMIC_RELEASE)

/* A word of a page, whatever the fields in it are. */
typedef __u64 __attribute__((__may_alias__)) vmclock_word;

#endif

/* the first word tells a pedantic compiler that these are no ISO types */
__extension__ typedef __int128 vmclock_s128;
__extension__ typedef unsigned __int128 vmclock_u128;

#define VMCLOCK_U64_MAX		(~0ULL)
#define VMCLOCK_S64_MAX		((__s64)(VMCLOCK_U64_MAX >> 1))
#define VMCLOCK_S64_MIN		(-VMCLOCK_S64_MAX - 1)
#define VMCLOCK_NSEC_PER_SEC	1000000000ULL

#endif /* _VMCLOCK_TYPES_H */
