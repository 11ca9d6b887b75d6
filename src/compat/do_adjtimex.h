/* SPDX-License-Identifier: GPL-2.0 */
/*
 * do_adjtimex(), the kernel's own entry to its NTP state, for a module.
 *
 * No kernel exports it. A kprobe that is registered disabled never touches
 * the text but tells where the function is. It must not be called through a
 * pointer: nothing in the kernel takes its address, so on x86 kernels with
 * IBT its ENDBR has been sealed and an indirect call would fault. A static
 * call is patched into a direct one. The prototype is the same from 5.10 to
 * 7.3.
 *
 * To be included by exactly one file of a module.
 */
#ifndef _VMCLOCK_COMPAT_DO_ADJTIMEX_H
#define _VMCLOCK_COMPAT_DO_ADJTIMEX_H

#include <linux/kallsyms.h>
#include <linux/kprobes.h>
#include <linux/static_call.h>
#include <linux/timex.h>

static int vmclock_adjtimex_unresolved(struct __kernel_timex *txc)
{
	return -EOPNOTSUPP;
}

DEFINE_STATIC_CALL(vmclock_do_adjtimex, vmclock_adjtimex_unresolved);

/*
 * On x86 a kprobe on a function sits behind its ENDBR. The symbol table knows
 * how far, and whether the address is in that function at all.
 */
static unsigned long vmclock_function_start(unsigned long addr,
					    const char *name)
{
	char symbol[KSYM_SYMBOL_LEN];
	size_t len = strlen(name);
	unsigned long offset;

	sprint_symbol(symbol, addr);
	if (strncmp(symbol, name, len) ||
	    sscanf(symbol + len, "+0x%lx/", &offset) != 1)
		return 0;
	return addr - offset;
}

/**
 * vmclock_adjtimex_resolve() - find do_adjtimex() in the running kernel
 *
 * Context: process, may sleep; once, at module init.
 * Return: 0, or a negative error if the kernel does not let itself be asked.
 */
static int vmclock_adjtimex_resolve(void)
{
	struct kprobe probe = {
		.symbol_name = "do_adjtimex",
		.flags = KPROBE_FLAG_DISABLED,
	};
	unsigned long addr;
	int ret;

	ret = register_kprobe(&probe);
	if (ret)
		return ret;
	addr = vmclock_function_start((unsigned long)probe.addr,
				      probe.symbol_name);
	unregister_kprobe(&probe);
	if (!addr)
		return -ENOENT;
	static_call_update(vmclock_do_adjtimex,
			   (typeof(&vmclock_adjtimex_unresolved))addr);
	return 0;
}

/**
 * vmclock_adjtimex() - adjtimex(2) from the inside
 * @txc: as in the system call; fields are filled in on return
 *
 * Context: process, with CAP_SYS_TIME (a kernel thread has it) unless
 * txc->modes is 0. May sleep.
 * Return: TIME_*, or a negative error.
 */
static int vmclock_adjtimex(struct __kernel_timex *txc)
{
	return static_call(vmclock_do_adjtimex)(txc);
}

#endif /* _VMCLOCK_COMPAT_DO_ADJTIMEX_H */
