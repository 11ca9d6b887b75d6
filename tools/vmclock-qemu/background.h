/* SPDX-License-Identifier: GPL-2.0 */
/* A QEMU that puts itself into the background. */
#ifndef _VMCLOCK_QEMU_BACKGROUND_H
#define _VMCLOCK_QEMU_BACKGROUND_H

#include <stdbool.h>
#include <sys/types.h>

void background_enter(void);
void background_ready(void);
bool background_is_waited_for(void);
bool background_has_log(void);
pid_t background_child(void);

#endif /* _VMCLOCK_QEMU_BACKGROUND_H */
