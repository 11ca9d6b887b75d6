// SPDX-License-Identifier: GPL-2.0
/*
 * kvm_cntvoff_arm64 - a machine of arm64 whose counter is set as a VMM does it,
 * by KVM_ARM_SET_COUNTER_OFFSET, and a view with the translation that belongs
 * to that: what the machine reads is the host's counter less the offset, and
 * there the view tells the host's time. Run as root on a host with KVM
 * (NESTED=1 of the bed) and vmclock_host.
 *
 * TAP on stdout, exit 4 if there is nothing to test.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <linux/kvm.h>
#include <sys/ioctl.h>
#include <sys/mman.h>

#include "counter.h"
#include "ktap.h"
#include "vmclock_host.h"
#include "vmclock/page.h"

/* of the machine: size, and where it begins */
#define RAM		0x10000UL
/* no memory: each store there is an exit */
#define NOTHING		0x40000000UL
#define READS		1000
#define CORE_REG(name)	(KVM_REG_ARM64 | KVM_REG_SIZE_U64 | \
			 KVM_REG_ARM_CORE | KVM_REG_ARM_CORE_REG(name))

/* the machine's program */
static const u32 program[] = {
	0xd5033fdf,	/* isb */
	0xd53be040,	/* mrs x0, cntvct_el0 */
	0xf9000020,	/* str x0, [x1] */
	0x17fffffd,	/* b to the isb */
};

struct machine {
	int kvm, vm;
	struct vcpu {
		int fd;
		struct kvm_run *run;
	} vcpu[2];
};

static int call(int fd, unsigned long request, void *arg)
{
	int ret = ioctl(fd, request, arg);

	if (ret < 0) {
		perror("KVM");
		exit(1);
	}
	return ret;
}

static void set_register(int vcpu, u64 id, u64 value)
{
	struct kvm_one_reg reg = { .id = id, .addr = (uintptr_t)&value };

	call(vcpu, KVM_SET_ONE_REG, &reg);
}

static void make_vcpu(struct machine *m, unsigned int id)
{
	struct vcpu *v = &m->vcpu[id];
	struct kvm_vcpu_init init;

	v->fd = call(m->vm, KVM_CREATE_VCPU, (void *)(uintptr_t)id);
	call(m->vm, KVM_ARM_PREFERRED_TARGET, &init);
	call(v->fd, KVM_ARM_VCPU_INIT, &init);
	set_register(v->fd, CORE_REG(regs.pc), RAM);
	set_register(v->fd, CORE_REG(regs.regs[1]), NOTHING);
	v->run = mmap(NULL, call(m->kvm, KVM_GET_VCPU_MMAP_SIZE, NULL),
		      PROT_READ | PROT_WRITE, MAP_SHARED, v->fd, 0);
}

static void make_machine(struct machine *m)
{
	struct kvm_userspace_memory_region ram = {
		.guest_phys_addr = RAM,
		.memory_size = RAM,
	};
	void *memory = mmap(NULL, RAM, PROT_READ | PROT_WRITE,
			    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	memcpy(memory, program, sizeof(program));
	ram.userspace_addr = (uintptr_t)memory;
	m->vm = call(m->kvm, KVM_CREATE_VM, NULL);
	call(m->vm, KVM_SET_USER_MEMORY_REGION, &ram);
	make_vcpu(m, 0);
	make_vcpu(m, 1);
}

static void set_offset(struct machine *m, u64 offset)
{
	struct kvm_arm_counter_offset o = { .counter_offset = offset };

	call(m->vm, KVM_ARM_SET_COUNTER_OFFSET, &o);
}

/* what the machine reads next, and the host before and after that */
static u64 read_counter(struct vcpu *v, u64 *before, u64 *after)
{
	u64 count;

	*before = counter();
	call(v->fd, KVM_RUN, NULL);
	*after = counter();
	if (v->run->exit_reason != KVM_EXIT_MMIO ||
	    v->run->mmio.phys_addr != NOTHING)
		ktap_ok(false, "the machine runs (exit %u)",
			v->run->exit_reason);
	memcpy(&count, v->run->mmio.data, sizeof(count));
	return count;
}

static void check_counter(struct vcpu *v, u64 offset, const char *what)
{
	u64 before, after, count;
	int i, bad = 0;

	for (i = 0; i < READS; i++) {
		count = read_counter(v, &before, &after);
		bad += count - (before - offset) > after - before;
	}
	ktap_ok(!bad, "offset %#llx, %s: the host's counter less it, %d times",
		(unsigned long long)offset, what, READS);
}

static bool not_after(struct vmclock_time a, struct vmclock_time b)
{
	return a.sec < b.sec || (a.sec == b.sec && a.frac <= b.frac);
}

static void get(const struct vmclock_abi *page, struct vmclock_params *p)
{
	while (vmclock_page_read(page, sizeof(*page), p))
		;
}

static const struct vmclock_abi *map(int fd)
{
	return mmap(NULL, sysconf(_SC_PAGESIZE), PROT_READ, MAP_SHARED, fd, 0);
}

static void check_view(struct vcpu *v, int control, u64 offset)
{
	struct vmclock_view_create create = { .size = 0 };
	struct vmclock_view_translation t = {
		.ratio = 1ULL << 48, .frac_bits = 48, .offset = 0 - offset,
	};
	int fd = call(control, VMCLOCK_HOST_CREATE_VIEW, &create);
	int i, bad = 0, done = 0;
	const struct vmclock_abi *own = map(control), *page = map(fd);
	u64 before, after, count;

	call(fd, VMCLOCK_VIEW_SET_TRANSLATION, &t);
	for (i = 0; i < READS; i++) {
		struct vmclock_params host, guest, again;
		struct vmclock_time time;

		get(own, &host);
		get(page, &guest);
		count = read_counter(v, &before, &after);
		get(own, &again);
		if (host.seq != again.seq)
			continue;
		done++;
		time = vmclock_line_at(&guest.line, count);
		bad += guest.line.counter != host.line.counter - offset ||
		       !not_after(vmclock_line_at(&host.line, before), time) ||
		       !not_after(time, vmclock_line_at(&host.line, after));
	}
	ktap_ok(done && !bad,
		"offset %#llx: the view tells the machine the host's time, %d times",
		(unsigned long long)offset, done);
	close(fd);
}

int main(void)
{
	static const u64 offsets[] = { 0, 123456789012345, 0 - 98765432109876 };
	struct machine m = { .kvm = open("/dev/kvm", O_RDWR) };
	int control = open("/dev/vmclock_host", O_RDWR);
	unsigned int i;

	if (m.kvm < 0 || control < 0)
		ktap_skip_all("no /dev/kvm or no /dev/vmclock_host");
	ktap_begin(0);
	make_machine(&m);
	if (!ktap_ok(ioctl(m.vm, KVM_CHECK_EXTENSION, KVM_CAP_COUNTER_OFFSET) >
		     0, "KVM has KVM_CAP_COUNTER_OFFSET"))
		return ktap_end();
	for (i = 0; i < sizeof(offsets) / sizeof(*offsets); i++) {
		set_offset(&m, offsets[i]);
		check_counter(&m.vcpu[0], offsets[i], "first CPU");
		check_counter(&m.vcpu[1], offsets[i], "second CPU");
		check_view(&m.vcpu[0], control, offsets[i]);
	}
	set_register(m.vcpu[0].fd, KVM_REG_ARM_TIMER_CNT, 0);
	check_counter(&m.vcpu[0], offsets[i - 1], "its count written to");
	return ktap_end();
}
