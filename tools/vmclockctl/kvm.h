/* SPDX-License-Identifier: GPL-2.0 */
/* What KVM says of a machine's counter. */
#ifndef _VMCLOCKCTL_KVM_H
#define _VMCLOCKCTL_KVM_H

#include <stdbool.h>

#include "vmclock_host.h"

#define KVM_WHY	384	/* longest reason, and its 0 */

int kvm_translation(long long pid, struct vmclock_view_translation *t,
		    char *why);
bool kvm_same(const struct vmclock_view_translation *a,
	      const struct vmclock_view_translation *b);

#endif /* _VMCLOCKCTL_KVM_H */
