/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The pages of hypervisors, byte for byte; what follows is 0. QEMU counts its
 * marker at boot and after each load, Firecracker at each restore, with its
 * generation, and neither tells time. Those of version 1.1 of the specification
 * tell UTC or TAI at 2027-01-15 08:00:00 UTC, 1 GHz.
 */
#ifndef _VMCLOCK_TEST_PAGES_H
#define _VMCLOCK_TEST_PAGES_H

#include <poll.h>
#include <stdbool.h>

#ifdef __aarch64__
#define PAGE_COUNTER	0x00
#else
#define PAGE_COUNTER	0x01
#endif

#define PAGE_HEAD(counter, type, seq)					\
	'V', 'C', 'L', 'K', 0x00, 0x10, 0x00, 0x00, 0x01, 0x00, counter,\
	type, seq, 0x00, 0x00, 0x00

/* from 0x18: TAI_OFFSET_VALID, synchronized, -37 s; counter value 0; period */
#define PAGE_TIME							\
	[0x18] = 0x01, [0x22] = 0x02, [0x24] = 0xdb, [0x25] = 0xff,	\
	[0x30] = 0x09, 0xfa, 0x82, 0x4b, 0x04

/**
 * struct page_fixture - a page, and what the driver makes of it
 * @name: of the hypervisor
 * @bytes: the page's first bytes
 * @defect: why it tells no time; NULL if it does
 * @events: poll() of a file that was not read yet
 */
struct page_fixture {
	const char *name;
	unsigned char bytes[112];
	const char *defect;
	short events;
};

enum { QEMU_BOOT, QEMU_LOADED, FIRECRACKER_BOOT, FIRECRACKER_RESTORED,
       SPEC_UTC, SPEC_TAI, PAGE_FIXTURES };

static const struct page_fixture page_fixtures[PAGE_FIXTURES] = {
	[QEMU_BOOT] = {
		"QEMU at boot",
		{ PAGE_HEAD(0xff, 0x00, 0x02), 0x01 },
		"page has no counter", POLLHUP,
	},
	[QEMU_LOADED] = {
		"QEMU after a load",
		{ PAGE_HEAD(0xff, 0x00, 0x04), 0x02 },
		"page has no counter", POLLHUP,
	},
	[FIRECRACKER_BOOT] = {
		"Firecracker at boot",
		{ PAGE_HEAD(0xff, 0x00, 0x00), [0x19] = 0x03 },
		"page has no counter", POLLIN,
	},
	[FIRECRACKER_RESTORED] = {
		"Firecracker after a restore",
		{ PAGE_HEAD(0xff, 0x00, 0x02), [0x10] = 0x01, [0x19] = 0x03,
		  [0x68] = 0x01 },
		"page has no counter", POLLIN,
	},
	[SPEC_UTC] = {
		"version 1.1, UTC",
		{ PAGE_HEAD(PAGE_COUNTER, 0x00, 0x02), PAGE_TIME,
		  [0x48] = 0x00, 0xd2, 0x49, 0x6b },
		NULL, POLLHUP,
	},
	[SPEC_TAI] = {
		"version 1.1, TAI",
		{ PAGE_HEAD(PAGE_COUNTER, 0x01, 0x02), PAGE_TIME,
		  [0x48] = 0x25, 0xd2, 0x49, 0x6b },
		NULL, POLLHUP,
	},
};

#endif /* _VMCLOCK_TEST_PAGES_H */
