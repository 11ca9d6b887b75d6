/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The kernel's names of types and helpers, for this project's programs in user
 * space: for the tools, and for tests that compile sources of the modules.
 */
#ifndef _VMCLOCK_KERNEL_NAMES_H
#define _VMCLOCK_KERNEL_NAMES_H

#include "vmclock/types.h"

typedef __u8 u8;
typedef __u16 u16;
typedef __u32 u32;
typedef __u64 u64;
typedef __s16 s16;
typedef __s32 s32;
typedef __s64 s64;

#define U64_MAX			VMCLOCK_U64_MAX
#define S64_MAX			VMCLOCK_S64_MAX
#define S64_MIN			VMCLOCK_S64_MIN

#define le16_to_cpu(x)		__le16_to_cpu(x)
#define le32_to_cpu(x)		__le32_to_cpu(x)
#define le64_to_cpu(x)		__le64_to_cpu(x)
#define cpu_to_le16(x)		__cpu_to_le16(x)
#define cpu_to_le32(x)		__cpu_to_le32(x)
#define cpu_to_le64(x)		__cpu_to_le64(x)

#define READ_ONCE(x)		VMCLOCK_READ(x)
#define WRITE_ONCE(x, v)	VMCLOCK_WRITE(x, v)

#define max(a, b)		((a) > (b) ? (a) : (b))
#define min(a, b)		((a) < (b) ? (a) : (b))

static inline u64 div64_u64(u64 dividend, u64 divisor)
{
	return dividend / divisor;
}

static inline u64 div64_u64_rem(u64 dividend, u64 divisor, u64 *remainder)
{
	*remainder = dividend % divisor;
	return dividend / divisor;
}

#endif /* _VMCLOCK_KERNEL_NAMES_H */
