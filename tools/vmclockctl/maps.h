/* SPDX-License-Identifier: GPL-2.0 */
/* Which view a process has mapped. */
#ifndef _VMCLOCKCTL_MAPS_H
#define _VMCLOCKCTL_MAPS_H

#include "fs.h"

unsigned int maps_view(long long pid, char name[FS_NAME]);
long long maps_other(long long pid, const char *name);

#endif /* _VMCLOCKCTL_MAPS_H */
