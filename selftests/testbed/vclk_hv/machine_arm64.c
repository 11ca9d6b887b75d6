// SPDX-License-Identifier: GPL-2.0
/*
 * The page of the device tree's node, which is rung by its interrupt being made
 * pending in the interrupt controller.
 */
#include <linux/interrupt.h>
#include <linux/io.h>
#include <linux/irq.h>
#include <linux/of.h>
#include <linux/of_address.h>
#include <linux/of_irq.h>
#include <linux/sizes.h>
#include <asm/arch_timer.h>

#include "machine.h"

static int irq;

struct vmclock_abi *machine_map_page(void)
{
	struct device_node *node;
	struct vmclock_abi *page = NULL;
	struct resource found;

	node = of_find_compatible_node(NULL, NULL, "amazon,vmclock");
	if (!node)
		return ERR_PTR(-ENODEV);
	irq = of_irq_get(node, 0);
	if (irq > 0 && !of_address_to_resource(node, 0, &found))
		page = memremap(found.start, SZ_4K, MEMREMAP_WB);
	of_node_put(node);
	return page ?: ERR_PTR(-ENXIO);
}

void machine_unmap_page(struct vmclock_abi *page)
{
	memunmap(page);
}

void machine_ring(void)
{
	irq_set_irqchip_state(irq, IRQCHIP_STATE_PENDING, true);
}

u64 machine_counter(void)
{
	return __arch_counter_get_cntvct();
}

u64 machine_counter_ns(void)
{
	return NSEC_PER_SEC / arch_timer_get_cntfrq();
}
