/* SPDX-License-Identifier: GPL-2.0 */
/* What KVM says of a machine's counter. */
#ifndef _VMCLOCKCTL_KVM_H
#define _VMCLOCKCTL_KVM_H

#include "vmclock_host.h"

int kvm_translation(long long pid, struct vmclock_view_translation *t);

#endif /* _VMCLOCKCTL_KVM_H */
