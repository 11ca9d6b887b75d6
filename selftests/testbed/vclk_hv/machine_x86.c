// SPDX-License-Identifier: GPL-2.0
/*
 * The page of the ACPI device, which is rung by the device's method RING.
 */
#include <linux/acpi.h>
#include <linux/io.h>
#include <asm/tsc.h>

#include "machine.h"

static struct acpi_device *device;

/* the first memory resource of the device */
static acpi_status find_page(struct acpi_resource *ares, void *context)
{
	struct resource *found = context;
	struct resource_win win = { };

	if (!found->start && acpi_dev_resource_address_space(ares, &win))
		found->start = win.res.start;
	return AE_OK;
}

struct vmclock_abi *machine_map_page(void)
{
	struct resource found = { };
	struct vmclock_abi *page = NULL;

	device = acpi_dev_get_first_match_dev("AMZNC10C", NULL, -1);
	if (!device)
		return ERR_PTR(-ENODEV);
	acpi_walk_resources(device->handle, METHOD_NAME__CRS, find_page,
			    &found);
	if (found.start)
		page = memremap(found.start, PAGE_SIZE, MEMREMAP_WB);
	if (page)
		return page;
	acpi_dev_put(device);
	return ERR_PTR(-ENXIO);
}

void machine_unmap_page(struct vmclock_abi *page)
{
	memunmap(page);
	acpi_dev_put(device);
}

void machine_ring(void)
{
	acpi_evaluate_object(device->handle, "RING", NULL, NULL);
}

u64 machine_counter(void)
{
	return rdtsc_ordered();
}

u64 machine_counter_ns(void)
{
	return 1;
}
