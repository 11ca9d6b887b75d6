/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Small files of /sys, /proc and /dev, all below a root that tests can move.
 */
#ifndef _VMCLOCKCTL_FS_H
#define _VMCLOCKCTL_FS_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>

#define FS_NAME		80	/* longest name that is listed, and its 0 */
#define FS_TEXT		160	/* an attribute */

void fs_set_root(const char *root);
const char *fs_root(void);
const char *fs_path(char path[PATH_MAX], const char *format, ...)
	__attribute__((format(printf, 2, 3)));
int fs_read(char *text, size_t size, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
int fs_link(char *name, size_t size, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
bool fs_exists(const char *format, ...) __attribute__((format(printf, 1, 2)));
size_t fs_list(const char *dir, const char *prefix, char (*names)[FS_NAME],
	       size_t max);
void fs_clean(char *text);

#endif /* _VMCLOCKCTL_FS_H */
