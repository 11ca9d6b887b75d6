// SPDX-License-Identifier: GPL-2.0
/*
 * vmclock-qemu's reading of command lines, fuzzed in two ways:
 *
 *   fuzz_qemu N [SEED]   N machines that are known, each spelled in one of many
 *			ways among options that don't matter: the address must
 *			be theirs. And N lines spoilt at random: no crash, and
 *			where there is an address, it lies behind all memory.
 *   as libFuzzer's target (LIBFUZZER): the latter, with words that it finds
 */
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "machine.h"

#define GIB	(1ULL << 30)
#define WORDS	64
#define TEXT	4096

static char words[WORDS][TEXT];
static char *argv[WORDS + 1];
static unsigned int argc;

/* What QEMU does, by itself: pc_memory_init(), pc_get_device_memory_range(). */
static uint64_t expect(uint64_t ram, bool q35)
{
	uint64_t lowmem = q35 ? 0xb0000000 : 0xe0000000;
	uint64_t above = 0;

	if (ram >= lowmem) {
		lowmem = q35 ? 0x80000000 : 0xc0000000;
		above = ram - lowmem;
	}
	return (0x100000000 + above + 0x3fffffff) / 0x40000000 * 0x40000000;
}

static void check_sound(const struct machine *m)
{
	char why[MACHINE_WHY];
	unsigned int amd;
	uint64_t address;

	for (amd = 0; amd < 2; amd++) {
		if (!machine_device_memory(m, amd, &address, why))
			continue;
		if (address % GIB || address < expect(m->ram, m->q35)) {
			fprintf(stderr, "%#" PRIx64 " for %" PRIu64 " bytes\n",
				address, m->ram);
			abort();
		}
	}
}

/* Copies of the words in their exact size: a sanitizer sees the end. */
static bool parse(struct machine *m)
{
	char why[MACHINE_WHY];
	unsigned int i;
	bool well;

	for (i = 0; i < argc; i++)
		argv[i] = strdup(words[i]);
	argv[argc] = NULL;
	well = machine_parse(m, argv, why);
	for (i = 0; i < argc; i++)
		free(argv[i]);
	return well;
}

#ifdef LIBFUZZER
int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size);

/* A word a line; with a 0 at the end, a file for -readconfig as well. */
int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size)
{
	static struct machine m;
	char why[MACHINE_WHY];
	char *text = strndup((const char *)data, size), *line, *rest = text;

	strcpy(words[0], "qemu");
	for (argc = 1; argc < WORDS && (line = strsep(&rest, "\n")); argc++)
		snprintf(words[argc], TEXT, "%s", line);
	if (parse(&m))
		check_sound(&m);
	free(text);
	text = strndup((const char *)data, size);
	m = (struct machine){ .ram = 0 };
	machine_config(&m, text, why);
	free(text);
	return 0;
}
#else

static uint64_t state;

static uint64_t random_below(uint64_t n)
{
	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return state % n;
}

#define PICK(a)	((a)[random_below(sizeof(a) / sizeof((a)[0]))])

__attribute__((format(printf, 1, 2)))
static void word(const char *format, ...)
{
	va_list list;

	if (argc == WORDS)
		abort();
	va_start(list, format);
	vsnprintf(words[argc++], TEXT, format, list);
	va_end(list);
}

static void noise(void)
{
	static const char * const pairs[][2] = {
		{ "-name", "guest=-m,debug-threads=on" },
		{ "-append", "-m 9G -machine microvm" },
		{ "-smp", "4,sockets=1" },
		{ "-device", "virtio-net-pci,netdev=n0,addr=18.0" },
		{ "-device", "{\"driver\":\"virtio-mem-pci\",\"size\":\"9G\"}" },
		{ "-object", "memory-backend-ram,id=other,size=9G" },
		{ "-object", "{\"qom-type\":\"memory-backend-ram\",\"id\":\"o2\",\"size\":9}" },
		{ "-fw_cfg", "name=opt/a,string=-daemonize" },
		{ "-global", "ICH9-LPC.disable_s3=1" },
		{ "-cpu", "host,+invtsc" },
		{ "-smbios", "type=1,manufacturer=a,,b,product=size=9G" },
		{ "-blockdev", "{\"driver\":\"file\",\"filename\":\"/a\"}" },
		{ "--drive", "file=/x,,accel=tcg,if=virtio" },
		{ "-nographic", NULL }, { "-S", NULL }, { "--no-reboot", NULL },
		{ "-nodefaults", NULL }, { "-no-hpet", NULL },
		{ "disk.img", NULL },
	};
	const char * const *pair = PICK(pairs);

	word("%s", pair[0]);
	if (pair[1])
		word("%s", pair[1]);
}

/* A number of bytes in one of QEMU's ways; @mib: MiB without a unit. */
static void spell(char *text, uint64_t bytes, bool mib)
{
	static const unsigned int shifts[] = { 10, 20, 30, 40 };
	uint64_t quarter;
	unsigned int i = random_below(4), shift = shifts[i];
	char unit = (random_below(2) ? "kmgt" : "KMGT")[i];

	switch (random_below(4)) {
	case 0:	/* quarters have two digits */
		quarter = bytes & ((1ULL << shift) - 1);
		if (quarter % (1ULL << (shift - 2)))
			break;
		sprintf(text, "%" PRIu64 ".%02u%c", bytes >> shift,
			(unsigned int)(quarter >> (shift - 2)) * 25, unit);
		return;
	case 1:
		if (bytes % (1ULL << shift))
			break;
		sprintf(text, "%" PRIu64 "%c", bytes >> shift, unit);
		return;
	case 2:
		if (!mib || bytes % (1ULL << 20))
			break;
		sprintf(text, random_below(2) ? "%" PRIu64 : "0x%" PRIx64,
			bytes >> 20);
		return;
	}
	sprintf(text, mib ? "%" PRIu64 "b" : "%" PRIu64, bytes);
}

static void spell_memory(uint64_t ram)
{
	static const char * const forms[] = { "%s", "size=%s", "slots=2,size=%s",
					      "%s,slots=0", "1M,size=%s" };
	char size[64], text[128];

	switch (random_below(5)) {
	case 0:
		spell(size, ram, false);
		word("-object");
		word("memory-backend-memfd,id=m0,share=on,size=%s", size);
		word(random_below(2) ? "-M" : "--machine");
		word("memory-backend=m0");
		return;
	case 1:
		word("-machine");
		word("memory-backend=pc.ram,usb=off");
		word("-object");
		word("{\"qom-type\": \"memory-backend-ram\", \"x\": [{\"size\": 1}], \"id\":\"pc.ram\", \"size\" :%" PRIu64 "}",
		     ram);
		return;
	case 2:	/* the last one counts */
		word("-m");
		word("3G");
		noise();
		/* fallthrough */
	default:
		spell(size, ram, true);
		snprintf(text, sizeof(text), PICK(forms), size);
		word(random_below(8) ? "-m" : "--m");
		word("%s", text);
	}
}

static void spell_type(bool q35)
{
	static const char * const types[2][6] = {
		{ "pc", "pc+pve0", "pc-i440fx-8.1", "ubuntu", "pc-i440fx-9.0+pve2", "pc" },
		{ "q35", "q35+pve0", "pc-q35-8.1", "ubuntu-q35", "pc-q35-9.0+pve2", "q35" },
	};
	static const char * const forms[] = { "%s", "type=%s", "accel=kvm,type=%s",
					      "%s,accel=kvm", "usb=off,type=%s,smm=on" };
	char text[128];

	if (!random_below(4)) {
		word("-M");
		word("microvm");	/* the last one counts */
	}
	snprintf(text, sizeof(text), PICK(forms), PICK(types[q35]));
	word(random_below(2) ? "-machine" : "-M");
	word("%s", text);
}

static void make_known(uint64_t ram, bool q35)
{
	unsigned int i, n = random_below(4);

	argc = 0;
	if (!random_below(4)) {
		word("env");
		word("A=-m");
	}
	word("/usr/bin/qemu-system-x86_64");
	for (i = 0; i < n; i++)
		noise();
	if (random_below(2)) {
		spell_type(q35);
		noise();
		spell_memory(ram);
	} else {
		spell_memory(ram);
		spell_type(q35);
	}
	for (i = 0; i < n; i++)
		noise();
}

static void show(const char *what)
{
	unsigned int i;

	printf("# %s:", what);
	for (i = 0; i < argc; i++)
		printf(" '%s'", words[i]);
	putchar('\n');
}

/* 64 MiB to 900 GiB, near the limits more often. */
static uint64_t some_memory(void)
{
	static const uint64_t limits[] = { 2 * GIB, 0xb0000000, 3 * GIB,
					   0xe0000000, 4 * GIB, 64 * GIB };

	if (random_below(2))
		return PICK(limits) + (random_below(9) << 18) - (1 << 20);
	return (random_below(4) ? random_below(3600) << 28 : 0) +
	       (64 << 20) + (random_below(2) ? random_below(1 << 15) << 13 : 0);
}

static bool known(void)
{
	static struct machine m;
	char why[MACHINE_WHY] = "";
	uint64_t ram = some_memory() & ~8191ULL, address = 0;
	bool q35 = random_below(2);

	make_known(ram, q35);
	if (parse(&m) &&
	    machine_device_memory(&m, random_below(2), &address, why) &&
	    m.q35 == q35 && m.ram == ram && !m.other &&
	    address == expect(ram, q35))
		return true;
	show("wrong");
	printf("# ram %" PRIu64 " for %" PRIu64 ", address %#" PRIx64 " for %#" PRIx64 ", %s %s\n",
	       m.ram, ram, address, expect(ram, q35), m.type, why);
	return false;
}

static void spoil(void)
{
	unsigned int i, n = 1 + random_below(6);

	for (i = 0; i < n; i++) {
		char *w = words[random_below(argc)];
		size_t size = strlen(w), at = random_below(size + 1);

		switch (random_below(4)) {
		case 0:
			w[at] = 0;
			break;
		case 1:
			if (at < size)
				w[at] = 1 + random_below(255);
			break;
		case 2:
			if (at < size)
				w[at] = PICK("=,,\"{}[]\\.0123456789-+ kKmGTE");
			break;
		default:	/* twice the end, or a part of another */
			snprintf(w + at, TEXT - at, "%s",
				 strdupa(words[random_below(argc)]));
		}
	}
}

int main(int n_args, char **args)
{
	unsigned long i, n = n_args > 1 ? strtoul(args[1], NULL, 0) : 1000;
	unsigned long wrong = 0, taken = 0;
	static struct machine m;

	state = n_args > 2 ? strtoull(args[2], NULL, 0) : 20261130;
	for (i = 0; i < n && wrong < 10; i++)
		wrong += !known();
	for (i = 0; i < n; i++) {
		make_known(some_memory(), random_below(2));
		spoil();
		if (!parse(&m))
			continue;
		taken++;
		check_sound(&m);
	}
	printf("%sok 1 - %lu machines in many spellings: the address is theirs\n",
	       wrong ? "not " : "", n);
	printf("ok 2 - %lu spoilt lines: no crash, no address within memory\n# %lu were taken\n1..2\n",
	       n, taken);
	return !!wrong;
}
#endif
