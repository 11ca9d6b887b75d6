// SPDX-License-Identifier: GPL-2.0
/*
 * Gives the page's line to timekeeping_reference, which locks the system clock
 * to it. That module may be loaded or not, and may be loaded later: references
 * to its functions are taken as soon as they exist, and put by the parameter
 * "lock" or when the device goes. While they are held the module cannot be
 * unloaded. Called in process context.
 */
#include <linux/device.h>
#include <linux/lockdep.h>
#include <linux/module.h>
#include <linux/moduleparam.h>
#include <linux/mutex.h>
#include <linux/string.h>

#include "device.h"
#include "lock.h"
#include "page.h"
#include "tkref.h"

/*
 * Protects what follows. Taken in the update work, in a write to "lock" and on
 * unbinding; never where a module is loaded or unloaded.
 */
static DEFINE_MUTEX(reference_lock);
static bool reference_wanted = true;
static struct ptp_vmclock *reference_feeder;	/* the first device */
static int reference_last_ret;			/* of set_reference() */
static typeof(&tkref_set_reference) set_reference;	/* held, or NULL */

/* Takes no lock of the module loader. */
static bool reference_attach(void)
{
	lockdep_assert_held(&reference_lock);
	if (!set_reference)
		set_reference = symbol_get(tkref_set_reference);
	return set_reference;
}

/* Holding one function holds the module, so the other one is there. */
static void reference_detach(void)
{
	typeof(&tkref_clear_reference) clear_reference;

	lockdep_assert_held(&reference_lock);
	reference_feeder = NULL;
	reference_last_ret = 0;
	if (!set_reference)
		return;
	clear_reference = symbol_get(tkref_clear_reference);
	clear_reference(THIS_MODULE);
	symbol_put(tkref_clear_reference);
	symbol_put(tkref_set_reference);
	set_reference = NULL;
}

/*
 * The other module has logged the reason; this names the device, once. A page
 * that tells no time is not followed, which is no news.
 */
static void reference_report(const struct ptp_vmclock *vm,
			     const struct vmclock_params *p, int ret)
{
	lockdep_assert_held(&reference_lock);
	if (ret && ret != reference_last_ret && !ptp_vmclock_defect(vm, p))
		dev_warn_ratelimited(vm->dev,
				     "%s: timekeeping_reference refused it: %pe\n",
				     vm->name, ERR_PTR(ret));
	reference_last_ret = ret;
}

/**
 * ptp_vmclock_lock_feed() - this is the line now
 * @vm: the device
 * @p: its page; status UNKNOWN if it could not be read
 *
 * The lock is also told when the page that it follows stops telling the time,
 * as when the machine is moved to a host whose pages have no counter.
 *
 * Context: process. Takes reference_lock.
 * Return: what tkref_set_reference() said; 0 if the lock isn't fed from @vm.
 */
int ptp_vmclock_lock_feed(struct ptp_vmclock *vm,
			  const struct vmclock_params *p)
{
	const struct tkref_reference ref = { .name = vm->name, .params = *p };
	int ret = 0;

	mutex_lock(&reference_lock);
	if (reference_wanted &&
	    (reference_feeder ? reference_feeder == vm :
				ptp_vmclock_has_time(p)) &&
	    reference_attach()) {
		reference_feeder = vm;
		ret = set_reference(THIS_MODULE, &ref);
		reference_report(vm, p, ret);
	}
	mutex_unlock(&reference_lock);
	return ret;
}

/**
 * ptp_vmclock_lock_release() - the device goes
 * @vm: the device; its work has ended
 *
 * Context: process. Takes reference_lock. May sleep.
 */
void ptp_vmclock_lock_release(struct ptp_vmclock *vm)
{
	bool fed;

	mutex_lock(&reference_lock);
	fed = reference_feeder == vm;
	if (fed)
		reference_detach();
	mutex_unlock(&reference_lock);
	if (fed)
		ptp_vmclock_check_all();
}

static int reference_lock_set(const char *val, const struct kernel_param *kp)
{
	int ret;

	mutex_lock(&reference_lock);
	ret = param_set_bool(val, kp);
	if (!ret && !reference_wanted)
		reference_detach();
	mutex_unlock(&reference_lock);
	if (ret)
		pr_err(KBUILD_MODNAME ": lock must be 0 or 1\n");
	else
		ptp_vmclock_check_all();
	return ret;
}

static const struct kernel_param_ops reference_lock_ops = {
	.flags = KERNEL_PARAM_OPS_FL_NOARG,
	.set = reference_lock_set,
	.get = param_get_bool,
};
module_param_cb(lock, &reference_lock_ops, &reference_wanted, 0644);
MODULE_PARM_DESC(lock, "let timekeeping_reference lock the system clock to the page (default 1)");

/* The functions are taken later, by the works: not from inside the loader. */
static int reference_module(struct notifier_block *nb, unsigned long state,
			    void *data)
{
	const struct module *mod = data;

	if (state == MODULE_STATE_LIVE &&
	    !strcmp(mod->name, "timekeeping_reference"))
		ptp_vmclock_check_all();
	return NOTIFY_OK;
}

static struct notifier_block reference_nb = {
	.notifier_call = reference_module,
};

/**
 * ptp_vmclock_lock_init() - wait for timekeeping_reference to be loaded
 *
 * Return: 0 or negative errno.
 */
int ptp_vmclock_lock_init(void)
{
	return register_module_notifier(&reference_nb);
}

/**
 * ptp_vmclock_lock_exit() - undo ptp_vmclock_lock_init()
 */
void ptp_vmclock_lock_exit(void)
{
	unregister_module_notifier(&reference_nb);
}
