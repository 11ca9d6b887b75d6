// SPDX-License-Identifier: GPL-2.0
/*
 * Plays the hypervisor from inside a guest of the test bed whose time is
 * deterministic: an update from outside would come at another moment in every
 * run. A thread of the highest priority writes the device's page, which QEMU
 * leaves writable for that, and rings as machine.h says.
 *
 * Loaded before ptp_vmclock. Parameters: scenario, a file; start, written once
 * the guest's script begins.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/hrtimer.h>
#include <linux/kernel_read_file.h>
#include <linux/kthread.h>
#include <linux/module.h>
#include <linux/sizes.h>
#include <linux/vmalloc.h>

#include "machine.h"
#include "scenario.h"

/* 2026-01-01T00:00:00 UTC, where QEMU's clock begins, in TAI */
#define FIRST_TAI_SEC	(1767225600LL + HV_TAI_UTC_SEC)

/* what the thread may sleep while it waits for start to be written */
#define POLL_NS		10000000ULL

static char *scenario = "";
module_param(scenario, charp, 0444);
MODULE_PARM_DESC(scenario, "file with what happens when");

static bool start;
module_param(start, bool, 0644);
MODULE_PARM_DESC(start, "zero of a scenario that says start guest");

static struct hv hv;
static struct vmclock_abi *page;
static struct task_struct *thread;

static int read_scenario(void)
{
	void *text = NULL;
	struct scn s;
	bool ok;
	ssize_t len;

	if (!*scenario)
		return 0;
	len = kernel_read_file_from_path(scenario, 0, &text, SZ_64K, NULL,
					 READING_FIRMWARE);
	if (len == -EINVAL)
		return 0;	/* empty */
	if (len < 0)
		return len;
	ok = scn_parse(&s, text, len, &hv);
	vfree(text);
	if (ok)
		return 0;
	pr_err("%s:%u: '%s' %s\n", scenario, s.line, s.word, s.error);
	return -EINVAL;
}

/*
 * To a guest with one CPU it is away. The emulator is slow at reading the
 * counter, so that is done every few us only.
 */
static void stall(u64 begin)
{
	unsigned int i;

	while (machine_counter() - begin < hv.stall_ns)
		for (i = 0; i < 1000; i++)
			barrier();
	hv.stall_ns = 0;
}

/* Nobody in the guest may see the page half written for want of this CPU. */
static bool step(u64 *sleep_ns)
{
	unsigned long flags;
	u64 counter, now, next;
	bool ring;

	local_irq_save(flags);
	counter = machine_counter();
	if (READ_ONCE(start))
		hv_start(&hv, counter);
	ring = hv_step(&hv, page, counter);
	stall(counter);
	now = hv_elapsed_ns(&hv, machine_counter());
	next = hv_next_ns(&hv);
	local_irq_restore(flags);

	*sleep_ns = next > now ? min_t(u64, next - now, NSEC_PER_SEC) : 0;
	if (hv.start_ns == HV_NEVER)
		*sleep_ns = min_t(u64, *sleep_ns, POLL_NS);
	return ring;
}

static int hypervisor(void *unused)
{
	ktime_t timeout;
	u64 sleep_ns;

	while (!kthread_should_stop()) {
		if (step(&sleep_ns))
			machine_ring();
		timeout = ns_to_ktime(sleep_ns);
		set_current_state(TASK_INTERRUPTIBLE);
		if (!kthread_should_stop())
			schedule_hrtimeout(&timeout, HRTIMER_MODE_REL);
		__set_current_state(TASK_RUNNING);
	}
	return 0;
}

static int __init vclk_hv_init(void)
{
	int err;

	hv_init(&hv, MACHINE_COUNTER_ID);
	hv_set_rate(&hv, machine_counter_ns(), 1);
	err = read_scenario();
	if (err)
		return err;
	page = machine_map_page();
	if (IS_ERR(page))
		return PTR_ERR(page);
	hv_begin(&hv, page, 0,
		 (struct vmclock_time){ .sec = FIRST_TAI_SEC });
	thread = kthread_create(hypervisor, NULL, "vclk_hv");
	if (IS_ERR(thread)) {
		machine_unmap_page(page);
		return PTR_ERR(thread);
	}
	sched_set_fifo(thread);
	wake_up_process(thread);
	return 0;
}

static void __exit vclk_hv_exit(void)
{
	kthread_stop(thread);
	machine_unmap_page(page);
}

module_init(vclk_hv_init);
module_exit(vclk_hv_exit);
MODULE_DESCRIPTION("VMClock page written from inside, for deterministic tests");
MODULE_LICENSE("GPL");
