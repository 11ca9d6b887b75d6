/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What vclk_hv needs of the machine: machine_x86.c has an ACPI device and the
 * TSC, machine_arm64.c a node of the device tree and the virtual counter.
 */
#ifndef _VCLK_MACHINE_H
#define _VCLK_MACHINE_H

#include "vmclock/page.h"

#ifdef CONFIG_X86
#define MACHINE_COUNTER_ID	VMCLOCK_COUNTER_X86_TSC
#else
#define MACHINE_COUNTER_ID	VMCLOCK_COUNTER_ARM_VCNT
#endif

/**
 * machine_map_page() - find the device and its page
 *
 * Context: process, may sleep.
 * Return: the page, or an error pointer.
 */
struct vmclock_abi *machine_map_page(void);

/**
 * machine_unmap_page() - undo machine_map_page()
 * @page: what it returned
 */
void machine_unmap_page(struct vmclock_abi *page);

/**
 * machine_ring() - let the device notify, as the hypervisor would
 *
 * Context: process, may sleep.
 */
void machine_ring(void);

/**
 * machine_counter() - the counter that the page counts
 *
 * Context: any.
 * Return: counts, read in program order.
 */
u64 machine_counter(void);

/**
 * machine_counter_ns() - its period under -icount shift=0
 *
 * Return: ns.
 */
u64 machine_counter_ns(void);

#endif /* _VCLK_MACHINE_H */
