/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The core uses the kernel's names: u64, READ_ONCE() and so on. An application
 * may have its own under the same names, so that vmclock.h puts them aside
 * here, and back in names_end.h. Both lists are of what types.h defines for
 * user space.
 */
#pragma push_macro("u8")
#pragma push_macro("u16")
#pragma push_macro("u32")
#pragma push_macro("u64")
#pragma push_macro("s16")
#pragma push_macro("s32")
#pragma push_macro("s64")
#pragma push_macro("U64_MAX")
#pragma push_macro("S64_MAX")
#pragma push_macro("S64_MIN")
#pragma push_macro("le16_to_cpu")
#pragma push_macro("le32_to_cpu")
#pragma push_macro("le64_to_cpu")
#pragma push_macro("cpu_to_le16")
#pragma push_macro("cpu_to_le32")
#pragma push_macro("cpu_to_le64")
#pragma push_macro("READ_ONCE")
#pragma push_macro("WRITE_ONCE")
#pragma push_macro("div64_u64")
#pragma push_macro("div64_u64_rem")

#undef u8
#undef u16
#undef u32
#undef u64
#undef s16
#undef s32
#undef s64
#undef U64_MAX
#undef S64_MAX
#undef S64_MIN
#undef le16_to_cpu
#undef le32_to_cpu
#undef le64_to_cpu
#undef cpu_to_le16
#undef cpu_to_le32
#undef cpu_to_le64
#undef READ_ONCE
#undef WRITE_ONCE
#undef div64_u64
#undef div64_u64_rem

#define u8 vmclock_u8
#define u16 vmclock_u16
#define u32 vmclock_u32
#define u64 vmclock_u64
#define s16 vmclock_s16
#define s32 vmclock_s32
#define s64 vmclock_s64
#define div64_u64 vmclock_div64_u64
#define div64_u64_rem vmclock_div64_u64_rem
