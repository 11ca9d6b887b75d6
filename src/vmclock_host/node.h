/* SPDX-License-Identifier: GPL-2.0 */
/* Device nodes of named views. */
#ifndef _VMCLOCK_HOST_NODE_H
#define _VMCLOCK_HOST_NODE_H

#include <linux/fs.h>

struct host_view;

/**
 * struct host_owner - permissions of a node
 * @uid: its owner
 * @gid: its group
 * @mode: permissions of owner, group and others
 */
struct host_owner {
	kuid_t uid;
	kgid_t gid;
	umode_t mode;
};

int host_node_start(const struct file_operations *fops);
void host_node_stop(void);
int host_node_open(struct inode *inode, struct file *file);
int host_node_add(struct host_view *view, const char *name,
		  const struct host_owner *owner);
int host_node_remove(const char *name);

#endif /* _VMCLOCK_HOST_NODE_H */
