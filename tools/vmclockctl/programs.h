/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Programs on this machine that set or steer the system clock.
 */
#ifndef _VMCLOCKCTL_PROGRAMS_H
#define _VMCLOCKCTL_PROGRAMS_H

#include <stdbool.h>
#include <stddef.h>

#include "fs.h"

/**
 * struct clock_program - a program that sets or steers the system clock
 * @comm: its name as the kernel cuts it, 15 characters
 * @name: its name for people
 * @steers: it steers the rate all the time; if not, it sets the time now and
 *	then, as agents of hypervisors do
 * @keep_off: how to keep it off the clock without stopping it; NULL if there
 *	is no way
 * @unbounded: it doesn't tell the kernel how far the clock is off
 */
struct clock_program {
	const char *comm;
	const char *name;
	bool steers;
	const char *keep_off;
	bool unbounded;
};

/**
 * struct running_program - one that runs
 * @program: which
 * @pid: its process
 * @unit: its systemd unit; empty if unknown
 */
struct running_program {
	const struct clock_program *program;
	char pid[FS_NAME];
	char unit[FS_NAME];
};

#define PROGRAMS_MAX	8

/**
 * struct programs - all that run
 * @n: how many
 * @list: in the order of their processes
 */
struct programs {
	size_t n;
	struct running_program list[PROGRAMS_MAX];
};

void programs_read(struct programs *all);
const struct running_program *programs_steering(const struct programs *all);

#endif /* _VMCLOCKCTL_PROGRAMS_H */
