/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the files of ptp_vmclock share: the device's state and the functions
 * between them. Nobody else includes this.
 */
#ifndef _PTP_VMCLOCK_H
#define _PTP_VMCLOCK_H

#include <linux/clocksource_ids.h>
#include <linux/kref.h>
#include <linux/list.h>
#include <linux/miscdevice.h>
#include <linux/mod_devicetable.h>
#include <linux/ptp_clock_kernel.h>
#include <linux/wait.h>
#include <linux/workqueue.h>

#include "vmclock/page.h"

struct resource;

/**
 * struct ptp_vmclock - one page and what was made of it
 * @ref: held by the binding and by each open file of /dev/vmclockN
 * @dev: the platform device or PCI function; valid while bound
 * @page: the page, mapped write-back; valid as long as this structure
 * @phys: its physical address
 * @region: bytes that the firmware gave it
 * @len: bytes of it that are read: one page of the CPU at most
 * @index: N
 * @name: "vmclockN"
 * @misc: /dev/vmclockN
 * @wait: sleepers in poll()
 * @gone: no longer bound: files are dead
 * @deaf: nothing notifies it, whatever the page promises
 * @ptp_info: operations of the PTP clock
 * @ptp: PTP clock, or NULL for a page that never tells time
 * @on_kvmclock: how the last cross timestamp was made; a first guess
 * @update: looks at the page after a notification or some time
 * @glance: looks whether @update should have
 * @seq: sequence count that @update met last
 * @last: page as @update saw it the last time, if @seen
 * @seen: whether @update has seen a sound page
 * @told: whether @defect was logged
 * @defect: why the page tells no time, NULL if it does; by @update
 * @node: in the list of all devices
 *
 * @last, @seen, @told and @defect belong to @update.
 */
struct ptp_vmclock {
	struct kref ref;
	struct device *dev;
	const struct vmclock_abi *page;
	phys_addr_t phys;
	size_t region;
	size_t len;
	int index;
	char name[16];

	struct miscdevice misc;
	wait_queue_head_t wait;
	bool gone;
	bool deaf;

	struct ptp_clock_info ptp_info;
	struct ptp_clock *ptp;
	bool on_kvmclock;

	struct delayed_work update;
	struct delayed_work glance;
	u32 seq;
	struct vmclock_params last;
	bool seen;
	bool told;
	const char *defect;
	struct list_head node;
};

/**
 * struct ptp_vmclock_sample - a page and the counter, read together
 * @p: the page
 * @counter: the counter, read while the page was as in @p
 */
struct ptp_vmclock_sample {
	struct vmclock_params p;
	u64 counter;
};

/* main.c */
extern const struct acpi_device_id ptp_vmclock_acpi_ids[];
int ptp_vmclock_bind(struct device *dev, const struct resource *mem);
void ptp_vmclock_get(struct ptp_vmclock *vm);
void ptp_vmclock_put(struct ptp_vmclock *vm);

/* page.c */
const char *ptp_vmclock_page_defect(const struct ptp_vmclock *vm,
				    const struct vmclock_params *p);
const char *ptp_vmclock_defect(const struct ptp_vmclock *vm,
			       const struct vmclock_params *p);
int ptp_vmclock_read(const struct ptp_vmclock *vm, struct vmclock_params *p);
int ptp_vmclock_copy(const struct ptp_vmclock *vm, void *to, size_t pos,
		     size_t count, u32 *seq);
int ptp_vmclock_sample(const struct ptp_vmclock *vm,
		       struct ptp_system_timestamp *sts,
		       struct ptp_vmclock_sample *s);

/* clock.c */
bool ptp_vmclock_has_time(const struct vmclock_params *p);
bool ptp_vmclock_pair(struct ptp_system_timestamp *sts, u64 *counter);
int ptp_vmclock_clock_register(struct ptp_vmclock *vm);
int ptp_vmclock_clock_init(void);
void ptp_vmclock_clock_exit(void);

/* chardev.c */
int ptp_vmclock_chardev_register(struct ptp_vmclock *vm);

/* sysfs.c */
extern const struct attribute_group *ptp_vmclock_groups[];
const char *ptp_vmclock_status_name(u8 status, char *buf, size_t size);

/* notify.c */
void ptp_vmclock_notify(struct ptp_vmclock *vm);
void ptp_vmclock_kick_all(void);
int ptp_vmclock_notify_start(struct ptp_vmclock *vm);
extern const struct dev_pm_ops ptp_vmclock_pm;

/* reference.c */
void ptp_vmclock_reference_feed(struct ptp_vmclock *vm,
				const struct vmclock_params *p);
void ptp_vmclock_reference_release(struct ptp_vmclock *vm);
int ptp_vmclock_reference_init(void);
void ptp_vmclock_reference_exit(void);

/* acpi.c, if CONFIG_ACPI */
int ptp_vmclock_acpi_region(struct device *dev, struct resource *mem);
int ptp_vmclock_acpi_notify(struct ptp_vmclock *vm);

/* ivshmem.c, if CONFIG_PCI */
int ptp_vmclock_ivshmem_init(void);
void ptp_vmclock_ivshmem_exit(void);

#endif /* _PTP_VMCLOCK_H */
