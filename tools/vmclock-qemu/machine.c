// SPDX-License-Identifier: GPL-2.0
/*
 * Reads in a QEMU command line as much of the machine as decides where a page
 * can be: memory, type of the machine, accelerator; and what would be in the
 * way. Everything else is QEMU's to judge. Called by options.c, once.
 */
#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "machine.h"

#define MIB		(1ULL << 20)
#define GIB		(1ULL << 30)
#define DEFAULT_RAM	(128 * MIB)

/* A number of MiB, or with a unit; 0 if it is none. */
static uint64_t parse_size(const char *text, size_t size)
{
	static const char units[] = "bkmgt";
	unsigned int shift = 20;
	const char *unit;
	uint64_t value;
	char *end;

	if (!isdigit((unsigned char)*text))
		return 0;
	errno = 0;
	value = strtoull(text, &end, 0);
	if (end < text + size) {
		unit = strchr(units, tolower((unsigned char)*end++));
		if (!unit)
			return 0;
		shift = 10 * (unit - units);
	}
	if (errno || end != text + size || value > UINT64_MAX >> shift)
		return 0;
	return value << shift;
}

/* The next of "a,b=c,d" with its length; NULL behind the last. */
static const char *next_word(const char **list, size_t *size)
{
	const char *word = *list;

	if (!*word)
		return NULL;
	*size = strcspn(word, ",");
	*list = word + *size + (word[*size] == ',');
	return word;
}

/* Whether a word is KEY=VALUE; then where the value is. */
static const char *value_of(const char *word, size_t *size, const char *key)
{
	size_t n = strlen(key);

	if (*size <= n || strncmp(word, key, n) || word[n] != '=')
		return NULL;
	*size -= n + 1;
	return word + n + 1;
}

static bool parse_memory(struct machine *m, const char *list, char *why)
{
	const char *word, *value;
	size_t size, n;

	while ((word = next_word(&list, &size))) {
		n = size;
		value = value_of(word, &n, "maxmem");
		if (value) {
			m->max_ram = parse_size(value, n);
			if (!m->max_ram)
				break;
			continue;
		}
		value = value_of(word, &n, "size");
		if (!value && memchr(word, '=', size))
			continue;	/* slots */
		m->ram = parse_size(value ? value : word, n);
		if (!m->ram)
			break;
	}
	if (!word)
		return true;
	snprintf(why, MACHINE_WHY, "'-m %.64s' is no size of memory", word);
	return false;
}

static bool is(const char *value, size_t size, const char *text)
{
	return size == strlen(text) && !strncmp(value, text, size);
}

static void parse_type(struct machine *m, const char *type, size_t size)
{
	m->q35 = is(type, size, "q35") || !strncmp(type, "pc-q35-", 7);
	m->other = m->q35 || is(type, size, "pc") ||
		   !strncmp(type, "pc-i440fx-", 10) ? NULL : type;
}

static bool parse_machine(struct machine *m, const char *list, char *why)
{
	const char *word, *value, *all = list;
	size_t size, n;

	while ((word = next_word(&list, &size))) {
		n = size;
		if (value_of(word, &n, "max-ram-below-4g")) {
			snprintf(why, MACHINE_WHY,
				 "max-ram-below-4g moves QEMU's device memory; remedy: leave it out, or use --ivshmem");
			return false;
		}
		value = value_of(word, &n, "accel");
		if (value)
			m->kvm = !strncmp(value, "kvm", 3);
		value = value_of(word, &n, "acpi");
		if (value)
			m->acpi = !is(value, n, "off");
		value = value_of(word, &n, "type");
		if (value || (word == all && !memchr(word, '=', size)))
			parse_type(m, value ? value : word, n);
	}
	return true;
}

static bool parse_option(struct machine *m, const char *option,
			 const char *value, char *why)
{
	if (!strcmp(option, "m"))
		return parse_memory(m, value, why);
	if (!strcmp(option, "M") || !strcmp(option, "machine"))
		return parse_machine(m, value, why);
	if (!strcmp(option, "accel"))
		m->kvm |= !strncmp(value, "kvm", 3);
	if (!strcmp(option, "device") && !strncmp(value, "vmclock", 7)) {
		snprintf(why, MACHINE_WHY,
			 "the machine has a device vmclock already; remedy: leave out '-device %.32s', whose page tells no time",
			 value);
		return false;
	}
	return true;
}

/* Options without a value that matter. */
static bool parse_flag(struct machine *m, const char *option, char *why)
{
	if (!strcmp(option, "enable-kvm"))
		m->kvm = true;
	if (!strcmp(option, "no-acpi"))
		m->acpi = false;
	if (strcmp(option, "daemonize"))
		return true;
	snprintf(why, MACHINE_WHY,
		 "-daemonize would leave nobody to keep the view; remedy: run vmclock-qemu itself in the background");
	return false;
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
	*m = (struct machine){ .ram = DEFAULT_RAM, .acpi = true };
	while (*++argv) {
		const char *option = *argv;

		if (*option != '-')
			continue;
		option += 1 + (option[1] == '-');
		if (!parse_flag(m, option, why))
			return false;
		if (argv[1] && !parse_option(m, option, argv[1], why))
			return false;
	}
	if (m->max_ram < m->ram)
		m->max_ram = m->ram;
	return true;
}

/**
 * machine_device_memory() - where QEMU's device memory begins
 * @m: the machine
 *
 * At the first GiB boundary at or above the end of the RAM above 4 GiB. If not
 * all fits below, q35 keeps 2 GiB there and pc 3 GiB.
 *
 * Return: guest-physical address.
 */
uint64_t machine_device_memory(const struct machine *m)
{
	uint64_t most = m->q35 ? 0xb0000000 : 0xe0000000;
	uint64_t low = m->q35 ? 2 * GIB : 3 * GIB;
	uint64_t above = m->ram >= most ? m->ram - low : 0;

	return (4 * GIB + above + GIB - 1) & ~(GIB - 1);
}
