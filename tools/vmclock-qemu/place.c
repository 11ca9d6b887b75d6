// SPDX-License-Identifier: GPL-2.0
/*
 * QEMU's memory map: where its device memory begins, into which the page goes.
 * Called by options.c.
 */
#include <stdio.h>
#include <string.h>

#include "machine.h"

#define MIB		(1ULL << 20)
#define GIB		(1ULL << 30)

/* AMD's CPUs reserve these addresses; from 7.1 on QEMU puts no memory there. */
#define AMD_HOLE_BEGIN	0xfd00000000ULL
#define AMD_HOLE_END	0x10000000000ULL

enum answer { NO, YES, UNKNOWN };

/* Machines of 7.1 and later; without a number, of a QEMU that is no older. */
static enum answer leaves_amd_hole(const struct machine *m)
{
	const char *version = strrchr(m->type, '-');
	unsigned int major, minor;
	int end = 0;

	if (strncmp(m->type, "pc-", 3))
		return YES;
	if (!version || sscanf(version, "-%3u.%3u%n", &major, &minor, &end) < 2 ||
	    version[end])
		return UNKNOWN;
	return major * 1000 + minor >= 7001 ? YES : NO;
}

static uint64_t round_up(uint64_t value, uint64_t unit)
{
	return (value + unit - 1) / unit * unit;
}

/* The last address that the machine may use, for large PCI BARs included. */
static uint64_t end_of_all(const struct machine *m, uint64_t device_memory)
{
	uint64_t hole64 = m->hole64 ? m->hole64 : m->q35 ? 32 * GIB : 2 * GIB;
	uint64_t more = m->max_ram - m->ram + MIB + m->slots * GIB;

	return round_up(device_memory + more, GIB) + hole64 - 1;
}

static bool refuse_place(char *why, const char *what)
{
	snprintf(why, MACHINE_WHY, "%s; remedy: --address ADDRESS, or --ivshmem",
		 what);
	return false;
}

/**
 * machine_device_memory() - where QEMU's device memory begins
 * @m: the machine
 * @amd_host: this host's CPU is AMD's
 * @address: result, guest-physical
 * @why: if it can't be known: why, of MACHINE_WHY bytes
 *
 * At the first GiB boundary at or above the end of the RAM above 4 GiB. If not
 * all fits below, q35 keeps 2 GiB there and pc 3 GiB. With an AMD CPU it all
 * moves above 1 TiB if it would otherwise reach that hole.
 *
 * Return: true if it is known.
 */
bool machine_device_memory(const struct machine *m, bool amd_host,
			   uint64_t *address, char *why)
{
	uint64_t most = m->q35 ? 0xb0000000 : 0xe0000000;
	uint64_t low = m->q35 ? 2 * GIB : 3 * GIB;
	uint64_t above = m->ram >= most ? m->ram - low : 0;
	enum answer moves = YES;

	if (m->max_ram > 1ULL << 52 || m->hole64 > 1ULL << 52)
		return refuse_place(why, "no CPU has that much memory");
	*address = round_up(4 * GIB + above, GIB);
	if (end_of_all(m, *address) < AMD_HOLE_BEGIN)
		return true;
	if (m->vendor == VENDOR_OTHER ||
	    (m->vendor == VENDOR_HOST && !amd_host))
		moves = NO;
	if (moves)
		moves = leaves_amd_hole(m);
	if (moves == UNKNOWN)
		return refuse_place(why, "it is not known where this type of machine, with an AMD CPU, has memory of a tebibyte");
	if (moves)
		*address = round_up(AMD_HOLE_END + above, GIB);
	return true;
}

/**
 * machine_behind_modules() - the end of QEMU's device memory
 * @m: the machine
 * @has_room: maxmem has the MiB for the page already
 *
 * QEMU gives each memory module the first place that is left, aligned, for
 * which there is a GiB a slot.
 *
 * Return: how far the page is from where the device memory begins, if it comes
 * after the modules.
 */
uint64_t machine_behind_modules(const struct machine *m, bool has_room)
{
	uint64_t most = m->max_ram - m->ram + m->slots * GIB;

	return has_room && most ? most - MIB : most;
}
