// SPDX-License-Identifier: GPL-2.0
/*
 * tkref_owner: how a driver hands its time to timekeeping_reference, to begin
 * one's own with. A driver knows the time as a line over the CPU's counter, as
 * hardware with PTM does, or a hypervisor's interface. Here it is the system
 * clock's own line of the moment at which the module is loaded; so the clock
 * stays where it is, and is nobody else's any more.
 *
 * In four steps:
 *	get	the two functions by symbol_get(), so that the driver can be
 *		loaded without timekeeping_reference; a driver that is of no use
 *		without it just calls them
 *	set	whenever the line, its status or its bounds have changed, and
 *		now and then
 *	clear	before the module goes; waits until nobody refers to it
 *	put	the functions, not before that
 */
#include <linux/delay.h>
#include <linux/module.h>
#include <linux/timekeeping.h>
#include <linux/workqueue.h>

#include "../snapshot.h"
#include "tkref.h"

#define RATE_MS		250	/* for so long its rate is measured */
#define REPEAT_MS	1000

static typeof(&tkref_set_reference) set_reference;
static typeof(&tkref_clear_reference) clear_reference;

/**
 * struct owner - what such a driver has to keep
 * @reference: what it tells; a page's parameters, of which it fills in what it
 *	knows. All flags are off: neither bounds nor the TAI offset are known
 * @work: tells it
 */
struct owner {
	struct tkref_reference reference;
	struct delayed_work work;
};

static struct owner owner = {
	.reference = {
		.name = "tkref_owner",
		.params = {
			.magic = VMCLOCK_MAGIC,
			.size = sizeof(struct vmclock_abi),
			.version = 1,
			.time_type = VMCLOCK_TIME_UTC,
			.status = VMCLOCK_STATUS_SYNCHRONIZED,
		},
	},
};

/**
 * read_hardware() - the driver's line
 * @line: gets it
 *
 * Two readings, and the line through them. At 5 GHz a quarter of a second has
 * fewer than 2^31 counts; times 10^9 that is below 2^61.
 *
 * Context: process, sleeps.
 */
static void read_hardware(struct vmclock_line *line)
{
	u64 first, last;
	ktime_t begin, end;

	begin = vmclock_snapshot_realtime(&first);
	msleep(RATE_MS);
	end = vmclock_snapshot_realtime(&last);

	line->counter = last;
	line->time = vmclock_time_from_ns(ktime_to_ns(end));
	vmclock_line_set_period(line, ktime_to_ns(ktime_sub(end, begin)),
				(last - first) * NSEC_PER_SEC, 0);
}

/*
 * An unchanged line costs little; where another driver owned the clock, the
 * next one to ask after it has let go gets it. What is refused has been logged.
 */
static void tell(struct work_struct *work)
{
	set_reference(THIS_MODULE, &owner.reference);
	schedule_delayed_work(&owner.work, msecs_to_jiffies(REPEAT_MS));
}

static bool get_functions(void)
{
	set_reference = symbol_get(tkref_set_reference);
	if (!set_reference)
		return false;
	clear_reference = symbol_get(tkref_clear_reference);
	if (clear_reference)
		return true;
	symbol_put(tkref_set_reference);
	return false;
}

static int __init tkref_owner_init(void)
{
	if (!get_functions()) {
		pr_err("tkref_owner: timekeeping_reference is not loaded: modprobe it first\n");
		return -ENODEV;
	}
	owner.reference.params.counter_id = IS_ENABLED(CONFIG_X86) ?
		VMCLOCK_COUNTER_X86_TSC : VMCLOCK_COUNTER_ARM_VCNT;
	read_hardware(&owner.reference.params.line);
	INIT_DELAYED_WORK(&owner.work, tell);
	tell(&owner.work.work);
	return 0;
}

/* The work first: it would set what was cleared. */
static void __exit tkref_owner_exit(void)
{
	cancel_delayed_work_sync(&owner.work);
	clear_reference(THIS_MODULE);
	symbol_put(tkref_clear_reference);
	symbol_put(tkref_set_reference);
}

module_init(tkref_owner_init);
module_exit(tkref_owner_exit);

MODULE_DESCRIPTION("An owner of the system clock's reference, to begin one's own with");
MODULE_LICENSE("GPL");
