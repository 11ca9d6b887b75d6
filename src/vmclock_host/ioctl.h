/* SPDX-License-Identifier: GPL-2.0 */
/* The ioctls of /dev/vmclock_host and of views; see include/vmclock_host.h. */
#ifndef _VMCLOCK_HOST_IOCTL_H
#define _VMCLOCK_HOST_IOCTL_H

#include <linux/fs.h>

extern const struct file_operations host_view_fops;

long host_ioctl(struct file *file, unsigned int cmd, unsigned long arg);

#endif /* _VMCLOCK_HOST_IOCTL_H */
