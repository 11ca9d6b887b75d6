// SPDX-License-Identifier: GPL-2.0
/*
 * What the keys of QEMU's options say of the machine, in a table, whether they
 * come from the command line or from a file for -readconfig. Called by
 * machine.c.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "machine.h"
#include "rules.h"

#define RAM_UNIT	8192		/* QEMU rounds up to that */
#define CONFIG_MAX	(1 << 20)	/* bytes of a file for -readconfig */
#define COUNT(a)	(sizeof(a) / sizeof((a)[0]))

static bool refuse_size(const char *option, const char *value, char *why)
{
	snprintf(why, MACHINE_WHY, "'%s %.64s' is no size of memory", option,
		 value);
	return false;
}

/* MiB without a unit; 0 stands for QEMU's default. */
static bool take_ram(struct machine *m, const char *value, char *why)
{
	uint64_t size;

	if (!parse_size(value, 20, &size) || size > UINT64_MAX - RAM_UNIT)
		return refuse_size("-m", value, why);
	if (!size)
		return true;
	m->ram = (size + RAM_UNIT - 1) & ~(uint64_t)(RAM_UNIT - 1);
	m->ram_given = true;
	return true;
}

static bool take_max_ram(struct machine *m, const char *value, char *why)
{
	return (parse_size(value, 0, &m->max_ram) && m->max_ram) ||
	       refuse_size("-m maxmem", value, why);
}

static bool take_slots(struct machine *m, const char *value, char *why)
{
	if (parse_size(value, 0, &m->slots) && m->slots <= 256)
		return true;
	snprintf(why, MACHINE_WHY, "'-m slots=%.64s' is no number up to 256",
		 value);
	return false;
}

static bool take_hole64(struct machine *m, const char *value, char *why)
{
	return parse_size(value, 0, &m->hole64) ||
	       refuse_size("-global pci-hole64-size", value, why);
}

static bool take_type(struct machine *m, const char *value, char *why)
{
	(void)why;
	strcpy(m->type, value);
	return true;
}

/* Of several the first one that there is counts, so kvm:tcg may be KVM. */
static bool is_kvm(const char *accel)
{
	return !strcmp(accel, "kvm") || !strncmp(accel, "kvm:", 4);
}

static bool take_machine_accel(struct machine *m, const char *value, char *why)
{
	(void)why;
	if (!m->accels)
		m->kvm = is_kvm(value);
	return true;
}

static bool take_accel(struct machine *m, const char *value, char *why)
{
	(void)why;
	if (!m->accels++)
		m->kvm = is_kvm(value);
	return true;
}

static bool take_acpi(struct machine *m, const char *value, char *why)
{
	(void)why;
	m->acpi = strcmp(value, "off") && strcmp(value, "no") &&
		  strcmp(value, "false");
	return true;
}

static bool take_backend(struct machine *m, const char *value, char *why)
{
	(void)why;
	strcpy(m->backend, value);
	return true;
}

static bool take_vendor(struct machine *m, const char *value, char *why)
{
	(void)why;
	m->vendor = strcmp(value, "AuthenticAMD") ? VENDOR_OTHER : VENDOR_AMD;
	return true;
}

static bool take_device(struct machine *m, const char *value, char *why)
{
	m->modules |= !strcmp(value, "pc-dimm") || !strcmp(value, "nvdimm") ||
		      !strncmp(value, "virtio-mem", 10) ||
		      !strncmp(value, "virtio-pmem", 11);
	if (strcmp(value, "vmclock"))
		return true;
	snprintf(why, MACHINE_WHY, "the machine has a device vmclock already; remedy: leave out '-device vmclock', whose page tells no time");
	return false;
}

static bool take_object(struct machine *m, const char *value, char *why)
{
	static const char * const guests[] = {
		"sev-guest", "sev-snp-guest", "tdx-guest", "igvm-cfg",
	};
	size_t i;

	(void)m;
	for (i = 0; i < COUNT(guests) && strcmp(value, guests[i]); i++)
		;
	if (i == COUNT(guests))
		return true;
	snprintf(why, MACHINE_WHY, "'-object %s': a confidential guest's memory can't be shared with the host, so it can't have the page; remedy: none, run it without vmclock-qemu",
		 value);
	return false;
}

/* The object that is being read is the one behind the last. */
static struct backend *this_backend(struct machine *m)
{
	return &m->backends[m->n_backends];
}

static bool take_object_id(struct machine *m, const char *value, char *why)
{
	(void)why;
	strcpy(this_backend(m)->id, value);
	return true;
}

static bool take_object_size(struct machine *m, const char *value, char *why)
{
	(void)why;	/* of an object of any type; QEMU will judge it */
	if (!parse_size(value, 0, &this_backend(m)->size))
		this_backend(m)->size = 0;
	return true;
}

/**
 * rules_end() - the end of an option
 * @m: the machine; an object that has a size is kept
 * @why: if there are too many: that, of MACHINE_WHY bytes
 *
 * Return: true if there aren't.
 */
bool rules_end(struct machine *m, char *why)
{
	struct backend *b = this_backend(m);

	if (!b->size || !b->id[0]) {
		*b = (struct backend){ .size = 0 };
		return true;
	}
	if (++m->n_backends < BACKENDS_MAX) {
		*this_backend(m) = (struct backend){ .size = 0 };
		return true;
	}
	snprintf(why, MACHINE_WHY, "there are more than %d objects with a size",
		 BACKENDS_MAX - 1);
	return false;
}

static bool take_config(struct machine *m, const char *path, char *why);

#define CONFIDENTIAL \
	"a confidential guest's memory can't be shared with the host, so it can't have the page; remedy: none, run it without vmclock-qemu"
#define MOVES "moves QEMU's device memory; remedy: leave it out, or use --ivshmem"

/**
 * struct rule - a key that matters
 * @group: of options
 * @key: in it
 * @take: what becomes of its value; NULL: it is refused
 * @why: then: why
 */
static const struct rule {
	const char *group, *key;
	bool (*take)(struct machine *m, const char *value, char *why);
	const char *why;
} rules[] = {
	{ "memory", "size", take_ram },
	{ "memory", "maxmem", take_max_ram },
	{ "memory", "slots", take_slots },
	{ "machine", "memory.size", take_ram },
	{ "machine", "memory.max-size", take_max_ram },
	{ "machine", "memory.slots", take_slots },
	{ "machine", "memory-backend", take_backend },
	{ "machine", "type", take_type },
	{ "machine", "accel", take_machine_accel },
	{ "machine", "acpi", take_acpi },
	{ "machine", "max-ram-below-4g", NULL, MOVES },
	{ "machine", "sgx-epc.0.memdev", NULL, MOVES },
	{ "machine", "confidential-guest-support", NULL, CONFIDENTIAL },
	{ "machine", "memory-encryption", NULL, CONFIDENTIAL },
	{ "accel", "accel", take_accel },
	{ "cpu", "vendor", take_vendor },
	{ "device", "driver", take_device },
	{ "object", "qom-type", take_object },
	{ "object", "id", take_object_id },
	{ "object", "size", take_object_size },
	{ "global", "q35-pcihost.pci-hole64-size", take_hole64 },
	{ "global", "i440FX-pcihost.pci-hole64-size", take_hole64 },
	{ "readconfig", "file", take_config },
};

/**
 * rules_take() - take a key and its value
 * @m: the machine
 * @group: of options, as QEMU calls it
 * @pair: key and value
 * @why: if that is in the way: why, of MACHINE_WHY bytes
 *
 * Return: true if it isn't.
 */
bool rules_take(struct machine *m, const char *group, const struct pair *pair,
		char *why)
{
	const struct rule *r;

	for (r = rules; r < rules + COUNT(rules); r++) {
		if (strcmp(r->group, group) || strcmp(r->key, pair->key))
			continue;
		if (r->take)
			return r->take(m, pair->value, why);
		snprintf(why, MACHINE_WHY, "%s %s", r->key, r->why);
		return false;
	}
	return true;
}

/* --- files for -readconfig ------------------------------------------------ */

/* [group "id"]; returns the end of the group's name, 0 if there is none. */
static bool take_header(struct machine *m, char *line, const char **group)
{
	char *end = strchr(line, ']'), *id = strchr(line, '"');

	if (!end)
		return false;
	*end = 0;
	if (id && id < end) {
		id[strcspn(id + 1, "\"") + 1] = 0;
		snprintf(this_backend(m)->id, WORD_SIZE, "%s", id + 1);
	}
	*group = line + 1;
	line[strcspn(line, " \t\"")] = 0;
	return true;
}

/* key = "value" */
static void split_setting(const char *line, struct pair *pair)
{
	size_t n = strcspn(line, " \t=");
	const char *value = strchr(line, '"');

	snprintf(pair->key, sizeof(pair->key), "%.*s", (int)n, line);
	pair->value[0] = 0;
	if (value)
		snprintf(pair->value, sizeof(pair->value), "%.*s",
			 (int)strcspn(value + 1, "\""), value + 1);
}

/**
 * machine_config() - read the text of a file for -readconfig
 * @m: result
 * @text: it; is changed
 * @why: if there is something in the way: what, of MACHINE_WHY bytes
 *
 * Return: true if there isn't.
 */
bool machine_config(struct machine *m, char *text, char *why)
{
	const char *group = "";
	struct pair pair;
	char *line;

	while ((line = strsep(&text, "\n"))) {
		line += strspn(line, " \t\r");
		if (!*line || *line == '#')
			continue;
		if (*line == '[') {
			if (!rules_end(m, why))
				return false;
			if (!take_header(m, line, &group))
				group = "";
			continue;
		}
		split_setting(line, &pair);
		/* a file isn't read by a file */
		if (strcmp(group, "readconfig") && !rules_take(m, group, &pair, why))
			return false;
	}
	return rules_end(m, why);
}

static bool take_config(struct machine *m, const char *path, char *why)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	char *text = calloc(1, CONFIG_MAX + 1);
	struct stat st;
	bool well = false;

	if (fd < 0 || !text || fstat(fd, &st) || !S_ISREG(st.st_mode) ||
	    st.st_size > CONFIG_MAX || read(fd, text, CONFIG_MAX) < 0)
		snprintf(why, MACHINE_WHY, "-readconfig: '%.128s' can't be read as a file, and may have the machine's memory in it; remedy: -M, -m and -accel on the command line, without that file",
			 path);
	else
		well = machine_config(m, text, why);
	if (fd >= 0)
		close(fd);
	free(text);
	return well;
}
