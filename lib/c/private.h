/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef _LIBVMCLOCK_PRIVATE_H
#define _LIBVMCLOCK_PRIVATE_H

#include <stdbool.h>
#include <sys/types.h>
#include "libvmclock.h"
#include "vmclock.h"

/**
 * struct libvmclock - an open clock; constant while it is open
 * @clock: the page, if @has_page
 * @has_page: whether there is one
 * @flags: LIBVMCLOCK_FALLBACK
 * @timer: becomes readable when the system's clock is set; -1 with a page
 * @pid: the process that has opened it
 */
struct libvmclock {
	struct vmclock clock;
	bool has_page;
	unsigned int flags;
	int timer;
	pid_t pid;
};

int libvmclock_system_now(int scale, struct libvmclock_reading *reading);
int libvmclock_system_timer(void);
int libvmclock_system_wait(int timer, int timeout_ms);

#endif /* _LIBVMCLOCK_PRIVATE_H */
