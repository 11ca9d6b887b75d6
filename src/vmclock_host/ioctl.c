// SPDX-License-Identifier: GPL-2.0
/*
 * The ioctls by which programs make and control views;
 * include/vmclock_host.h is the interface.
 */
#include <linux/anon_inodes.h>
#include <linux/cred.h>
#include <linux/eventfd.h>
#include <linux/file.h>
#include <linux/module.h>
#include <linux/random.h>
#include <linux/string.h>
#include <linux/uaccess.h>

#include "chardev.h"
#include "ioctl.h"
#include "node.h"
#include "view.h"

/* A machine's counter and the host's may differ by a factor of 2^this. */
#define MAX_RATIO_SHIFT	8
#define MAX_SPREAD	(1 << 20)

/* ---- changes of a view, for host_page_change() --------------------------- */

static int apply_flags(struct host_view *view, const void *arg)
{
	const struct vmclock_view_flags *f = arg;

	if ((view->flags & f->mask) == f->flags)
		return 0;
	view->flags = (view->flags & ~f->mask) | f->flags;
	return 1;
}

static int apply_generation(struct host_view *view, const void *arg)
{
	const u64 *generation = arg;

	if (view->generation == *generation)
		return 0;
	view->generation = *generation;
	view->marker++;
	return 1;
}

static int apply_disruption(struct host_view *view, const void *arg)
{
	view->marker++;
	return 1;
}

/* ---- ioctls of a view ---------------------------------------------------- */

/*
 * Without scaling the ratio is 2^frac_bits. Neither side of the comparisons
 * exceeds 2^71.
 */
static bool is_valid_translation(const struct vmclock_view_translation *t)
{
	unsigned __int128 ratio = t->ratio, one = 1;

	if (t->reserved || t->ratio >> 63)
		return false;
	if (!t->frac_bits)
		return !t->ratio && !t->offset && !t->spread &&
		       t->reason <= VMCLOCK_UNKNOWN_DISPUTED;
	if (t->frac_bits > 63 || t->spread > MAX_SPREAD || t->reason)
		return false;
	one <<= t->frac_bits;
	return ratio << MAX_RATIO_SHIFT >= one &&
	       ratio <= one << MAX_RATIO_SHIFT;
}

static long set_translation(struct host_view *view, const void __user *arg)
{
	struct vmclock_view_translation t;

	if (copy_from_user(&t, arg, sizeof(t)))
		return -EFAULT;
	if (!is_valid_translation(&t))
		return -EINVAL;
	return host_page_change(view, host_page_apply_translation, &t);
}

static long get_translation(struct host_view *view, void __user *arg)
{
	struct vmclock_view_translation t;

	host_page_get_translation(view, &t);
	return copy_to_user(arg, &t, sizeof(t)) ? -EFAULT : 0;
}

static long set_flags(struct host_view *view, const void __user *arg)
{
	struct vmclock_view_flags f;

	if (copy_from_user(&f, arg, sizeof(f)))
		return -EFAULT;
	if (f.mask & ~HOST_VIEW_FLAGS || f.flags & ~f.mask)
		return -EINVAL;
	return host_page_change(view, apply_flags, &f);
}

/* The caller knows the value before it is in force. */
static long set_generation(struct host_view *view, void __user *arg)
{
	struct vmclock_view_generation g;

	if (copy_from_user(&g, arg, sizeof(g)))
		return -EFAULT;
	if (g.reserved || g.flags & ~VMCLOCK_GENERATION_SET)
		return -EINVAL;
	if (!(g.flags & VMCLOCK_GENERATION_SET)) {
		if (g.value)
			return -EINVAL;
		g.value = get_random_u64();
		if (copy_to_user(arg, &g, sizeof(g)))
			return -EFAULT;
	}
	return host_page_change(view, apply_generation, &g.value);
}

static long set_eventfd(struct host_view *view, const void __user *arg)
{
	struct eventfd_ctx *eventfd = NULL;
	struct vmclock_view_eventfd e;

	if (copy_from_user(&e, arg, sizeof(e)))
		return -EFAULT;
	if (e.reserved || e.fd < -1)
		return -EINVAL;
	if (e.fd != -1) {
		eventfd = eventfd_ctx_fdget(e.fd);
		if (IS_ERR(eventfd))
			return PTR_ERR(eventfd);
	}
	host_view_set_eventfd(view, eventfd);
	return 0;
}

/* Reading takes permission, too: a translation tells the host's uptime. */
static long view_ioctl(struct file *file, unsigned int cmd, unsigned long value)
{
	struct host_view *view = host_chardev_view(file);
	void __user *arg = (void __user *)value;

	if (!(file->f_mode & FMODE_WRITE))
		return -EPERM;
	switch (cmd) {
	case VMCLOCK_VIEW_SET_TRANSLATION:
		return set_translation(view, arg);
	case VMCLOCK_VIEW_GET_TRANSLATION:
		return get_translation(view, arg);
	case VMCLOCK_VIEW_SET_FLAGS:
		return set_flags(view, arg);
	case VMCLOCK_VIEW_SET_GENERATION:
		return set_generation(view, arg);
	case VMCLOCK_VIEW_SET_EVENTFD:
		return set_eventfd(view, arg);
	case VMCLOCK_VIEW_DISRUPT:
		return host_page_change(view, apply_disruption, NULL);
	default:
		return -ENOTTY;
	}
}

/* Files of a node are opened by .open, anonymous ones by open_view(). */
const struct file_operations host_view_fops = {
	.owner = THIS_MODULE,
	.open = host_node_open,
	.release = host_chardev_release,
	.read = host_chardev_read,
	.poll = host_chardev_poll,
	.mmap = host_chardev_mmap,
	.unlocked_ioctl = view_ioctl,
	.compat_ioctl = compat_ptr_ioctl,
};

/* ---- ioctls of /dev/vmclock_host ----------------------------------------- */

/* anon_inode_getfile() gives no pread(). */
static struct file *open_view(struct host_view *view)
{
	struct file *file = anon_inode_getfile("[vmclock-view]",
					       &host_view_fops, NULL, O_RDWR);
	int ret;

	if (IS_ERR(file))
		return file;
	file->f_mode |= FMODE_PREAD;
	ret = host_chardev_open(file, view);
	if (!ret)
		return file;
	fput(file);
	return ERR_PTR(ret);
}

/* All that can fail comes before the view can be seen. */
static long install_view(struct host_view *view, const char *name,
			 const struct host_owner *owner)
{
	int fd = get_unused_fd_flags(O_CLOEXEC), ret;
	struct file *file;

	if (fd < 0)
		return fd;
	file = open_view(view);
	if (IS_ERR(file)) {
		put_unused_fd(fd);
		return PTR_ERR(file);
	}
	ret = *name ? host_node_add(view, name, owner) : 0;
	if (ret) {
		put_unused_fd(fd);
		fput(file);
		return ret;
	}
	fd_install(fd, file);
	return fd;
}

#define LETTERS_AND_DIGITS	"ABCDEFGHIJKLMNOPQRSTUVWXYZ"	\
				"abcdefghijklmnopqrstuvwxyz0123456789"

/* Names may stand in a path, and in a line of a log or of another tool. */
static bool is_valid_name(const char *name)
{
	size_t len = strnlen(name, VMCLOCK_VIEW_NAME_SIZE);

	return len < VMCLOCK_VIEW_NAME_SIZE &&
	       strspn(name, LETTERS_AND_DIGITS "_.-") == len &&
	       (!len || strspn(name, LETTERS_AND_DIGITS)) &&
	       !memchr_inv(name + len, 0, VMCLOCK_VIEW_NAME_SIZE - len);
}

/*
 * The type that a new view's page begins with, or a negative error. A smeared
 * clock tells neither TAI nor UTC.
 */
static int time_type_of(u32 wanted)
{
	if (wanted && host_time_type == VMCLOCK_TIME_INVALID_SMEARED)
		return -EOPNOTSUPP;
	switch (wanted) {
	case VMCLOCK_VIEW_TIME_DEFAULT:
		return host_time_type;
	case VMCLOCK_VIEW_TIME_TAI:
		return VMCLOCK_TIME_TAI;
	case VMCLOCK_VIEW_TIME_UTC:
		return VMCLOCK_TIME_UTC;
	default:
		return -EINVAL;
	}
}

#define VIEW_OPTIONS	(VMCLOCK_VIEW_UID | VMCLOCK_VIEW_GID | \
			 VMCLOCK_VIEW_MODE)

/* What isn't said is zero. An anonymous view has an owner only. */
static bool are_valid_options(const struct vmclock_view_create *c)
{
	u32 options = *c->name ? VIEW_OPTIONS : VMCLOCK_VIEW_UID;

	return !(c->options & ~options) && !(c->mode & ~0666) &&
	       (c->options & VMCLOCK_VIEW_UID || !c->uid) &&
	       (c->options & VMCLOCK_VIEW_GID || !c->gid) &&
	       (c->options & VMCLOCK_VIEW_MODE || !c->mode);
}

/*
 * As with mknod(2) and chown(2): a node takes privileges, and so does another
 * owner or a group that the user isn't in.
 */
static int find_owner(const struct vmclock_view_create *c,
		      struct host_owner *owner)
{
	if (*c->name && !capable(CAP_MKNOD))
		return -EPERM;
	current_fsuid_fsgid(&owner->uid, &owner->gid);
	owner->mode = c->options & VMCLOCK_VIEW_MODE ? c->mode : 0600;
	if (c->options & VMCLOCK_VIEW_UID)
		owner->uid = make_kuid(current_user_ns(), c->uid);
	if (c->options & VMCLOCK_VIEW_GID)
		owner->gid = make_kgid(current_user_ns(), c->gid);
	if (!uid_valid(owner->uid) || !gid_valid(owner->gid))
		return -EINVAL;
	if ((uid_eq(owner->uid, current_fsuid()) && in_group_p(owner->gid)) ||
	    capable(CAP_CHOWN))
		return 0;
	return -EPERM;
}

static bool is_valid_view(const struct vmclock_view_create *c)
{
	return !(c->flags & ~HOST_VIEW_FLAGS) && is_valid_name(c->name) &&
	       are_valid_options(c) &&
	       c->size >= sizeof(struct vmclock_abi) && c->size <= PAGE_SIZE;
}

static long create_view(const void __user *arg)
{
	struct vmclock_view_create c;
	struct host_owner owner;
	struct host_view *view;
	int time_type;
	long ret;

	if (copy_from_user(&c, arg, sizeof(c)))
		return -EFAULT;
	if (!c.size)
		c.size = PAGE_SIZE;
	time_type = time_type_of(c.time_type);
	if (time_type < 0)
		return time_type;
	if (!is_valid_view(&c))
		return -EINVAL;
	ret = find_owner(&c, &owner);
	if (ret)
		return ret;
	view = host_view_create(c.size, c.flags, time_type, owner.uid);
	if (IS_ERR(view))
		return PTR_ERR(view);
	ret = install_view(view, c.name, &owner);
	host_view_put(view);
	return ret;
}

static long remove_view(const void __user *arg)
{
	struct vmclock_view_name n;

	if (copy_from_user(&n, arg, sizeof(n)))
		return -EFAULT;
	if (!n.name[0] || !is_valid_name(n.name))
		return -EINVAL;
	return host_node_remove(n.name);
}

/**
 * host_ioctl() - ioctl operation of /dev/vmclock_host
 * @file: the file
 * @cmd: VMCLOCK_HOST_*
 * @arg: its structure
 *
 * Context: process.
 * Return: a descriptor, 0, or a negative error.
 */
long host_ioctl(struct file *file, unsigned int cmd, unsigned long arg)
{
	if (!(file->f_mode & FMODE_WRITE))
		return -EPERM;
	switch (cmd) {
	case VMCLOCK_HOST_CREATE_VIEW:
		return create_view((void __user *)arg);
	case VMCLOCK_HOST_REMOVE_VIEW:
		return remove_view((void __user *)arg);
	default:
		return -ENOTTY;
	}
}
