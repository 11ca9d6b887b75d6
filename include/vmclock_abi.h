/* SPDX-License-Identifier: (GPL-2.0 WITH Linux-syscall-note) OR BSD-2-Clause */
/*
 * The VMClock page: what a hypervisor tells its guest about time.
 *
 * The page relates a CPU counter that the guest can read without an exit
 * (TSC, CNTVCT) to real time by a straight line,
 *
 *	time(C) = time_sec.time_frac_sec + period * (C - counter_value),
 *
 * together with error bounds, the state of the clock that the line was taken
 * from, and two values that change when the guest was moved
 * (disruption_marker) or was resumed from a snapshot (vm_generation_counter).
 *
 * All names are those of linux/vmclock-abi.h, so that a program written for
 * that header compiles with this one in its place; the include guard is the
 * same, for whichever of the two comes first is enough. All fields are
 * little-endian. Layout and flag bits are those of the kernel's header; the
 * sign of tai_offset_sec is that of version 1.1 of the specification (UAPI.13):
 * TAI = UTC - tai_offset_sec, -37 today. Earlier writers had the other sign.
 * TAI has been 10 s or more ahead of UTC since 1972, so readers need no sign:
 * they take TAI - UTC = |tai_offset_sec|.
 */
#ifndef __VMCLOCK_ABI_H__
#define __VMCLOCK_ABI_H__

#include <linux/types.h>

/**
 * struct vmclock_abi - the shared page
 * @magic: VMCLOCK_MAGIC; constant, like all fields before @seq_count
 * @size: bytes in the region that holds this structure
 * @version: 1
 * @counter_id: VMCLOCK_COUNTER_*, what @counter_value counts
 * @time_type: VMCLOCK_TIME_*, the time scale of @time_sec
 * @seq_count: odd while the fields below are being changed
 * @disruption_marker: changes, to a value not seen before, when the relation
 *	of counter and time may have jumped (live migration)
 * @flags: VMCLOCK_FLAG_*; unknown bits are to be ignored
 * @pad: unused
 * @clock_status: VMCLOCK_STATUS_*
 * @leap_second_smearing_hint: VMCLOCK_SMEARING_*, how a guest that wants a
 *	smeared clock should smear it; the line itself is never smeared
 * @tai_offset_sec: UTC - TAI in seconds, two's complement; see above
 * @leap_indicator: VMCLOCK_LEAP_*, true at the moment of @time_sec
 * @counter_period_shift: additional right shift of the three period fields
 * @counter_value: the counter at the moment of @time_sec
 * @counter_period_frac_sec: period, s / 2^(64 + @counter_period_shift)
 * @counter_period_esterror_rate_frac_sec: estimated error, same unit
 * @counter_period_maxerror_rate_frac_sec: maximum error, same unit
 * @time_sec: time at @counter_value, seconds since 1970-01-01 (time types
 *	UTC and TAI)
 * @time_frac_sec: its fraction, s / 2^64
 * @time_esterror_nanosec: estimated error of the time, plus or minus
 * @time_maxerror_nanosec: maximum error of the time, plus or minus
 * @vm_generation_counter: changes when the guest goes on from a copy of its
 *	state (snapshot, clone), not when it is moved
 */
struct vmclock_abi {
	__le32 magic;
#define VMCLOCK_MAGIC	0x4b4c4356 /* "VCLK" */
	__le32 size;
	__le16 version;

	__u8 counter_id;
#define VMCLOCK_COUNTER_ARM_VCNT	0
#define VMCLOCK_COUNTER_X86_TSC		1
#define VMCLOCK_COUNTER_INVALID		0xff

	__u8 time_type;
#define VMCLOCK_TIME_UTC			0
#define VMCLOCK_TIME_TAI			1
#define VMCLOCK_TIME_MONOTONIC			2
#define VMCLOCK_TIME_INVALID_SMEARED		3
#define VMCLOCK_TIME_INVALID_MAYBE_SMEARED	4

	__le32 seq_count;

	__le64 disruption_marker;

	__le64 flags;
#define VMCLOCK_FLAG_TAI_OFFSET_VALID		(1 << 0)
#define VMCLOCK_FLAG_DISRUPTION_SOON		(1 << 1)	/* a day */
#define VMCLOCK_FLAG_DISRUPTION_IMMINENT	(1 << 2)	/* an hour */
#define VMCLOCK_FLAG_PERIOD_ESTERROR_VALID	(1 << 3)
#define VMCLOCK_FLAG_PERIOD_MAXERROR_VALID	(1 << 4)
#define VMCLOCK_FLAG_TIME_ESTERROR_VALID	(1 << 5)
#define VMCLOCK_FLAG_TIME_MAXERROR_VALID	(1 << 6)
/*
 * A time computed with an old line, from a counter read before the line was
 * replaced, is never later than one computed with the new line afterwards.
 */
#define VMCLOCK_FLAG_TIME_MONOTONIC		(1 << 7)
#define VMCLOCK_FLAG_VM_GEN_COUNTER_PRESENT	(1 << 8)
/* an interrupt or ACPI Notify follows every change of seq_count */
#define VMCLOCK_FLAG_NOTIFICATION_PRESENT	(1 << 9)

	__u8 pad[2];

	__u8 clock_status;
#define VMCLOCK_STATUS_UNKNOWN		0	/* line invalid */
#define VMCLOCK_STATUS_INITIALIZING	1	/* line invalid */
#define VMCLOCK_STATUS_SYNCHRONIZED	2
#define VMCLOCK_STATUS_FREERUNNING	3	/* valid, not steered */
#define VMCLOCK_STATUS_UNRELIABLE	4	/* line must not be used */

	__u8 leap_second_smearing_hint;
#define VMCLOCK_SMEARING_STRICT		0
#define VMCLOCK_SMEARING_NOON_LINEAR	1
#define VMCLOCK_SMEARING_UTC_SLS	2

	__le16 tai_offset_sec;

	__u8 leap_indicator;
#define VMCLOCK_LEAP_NONE	0x00
#define VMCLOCK_LEAP_PRE_POS	0x01	/* inserted at the end of this month */
#define VMCLOCK_LEAP_PRE_NEG	0x02	/* deleted at the end of this month */
#define VMCLOCK_LEAP_POS	0x03	/* this is the inserted second */
#define VMCLOCK_LEAP_POST_POS	0x04	/* inserted at the end of last month */
#define VMCLOCK_LEAP_POST_NEG	0x05	/* deleted at the end of last month */

	__u8 counter_period_shift;
	__le64 counter_value;
	__le64 counter_period_frac_sec;
	__le64 counter_period_esterror_rate_frac_sec;
	__le64 counter_period_maxerror_rate_frac_sec;

	__le64 time_sec;
	__le64 time_frac_sec;
	__le64 time_esterror_nanosec;
	__le64 time_maxerror_nanosec;

	__le64 vm_generation_counter;
};

#endif /* __VMCLOCK_ABI_H__ */
