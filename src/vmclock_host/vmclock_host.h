/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the parts of vmclock_host have in common. The timekeeper's updates
 * (source.c) and the NTP state (status.c) both flow into the page (page.c),
 * which wakes those who wait for it (chardev.c).
 */
#ifndef _VMCLOCK_HOST_H
#define _VMCLOCK_HOST_H

#include <linux/fs.h>

#include "vmclock/page.h"

struct clocksource;

/**
 * struct host_line - the system clock as the timekeeper left it
 * @line: TAI if @tai_offset_sec is known, otherwise UTC
 * @counter_id: VMCLOCK_COUNTER_*, INVALID if guests can't read what counts
 * @tai_offset_sec: TAI - UTC, or 0 if nobody has told the kernel
 * @replaced: the line has nothing to do with the one before
 */
struct host_line {
	struct vmclock_line line;
	u8 counter_id;
	s32 tai_offset_sec;
	bool replaced;
};

/**
 * struct host_status - what the NTP code knows of the clock
 * @status: VMCLOCK_STATUS_*
 * @leap: VMCLOCK_LEAP_*
 * @bounded: whether the errors are known
 * @maxerror_ns: now; grows by HOST_MAXRATE
 * @esterror_ns: now
 */
struct host_status {
	u8 status;
	u8 leap;
	bool bounded;
	u64 maxerror_ns;
	u64 esterror_ns;
};

/* NTP's bound of a clock's frequency error, 500 ppm: one part in this */
#define HOST_MAXRATE	2000

extern struct page *host_page;
extern unsigned int host_threshold_ns;
extern const struct file_operations host_fops;

u8 host_counter_id(const struct clocksource *clock);
u64 host_counter_read(void);

int host_page_create(bool notification);
void host_page_destroy(void);
void host_page_set_line(const struct host_line *now);
void host_page_set_status(const struct host_status *now);
bool host_page_has_counter(void);

int host_source_start(unsigned int settle_ns);
void host_source_stop(void);

void host_status_start(void);
void host_status_wait(void);
void host_status_stop(void);
void host_status_refresh(void);

void host_chardev_wake(void);
void host_chardev_stop(void);

#endif /* _VMCLOCK_HOST_H */
