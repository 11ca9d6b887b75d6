/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the parts of vmclock_host have in common. The timekeeper's updates
 * (clock.c) and the NTP state (ntp.c) both flow into the state of page.c,
 * which writes the page of every view: that of /dev/vmclock_host, and those
 * that view.c makes for virtual machines. chardev.c lets programs read them,
 * node.c gives them names.
 */
#ifndef _VMCLOCK_HOST_H
#define _VMCLOCK_HOST_H

#include <linux/fs.h>
#include <linux/kref.h>
#include <linux/poll.h>
#include <linux/rcupdate.h>
#include <linux/types.h>

#include "vmclock/leap.h"
#include <vmclock_host.h>

#include "bounds.h"

struct clocksource;
struct eventfd_ctx;
struct timekeeper;

/**
 * enum host_cause - why all pages were published anew
 * @HOST_CAUSE_NONE: they weren't
 * @HOST_CAUSE_STEP: step, clocksource change, resume
 * @HOST_CAUSE_TAI: TAI offset, leap second
 * @HOST_CAUSE_FREQUENCY: the rate that NTP wants
 * @HOST_CAUSE_DEVIATION: the clock has left the line
 * @HOST_CAUSE_SETTLING: change between the clock's line and NTP's
 * @HOST_CAUSE_STATUS: synchronised or not
 * @HOST_CAUSE_LEAP: leap indicator
 * @HOST_CAUSE_BOUNDS: errors
 * @HOST_CAUSE_RENEWAL: so that the bounds of pages nest
 */
enum host_cause {
	HOST_CAUSE_NONE,
	HOST_CAUSE_STEP,
	HOST_CAUSE_TAI,
	HOST_CAUSE_FREQUENCY,
	HOST_CAUSE_DEVIATION,
	HOST_CAUSE_SETTLING,
	HOST_CAUSE_STATUS,
	HOST_CAUSE_LEAP,
	HOST_CAUSE_BOUNDS,
	HOST_CAUSE_RENEWAL,
	HOST_CAUSES,
};

/**
 * struct host_stats - counts since the module was loaded
 * @publications: of all pages
 * @causes: of them, by enum host_cause
 * @disruptions: publications with other disruption markers
 * @nesting_violations: publications that were disruptions because of that
 */
struct host_stats {
	u64 publications;
	u64 causes[HOST_CAUSES];
	u64 disruptions;
	u64 nesting_violations;
};

/**
 * struct host_line - the system clock as the timekeeper left it
 * @line: the kernel's TAI, i.e. UTC + @tai_offset_sec
 * @counter_id: VMCLOCK_COUNTER_*, INVALID if guests can't read what counts
 * @tai_offset_sec: TAI - UTC as the kernel has it: 0 if nobody has told it
 * @replaced: the line has nothing to do with the one before
 * @cause: why
 */
struct host_line {
	struct vmclock_line line;
	u8 counter_id;
	s32 tai_offset_sec;
	bool replaced;
	enum host_cause cause;
};

/**
 * struct host_status - what the NTP code knows of the clock
 * @losses: host_page_losses() before it was asked
 * @status: VMCLOCK_STATUS_*
 * @leap: VMCLOCK_LEAP_*
 * @utc_sec: when that was, UTC as the kernel counts it
 * @bounded: whether the errors are known
 * @maxerror_ns: now; grows by HOST_MAXRATE
 * @spread_ns: that may be more than the kernel's by so much
 * @esterror_ns: now
 */
struct host_status {
	unsigned int losses;
	u8 status;
	u8 leap;
	s64 utc_sec;
	bool bounded;
	u64 maxerror_ns;
	u64 spread_ns;
	u64 esterror_ns;
};

/**
 * struct host_view - a page, and what is particular to it
 * @list: all views; changed under the page lock, read under RCU too
 * @ref: open files, and the node
 * @rcu: for freeing it
 * @page: the page
 * @translation: from the host's counter to the page's; @translated: known
 * @marker: disruption marker
 * @generation: VM generation counter
 * @flags: VMCLOCK_FLAG_* that the page has besides the host's
 * @size: what the page says of its size
 * @monotonic: VMCLOCK_FLAG_TIME_MONOTONIC
 * @ring: changed since @eventfd was signalled
 * @eventfd: whom to signal, or NULL; changed under the view mutex
 *
 * All but @page is protected by the page lock unless said otherwise.
 */
struct host_view {
	struct list_head list;
	struct kref ref;
	struct rcu_head rcu;
	struct page *page;
	struct vmclock_view_translation translation;
	bool translated;
	bool monotonic;
	bool ring;
	u32 size;
	u64 marker;
	u64 generation;
	u64 flags;
	struct eventfd_ctx __rcu *eventfd;
};

/* NTP's bound of a clock's frequency error, 500 ppm: one part in this */
#define HOST_MAXRATE	2000

/* The flags that a VMM sets. */
#define HOST_VIEW_FLAGS	((u64)(VMCLOCK_FLAG_DISRUPTION_SOON |		\
			       VMCLOCK_FLAG_DISRUPTION_IMMINENT |	\
			       VMCLOCK_FLAG_NOTIFICATION_PRESENT))

extern struct list_head host_views;
extern struct host_stats host_stats;

void host_page_init(void);
void host_page_set_line(const struct host_line *now);
unsigned int host_page_losses(void);
void host_page_set_status(const struct host_status *now);
bool host_page_has_counter(void);
bool host_page_is_short_lived(void);
void host_page_add_view(struct host_view *view);
void host_page_remove_view(struct host_view *view);
void host_page_set_translation(struct host_view *view,
			       const struct vmclock_view_translation *t);
void host_page_get_translation(struct host_view *view,
			       struct vmclock_view_translation *t);
void host_page_set_flags(struct host_view *view, u64 mask, u64 flags);
void host_page_set_generation(struct host_view *view, u64 generation);
void host_page_disrupt(struct host_view *view);

struct host_view *host_view_create(u32 size, u64 flags, bool own_counter);
void host_view_get(struct host_view *view);
void host_view_put(struct host_view *view);
void host_view_signal(void);
void host_view_stop(void);
long host_view_main_ioctl(struct file *file, unsigned int cmd,
			  unsigned long arg);
extern const struct file_operations host_view_fops;

int host_node_start(void);
void host_node_stop(void);
int host_node_open(struct inode *inode, struct file *file);
int host_node_add(struct host_view *view, const char *name);
int host_node_remove(const char *name);

int host_clock_start(unsigned int settle_ns, unsigned int threshold_ns,
		      bool deadline);
void host_clock_stop(void);

void host_idle_timer_update(const struct timekeeper *tk);
void host_idle_timer_start(unsigned int ns);
void host_idle_timer_stop(void);

void host_ntp_start(void);
void host_ntp_wait(void);
void host_ntp_stop(void);
void host_ntp_refresh(void);

void host_debugfs_start(void);
void host_debugfs_stop(void);

void host_chardev_stop(void);
void host_chardev_wake(void);
struct host_view *host_chardev_view(const struct file *file);
void *host_chardev_begin(struct host_view *view);
void host_chardev_end(void *private_data);
int host_chardev_open(struct file *file, struct host_view *view);
int host_chardev_release(struct inode *inode, struct file *file);
ssize_t host_chardev_read(struct file *file, char __user *buf, size_t count,
			  loff_t *pos);
__poll_t host_chardev_poll(struct file *file, poll_table *wait);
int host_chardev_mmap(struct file *file, struct vm_area_struct *vma);

#endif /* _VMCLOCK_HOST_H */
