/* SPDX-License-Identifier: GPL-2.0 */
/* What a QEMU command line says of the machine. */
#ifndef _VMCLOCK_QEMU_MACHINE_H
#define _VMCLOCK_QEMU_MACHINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "words.h"

#define MACHINE_WHY	384	/* longest complaint, and its 0 */
#define BACKENDS_MAX	64

/* Whose CPU the guest has; by default, as KVM does it, the host's. */
enum vendor {
	VENDOR_HOST,
	VENDOR_AMD,
	VENDOR_OTHER,
};

/**
 * struct backend - an object that is memory
 * @id: its name
 * @size: bytes
 */
struct backend {
	char id[WORD_SIZE];
	uint64_t size;
};

/**
 * struct machine - a machine
 * @ram: bytes
 * @max_ram: bytes with hot-pluggable memory
 * @slots: for memory modules, each of which may be aligned to 1 GiB
 * @hole64: bytes that are kept for large PCI BARs; 0: QEMU's default
 * @program: index of QEMU in its command line, behind env and the like
 * @q35: of the type q35; otherwise pc
 * @kvm: runs, or may run, by KVM
 * @acpi: has tables
 * @daemonize: QEMU puts itself into the background
 * @other: its type is neither q35 nor pc
 * @modules: has devices with a part of the device memory
 * @vendor: of its CPU
 * @type: its name
 * @backend: name of the object that is its memory; empty: none
 * @ram_given: -m has a size
 * @accels: how many times -accel was given, of which the first counts
 * @backends: objects that may be its memory
 * @n_backends: how many
 */
struct machine {
	uint64_t ram, max_ram, slots, hole64;
	size_t program;
	bool q35, kvm, acpi, daemonize, other, modules;
	enum vendor vendor;
	char type[WORD_SIZE];
	/* while it is read */
	char backend[WORD_SIZE];
	bool ram_given;
	unsigned int accels;
	struct backend backends[BACKENDS_MAX];
	size_t n_backends;
};

bool machine_parse(struct machine *m, char **argv, char *why);
bool machine_config(struct machine *m, char *text, char *why);
bool machine_device_memory(const struct machine *m, bool amd_host,
			   uint64_t *address, char *why);
uint64_t machine_behind_modules(const struct machine *m, bool has_room);

#endif /* _VMCLOCK_QEMU_MACHINE_H */
