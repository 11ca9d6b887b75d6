// SPDX-License-Identifier: GPL-2.0
/*
 * Which clocksources of arm64 are the counter: by a stub of the kernel, for the
 * CPUs that QEMU has are none of those with erratum 1418040.
 */
#include "unit.h"
#include "common/scale.h"

enum vdso_clock_mode {
	VDSO_CLOCKMODE_NONE,
	VDSO_CLOCKMODE_ARCHTIMER,
	VDSO_CLOCKMODE_ARCHTIMER_NOCOMPAT,
};

struct clocksource {
	const char *name;
	enum vdso_clock_mode vdso_clock_mode;
};

static u64 __arch_counter_get_cntvct_stable(void)
{
	return 42;
}

static bool is_kernel_in_hyp_mode(void)
{
	return true;
}

/* it has parameters that only x86 uses */
#pragma GCC diagnostic ignored "-Wunused-parameter"
#include "common/counter_arm64.h"

static void check(enum vdso_clock_mode mode, bool is, const char *what)
{
	struct clocksource cs = { "arch_sys_counter", mode };
	struct vmclock_scale scale;

	ktap_ok(vmclock_counter_is_clocksource(&cs) == is &&
		vmclock_scale_get(&scale, &cs) == is && scale.ratio == 1 &&
		!scale.frac_bits && !vmclock_scale_moved(&scale),
		"counter of arm64: %s", what);
}

int main(int argc, char **argv)
{
	u64 cycles;

	unit_begin(argc, argv, 0);
	check(VDSO_CLOCKMODE_ARCHTIMER, true, "the architected timer");
	check(VDSO_CLOCKMODE_ARCHTIMER_NOCOMPAT, true,
	      "on a CPU with erratum 1418040");
	check(VDSO_CLOCKMODE_NONE, false, "another one");
	ktap_ok(vmclock_counter_read() == 42 &&
		!vmclock_counter_is_unstable() &&
		!vmclock_counter_is_virtual() &&
		vmclock_counter_to_kvmclock(1, &cycles) == -ENODEV,
		"counter of arm64: the stable read, and no kvm-clock");
	return ktap_end();
}
