// SPDX-License-Identifier: GPL-2.0
/*
 * The SSDT for one machine: ssdt.asl as it was compiled, with the address,
 * slot and interrupt of this machine in the places of the ones there. Called by
 * session.c before QEMU is started.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "ssdt.h"
#include "table.h"

#define TABLE_MAX	4096
#define CHECKSUM	9	/* offset of it in any ACPI table */
/* what ssdt.asl has */
#define SLOT		24
#define ADDRESS		0x100000000ULL
#define PAGE_LAST	0xfff
#define GSI_OF_SLOT(n)	(20 + (n) % 4)	/* INTA of slots below 25 on q35 */

struct table {
	unsigned char aml[TABLE_MAX];
	size_t size;
};

/*
 * Each place is one that iasl made of one word of ssdt.asl: if there is none,
 * or a second one (but where @all says so), this is not for that table.
 */
static void replace(struct table *t, const void *old, const void *new,
		    size_t size, bool all)
{
	unsigned char *p = t->aml;
	unsigned int found = 0;

	while ((p = memmem(p, t->aml + t->size - p, old, size))) {
		memcpy(p, new, size);
		p += size;
		found++;
	}
	if (!found || (found > 1 && !all))
		abort();
}

/* AML is little-endian, and so is every machine that QEMU has a q35 on. */
static void replace_u64(struct table *t, uint64_t old, uint64_t new)
{
	replace(t, &old, &new, sizeof(old), false);
}

static void place_page(struct table *t, uint64_t address)
{
	replace_u64(t, ADDRESS + PAGE_LAST, address + PAGE_LAST);
	replace_u64(t, ADDRESS, address);
}

/* ACPI names of PCI functions: S and the number of slot and function. */
static void place_function(struct table *t, unsigned int slot)
{
	char old[16], new[16];

	snprintf(old, sizeof(old), "S%02X_", (SLOT - 1) << 3);
	snprintf(new, sizeof(new), "S%02X_", slot << 3 & 0xff);
	replace(t, old, new, 4, true);
}

/* The slot in _ADR, behind a DWord's prefix; the GSI in a descriptor. */
static void place_doorbell(struct table *t, unsigned int slot)
{
	unsigned char adr[2][5] = {
		{ 0x0c, 0x02, 0x00, SLOT, 0x00 },
		{ 0x0c, 0x02, 0x00, slot, 0x00 },
	};
	unsigned char irq[2][9] = {
		{ 0x89, 0x06, 0x00, 0x09, 0x01, GSI_OF_SLOT(SLOT) },
		{ 0x89, 0x06, 0x00, 0x09, 0x01, GSI_OF_SLOT(slot) },
	};

	replace(t, adr[0], adr[1], sizeof(adr[0]), false);
	replace(t, irq[0], irq[1], sizeof(irq[0]), false);
}

/* All bytes add up to 0. */
static void set_checksum(struct table *t)
{
	unsigned char sum = 0;
	size_t i;

	t->aml[CHECKSUM] = 0;
	for (i = 0; i < t->size; i++)
		sum += t->aml[i];
	t->aml[CHECKSUM] = -sum;
}

/**
 * table_write() - write the table
 * @fd: where to
 * @ivshmem: the page is in BAR 2 of an ivshmem function, in the slot below
 *	@slot; otherwise in device memory
 * @address: guest-physical address of the page; not for @ivshmem
 * @slot: PCI slot of the doorbell
 *
 * Return: 0 or negative errno.
 */
int table_write(int fd, bool ivshmem, uint64_t address, unsigned int slot)
{
	struct table t = { .size = ivshmem ? sizeof(ssdt_ivshmem) :
				   sizeof(ssdt_pmem) };
	ssize_t n;

	memcpy(t.aml, ivshmem ? ssdt_ivshmem : ssdt_pmem, t.size);
	if (ivshmem)
		place_function(&t, slot - 1);
	else
		place_page(&t, address);
	place_doorbell(&t, slot);
	set_checksum(&t);
	n = write(fd, t.aml, t.size);
	if (n < 0)
		return -errno;
	return n == (ssize_t)t.size ? 0 : -ENOSPC;
}
