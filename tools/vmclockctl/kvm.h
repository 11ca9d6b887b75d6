/* SPDX-License-Identifier: GPL-2.0 */
/* What KVM says of a machine's counter. */
#ifndef _VMCLOCKCTL_KVM_H
#define _VMCLOCKCTL_KVM_H

#include <limits.h>
#include <stdbool.h>

#include "vmclock_host.h"

#define KVM_WHY	384	/* longest reason, and its 0 */

/**
 * struct kvm_history - what was seen of a machine
 * @t: its translation; frac_bits 0: none yet
 * @dir: its folder in debugfs; empty: to be found
 * @changes: of the translation, look for look; fewer by those without
 */
struct kvm_history {
	struct vmclock_view_translation t;
	char dir[PATH_MAX];
	unsigned int changes;
};

int kvm_read(struct kvm_history *h, const char *dir,
	     struct vmclock_view_translation *t, char *why);
int kvm_follow(struct kvm_history *h, long long pid,
	       struct vmclock_view_translation *t, char *why);
int kvm_translation(long long pid, struct vmclock_view_translation *t,
		    char *why);
bool kvm_same(const struct vmclock_view_translation *a,
	      const struct vmclock_view_translation *b);

#endif /* _VMCLOCKCTL_KVM_H */
