// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * The smallest VMM with a VMClock page: one virtual CPU, a view of this host's
 * clock mapped read-only into its memory, and an interrupt by KVM each time the
 * page has changed. Once it is set up the VMM has nothing to do with either:
 * vmclock_host writes the page, and signals an eventfd that KVM turns into the
 * interrupt.
 *
 *	minivmm [CHANGES]	1 to 400, 5; run as root
 *
 * The guest is a few instructions in real mode. It sleeps until the page has
 * changed, copies page and TSC under the sequence count into its memory, and
 * after CHANGES of that stops by writing to a port, the only time that KVM_RUN
 * returns. Then the VMM prints what the guest has read, and compares the view
 * with the host's own page. Exit status: 0 if all is as it should be.
 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <linux/kvm.h>

#include "vmclock/counter.h"
#include "vmclock/page.h"
#include "vmclock_host.h"

#define RAM_BYTES	0x10000
#define PAGE_BYTES	0x1000
#define CODE		0x0800	/* behind the interrupt vectors */
#define STACK		0x1000
#define MAILBOX		0x1000	/* of the guest's records */
#define PAGE_ADDRESS	0x10000	/* behind the RAM */
#define RECORDS_MAX	400
#define IRQ		5
#define VECTOR		(0x20 + IRQ)
#define EXIT_PORT	0xf4

/**
 * struct record - what the guest has read, once
 * @page: copy of the page
 * @tsc: its TSC meanwhile
 */
struct record {
	struct vmclock_abi page;
	uint64_t tsc;
};

_Static_assert(sizeof(struct record) == 120,
	       "the guest's code knows it");

/*
 * The guest. DS is the page's segment, ES the mailbox's, BP the next record,
 * DX the number of records that are left; SS:0xf00 is the last sequence count,
 * for an interrupt may come for what was read already. Of the PIC only line 5
 * is on; it ends its interrupts by itself. An interrupt comes between STI and
 * the end of HLT, or is kept until then. LFENCE on both sides keeps RDTSC where
 * it is.
 */
extern const char guest_begin[], guest_handler[], guest_end[];
asm(".pushsection .rodata\n"
    ".code16\n"
    "guest_begin:\n"
    "	movb $0x11, %al\n"
    "	outb %al, $0x20\n"
    "	movb $0x20, %al\n"
    "	outb %al, $0x21\n"
    "	movb $0x04, %al\n"
    "	outb %al, $0x21\n"
    "	movb $0x03, %al\n"
    "	outb %al, $0x21\n"
    "	movb $0xdf, %al\n"
    "	outb %al, $0x21\n"
    "	cld\n"
    "sleep:\n"
    "	sti\n"
    "	hlt\n"
    "	cli\n"
    "read:\n"
    "	movl 12, %ebx\n"		/* seq_count */
    "	testb $1, %bl\n"
    "	jnz read\n"
    "	cmpl %ss:0xf00, %ebx\n"	/* an interrupt for the last change */
    "	je sleep\n"
    "	xorw %si, %si\n"
    "	movw %bp, %di\n"
    "	movw $28, %cx\n"
    "	rep movsl\n"
    "	pushw %dx\n"
    "	lfence\n"
    "	rdtsc\n"
    "	lfence\n"
    "	stosl\n"
    "	movl %edx, %eax\n"
    "	stosl\n"
    "	popw %dx\n"
    "	cmpl 12, %ebx\n"
    "	jne read\n"
    "	movl %ebx, %ss:0xf00\n"
    "	movw %di, %bp\n"
    "	decw %dx\n"
    "	jnz sleep\n"
    "	outb %al, $0xf4\n"		/* EXIT_PORT */
    "guest_handler:\n"
    "	iret\n"
    "guest_end:\n"
    ".code64\n"
    ".popsection\n");

/**
 * struct vmm - the machine
 * @kvm: /dev/kvm
 * @vm: the machine
 * @vcpu: its CPU
 * @view: its page's view
 * @page: the page, as the guest sees it
 * @ram: its memory
 * @run: what KVM tells of the CPU
 * @t: the guest's TSC, of the host's
 */
struct vmm {
	int kvm, vm, vcpu, view;
	const struct vmclock_abi *page;
	unsigned char *ram;
	struct kvm_run *run;
	struct vmclock_view_translation t;
};

static void die(const char *what)
{
	fprintf(stderr, "minivmm: %s: %s\n", what, strerror(errno));
	exit(2);
}

static int open_or_die(const char *path)
{
	int fd = open(path, O_RDWR | O_CLOEXEC);

	if (fd < 0)
		die(path);
	return fd;
}

static int call(int fd, unsigned long request, void *arg, const char *what)
{
	int ret = ioctl(fd, request, arg);

	if (ret < 0)
		die(what);
	return ret;
}

static void *map(size_t size, int prot, int flags, int fd, const char *what)
{
	void *p = mmap(NULL, size, prot, flags, fd, 0);

	if (p == MAP_FAILED)
		die(what);
	return p;
}

static void create_machine(struct vmm *m)
{
	int size;

	m->kvm = open_or_die("/dev/kvm");
	m->vm = call(m->kvm, KVM_CREATE_VM, NULL, "KVM_CREATE_VM");
	call(m->vm, KVM_SET_TSS_ADDR, (void *)0xfffbd000, "KVM_SET_TSS_ADDR");
	call(m->vm, KVM_CREATE_IRQCHIP, NULL, "KVM_CREATE_IRQCHIP");
	m->vcpu = call(m->vm, KVM_CREATE_VCPU, NULL, "KVM_CREATE_VCPU");
	size = call(m->kvm, KVM_GET_VCPU_MMAP_SIZE, NULL, "KVM_RUN's memory");
	m->run = map(size, PROT_READ | PROT_WRITE, MAP_SHARED, m->vcpu,
		     "KVM_RUN's memory");
}

/* Only the VMM itself may ask for the offset; others read it in debugfs. */
static void create_view(struct vmm *m)
{
	struct vmclock_view_create create = {
		.flags = VMCLOCK_FLAG_NOTIFICATION_PRESENT,
	};
	struct kvm_device_attr attr = {
		.group = KVM_VCPU_TSC_CTRL,
		.attr = KVM_VCPU_TSC_OFFSET,
		.addr = (uintptr_t)&m->t.offset,
	};
	int host = open_or_die("/dev/vmclock_host");

	m->view = call(host, VMCLOCK_HOST_CREATE_VIEW, &create, "view");
	close(host);
	call(m->vcpu, KVM_GET_DEVICE_ATTR, &attr, "KVM_VCPU_TSC_OFFSET");
	m->t.frac_bits = 32;	/* the TSC isn't scaled */
	m->t.ratio = 1ULL << m->t.frac_bits;
	call(m->view, VMCLOCK_VIEW_SET_TRANSLATION, &m->t, "translation");
	m->page = map(PAGE_BYTES, PROT_READ, MAP_SHARED, m->view, "view");
}

static void add_memory(struct vmm *m)
{
	struct kvm_userspace_memory_region ram = {
		.slot = 0, .memory_size = RAM_BYTES,
	}, page = {
		.slot = 1, .memory_size = PAGE_BYTES,
		.guest_phys_addr = PAGE_ADDRESS, .flags = KVM_MEM_READONLY,
		.userspace_addr = (uintptr_t)m->page,
	};

	m->ram = map(RAM_BYTES, PROT_READ | PROT_WRITE,
		     MAP_PRIVATE | MAP_ANONYMOUS, -1, "memory");
	ram.userspace_addr = (uintptr_t)m->ram;
	call(m->vm, KVM_SET_USER_MEMORY_REGION, &ram, "memory");
	call(m->vm, KVM_SET_USER_MEMORY_REGION, &page, "page");
}

/* The descriptor stays open: KVM lets go of an eventfd that nobody has. */
static void wire_interrupt(const struct vmm *m)
{
	struct vmclock_view_eventfd changed;
	struct kvm_irqfd irqfd = { .gsi = IRQ };
	int fd = eventfd(0, EFD_CLOEXEC);

	if (fd < 0)
		die("eventfd");
	changed = (struct vmclock_view_eventfd){ .fd = fd };
	irqfd.fd = fd;
	call(m->vm, KVM_IRQFD, &irqfd, "KVM_IRQFD");
	call(m->view, VMCLOCK_VIEW_SET_EVENTFD, &changed, "eventfd of the view");
}

static void load_guest(const struct vmm *m, unsigned int changes)
{
	uint16_t handler = CODE + (guest_handler - guest_begin);
	struct kvm_regs regs = {
		.rip = CODE, .rsp = STACK, .rflags = 2, .rdx = changes,
	};
	struct kvm_sregs sregs;

	memcpy(m->ram + CODE, guest_begin, guest_end - guest_begin);
	memcpy(m->ram + 4 * VECTOR, &handler, sizeof(handler));
	call(m->vcpu, KVM_GET_SREGS, &sregs, "KVM_GET_SREGS");
	sregs.cs.base = 0;
	sregs.cs.selector = 0;
	sregs.ds.base = PAGE_ADDRESS;
	sregs.ds.selector = PAGE_ADDRESS >> 4;
	sregs.es.base = MAILBOX;
	sregs.es.selector = MAILBOX >> 4;
	call(m->vcpu, KVM_SET_SREGS, &sregs, "KVM_SET_SREGS");
	call(m->vcpu, KVM_SET_REGS, &regs, "KVM_SET_REGS");
}

static bool check(bool good, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

static bool check(bool good, const char *format, ...)
{
	va_list args;

	printf("%s: ", good ? "yes" : "NO");
	va_start(args, format);
	vprintf(format, args);
	va_end(args);
	putchar('\n');
	return good;
}

static struct vmclock_time time_at(const struct vmclock_abi *abi,
				   uint64_t counter)
{
	struct vmclock_params p;

	vmclock_page_decode(abi, &p);
	return vmclock_line_at(&p.line, counter);
}

/* Each change is there once, whole, and later than the one before. */
static bool check_records(const struct record *r, unsigned int n)
{
	struct vmclock_time last = { 0 }, now;
	bool good = true;
	unsigned int i;

	for (i = 0; i < n; i++, last = now) {
		now = time_at(&r[i].page, r[i].tsc);
		printf("seq %u, TSC %" PRIu64 ": TAI %lld.%09u\n",
		       r[i].page.seq_count, r[i].tsc, (long long)now.sec,
		       vmclock_frac_to_ns(now.frac));
		good &= r[i].page.magic == VMCLOCK_MAGIC &&
			!(r[i].page.seq_count & 1) &&
			vmclock_time_before(last, now) &&
			(!i || r[i].page.seq_count != r[i - 1].page.seq_count);
	}
	return check(good, "the guest has read %u changes of the page", n);
}

/* Both as they were between two looks at the same version. */
static void copy_both(const struct vmm *m, const struct vmclock_abi *host,
		      struct vmclock_params *view, struct vmclock_params *page)
{
	struct vmclock_params again;

	do {
		while (vmclock_page_read(m->page, PAGE_BYTES, view) ||
		       vmclock_page_read(host, PAGE_BYTES, page) ||
		       vmclock_page_read(m->page, PAGE_BYTES, &again))
			;
	} while (again.seq != view->seq);
}

/* The view at the guest's counter against the page at the host's. */
static bool check_view(const struct vmm *m)
{
	int fd = open("/dev/vmclock_host", O_RDONLY | O_CLOEXEC);
	const struct vmclock_abi *host = map(PAGE_BYTES, PROT_READ, MAP_SHARED,
					     fd, "/dev/vmclock_host");
	struct vmclock_params view, page;
	struct vmclock_time a, b;
	uint64_t counter;
	int64_t ns32;

	copy_both(m, host, &view, &page);
	counter = vmclock_counter();
	a = vmclock_line_at(&view.line, counter + m->t.offset);
	b = vmclock_line_at(&page.line, counter);
	ns32 = vmclock_time_to_ns32(vmclock_time_sub(a, b));
	return check(llabs(ns32) < 1LL << 32, "the view is the host's page, translated: off by %.6f ns",
		     ns32 / 4294967296.0);
}

static bool one_thread(void)
{
	char line[128];
	int threads = 0;
	FILE *f = fopen("/proc/self/status", "re");

	while (f && fgets(line, sizeof(line), f))
		sscanf(line, "Threads: %d", &threads);
	if (f)
		fclose(f);
	return threads == 1;
}

/* Signals apart, KVM_RUN returns when the guest wants something of the VMM. */
static bool run(const struct vmm *m)
{
	bool alone = one_thread();

	call(m->vcpu, KVM_RUN, NULL, "KVM_RUN");
	return check(alone && m->run->exit_reason == KVM_EXIT_IO &&
		     m->run->io.port == EXIT_PORT,
		     "the VMM has one thread, and KVM_RUN has returned once, at the end (exit %u)",
		     m->run->exit_reason);
}

int main(int argc, char **argv)
{
	int changes = argc > 1 ? atoi(argv[1]) : 5;
	struct vmm m = { 0 };
	bool good;

	if (argc > 2 || changes < 1 || changes > RECORDS_MAX) {
		fprintf(stderr, "usage: minivmm [CHANGES], 1 to %d\n",
			RECORDS_MAX);
		return 2;
	}
	create_machine(&m);
	create_view(&m);
	add_memory(&m);
	load_guest(&m, changes);
	wire_interrupt(&m);
	good = run(&m);
	good &= check_records((void *)(m.ram + MAILBOX), changes);
	good &= check_view(&m);
	return good ? EXIT_SUCCESS : EXIT_FAILURE;
}
