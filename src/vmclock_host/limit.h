/* SPDX-License-Identifier: GPL-2.0 */
/* How many views there may be, in all and of each user. */
#ifndef _VMCLOCK_HOST_LIMIT_H
#define _VMCLOCK_HOST_LIMIT_H

#include <linux/uidgid.h>

int host_limit_take(kuid_t uid);
void host_limit_give(kuid_t uid);

#endif /* _VMCLOCK_HOST_LIMIT_H */
