/* SPDX-License-Identifier: GPL-2.0 */
/* The files that show the lock, in sysfs and debugfs. Process context. */
#ifndef _TKREF_SYSFS_H
#define _TKREF_SYSFS_H

struct tkref_clock;

int tkref_sysfs_register(struct tkref_clock *clk);
void tkref_sysfs_unregister(void);
void tkref_debugfs_register(struct tkref_clock *clk);
void tkref_debugfs_unregister(void);

#endif /* _TKREF_SYSFS_H */
