/* SPDX-License-Identifier: GPL-2.0 */
/* Operations of open files of a page: read, poll, mmap. */
#ifndef _VMCLOCK_HOST_CHARDEV_H
#define _VMCLOCK_HOST_CHARDEV_H

#include <linux/fs.h>
#include <linux/poll.h>

struct host_view;

struct host_view *host_chardev_view(const struct file *file);
int host_chardev_open(struct file *file, struct host_view *view);
int host_chardev_release(struct inode *inode, struct file *file);
ssize_t host_chardev_read(struct file *file, char __user *buf, size_t count,
			  loff_t *pos);
__poll_t host_chardev_poll(struct file *file, poll_table *wait);
int host_chardev_mmap(struct file *file, struct vm_area_struct *vma);

#endif /* _VMCLOCK_HOST_CHARDEV_H */
