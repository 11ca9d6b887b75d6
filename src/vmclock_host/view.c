// SPDX-License-Identifier: GPL-2.0
/*
 * Views: pages for one virtual machine each, made and controlled by ioctls of
 * programs; include/vmclock_host.h is the interface. A view lives as long as
 * somebody has it open or mapped, or its node exists; page.c keeps its page
 * current meanwhile.
 */
#include <linux/anon_inodes.h>
#include <linux/ctype.h>
#include <linux/eventfd.h>
#include <linux/file.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/random.h>
#include <linux/rculist.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/uaccess.h>

#include "host.h"

/* How far a machine's counter may be from the host's, as a factor: 2^this. */
#define MAX_RATIO_SHIFT	8

/* The views of machines, and struct host_view::eventfd of each. */
static DEFINE_MUTEX(view_mutex);
static unsigned int views;

/**
 * host_view_create() - a new view
 * @size: what its page says of its size
 * @flags: of HOST_VIEW_FLAGS, those that it begins with
 * @own_counter: over the host's own counter; otherwise for a machine
 *
 * The marker begins at a random value so that one from before, or from another
 * host, isn't met again.
 *
 * Context: process, may sleep.
 * Return: the view, with a reference for the caller, or an error pointer.
 */
struct host_view *host_view_create(u32 size, u64 flags, bool own_counter)
{
	struct host_view *view = kzalloc(sizeof(*view), GFP_KERNEL_ACCOUNT);

	if (!view)
		return ERR_PTR(-ENOMEM);
	view->page = alloc_page(GFP_KERNEL_ACCOUNT | __GFP_ZERO);
	if (!view->page) {
		kfree(view);
		return ERR_PTR(-ENOMEM);
	}
	kref_init(&view->ref);
	view->size = size;
	view->flags = flags;
	view->marker = get_random_u64();
	view->translated = own_counter;
	if (!own_counter) {
		view->flags |= VMCLOCK_FLAG_VM_GEN_COUNTER_PRESENT;
		view->generation = get_random_u64();
	}
	host_page_add_view(view);
	return view;
}

/* In a softirq: nobody walks over the view any more. */
static void free_view(struct rcu_head *rcu)
{
	struct host_view *view = container_of(rcu, struct host_view, rcu);
	struct eventfd_ctx *eventfd = rcu_access_pointer(view->eventfd);

	if (eventfd)
		eventfd_ctx_put(eventfd);
	put_page(view->page);
	kfree(view);
}

static void release_view(struct kref *ref)
{
	struct host_view *view = container_of(ref, struct host_view, ref);

	host_page_remove_view(view);
	if (view->flags & VMCLOCK_FLAG_VM_GEN_COUNTER_PRESENT) {
		mutex_lock(&view_mutex);
		views--;
		mutex_unlock(&view_mutex);
	}
	call_rcu(&view->rcu, free_view);
}

/**
 * host_view_get() - take a reference
 * @view: the view
 *
 * Context: any.
 */
void host_view_get(struct host_view *view)
{
	kref_get(&view->ref);
}

/**
 * host_view_put() - drop a reference
 * @view: the view, gone with the last one
 *
 * Context: process, may sleep.
 */
void host_view_put(struct host_view *view)
{
	kref_put(&view->ref, release_view);
}

/**
 * host_view_stop() - wait until the last view is gone
 *
 * Context: process; no view is left.
 */
void host_view_stop(void)
{
	rcu_barrier();
}

/**
 * host_view_signal() - signal the eventfds of the views that have changed
 *
 * A change that comes in between is signalled with this one or the next.
 *
 * Context: an interrupt's, not the timekeeper's updates.
 */
void host_view_signal(void)
{
	struct eventfd_ctx *eventfd;
	struct host_view *view;

	rcu_read_lock();
	list_for_each_entry_rcu(view, &host_views, list) {
		eventfd = rcu_dereference(view->eventfd);
		if (eventfd && xchg(&view->ring, false))
			eventfd_signal(eventfd);
	}
	rcu_read_unlock();
}

/*
 * Without scaling the ratio is 2^frac_bits. Neither side of the comparisons
 * exceeds 2^71.
 */
static bool sensible(const struct vmclock_view_translation *t)
{
	unsigned __int128 ratio = t->ratio, one = 1;

	if (t->reserved || t->ratio >> 63)
		return false;
	if (!t->frac_bits)
		return !t->ratio && !t->offset;
	if (t->frac_bits > 63)
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
	if (!sensible(&t))
		return -EINVAL;
	host_page_set_translation(view, &t);
	return 0;
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
	host_page_set_flags(view, f.mask, f.flags);
	return 0;
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
	host_page_set_generation(view, g.value);
	return 0;
}

static void replace_eventfd(struct host_view *view, struct eventfd_ctx *eventfd)
{
	mutex_lock(&view_mutex);
	/* what there was before is no news to it */
	WRITE_ONCE(view->ring, false);
	eventfd = rcu_replace_pointer(view->eventfd, eventfd,
				      lockdep_is_held(&view_mutex));
	mutex_unlock(&view_mutex);
	if (!eventfd)
		return;
	synchronize_rcu();
	eventfd_ctx_put(eventfd);
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
	replace_eventfd(view, eventfd);
	return 0;
}

static long change_view(struct host_view *view, unsigned int cmd,
			void __user *arg)
{
	switch (cmd) {
	case VMCLOCK_VIEW_SET_TRANSLATION:
		return set_translation(view, arg);
	case VMCLOCK_VIEW_SET_FLAGS:
		return set_flags(view, arg);
	case VMCLOCK_VIEW_SET_GENERATION:
		return set_generation(view, arg);
	case VMCLOCK_VIEW_SET_EVENTFD:
		return set_eventfd(view, arg);
	case VMCLOCK_VIEW_DISRUPT:
		host_page_disrupt(view);
		return 0;
	default:
		return -ENOTTY;
	}
}

static long view_ioctl(struct file *file, unsigned int cmd, unsigned long arg)
{
	struct host_view *view = host_chardev_view(file);

	if (cmd == VMCLOCK_VIEW_GET_TRANSLATION)
		return get_translation(view, (void __user *)arg);
	if (!(file->f_mode & FMODE_WRITE))
		return -EPERM;
	return change_view(view, cmd, (void __user *)arg);
}

/* Those that open a node come through open, others are born open. */
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

static struct host_view *create_counted(u32 size, u64 flags)
{
	struct host_view *view = ERR_PTR(-ENOSPC);

	mutex_lock(&view_mutex);
	if (views < VMCLOCK_VIEWS_MAX) {
		view = host_view_create(size, flags, false);
		views += !IS_ERR(view);
	}
	mutex_unlock(&view_mutex);
	return view;
}

/* anon_inode_getfile() gives no pread(). */
static struct file *open_view(struct host_view *view)
{
	void *private_data = host_chardev_begin(view);
	struct file *file;

	if (!private_data)
		return ERR_PTR(-ENOMEM);
	file = anon_inode_getfile("[vmclock-view]", &host_view_fops,
				  private_data, O_RDWR);
	if (IS_ERR(file))
		host_chardev_end(private_data);
	else
		file->f_mode |= FMODE_PREAD;
	return file;
}

/* All that can fail comes before the view can be seen. */
static long publish_view(struct host_view *view, const char *name)
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
	ret = *name ? host_node_add(view, name) : 0;
	if (ret) {
		put_unused_fd(fd);
		fput(file);
		return ret;
	}
	fd_install(fd, file);
	return fd;
}

/* isalnum() alone takes the letters of Latin-1 as well. */
static bool is_word(u8 c)
{
	return isascii(c) && isalnum(c);
}

/* Names may stand in a path, and in a line of a log or of another tool. */
static bool valid_name(const u8 *name)
{
	size_t len = strnlen(name, VMCLOCK_VIEW_NAME_SIZE), i;

	for (i = 0; i < len; i++) {
		if (!is_word(name[i]) && (!i || !strchr("_.-", name[i])))
			return false;
	}
	return len < VMCLOCK_VIEW_NAME_SIZE &&
	       !memchr_inv(name + len, 0, VMCLOCK_VIEW_NAME_SIZE - len);
}

static long create_view(const void __user *arg)
{
	struct vmclock_view_create c;
	struct host_view *view;
	long ret;

	if (copy_from_user(&c, arg, sizeof(c)))
		return -EFAULT;
	if (!c.size)
		c.size = PAGE_SIZE;
	if (c.reserved || c.flags & ~HOST_VIEW_FLAGS || !valid_name(c.name) ||
	    c.size < sizeof(struct vmclock_abi) || c.size > PAGE_SIZE)
		return -EINVAL;
	view = create_counted(c.size, c.flags);
	if (IS_ERR(view))
		return PTR_ERR(view);
	ret = publish_view(view, c.name);
	host_view_put(view);
	return ret;
}

static long remove_view(const void __user *arg)
{
	struct vmclock_view_name n;

	if (copy_from_user(&n, arg, sizeof(n)))
		return -EFAULT;
	if (!n.name[0] || !valid_name(n.name))
		return -EINVAL;
	return host_node_remove(n.name);
}

/**
 * host_view_main_ioctl() - ioctl operation of /dev/vmclock_host
 * @file: the file
 * @cmd: VMCLOCK_HOST_*
 * @arg: its structure
 *
 * Context: process.
 * Return: a descriptor, 0, or a negative error.
 */
long host_view_main_ioctl(struct file *file, unsigned int cmd,
			  unsigned long arg)
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
