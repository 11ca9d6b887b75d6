// SPDX-License-Identifier: GPL-2.0
/*
 * The command line, and what of it doesn't go together or not with the machine.
 * Called by main.c before anything is made.
 */
#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "session.h"

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
"      --added            print only what is added to that line\n"
"      --libvirt          print as XML of a domain of libvirt's\n"
"  -h, --help\n"
"  -V, --version\n";

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
	PAGE, TABLE, DOORBELL, WRITABLE, LIBVIRT, ADDED
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
	{ "libvirt", no_argument, NULL, LIBVIRT },
	{ "added", no_argument, NULL, ADDED },
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
	case ADDED:
		o->added = true;
		break;
	case LIBVIRT:
		o->libvirt = true;
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
	if (!o->print && (o->table || o->doorbell || o->writable ||
			  o->libvirt || o->added))
		die(EXIT_USAGE, "--table, --doorbell, --writable, --added and --libvirt are for --print");
	if (o->page && (o->view || o->set_generation))
		die(EXIT_USAGE, "--view and --generation are not for --page, which somebody else keeps");
}

static void check_machine(struct options *o)
{
	const struct machine *m = &o->m;

	if (m->other)
		die(EXIT_SETUP, "machine '%.64s' has no place for the page; remedy: -M q35, or pc", m->type);
	if (!m->acpi && !o->no_table)
		die(EXIT_SETUP, "the machine has no ACPI, by which a guest finds the page; remedy: --ivshmem --no-table");
	if (!m->q35 && !o->no_doorbell)
		die(EXIT_SETUP, "the doorbell's interrupt is that of a q35; remedy: -M q35, or --no-doorbell");
	if (!o->page && !m->kvm)
		die(EXIT_SETUP, "without KVM it is not known how the guest's counter comes from the host's; remedy: -accel kvm");
}

/* By which KVM, unless told otherwise, says what the guest's CPU is. */
static bool host_is_amd(void)
{
	FILE *f = fopen("/proc/cpuinfo", "re");
	bool amd = false;
	char line[256];

	while (f && !amd && fgets(line, sizeof(line), f))
		amd = strstr(line, "AuthenticAMD");
	if (f)
		fclose(f);
	return amd;
}

/**
 * options_parse() - read the command line
 * @o: what it says; zeroed by the caller
 * @argc: its length
 * @argv: it
 *
 * A mistake in it ends the program.
 */
void options_parse(struct options *o, int argc, char **argv)
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
	if (o->address || o->ivshmem)
		return;
	if (!machine_device_memory(&o->m, host_is_amd(), &o->address, why))
		die(EXIT_SETUP, "%s", why);
	/* what is added comes behind them on the command line */
	if (o->m.modules && (o->added || o->libvirt))
		o->address += machine_behind_modules(&o->m, o->libvirt);
}
