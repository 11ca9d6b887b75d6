/* SPDX-License-Identifier: GPL-2.0 */
/*
 * vmclockctl's frame: sub-commands, exit statuses, messages. Every command is
 * a function of its own file; main.c calls it with the arguments after its
 * name, ctl.c has what commands share. User space, one thread.
 */
#ifndef _VMCLOCKCTL_CTL_H
#define _VMCLOCKCTL_CTL_H

#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../kernel_names.h"

#define CTL_ARRAY_SIZE(a)	(sizeof(a) / sizeof((a)[0]))

/**
 * enum ctl_exit - exit statuses; part of the interface
 * @CTL_OK: done, and nothing is wrong
 * @CTL_FOUND: the clock, or what it depends on, is not as it should be
 * @CTL_USAGE: wrong arguments
 * @CTL_ABSENT: what was asked for does not exist on this machine
 * @CTL_DENIED: permission
 * @CTL_BAD_PAGE: a page is damaged, cut off, or none at all
 * @CTL_FAILED: a system call, another program, or output failed
 * @CTL_WARNED: doctor: nothing but warnings
 */
enum ctl_exit {
	CTL_OK = 0,
	CTL_FOUND = 1,
	CTL_USAGE = 2,
	CTL_ABSENT = 3,
	CTL_DENIED = 4,
	CTL_BAD_PAGE = 5,
	CTL_FAILED = 6,
	CTL_WARNED = 7,
};

/* set by SIGINT and SIGTERM once ctl_catch_signals() was called */
extern volatile sig_atomic_t ctl_stop;
/* set by SIGWINCH */
extern volatile sig_atomic_t ctl_resized;

int cmd_status(int argc, char **argv);
int cmd_watch(int argc, char **argv);
int cmd_compare(int argc, char **argv);
int cmd_doctor(int argc, char **argv);
int cmd_metrics(int argc, char **argv);
int cmd_page(int argc, char **argv);
int cmd_report(int argc, char **argv);
int cmd_set_tai(int argc, char **argv);
int cmd_view(int argc, char **argv);

void ctl_set_command(const char *name);
void ctl_error(const char *format, ...)
	__attribute__((format(printf, 1, 2)));
int ctl_usage_error(void);
bool ctl_is_last(int argc, char **argv);
int ctl_only_json(int argc, char **argv, bool *json);
int ctl_exit_of(int error);
void ctl_catch_signals(void);
bool ctl_sleep_ms(long ms);
bool ctl_number(const char *what, const char *text, long long min,
		long long max, long long *value);

#endif /* _VMCLOCKCTL_CTL_H */
