// SPDX-License-Identifier: GPL-2.0
/*
 * Reads in a QEMU command line as much of the machine as decides where a page
 * can be: memory, type of the machine, accelerator; and what would be in the
 * way. Everything else is QEMU's to judge. Tables have all that is known of
 * QEMU's options: takes_no_value and options here, rules in rules.c. Called by
 * options.c, once.
 */
#include <stdio.h>
#include <string.h>

#include "machine.h"
#include "rules.h"

#define DEFAULT_RAM	(128ULL << 20)
#define COUNT(a)	(sizeof(a) / sizeof((a)[0]))

/* Options with a list of keys, or a value alone, that matter. */
static const struct {
	const char *name, *group, *implied;
} options[] = {
	{ "m", "memory", "size" },
	{ "M", "machine", "type" },
	{ "machine", "machine", "type" },
	{ "accel", "accel", "accel" },
	{ "cpu", "cpu", "model" },
	{ "device", "device", "driver" },
	{ "object", "object", "qom-type" },
	{ "global", "global", NULL },
	{ "readconfig", "readconfig", "file" },
};

/* All others take a value. Some are of older versions of QEMU only. */
static const char * const takes_no_value[] = {
	"S", "alt-grab", "ctrl-grab", "curses", "daemonize", "enable-fips",
	"enable-kvm", "enable-sync-profile", "full-screen", "h", "help",
	"jitdump", "mem-prealloc", "no-acpi", "no-fd-bootchk", "no-frame",
	"no-hpet", "no-kvm", "no-kvm-irqchip", "no-kvm-pit", "no-kvm-pit-reinjection",
	"no-quit", "no-reboot", "no-shutdown", "no-user-config", "nodefaults",
	"nodefconfig", "nographic", "old-param", "one-insn-per-tb",
	"only-migratable", "perfmap", "portrait", "preconfig", "s", "sdl",
	"semihosting", "show-cursor", "singlestep", "snapshot", "tdf", "usb",
	"version", "virtfs_synth", "win2k-hack", "xen-attach",
	"xen-domid-restrict",
};

static bool is_flag(const char *option)
{
	size_t i;

	for (i = 0; i < COUNT(takes_no_value); i++)
		if (!strcmp(option, takes_no_value[i]))
			return true;
	return false;
}

static void take_flag(struct machine *m, const char *option)
{
	if (!strcmp(option, "enable-kvm"))
		m->kvm = true;
	else if (!strcmp(option, "no-kvm"))
		m->kvm = false;
	else if (!strcmp(option, "no-acpi"))
		m->acpi = false;
	else if (!strcmp(option, "daemonize"))
		m->daemonize = true;
}

static bool take_option(struct machine *m, const char *option,
			const char *value, char *why)
{
	struct pairs list;
	struct pair pair;
	size_t i;

	for (i = 0; i < COUNT(options) && strcmp(option, options[i].name); i++)
		;
	if (i == COUNT(options))
		return true;
	pairs_begin(&list, value, options[i].implied);
	while (pairs_next(&list, &pair))
		if (!rules_take(m, options[i].group, &pair, why))
			return false;
	return rules_end(m, why);
}

static const char *base_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

static bool is_qemu(const char *word)
{
	const char *name = base_name(word);

	return !strncmp(name, "qemu-system", 11) || !strcmp(name, "qemu") ||
	       !strcmp(name, "qemu-kvm") || !strcmp(name, "kvm");
}

/* Programs that become QEMU, and whose own options come before it. */
static size_t find_program(char **argv)
{
	static const char * const wrappers[] = {
		"cgexec", "chrt", "env", "ionice", "nice", "numactl",
		"prlimit", "setpriv", "stdbuf", "taskset",
	};
	size_t i;

	for (i = 0; i < COUNT(wrappers); i++)
		if (!strcmp(base_name(argv[0]), wrappers[i]))
			break;
	if (i == COUNT(wrappers))
		return 0;
	for (i = 1; argv[i]; i++)
		if (is_qemu(argv[i]))
			return i;
	return 0;
}

/* QEMU by such a name takes KVM where there is a choice. */
static bool named_kvm(const char *program)
{
	size_t n = strlen(program);

	return n >= 3 && !strcmp(program + n - 3, "kvm");
}

static bool find_backend(struct machine *m, char *why)
{
	size_t i;

	for (i = 0; i < m->n_backends; i++) {
		if (!strcmp(m->backends[i].id, m->backend)) {
			m->ram = m->backends[i].size;
			return true;
		}
	}
	snprintf(why, MACHINE_WHY, "the size of the memory '%.64s' is not on the command line; remedy: add -m SIZE",
		 m->backend);
	return false;
}

static bool begins(const char *text, const char *with)
{
	return !strncmp(text, with, strlen(with));
}

/* Proxmox's names have "+pve0" behind them; Ubuntu's are aliases, or as QEMU's. */
static bool find_type(struct machine *m, const char *program, char *why)
{
	if (!m->type[0] && !strcmp(base_name(program), "qemu-kvm")) {
		snprintf(why, MACHINE_WHY, "which machine %.64s makes by default is not known; remedy: add -M q35, or pc",
			 program);
		return false;
	}
	m->type[strcspn(m->type, "+")] = 0;
	m->q35 = !strcmp(m->type, "q35") || !strcmp(m->type, "ubuntu-q35") ||
		 begins(m->type, "pc-q35-");
	m->other = !m->q35 && m->type[0] && strcmp(m->type, "pc") &&
		   strcmp(m->type, "ubuntu") && !begins(m->type, "pc-i440fx-");
	return true;
}

/**
 * machine_parse() - read a command line
 * @m: result
 * @argv: QEMU and its arguments, NULL behind the last
 * @why: if there is something in the way: what, of MACHINE_WHY bytes
 *
 * Return: true if there isn't.
 */
bool machine_parse(struct machine *m, char **argv, char *why)
{
	const char *program;

	*m = (struct machine){ .ram = DEFAULT_RAM, .acpi = true };
	m->program = find_program(argv);
	program = argv[m->program];
	m->kvm = named_kvm(program);
	argv += m->program;
	while (*++argv) {
		const char *option = *argv;

		if (*option != '-')
			continue;
		option += 1 + (option[1] == '-');
		if (is_flag(option))
			take_flag(m, option);
		else if (*++argv && !take_option(m, option, *argv, why))
			return false;
		if (!*argv)
			break;
	}
	if (m->backend[0] && !m->ram_given && !find_backend(m, why))
		return false;
	if (m->max_ram < m->ram)
		m->max_ram = m->ram;
	return find_type(m, program, why);
}
