// SPDX-License-Identifier: GPL-2.0
/*
 * Device nodes of named views, for programs that can only be given a path, as
 * an unmodified QEMU. A node belongs to the user that has made it; all may read
 * it. Removing one is like unlink(2): open files keep the view.
 */
#include <linux/cdev.h>
#include <linux/cred.h>
#include <linux/device.h>
#include <linux/idr.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/slab.h>

#include "chardev.h"
#include "node.h"
#include "view.h"

/**
 * struct host_node - the node of a view
 * @list: entry in the list of all nodes
 * @dev: device; its release function frees the node
 * @cdev: character device
 * @view: the view, to which the node has a reference
 * @name: name of the view
 * @uid: owner of the node
 * @gid: group of the node
 */
struct host_node {
	struct list_head list;
	struct device dev;
	struct cdev cdev;
	struct host_view *view;
	char name[VMCLOCK_VIEW_NAME_SIZE];
	kuid_t uid;
	kgid_t gid;
};

static DEFINE_MUTEX(node_mutex);
/* protected by node_mutex */
static LIST_HEAD(node_list);
static DEFINE_IDA(node_minors);
static dev_t first_dev;
static const struct file_operations *node_fops;

static void release_node(struct device *dev)
{
	struct host_node *node = container_of(dev, struct host_node, dev);

	ida_free(&node_minors, MINOR(dev->devt) - MINOR(first_dev));
	host_view_put(node->view);
	kfree(node);
}

/* For removing the node, the driver core asks for its name alone. */
static char *node_mode(VMCLOCK_DEVNODE_DEVICE *dev, umode_t *mode, kuid_t *uid,
		       kgid_t *gid)
{
	const struct host_node *node = container_of(dev, struct host_node, dev);

	if (mode) {
		*mode = 0644;
		*uid = node->uid;
		*gid = node->gid;
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

static struct host_node *find_node(const char *name)
{
	struct host_node *node;

	lockdep_assert_held(&node_mutex);
	list_for_each_entry(node, &node_list, list) {
		if (!strcmp(node->name, name))
			return node;
	}
	return NULL;
}

/* After device_initialize() release_node() cleans up. */
static struct host_node *create_node(struct host_view *view, const char *name)
{
	struct host_node *node = kzalloc(sizeof(*node), GFP_KERNEL_ACCOUNT);
	int minor;

	if (!node)
		return ERR_PTR(-ENOMEM);
	minor = ida_alloc_max(&node_minors, VMCLOCK_VIEWS_MAX - 1, GFP_KERNEL);
	if (minor < 0) {
		kfree(node);
		return ERR_PTR(minor);
	}
	host_view_get(view);
	node->view = view;
	strscpy(node->name, name, sizeof(node->name));
	current_fsuid_fsgid(&node->uid, &node->gid);
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
	list_add_tail(&node->list, &node_list);
	return 0;
}

/**
 * host_node_add() - give a view a name
 * @view: the view; the node holds a reference to it
 * @name: a valid one
 *
 * Context: process, may sleep.
 * Return: 0, -EEXIST, or another negative error.
 */
int host_node_add(struct host_view *view, const char *name)
{
	struct host_node *node;
	int ret = -EEXIST;

	mutex_lock(&node_mutex);
	if (find_node(name))
		goto unlock;
	node = create_node(view, name);
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
	list_del(&node->list);
	cdev_device_del(&node->cdev, &node->dev);
	put_device(&node->dev);
}

/**
 * host_node_remove() - take a view's name away
 * @name: the name
 *
 * Context: process, may sleep.
 * Return: 0 or -ENOENT.
 */
int host_node_remove(const char *name)
{
	struct host_node *node;

	mutex_lock(&node_mutex);
	node = find_node(name);
	if (node)
		remove_node(node);
	mutex_unlock(&node_mutex);
	return node ? 0 : -ENOENT;
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
	int ret = alloc_chrdev_region(&first_dev, 0, VMCLOCK_VIEWS_MAX,
				      "vmclock_view");

	if (ret)
		return ret;
	node_fops = fops;
	ret = class_register(&node_class);
	if (ret)
		unregister_chrdev_region(first_dev, VMCLOCK_VIEWS_MAX);
	return ret;
}

/**
 * host_node_stop() - remove all nodes
 *
 * Context: process, may sleep; no node is open, and no more are made.
 */
void host_node_stop(void)
{
	struct host_node *node, *next;

	mutex_lock(&node_mutex);
	list_for_each_entry_safe(node, next, &node_list, list)
		remove_node(node);
	mutex_unlock(&node_mutex);
	class_unregister(&node_class);
	unregister_chrdev_region(first_dev, VMCLOCK_VIEWS_MAX);
}
