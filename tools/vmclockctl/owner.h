/* SPDX-License-Identifier: GPL-2.0 */
/* Users and groups by name or number. */
#ifndef _VMCLOCKCTL_OWNER_H
#define _VMCLOCKCTL_OWNER_H

#include <stdbool.h>

bool owner_user(const char *text, unsigned int *uid);
bool owner_group(const char *text, unsigned int *gid);
bool owner_mode(const char *text, unsigned int *mode);

#endif /* _VMCLOCKCTL_OWNER_H */
