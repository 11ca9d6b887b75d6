// SPDX-License-Identifier: GPL-2.0
/*
 * awake: for how many counts the machine was awake, for tests that measure what
 * something costs. In deterministic time a count is an instruction, of any CPU,
 * unless all CPUs are halted; so this counts instructions, its own included.
 *
 * A CPU halts after the tracepoint cpu_idle and wakes in irq_enter_rcu(), the
 * first thing of an interrupt that can be probed.
 *
 * In /sys/module/awake/parameters/:
 *	counts	counts since the module was loaded in which a CPU was awake
 *	wakes	interrupts that found all CPUs halted
 */
#include <linux/kprobes.h>
#include <linux/module.h>
#include <linux/percpu.h>
#include <linux/spinlock.h>
#include <linux/timex.h>

#include <trace/events/power.h>

static DEFINE_RAW_SPINLOCK(lock);
static u64 loaded;
static u64 halted_at;		/* all CPUs are, since then */
static u64 halted;		/* counts that all of them were */
static u64 wakes;
static unsigned int cpus_awake;
static DEFINE_PER_CPU(bool, cpu_halted);

/* Context: any but NMI, this CPU can't be left. */
static void cpu_halts(bool now)
{
	unsigned long flags;

	raw_spin_lock_irqsave(&lock, flags);
	if (now && !__this_cpu_read(cpu_halted) && !--cpus_awake)
		halted_at = get_cycles();
	if (!now && __this_cpu_read(cpu_halted) && !cpus_awake++) {
		halted += get_cycles() - halted_at;
		wakes++;
	}
	__this_cpu_write(cpu_halted, now);
	raw_spin_unlock_irqrestore(&lock, flags);
}

static void on_idle(void *unused, unsigned int state, unsigned int cpu)
{
	cpu_halts(state != PWR_EVENT_EXIT);
}

static int on_interrupt(struct kprobe *p, struct pt_regs *regs)
{
	cpu_halts(false);
	return 0;
}

static struct kprobe probe = {
	.symbol_name = "irq_enter_rcu",
	.pre_handler = on_interrupt,
};

static int get_counts(char *text, const struct kernel_param *kp)
{
	u64 counts;

	raw_spin_lock_irq(&lock);
	counts = get_cycles() - loaded - halted;
	raw_spin_unlock_irq(&lock);
	return sysfs_emit(text, "%llu\n", counts);
}

static const struct kernel_param_ops counts_ops = {
	.get = get_counts,
};
module_param_cb(counts, &counts_ops, NULL, 0400);
MODULE_PARM_DESC(counts, "counts in which a CPU was awake");
module_param(wakes, ullong, 0400);
MODULE_PARM_DESC(wakes, "interrupts that found all CPUs halted");

static int __init awake_init(void)
{
	int ret;

	loaded = get_cycles();
	cpus_awake = num_online_cpus();
	ret = register_kprobe(&probe);
	if (ret)
		return ret;
	ret = register_trace_cpu_idle(on_idle, NULL);
	if (ret)
		unregister_kprobe(&probe);
	return ret;
}

static void __exit awake_exit(void)
{
	unregister_trace_cpu_idle(on_idle, NULL);
	tracepoint_synchronize_unregister();
	unregister_kprobe(&probe);
}

module_init(awake_init);
module_exit(awake_exit);

MODULE_DESCRIPTION("Counts for which a CPU was awake");
MODULE_LICENSE("GPL");
