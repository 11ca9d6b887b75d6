// SPDX-License-Identifier: GPL-2.0
/*
 * A module from outside for the bed's own test: it can be loaded and unloaded,
 * and with splat=1 it provokes the kind of message that a run must not have.
 */
#include <linux/module.h>

static bool splat;
module_param(splat, bool, 0444);
MODULE_PARM_DESC(splat, "print a WARNING");

static int __init bed_ext_init(void)
{
	WARN_ON(splat);
	return 0;
}

static void __exit bed_ext_exit(void)
{
}

module_init(bed_ext_init);
module_exit(bed_ext_exit);
MODULE_DESCRIPTION("a module to load and unload");
MODULE_LICENSE("GPL");
