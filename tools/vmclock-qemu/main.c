// SPDX-License-Identifier: GPL-2.0
/*
 * vmclock-qemu: runs any QEMU command line with a VMClock device in it, whose
 * page is a view of this host's clock. docs/man/vmclock-qemu.1 describes it.
 */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <inttypes.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "machine.h"
#include "table.h"
#include "vmclock_abi.h"
#include "vmclock_host.h"
#include "watch.h"

#define EXIT_USAGE	2
#define EXIT_SETUP	125	/* as env, nohup and timeout have it */
#define EXIT_NO_QEMU	127
#define ADDED_MAX	24	/* arguments */
#define PAGE_BYTES	4096
#define MAX_RAM_EXTRA_KIB	1024

static const char usage[] =
"Usage: vmclock-qemu [OPTION...] [--] QEMU [ARGUMENT...]\n"
"Run QEMU with a VMClock device whose page is a view of this host's clock.\n"
"\n"
"  -i, --ivshmem          page in a PCI function (ivshmem-plain)\n"
"      --no-table         no ACPI table: for drivers that find that function\n"
"      --no-doorbell      don't tell the guest of changes of the page\n"
"      --slot N           PCI slot of the doorbell and the page (24)\n"
"      --address ADDR     guest-physical address of the page\n"
"      --view NAME        a view that exists, instead of a new one\n"
"      --generation N     VM generation: that of before a migration\n"
"      --print            only print QEMU's command line, an argument a line,\n"
"                         for somebody else to run; needs --page and --table\n"
"      --page FILE        page that somebody else keeps\n"
"      --table FILE       where to write the ACPI table\n"
"      --doorbell CHARDEV QEMU's character device that rings the doorbell\n"
"      --writable         the guest may write to the page\n"
"  -h, --help\n"
"  -V, --version\n";

/**
 * struct options - the command line
 */
struct options {
	bool ivshmem, no_table, no_doorbell, print, writable, set_generation;
	unsigned int slot;
	uint64_t address, generation;
	const char *view, *page, *table, *doorbell;
	char **qemu;
	struct machine m;
};

/**
 * struct session - what there is for one QEMU
 * @name: of a view that was made for it; empty: somebody else's
 * @page: path of the page
 * @doorbell: QEMU's character device
 * @table: path of the table
 * @monitor: of QMP, an option of QEMU; empty: none
 * @view: see struct watch, as for the others
 */
struct session {
	char name[VMCLOCK_VIEW_NAME_SIZE];
	char page[PATH_MAX];
	char doorbell[PATH_MAX];
	char table[PATH_MAX];
	char monitor[64];
	int view;
	int changed;
	int bell[2];
	int qmp[2];
};

/**
 * complain() - one line for the user
 * @format: of it
 */
void complain(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	fprintf(stderr, "vmclock-qemu: ");
	vfprintf(stderr, format, args);
	fprintf(stderr, "\n");
	va_end(args);
}

static void die(int status, const char *format, ...)
	__attribute__((noreturn, format(printf, 2, 3)));

static void die(int status, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	fprintf(stderr, "vmclock-qemu: ");
	vfprintf(stderr, format, args);
	fprintf(stderr, "%s\n", status == EXIT_USAGE ?
		"; vmclock-qemu --help shows the options" : "");
	va_end(args);
	exit(status);
}

/* --- the command line ---------------------------------------------------- */

static uint64_t number(const char *option, const char *text, uint64_t min,
		       uint64_t max)
{
	uint64_t value;
	char *end;

	errno = 0;
	value = strtoull(text, &end, 0);
	if (errno || end == text || *end || *text == '-' || value < min ||
	    value > max)
		die(EXIT_USAGE, "--%s is a number from %" PRIu64 " to %" PRIu64 ", not '%s'",
		    option, min, max, text);
	return value;
}

enum long_only {
	NO_TABLE = 256, NO_DOORBELL, SLOT, ADDRESS, VIEW, GENERATION, PRINT,
	PAGE, TABLE, DOORBELL, WRITABLE
};

static const struct option long_options[] = {
	{ "ivshmem", no_argument, NULL, 'i' },
	{ "no-table", no_argument, NULL, NO_TABLE },
	{ "no-doorbell", no_argument, NULL, NO_DOORBELL },
	{ "slot", required_argument, NULL, SLOT },
	{ "address", required_argument, NULL, ADDRESS },
	{ "view", required_argument, NULL, VIEW },
	{ "generation", required_argument, NULL, GENERATION },
	{ "print", no_argument, NULL, PRINT },
	{ "page", required_argument, NULL, PAGE },
	{ "table", required_argument, NULL, TABLE },
	{ "doorbell", required_argument, NULL, DOORBELL },
	{ "writable", no_argument, NULL, WRITABLE },
	{ "help", no_argument, NULL, 'h' },
	{ "version", no_argument, NULL, 'V' },
	{ }
};

static void parse_option(struct options *o, int option)
{
	switch (option) {
	case 'i':
		o->ivshmem = true;
		break;
	case NO_TABLE:
		o->no_table = true;
		break;
	case NO_DOORBELL:
		o->no_doorbell = true;
		break;
	case SLOT:
		o->slot = number("slot", optarg, 2, 24);
		break;
	case ADDRESS:
		o->address = number("address", optarg, PAGE_BYTES, 1ULL << 52);
		break;
	case VIEW:
		o->view = optarg;
		break;
	case GENERATION:
		o->set_generation = true;
		o->generation = number("generation", optarg, 0, UINT64_MAX);
		break;
	case PRINT:
		o->print = true;
		break;
	case PAGE:
		o->page = optarg;
		break;
	case TABLE:
		o->table = optarg;
		break;
	case DOORBELL:
		o->doorbell = optarg;
		break;
	case WRITABLE:
		o->writable = true;
		break;
	case 'h':
		fputs(usage, stdout);
		exit(EXIT_SUCCESS);
	case 'V':
		puts("vmclock-qemu " VMCLOCK_VERSION);
		exit(EXIT_SUCCESS);
	default:
		exit(EXIT_USAGE);
	}
}

/* What doesn't go together; the message is the user's, so it comes first. */
static void check_options(const struct options *o)
{
	if (!*o->qemu)
		die(EXIT_USAGE, "which QEMU? its command line is missing");
	if (o->no_table && !o->ivshmem)
		die(EXIT_USAGE, "--no-table needs --ivshmem: without a table nobody finds the page elsewhere");
	if (o->address && o->ivshmem)
		die(EXIT_USAGE, "--address is not for --ivshmem, where the guest chooses it");
	if (o->address % PAGE_BYTES)
		die(EXIT_USAGE, "--address must be that of a page, a multiple of 4096");
	if (o->no_doorbell && o->doorbell)
		die(EXIT_USAGE, "--doorbell and --no-doorbell exclude each other");
	if (o->print != !!o->page)
		die(EXIT_USAGE, "--print and --page go together: without them vmclock-qemu keeps the page itself");
	if (o->print && !o->table && !o->no_table)
		die(EXIT_USAGE, "--print needs --table FILE, for the table outlives vmclock-qemu then");
	if (!o->print && (o->table || o->doorbell || o->writable))
		die(EXIT_USAGE, "--table, --doorbell and --writable are for --print");
	if (o->page && (o->view || o->set_generation))
		die(EXIT_USAGE, "--view and --generation are not for --page, which somebody else keeps");
}

static void check_machine(struct options *o)
{
	const struct machine *m = &o->m;

	if (m->other)
		die(EXIT_SETUP, "machine '%.32s' has no place for the page; remedy: -M q35, or pc", m->other);
	if (!m->acpi && !o->no_table)
		die(EXIT_SETUP, "the machine has no ACPI, by which a guest finds the page; remedy: --ivshmem --no-table");
	if (!m->q35 && !o->no_doorbell)
		die(EXIT_SETUP, "the doorbell's interrupt is that of a q35; remedy: -M q35, or --no-doorbell");
	if (!o->page && !m->kvm)
		die(EXIT_SETUP, "without KVM it is not known how the guest's counter comes from the host's; remedy: -accel kvm");
}

static void parse(struct options *o, int argc, char **argv)
{
	char why[MACHINE_WHY];
	int option;

	o->slot = 24;
	while ((option = getopt_long(argc, argv, "+ihV", long_options,
				     NULL)) != -1)
		parse_option(o, option);
	o->qemu = argv + optind;
	if (o->no_table)
		o->no_doorbell = true;
	check_options(o);
	if (!machine_parse(&o->m, o->qemu, why))
		die(EXIT_SETUP, "%s", why);
	check_machine(o);
	if (!o->address)
		o->address = machine_device_memory(&o->m);
}

/* --- the view ------------------------------------------------------------ */

static const char *remedy(int error)
{
	switch (error) {
	case ENOENT:
	case ENXIO:
		return "; remedy: modprobe vmclock_host";
	case EACCES:
	case EPERM:
		return "; remedy: run it as root, or use --view with a view that you may write to";
	case ENOSPC:
		return "; remedy: vmclockctl view list, vmclockctl view delete NAME";
	default:
		return "";
	}
}

/*
 * A view of our name was left by a process of our number that was killed; it is
 * of no use to anybody.
 */
static void create_view(struct session *s)
{
	struct vmclock_view_name name = { 0 };
	struct vmclock_view_create create = { 0 };
	int host = open("/dev/vmclock_host", O_RDWR | O_CLOEXEC);

	if (host < 0)
		die(EXIT_SETUP, "cannot open /dev/vmclock_host: %s%s",
		    strerror(errno), remedy(errno));
	snprintf(s->name, sizeof(s->name), "qemu-%d", getpid());
	memcpy(name.name, s->name, strlen(s->name));
	memcpy(create.name, s->name, strlen(s->name));
	ioctl(host, VMCLOCK_HOST_REMOVE_VIEW, &name);
	s->view = ioctl(host, VMCLOCK_HOST_CREATE_VIEW, &create);
	if (s->view < 0)
		die(EXIT_SETUP, "cannot create a view: %s%s", strerror(errno),
		    errno == ENOTTY ? "; remedy: a newer vmclock_host" :
		    remedy(errno));
	close(host);
	snprintf(s->page, sizeof(s->page), "/dev/" VMCLOCK_VIEW_NODE_PREFIX
		 "%s", s->name);
}

static void open_view(struct session *s, const char *name)
{
	snprintf(s->page, sizeof(s->page), "/dev/" VMCLOCK_VIEW_NODE_PREFIX
		 "%s", name);
	s->view = open(s->page, O_RDWR | O_CLOEXEC);
	if (s->view < 0)
		die(EXIT_SETUP, "cannot open %s: %s%s", s->page,
		    strerror(errno), errno == ENOENT ?
		    "; remedy: vmclockctl view create" : "");
}

/* Somebody else's view, which stays, is now no machine's any more. */
static void leave_view(const struct session *s)
{
	struct vmclock_view_eventfd e = { .fd = -1 };
	struct vmclock_view_translation t = { 0 };

	if (ioctl(s->view, VMCLOCK_VIEW_SET_EVENTFD, &e) ||
	    ioctl(s->view, VMCLOCK_VIEW_SET_TRANSLATION, &t))
		complain("cannot leave %s: %s", s->page, strerror(errno));
}

static void remove_view(const struct session *s)
{
	struct vmclock_view_name name = { 0 };
	int host;

	if (s->view < 0)
		return;
	if (!s->name[0]) {
		leave_view(s);
		return;
	}
	host = open("/dev/vmclock_host", O_RDWR | O_CLOEXEC);
	memcpy(name.name, s->name, strlen(s->name));
	if (host < 0 || ioctl(host, VMCLOCK_HOST_REMOVE_VIEW, &name))
		complain("cannot remove the view %s: %s", s->name,
			 strerror(errno));
	if (host >= 0)
		close(host);
}

/* For an error after the view was made. */
static void give_up(const struct session *s, const char *what)
{
	complain("%s: %s", what, strerror(errno));
	remove_view(s);
	exit(EXIT_SETUP);
}

static void set_flags(const struct session *s, bool doorbell)
{
	struct vmclock_view_flags flags = {
		.mask = VMCLOCK_FLAG_NOTIFICATION_PRESENT,
		.flags = doorbell ? VMCLOCK_FLAG_NOTIFICATION_PRESENT : 0,
	};

	if (ioctl(s->view, VMCLOCK_VIEW_SET_FLAGS, &flags))
		give_up(s, "flags of the view");
}

static void set_generation(const struct session *s, uint64_t generation)
{
	struct vmclock_view_generation g = {
		.value = generation,
		.flags = VMCLOCK_GENERATION_SET,
	};

	if (ioctl(s->view, VMCLOCK_VIEW_SET_GENERATION, &g))
		give_up(s, "generation of the view");
}

/* One end for QEMU, which inherits it. */
static void pair(const struct session *s, int fd[2])
{
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fd) ||
	    fcntl(fd[0], F_SETFL, O_NONBLOCK) ||
	    fcntl(fd[1], F_SETFD, 0))
		give_up(s, "sockets for QEMU");
}

static void wire_doorbell(struct session *s)
{
	struct vmclock_view_eventfd e;

	s->changed = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	e = (struct vmclock_view_eventfd){ .fd = s->changed };
	if (s->changed < 0 || ioctl(s->view, VMCLOCK_VIEW_SET_EVENTFD, &e))
		give_up(s, "eventfd of the view");
	pair(s, s->bell);
	snprintf(s->doorbell, sizeof(s->doorbell), "socket,fd=%d", s->bell[1]);
}

static void prepare_view(const struct options *o, struct session *s)
{
	if (o->view)
		open_view(s, o->view);
	else
		create_view(s);
	if (o->set_generation)
		set_generation(s, o->generation);
	set_flags(s, !o->no_doorbell);
	if (!o->no_doorbell)
		wire_doorbell(s);
	pair(s, s->qmp);
	snprintf(s->monitor, sizeof(s->monitor), "socket,id=vmclock-qmp,fd=%d",
		 s->qmp[1]);
}

/* --- QEMU's command line ------------------------------------------------- */

static void prepare_table(const struct options *o, struct session *s)
{
	int fd, error;

	if (o->no_table)
		return;
	if (o->table)
		fd = open(o->table, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC,
			  0644);
	else
		fd = memfd_create("vmclock-ssdt", 0);
	if (fd < 0)
		give_up(s, o->table ? o->table : "memory for the table");
	error = table_write(fd, o->ivshmem, o->address, o->slot);
	if (error) {
		errno = -error;
		give_up(s, "writing the table");
	}
	if (o->table)
		snprintf(s->table, sizeof(s->table), "%s", o->table);
	else
		snprintf(s->table, sizeof(s->table), "/proc/self/fd/%d", fd);
}

/**
 * struct args - arguments, of which some are to be added
 * @v: they
 * @n: how many
 */
struct args {
	char *v[ADDED_MAX];
	size_t n;
};

static void add(struct args *a, const char *option, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

static void add(struct args *a, const char *option, const char *format, ...)
{
	va_list list;

	a->v[a->n++] = (char *)option;
	va_start(list, format);
	if (a->n == ADDED_MAX || vasprintf(&a->v[a->n++], format, list) < 0)
		abort();
	va_end(list);
}

/* In front of the user's, whose devices take the places that are left. */
static void add_devices(const struct options *o, struct args *a)
{
	if (o->ivshmem)
		add(a, "-device", "ivshmem-plain,memdev=vmclock-page,addr=%02x.0",
		    o->slot - !o->no_doorbell);
	else
		add(a, "-device", "virtio-pmem-pci,memdev=vmclock-page,memaddr=0x%" PRIx64 ",addr=%02x.1",
		    o->address, o->slot);
	if (!o->no_doorbell)
		add(a, "-device", "pci-serial,chardev=vmclock-bell,addr=%02x.2",
		    o->slot);
}

/*
 * Behind the user's: a later -m adds to an earlier one, and QEMU's emulation
 * takes the first object for the RAM in a migration.
 */
static void add_rest(const struct options *o, const struct session *s,
		     struct args *a)
{
	add(a, "-object", "memory-backend-file,id=vmclock-page,mem-path=%s,size=%d,share=on,readonly=%s",
	    s->page, PAGE_BYTES, o->writable ? "off" : "on");
	if (!o->ivshmem)
		add(a, "-m", "maxmem=%" PRIu64 "k",
		    o->m.max_ram / 1024 + MAX_RAM_EXTRA_KIB);
	if (!o->no_table)
		add(a, "-acpitable", "file=%s", s->table);
	if (!o->no_doorbell)
		add(a, "-chardev", "%s,id=vmclock-bell", s->doorbell);
	if (!s->monitor[0])
		return;
	add(a, "-chardev", "%s", s->monitor);
	add(a, "-mon", "chardev=vmclock-qmp,mode=control");
}

static size_t count(char **argv)
{
	size_t n = 0;

	while (argv[n])
		n++;
	return n;
}

/*
 * QEMU itself may be behind a program that runs it, such as env. The result
 * lives as long as the process.
 */
static char **command(const struct options *o, const struct session *s)
{
	struct args devices = { .n = 0 }, rest = { .n = 0 };
	size_t n = count(o->qemu), first = 1;
	static char **argv;
	char **to;

	argv = calloc(n + 2 * ADDED_MAX + 1, sizeof(*argv));
	if (!argv)
		abort();
	to = argv;
	add_devices(o, &devices);
	add_rest(o, s, &rest);
	while (o->qemu[first] && o->qemu[first][0] != '-' && first < n)
		first++;
	if (first > n)
		first = n;
	to = mempcpy(to, o->qemu, first * sizeof(*to));
	to = mempcpy(to, devices.v, devices.n * sizeof(*to));
	to = mempcpy(to, o->qemu + first, (n - first) * sizeof(*to));
	mempcpy(to, rest.v, rest.n * sizeof(*to));
	return argv;
}

/* --- running it ---------------------------------------------------------- */

static void print(char **argv)
{
	while (*argv)
		puts(*argv++);
	if (fflush(stdout))
		die(EXIT_SETUP, "stdout: %s", strerror(errno));
}

static void check_kvm(void)
{
	int kvm = open("/dev/kvm", O_RDWR | O_CLOEXEC);

	if (kvm < 0)
		die(EXIT_SETUP, "cannot open /dev/kvm: %s%s", strerror(errno),
		    errno == ENOENT ? "; remedy: modprobe kvm-intel or kvm-amd, on a CPU with virtualisation" :
		    errno == EACCES ? "; remedy: be in the group kvm" : "");
	close(kvm);
}

/* What is forwarded, and SIGCHLD; blocked in front of everything else. */
static int block_signals(sigset_t *before)
{
	static const int numbers[] = { SIGTERM, SIGINT, SIGHUP, SIGQUIT,
				       SIGUSR1, SIGUSR2, SIGCHLD };
	sigset_t set;
	size_t i;

	sigemptyset(&set);
	for (i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++)
		sigaddset(&set, numbers[i]);
	sigprocmask(SIG_BLOCK, &set, before);
	return signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
}

static pid_t start(char **argv, const sigset_t *signals)
{
	pid_t pid = fork();

	if (pid)
		return pid;
	sigprocmask(SIG_SETMASK, signals, NULL);
	execvp(argv[0], argv);
	complain("cannot run %s: %s", argv[0], strerror(errno));
	_exit(EXIT_NO_QEMU);
}

static int run(const struct options *o)
{
	struct session s = { .view = -1, .changed = -1, .bell = { -1, -1 } };
	struct watch w;
	sigset_t signals;
	int status;

	check_kvm();
	w.signals = block_signals(&signals);
	prepare_view(o, &s);
	prepare_table(o, &s);
	w.pid = start(command(o, &s), &signals);
	if (w.signals < 0 || w.pid < 0)
		give_up(&s, "cannot start a process");
	close(s.qmp[1]);
	w.view = s.view;
	w.changed = s.changed;
	w.bell = s.bell[0];
	w.unread = s.bell[1];
	w.qmp = s.qmp[0];
	status = watch_qemu(&w);
	remove_view(&s);
	return WIFSIGNALED(status) ? 128 + WTERMSIG(status) :
				     WEXITSTATUS(status);
}

int main(int argc, char **argv)
{
	struct options o = { 0 };
	struct session s = { .view = -1 };

	parse(&o, argc, argv);
	if (!o.print)
		return run(&o);
	snprintf(s.page, sizeof(s.page), "%s", o.page);
	if (!o.no_doorbell && !o.doorbell)
		die(EXIT_USAGE, "--print needs --doorbell CHARDEV, or --no-doorbell");
	snprintf(s.doorbell, sizeof(s.doorbell), "%s", o.doorbell ?: "");
	prepare_table(&o, &s);
	print(command(&o, &s));
	return EXIT_SUCCESS;
}
