/* SPDX-License-Identifier: GPL-2.0 */
/* Other programs: modinfo for doctor, gnuplot for plots. No shell. */
#ifndef _VMCLOCKCTL_RUN_H
#define _VMCLOCKCTL_RUN_H

#include <stdio.h>
#include <sys/types.h>

int run_line(char *line, size_t size, char *const argv[]);
FILE *run_writer(pid_t *pid, char *const argv[]);
int run_wait(pid_t pid);

#endif /* _VMCLOCKCTL_RUN_H */
