// SPDX-License-Identifier: GPL-2.0
/*
 * Device nodes of named views, for programs that can only be given a path, as
 * an unmodified QEMU. Owner, group and mode are as those of any file; the owner
 * may remove the node. That is like unlink(2): open files keep the view.
 */
#include <linux/capability.h>
#include <linux/cdev.h>
#include <linux/cred.h>
#include <linux/device.h>
#include <linux/hashtable.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/slab.h>
#include <linux/stringhash.h>
#include <linux/xarray.h>

#include "chardev.h"
#include "node.h"
#include "view.h"

/**
 * struct host_node - the node of a view
 * @hash: entry in the table of all nodes, by name
 * @dev: device; its release function frees the node
 * @cdev: character device
 * @view: the view, to which the node has a reference
 * @name: name of the view
 * @owner: its owner, group and mode
 */
struct host_node {
	struct hlist_node hash;
	struct device dev;
	struct cdev cdev;
	struct host_view *view;
	char name[VMCLOCK_VIEW_NAME_SIZE];
	struct host_owner owner;
};

/* All there are: a minor comes again when the others have been used. */
#define NODE_MINORS	(MINORMASK + 1)

static DEFINE_MUTEX(node_mutex);
/* protected by node_mutex */
static DEFINE_HASHTABLE(node_table, 12);
static u32 next_minor;
/* nodes by their minors; has a lock of its own */
static DEFINE_XARRAY_ALLOC(node_minors);
static dev_t first_dev;
static const struct file_operations *node_fops;

static void release_node(struct device *dev)
{
	struct host_node *node = container_of(dev, struct host_node, dev);

	xa_erase(&node_minors, MINOR(dev->devt) - MINOR(first_dev));
	host_view_put(node->view);
	kfree(node);
}

/* For removing the node, the driver core asks for its name alone. */
static char *node_mode(VMCLOCK_DEVNODE_DEVICE *dev, umode_t *mode, kuid_t *uid,
		       kgid_t *gid)
{
	const struct host_node *node = container_of(dev, struct host_node, dev);

	if (mode) {
		*mode = node->owner.mode;
		*uid = node->owner.uid;
		*gid = node->owner.gid;
	}
	return NULL;
}

static const struct device_type node_type = {
	.name = "vmclock_view",
	.devnode = node_mode,
	.release = release_node,
};

static struct class node_class = {
	.name = "vmclock_view",
};

/**
 * host_node_open() - open operation of a view's node
 * @inode: the node's inode
 * @file: the file
 *
 * Context: process.
 * Return: 0 or a negative error.
 */
int host_node_open(struct inode *inode, struct file *file)
{
	struct host_node *node = container_of(inode->i_cdev, struct host_node,
					      cdev);

	return host_chardev_open(file, node->view);
}

static u32 hash_name(const char *name)
{
	return full_name_hash(NULL, name, strlen(name));
}

static struct host_node *find_node(const char *name)
{
	struct host_node *node;

	lockdep_assert_held(&node_mutex);
	hash_for_each_possible(node_table, node, hash, hash_name(name)) {
		if (!strcmp(node->name, name))
			return node;
	}
	return NULL;
}

/*
 * After device_initialize() release_node() cleans up. A minor is not used again
 * soon: a node that was made by hand, in a container for example, must not
 * become that of the next machine.
 */
static struct host_node *create_node(struct host_view *view, const char *name,
				     const struct host_owner *owner)
{
	struct host_node *node = kzalloc(sizeof(*node), GFP_KERNEL_ACCOUNT);
	u32 minor;
	int ret;

	lockdep_assert_held(&node_mutex);
	if (!node)
		return ERR_PTR(-ENOMEM);
	ret = xa_alloc_cyclic(&node_minors, &minor, node,
			      XA_LIMIT(0, MINORMASK), &next_minor, GFP_KERNEL);
	if (ret < 0) {
		kfree(node);
		return ERR_PTR(ret == -EBUSY ? -ENOSPC : ret);
	}
	kref_get(&view->ref);
	node->view = view;
	strscpy(node->name, name, sizeof(node->name));
	node->owner = *owner;
	cdev_init(&node->cdev, node_fops);
	node->cdev.owner = THIS_MODULE;
	device_initialize(&node->dev);
	node->dev.type = &node_type;
	node->dev.class = &node_class;
	node->dev.devt = first_dev + minor;
	return node;
}

static int add_node(struct host_node *node)
{
	int ret = dev_set_name(&node->dev, VMCLOCK_VIEW_NODE_PREFIX "%s",
			       node->name);

	lockdep_assert_held(&node_mutex);
	if (!ret)
		ret = cdev_device_add(&node->cdev, &node->dev);
	if (ret)
		return ret;
	hash_add(node_table, &node->hash, hash_name(node->name));
	return 0;
}

/**
 * host_node_add() - give a view a name
 * @view: the view; the node holds a reference to it
 * @name: a valid one
 * @owner: owner, group and mode of the node
 *
 * Context: process, may sleep.
 * Return: 0, -EEXIST, or another negative error.
 */
int host_node_add(struct host_view *view, const char *name,
		  const struct host_owner *owner)
{
	struct host_node *node;
	int ret = -EEXIST;

	mutex_lock(&node_mutex);
	if (find_node(name))
		goto unlock;
	node = create_node(view, name, owner);
	ret = PTR_ERR_OR_ZERO(node);
	if (ret)
		goto unlock;
	ret = add_node(node);
	if (ret)
		put_device(&node->dev);
unlock:
	mutex_unlock(&node_mutex);
	return ret;
}

static void remove_node(struct host_node *node)
{
	lockdep_assert_held(&node_mutex);
	hash_del(&node->hash);
	cdev_device_del(&node->cdev, &node->dev);
	put_device(&node->dev);
}

static bool may_remove(const struct host_node *node)
{
	return uid_eq(node->owner.uid, current_fsuid()) ||
	       capable(CAP_SYS_ADMIN);
}

/**
 * host_node_remove() - take a view's name away
 * @name: the name
 *
 * Context: process, may sleep.
 * Return: 0, -ENOENT, or -EPERM if the caller isn't its owner.
 */
int host_node_remove(const char *name)
{
	struct host_node *node;
	int ret = -ENOENT;

	mutex_lock(&node_mutex);
	node = find_node(name);
	if (node)
		ret = may_remove(node) ? 0 : -EPERM;
	if (!ret)
		remove_node(node);
	mutex_unlock(&node_mutex);
	return ret;
}

/**
 * host_node_start() - be ready for nodes
 * @fops: operations of their files
 *
 * Context: process.
 * Return: 0 or a negative error.
 */
int host_node_start(const struct file_operations *fops)
{
	int ret = alloc_chrdev_region(&first_dev, 0, NODE_MINORS,
				      "vmclock_view");

	if (ret)
		return ret;
	node_fops = fops;
	ret = class_register(&node_class);
	if (ret)
		unregister_chrdev_region(first_dev, NODE_MINORS);
	return ret;
}

/**
 * host_node_stop() - remove all nodes
 *
 * Context: process, may sleep; no node is open, and no more are made.
 */
void host_node_stop(void)
{
	struct hlist_node *next;
	struct host_node *node;
	unsigned int i;

	mutex_lock(&node_mutex);
	hash_for_each_safe(node_table, i, next, node, hash)
		remove_node(node);
	mutex_unlock(&node_mutex);
	class_unregister(&node_class);
	unregister_chrdev_region(first_dev, NODE_MINORS);
}
