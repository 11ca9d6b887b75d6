/* SPDX-License-Identifier: GPL-2.0 */
/* Files that commands write: whole, or not at all. */
#ifndef _VMCLOCKCTL_OUTPUT_H
#define _VMCLOCKCTL_OUTPUT_H

#include <stdio.h>

#include "fs.h"

/**
 * struct output - a file that is being written
 * @file: to print to; NULL if it could not be opened
 * @path: its name at the end
 * @temp: its name until then
 */
struct output {
	FILE *file;
	const char *path;
	char temp[PATH_MAX];
};

int output_open(struct output *o, const char *path);
int output_close(struct output *o);
void output_give_up(struct output *o);

#endif /* _VMCLOCKCTL_OUTPUT_H */
