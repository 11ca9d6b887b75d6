/* SPDX-License-Identifier: GPL-2.0 */
/* A VMClock device: its state, its life, the list of all devices. */
#ifndef _PTP_VMCLOCK_DEVICE_H
#define _PTP_VMCLOCK_DEVICE_H

#include <linux/kref.h>
#include <linux/list.h>
#include <linux/miscdevice.h>
#include <linux/mutex.h>
#include <linux/ptp_clock_kernel.h>
#include <linux/ratelimit_types.h>
#include <linux/wait.h>
#include <linux/workqueue.h>

#include "vmclock/page.h"

/**
 * struct ptp_vmclock - one page and what was made of it
 * @ref: held by the binding and by each open file of /dev/vmclockN
 * @dev: the platform device or PCI function; valid while bound
 * @firmware: whose page it is by the firmware: @dev, but for vmclock_feed
 * @page: the page, mapped write-back; valid as long as this structure
 * @phys: its physical address
 * @region: bytes that the firmware gave it
 * @len: bytes of it that are read: one page of the CPU at most
 * @index: N
 * @name: "vmclockN"
 * @misc: /dev/vmclockN
 * @wait: sleepers in poll()
 * @files_lock: protects @files, and @gone against a page fault
 * @files: open files of @misc
 * @gone: the device is no longer bound, and its files only fail
 * @no_irq: no notification can arrive, whatever the page says
 * @ptp_info: operations of the PTP clock
 * @ptp: PTP clock, or NULL as long as the page is none of time
 * @ptp_register: makes @ptp when the page is one of time; NULL if another
 *	driver does
 * @on_kvmclock: how the last cross timestamp was made; a first guess
 * @update: reads the page after a notification or some time
 * @peek: cheap poll of the sequence count, which schedules @update
 * @seq: sequence count that @update met last
 * @last: page as @update saw it the last time, if @valid
 * @announced: page that the last uevents were about
 * @uevent_limit: how many times a second there are uevents
 * @valid: whether @update has seen a sound page
 * @logged: whether @defect was logged
 * @defect: why the page tells no time, NULL if it does; by @update
 * @node: in the list of all devices
 *
 * @last, @announced, @valid, @logged and @defect belong to @update.
 */
struct ptp_vmclock {
	struct kref ref;
	struct device *dev;
	struct device *firmware;
	const struct vmclock_abi *page;
	phys_addr_t phys;
	size_t region;
	size_t len;
	int index;
	char name[16];

	struct miscdevice misc;
	wait_queue_head_t wait;
	struct mutex files_lock;
	struct list_head files;
	bool gone;
	bool no_irq;

	struct ptp_clock_info ptp_info;
	struct ptp_clock *ptp;
	int (*ptp_register)(struct ptp_vmclock *vm);
	bool on_kvmclock;

	struct delayed_work update;
	struct delayed_work peek;
	u32 seq;
	struct vmclock_params last;
	struct vmclock_params announced;
	struct ratelimit_state uevent_limit;
	bool valid;
	bool logged;
	const char *defect;
	struct list_head node;
};

struct ptp_vmclock *ptp_vmclock_alloc(struct device *dev,
				      struct device *firmware);
void ptp_vmclock_put(struct ptp_vmclock *vm);
void ptp_vmclock_list_add(struct ptp_vmclock *vm);
void ptp_vmclock_list_del(struct ptp_vmclock *vm);
void ptp_vmclock_check_all(void);
void ptp_vmclock_changed(struct ptp_vmclock *vm);

#endif /* _PTP_VMCLOCK_DEVICE_H */
