// SPDX-License-Identifier: GPL-2.0
/*
 * tsc_twin: a second clocksource on the TSC, by another calibration, as
 * tsc-early is at boot until the kernel has measured the TSC again. That switch
 * is over before a test's modules can be loaded; with this one it can be made
 * at any time, in both directions, by sysfs.
 *
 * Parameter ppm: how much faster the TSC is said to be (50). Parameter behind:
 * how many counts the clocksource is behind the TSC (0), so that a switch to it
 * looks as if the counter had begun again.
 */
#include <linux/clocksource.h>
#include <linux/module.h>
#include <asm/msr.h>
#include <asm/tsc.h>

static int ppm = 50;
module_param(ppm, int, 0444);
MODULE_PARM_DESC(ppm, "by how many ppm the calibration differs (50)");

static unsigned long behind;
module_param(behind, ulong, 0444);
MODULE_PARM_DESC(behind, "counts that it is behind the TSC (0)");

static u64 twin_read(struct clocksource *cs)
{
	return rdtsc_ordered() - behind;
}

/* rated below any other, so that nobody but the test takes it */
static struct clocksource twin = {
	.name = "tsc-twin",
	.rating = 1,
	.read = twin_read,
	.mask = CLOCKSOURCE_MASK(64),
	.flags = CLOCK_SOURCE_IS_CONTINUOUS | CLOCK_SOURCE_VALID_FOR_HRES,
	.vdso_clock_mode = VDSO_CLOCKMODE_TSC,
	.owner = THIS_MODULE,
};

static int __init twin_init(void)
{
	u64 hz = (u64)tsc_khz * 1000 / 1000000 * (1000000 + ppm);

	return clocksource_register_hz(&twin, hz);
}

static void __exit twin_exit(void)
{
	clocksource_unregister(&twin);
}

module_init(twin_init);
module_exit(twin_exit);

MODULE_DESCRIPTION("A second clocksource on the TSC, for tests");
MODULE_LICENSE("GPL");
