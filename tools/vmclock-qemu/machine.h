/* SPDX-License-Identifier: GPL-2.0 */
/* What a QEMU command line says of the machine. */
#ifndef _VMCLOCK_QEMU_MACHINE_H
#define _VMCLOCK_QEMU_MACHINE_H

#include <stdbool.h>
#include <stdint.h>

#define MACHINE_WHY	256	/* longest complaint, and its 0 */

/**
 * struct machine - a machine
 * @ram: bytes
 * @max_ram: bytes with hot-pluggable memory
 * @q35: of the type q35; otherwise pc
 * @kvm: runs, or may run, by KVM
 * @acpi: has tables
 * @other: its type, if it is neither q35 nor pc
 */
struct machine {
	uint64_t ram;
	uint64_t max_ram;
	bool q35;
	bool kvm;
	bool acpi;
	const char *other;
};

bool machine_parse(struct machine *m, char **argv, char *why);
uint64_t machine_device_memory(const struct machine *m);

#endif /* _VMCLOCK_QEMU_MACHINE_H */
