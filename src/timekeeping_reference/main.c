// SPDX-License-Identifier: GPL-2.0
/*
 * timekeeping_reference: keeps the system clock on a line of time over the
 * CPU's counter that a driver knows exactly, such as that of a VMClock page.
 *
 * Here are the module's parameters and its two exported functions.
 */
#include <linux/module.h>

#include "clock.h"

static struct tkref_clock tkref_clock;
static bool running;	/* under kernel_param_lock() */

static int set_number(const char *text, const struct kernel_param *kp)
{
	const struct tkref_number *number = kp->arg;
	int ret = param_set_uint_minmax(text, kp, number->least, number->most);

	if (ret) {
		pr_err("timekeeping_reference: %s must be %u to %u\n",
		       kp->name, number->least, number->most);
		return ret;
	}
	if (running)
		tkref_clock_configure(&tkref_clock);
	return 0;
}

/* For both, a number begins with its value. */
static const struct kernel_param_ops number_ops = {
	.set = set_number,
	.get = param_get_uint,
};

static const char *const policies[] = { "auto", "yield", "reassert" };

static int set_policy(const char *text, const struct kernel_param *kp)
{
	int i = sysfs_match_string(policies, text);

	if (i < 0) {
		pr_err("timekeeping_reference: policy must be auto, yield or reassert\n");
		return i;
	}
	tkref_policy = i;
	return 0;
}

static int get_policy(char *text, const struct kernel_param *kp)
{
	return sysfs_emit(text, "%s\n", policies[tkref_policy]);
}

static const struct kernel_param_ops policy_ops = {
	.set = set_policy,
	.get = get_policy,
};

module_param_cb(idle_error_ns, &number_ops, &tkref_idle_error_ns, 0644);
MODULE_PARM_DESC(idle_error_ns,
		 "phase error that an idle clock may reach, ns; 0 = any (4)");
module_param_cb(slew_ppm, &number_ops, &tkref_slew_ppm, 0644);
MODULE_PARM_DESC(slew_ppm, "largest rate of a correction, ppm (500)");
module_param_cb(step_ns, &number_ops, &tkref_step_ns, 0644);
MODULE_PARM_DESC(step_ns,
		 "phase from which a lock begins with a step, ns; 0 = never (100000)");
module_param_cb(unknown_ms, &number_ops, &tkref_unknown_ms, 0644);
MODULE_PARM_DESC(unknown_ms,
		 "maximum error told to adjtimex(2) for a reference without a bound, ms (1000)");
module_param_cb(policy, &policy_ops, NULL, 0644);
MODULE_PARM_DESC(policy,
		 "when another task adjusts the clock: auto, yield or reassert (auto)");

int tkref_set_reference(struct module *owner,
			      const struct tkref_reference *ref)
{
	return tkref_clock_set(&tkref_clock, owner, ref);
}
EXPORT_SYMBOL_GPL(tkref_set_reference);

void tkref_clear_reference(struct module *owner)
{
	tkref_clock_clear(&tkref_clock, owner);
}
EXPORT_SYMBOL_GPL(tkref_clear_reference);

static int __init tkref_init(void)
{
	int ret = tkref_resolve();

	if (ret) {
		pr_err("timekeeping_reference: this kernel hides do_adjtimex (%d): use chrony or phc2sys on the PTP clock instead\n",
		       ret);
		return ret;
	}
	ret = tkref_clock_start(&tkref_clock);
	if (ret)
		return ret;
	ret = tkref_files_register(&tkref_clock);
	if (ret) {
		tkref_clock_stop(&tkref_clock);
		return ret;
	}
	/* what was written since the thread was started */
	kernel_param_lock(THIS_MODULE);
	running = true;
	tkref_clock_configure(&tkref_clock);
	kernel_param_unlock(THIS_MODULE);
	return 0;
}

/* Parameters can still be written when the clock is stopped. */
static void __exit tkref_exit(void)
{
	kernel_param_lock(THIS_MODULE);
	running = false;
	kernel_param_unlock(THIS_MODULE);
	tkref_files_unregister();
	tkref_clock_stop(&tkref_clock);
}

module_init(tkref_init);
module_exit(tkref_exit);

MODULE_DESCRIPTION("Locks the system clock to a line over the CPU's counter");
MODULE_VERSION(VMCLOCK_VERSION);
MODULE_LICENSE("GPL");
