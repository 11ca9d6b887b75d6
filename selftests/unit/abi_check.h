/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Pins the layout of struct vmclock_abi. It names no header itself: the same
 * assertions are compiled once behind vmclock_abi.h and, where the kernel has
 * a header of its own, once behind that one, which proves that both agree.
 * Linux 6.13 to 6.19 have a structure that ends before vm_generation_counter.
 */
#ifndef _VMCLOCK_ABI_CHECK_H
#define _VMCLOCK_ABI_CHECK_H

#define VMCLOCK_PIN(field, offset, bytes)				\
	_Static_assert(__builtin_offsetof(struct vmclock_abi, field) ==	\
		       (offset) &&					\
		       sizeof(((struct vmclock_abi *)0)->field) ==	\
		       (bytes), "vmclock_abi: " #field)

VMCLOCK_PIN(magic, 0x00, 4);
VMCLOCK_PIN(size, 0x04, 4);
VMCLOCK_PIN(version, 0x08, 2);
VMCLOCK_PIN(counter_id, 0x0a, 1);
VMCLOCK_PIN(time_type, 0x0b, 1);
VMCLOCK_PIN(seq_count, 0x0c, 4);
VMCLOCK_PIN(disruption_marker, 0x10, 8);
VMCLOCK_PIN(flags, 0x18, 8);
VMCLOCK_PIN(pad, 0x20, 2);
VMCLOCK_PIN(clock_status, 0x22, 1);
VMCLOCK_PIN(leap_second_smearing_hint, 0x23, 1);
VMCLOCK_PIN(tai_offset_sec, 0x24, 2);
VMCLOCK_PIN(leap_indicator, 0x26, 1);
VMCLOCK_PIN(counter_period_shift, 0x27, 1);
VMCLOCK_PIN(counter_value, 0x28, 8);
VMCLOCK_PIN(counter_period_frac_sec, 0x30, 8);
VMCLOCK_PIN(counter_period_esterror_rate_frac_sec, 0x38, 8);
VMCLOCK_PIN(counter_period_maxerror_rate_frac_sec, 0x40, 8);
VMCLOCK_PIN(time_sec, 0x48, 8);
VMCLOCK_PIN(time_frac_sec, 0x50, 8);
VMCLOCK_PIN(time_esterror_nanosec, 0x58, 8);
VMCLOCK_PIN(time_maxerror_nanosec, 0x60, 8);
#ifdef VMCLOCK_FLAG_VM_GEN_COUNTER_PRESENT
VMCLOCK_PIN(vm_generation_counter, 0x68, 8);
_Static_assert(sizeof(struct vmclock_abi) == 112, "vmclock_abi: size");
_Static_assert(VMCLOCK_FLAG_VM_GEN_COUNTER_PRESENT == 0x100,
	       "VMCLOCK_FLAG_VM_GEN_COUNTER_PRESENT");
#else
_Static_assert(sizeof(struct vmclock_abi) == 104, "vmclock_abi: size");
#endif
#ifdef VMCLOCK_FLAG_NOTIFICATION_PRESENT
_Static_assert(VMCLOCK_FLAG_NOTIFICATION_PRESENT == 0x200,
	       "VMCLOCK_FLAG_NOTIFICATION_PRESENT");
#endif

_Static_assert(VMCLOCK_MAGIC == 0x4b4c4356, "VMCLOCK_MAGIC");
_Static_assert(VMCLOCK_COUNTER_ARM_VCNT == 0, "VMCLOCK_COUNTER_ARM_VCNT");
_Static_assert(VMCLOCK_COUNTER_X86_TSC == 1, "VMCLOCK_COUNTER_X86_TSC");
_Static_assert(VMCLOCK_COUNTER_INVALID == 0xff, "VMCLOCK_COUNTER_INVALID");
_Static_assert(VMCLOCK_TIME_UTC == 0 && VMCLOCK_TIME_TAI == 1 &&
	       VMCLOCK_TIME_MONOTONIC == 2, "VMCLOCK_TIME_*");
_Static_assert(VMCLOCK_FLAG_TAI_OFFSET_VALID == 0x001 &&
	       VMCLOCK_FLAG_DISRUPTION_SOON == 0x002 &&
	       VMCLOCK_FLAG_DISRUPTION_IMMINENT == 0x004 &&
	       VMCLOCK_FLAG_PERIOD_ESTERROR_VALID == 0x008 &&
	       VMCLOCK_FLAG_PERIOD_MAXERROR_VALID == 0x010 &&
	       VMCLOCK_FLAG_TIME_ESTERROR_VALID == 0x020 &&
	       VMCLOCK_FLAG_TIME_MAXERROR_VALID == 0x040 &&
	       VMCLOCK_FLAG_TIME_MONOTONIC == 0x080, "VMCLOCK_FLAG_*");
_Static_assert(VMCLOCK_STATUS_UNKNOWN == 0 &&
	       VMCLOCK_STATUS_INITIALIZING == 1 &&
	       VMCLOCK_STATUS_SYNCHRONIZED == 2 &&
	       VMCLOCK_STATUS_FREERUNNING == 3 &&
	       VMCLOCK_STATUS_UNRELIABLE == 4, "VMCLOCK_STATUS_*");
_Static_assert(VMCLOCK_LEAP_NONE == 0 && VMCLOCK_LEAP_PRE_POS == 1 &&
	       VMCLOCK_LEAP_PRE_NEG == 2 && VMCLOCK_LEAP_POS == 3 &&
	       VMCLOCK_LEAP_POST_POS == 4 && VMCLOCK_LEAP_POST_NEG == 5,
	       "VMCLOCK_LEAP_*");

#undef VMCLOCK_PIN

#endif /* _VMCLOCK_ABI_CHECK_H */
