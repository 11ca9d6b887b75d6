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
#include <linux/stddef.h>
#include <linux/string.h>
#include <linux/types.h>

#define vmclock_rmb()	virt_rmb()
#define vmclock_wmb()	virt_wmb()

typedef u64 vmclock_word;

#else /* user space */

#include <asm/byteorder.h>
#include <errno.h>
#include <linux/types.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>

typedef __u8 u8;
typedef __u16 u16;
typedef __u32 u32;
typedef __u64 u64;
typedef __s16 s16;
typedef __s32 s32;
typedef __s64 s64;

#define U64_MAX			(~0ULL)
#define S64_MAX			((s64)(U64_MAX >> 1))
#define S64_MIN			(-S64_MAX - 1)

#define le16_to_cpu(x)		__le16_to_cpu(x)
#define le32_to_cpu(x)		__le32_to_cpu(x)
#define le64_to_cpu(x)		__le64_to_cpu(x)
#define cpu_to_le16(x)		__cpu_to_le16(x)
#define cpu_to_le32(x)		__cpu_to_le32(x)
#define cpu_to_le64(x)		__cpu_to_le64(x)

/* relaxed: what the language's memory model and its checkers understand */
#define READ_ONCE(x)		__atomic_load_n(&(x), __ATOMIC_RELAXED)
#define WRITE_ONCE(x, v)	__atomic_store_n(&(x), (v), __ATOMIC_RELAXED)

#define vmclock_rmb()		__atomic_thread_fence(__ATOMIC_ACQUIRE)
#define vmclock_wmb()		__atomic_thread_fence(__ATOMIC_RELEASE)

/* A word of a page, whatever the fields in it are. */
typedef __u64 __attribute__((__may_alias__)) vmclock_word;

static inline u64 div64_u64(u64 dividend, u64 divisor)
{
	return dividend / divisor;
}

static inline u64 div64_u64_rem(u64 dividend, u64 divisor, u64 *remainder)
{
	*remainder = dividend % divisor;
	return dividend / divisor;
}

#endif

/* the first word tells a pedantic compiler that these are no ISO types */
__extension__ typedef __int128 vmclock_s128;
__extension__ typedef unsigned __int128 vmclock_u128;

#define VMCLOCK_NSEC_PER_SEC	1000000000ULL

#endif /* _VMCLOCK_TYPES_H */
