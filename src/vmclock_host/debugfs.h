/* SPDX-License-Identifier: GPL-2.0 */
/* Counters in debugfs. */
#ifndef _VMCLOCK_HOST_DEBUGFS_H
#define _VMCLOCK_HOST_DEBUGFS_H

void host_debugfs_start(void);
void host_debugfs_stop(void);

#endif /* _VMCLOCK_HOST_DEBUGFS_H */
