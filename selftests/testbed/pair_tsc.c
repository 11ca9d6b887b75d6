// SPDX-License-Identifier: GPL-2.0
/*
 * Sets the TSC offset of a QEMU's vCPUs, which QEMU has no option for: the page
 * of /dev/vmclock_host counts the host's TSC, and with an offset of 0 the guest
 * does as well. KVM takes the offset only from the process that made the VM, so
 * this is a library to be preloaded into an unmodified QEMU. It stands before
 * the ioctl() of libc and acts when a vCPU is about to run for the first time,
 * after QEMU has written the vCPU's registers, the TSC among them.
 *
 * The offset in TSC counts is taken from PAIR_TSC_OFFSET. Nothing of libc is
 * needed that any version wouldn't have.
 */
#include <errno.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <linux/kvm.h>

#ifndef KVM_VCPU_TSC_CTRL
#define KVM_VCPU_TSC_CTRL	0
#define KVM_VCPU_TSC_OFFSET	0
#endif

#define FD_MAX	4096

static void set_offset(int vcpu)
{
	static bool done[FD_MAX];
	const char *text = getenv("PAIR_TSC_OFFSET");
	uint64_t offset;
	struct kvm_device_attr attr = {
		.group = KVM_VCPU_TSC_CTRL,
		.attr = KVM_VCPU_TSC_OFFSET,
		.addr = (uintptr_t)&offset,
	};

	if (!text || vcpu >= FD_MAX || done[vcpu])
		return;
	done[vcpu] = true;
	offset = strtoll(text, NULL, 0);
	/* whoever started QEMU looks whether it has worked */
	syscall(SYS_ioctl, vcpu, KVM_SET_DEVICE_ATTR, &attr);
}

int ioctl(int fd, unsigned long request, ...)
{
	va_list list;
	void *arg;

	va_start(list, request);
	arg = va_arg(list, void *);
	va_end(list);
	if (request == KVM_RUN)
		set_offset(fd);
	return syscall(SYS_ioctl, fd, request, arg);
}
