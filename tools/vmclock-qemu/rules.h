/* SPDX-License-Identifier: GPL-2.0 */
/* What the keys of QEMU's options mean. */
#ifndef _VMCLOCK_QEMU_RULES_H
#define _VMCLOCK_QEMU_RULES_H

#include "machine.h"

bool rules_take(struct machine *m, const char *group, const struct pair *pair,
		char *why);
bool rules_end(struct machine *m, char *why);

#endif /* _VMCLOCK_QEMU_RULES_H */
