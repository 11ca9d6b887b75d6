// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * The calls of vmclock_host.h, as functions. Nothing is kept: a view is its
 * descriptor. Any thread may call them.
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "libvmclock_host.h"
#include "vmclock_abi.h"
#include "vmclock_host.h"

_Static_assert(LIBVMCLOCK_DISRUPTION_SOON == VMCLOCK_FLAG_DISRUPTION_SOON &&
	       LIBVMCLOCK_DISRUPTION_IMMINENT ==
	       VMCLOCK_FLAG_DISRUPTION_IMMINENT &&
	       LIBVMCLOCK_NOTIFICATION == VMCLOCK_FLAG_NOTIFICATION_PRESENT,
	       "flags");

static int call(int fd, unsigned long request, void *argument)
{
	int ret = ioctl(fd, request, argument);

	return ret < 0 ? -errno : ret;
}

static int call_host(unsigned long request, void *argument)
{
	int fd = open("/dev/vmclock_host", O_RDWR | O_CLOEXEC);
	int ret;

	if (fd < 0)
		return -errno;
	ret = call(fd, request, argument);
	close(fd);
	return ret;
}

static int copy_name(__u8 *to, const char *name)
{
	size_t len = strlen(name);

	if (len >= VMCLOCK_VIEW_NAME_SIZE)
		return -ENAMETOOLONG;
	memcpy(to, name, len + 1);
	return 0;
}

/**
 * libvmclock_view_create() - a page for a virtual machine
 * @name: NULL: the view goes when nothing has it open or mapped. Otherwise it
 *	is /dev/vmclock-view-NAME as well, until libvmclock_view_remove()
 * @size: bytes in the page's region, as the page says; 0: a page of the CPU
 * @flags: LIBVMCLOCK_* that the page begins with
 *
 * Return: the view's descriptor, closed on exec; -ENOENT: vmclock_host is not
 * loaded; -ENAMETOOLONG; or as VMCLOCK_HOST_CREATE_VIEW fails.
 */
int libvmclock_view_create(const char *name, size_t size, uint64_t flags)
{
	struct vmclock_view_create create;

	memset(&create, 0, sizeof(create));
	if (size > UINT32_MAX)
		return -EINVAL;
	if (name && copy_name(create.name, name))
		return -ENAMETOOLONG;
	create.size = (__u32)size;
	create.flags = flags;
	return call_host(VMCLOCK_HOST_CREATE_VIEW, &create);
}

/**
 * libvmclock_view_remove() - remove a view that has a name
 * @name: the name
 *
 * Return: 0, or as VMCLOCK_HOST_REMOVE_VIEW fails.
 */
int libvmclock_view_remove(const char *name)
{
	struct vmclock_view_name view;

	memset(&view, 0, sizeof(view));
	if (copy_name(view.name, name))
		return -ENAMETOOLONG;
	return call_host(VMCLOCK_HOST_REMOVE_VIEW, &view);
}

/**
 * libvmclock_view_map() - map a view, to make it part of the machine's memory
 * @view: its descriptor
 * @page: result, read-only for good, for munmap()
 * @len: result, a page of the CPU
 *
 * Return: 0, or as mmap(2) fails.
 */
int libvmclock_view_map(int view, const void **page, size_t *len)
{
	void *at;

	*len = (size_t)sysconf(_SC_PAGESIZE);
	at = mmap(NULL, *len, PROT_READ, MAP_SHARED, view, 0);
	if (at == MAP_FAILED)
		return -errno;
	*page = at;
	return 0;
}

/**
 * libvmclock_view_set_translation() - say what the machine's counter is
 * @view: its descriptor
 * @t: all 0: it is not known, and the page says so
 *
 * Another translation than before is a disruption.
 *
 * Return: 0, or as VMCLOCK_VIEW_SET_TRANSLATION fails.
 */
int libvmclock_view_set_translation(int view,
				    const struct libvmclock_translation *t)
{
	struct vmclock_view_translation set;

	memset(&set, 0, sizeof(set));
	set.ratio = t->ratio;
	set.offset = t->offset;
	set.frac_bits = t->frac_bits;
	set.spread = t->spread;
	return call(view, VMCLOCK_VIEW_SET_TRANSLATION, &set);
}

/**
 * libvmclock_view_get_translation() - ask what was set
 * @view: its descriptor
 * @t: result
 *
 * Return: 0, or as VMCLOCK_VIEW_GET_TRANSLATION fails.
 */
int libvmclock_view_get_translation(int view, struct libvmclock_translation *t)
{
	struct vmclock_view_translation got;
	int ret = call(view, VMCLOCK_VIEW_GET_TRANSLATION, &got);

	if (ret)
		return ret;
	t->ratio = got.ratio;
	t->offset = got.offset;
	t->frac_bits = got.frac_bits;
	t->spread = got.spread;
	return 0;
}

/**
 * libvmclock_view_set_flags() - change flags that the VMM answers for
 * @view: its descriptor
 * @mask: LIBVMCLOCK_* to change
 * @flags: their new values
 *
 * Return: 0, or as VMCLOCK_VIEW_SET_FLAGS fails.
 */
int libvmclock_view_set_flags(int view, uint64_t mask, uint64_t flags)
{
	struct vmclock_view_flags set = { mask, flags };

	return call(view, VMCLOCK_VIEW_SET_FLAGS, &set);
}

/**
 * libvmclock_view_set_eventfd() - have an eventfd signalled after each change
 * @view: its descriptor
 * @eventfd: the eventfd, which KVM_IRQFD makes an interrupt of; -1: none
 *
 * Return: 0, or as VMCLOCK_VIEW_SET_EVENTFD fails.
 */
int libvmclock_view_set_eventfd(int view, int eventfd)
{
	struct vmclock_view_eventfd set = { eventfd, 0 };

	return call(view, VMCLOCK_VIEW_SET_EVENTFD, &set);
}

/**
 * libvmclock_view_new_generation() - the machine goes on from a copy
 * @view: its descriptor
 * @generation: result, a value that was not used before
 *
 * Return: 0, or as VMCLOCK_VIEW_SET_GENERATION fails.
 */
int libvmclock_view_new_generation(int view, uint64_t *generation)
{
	struct vmclock_view_generation set = { 0, 0, 0 };
	int ret = call(view, VMCLOCK_VIEW_SET_GENERATION, &set);

	if (!ret)
		*generation = set.value;
	return ret;
}

/**
 * libvmclock_view_set_generation() - take over the generation of before a move
 * @view: its descriptor
 * @generation: that of the machine on the host that it comes from
 *
 * Return: 0, or as VMCLOCK_VIEW_SET_GENERATION fails.
 */
int libvmclock_view_set_generation(int view, uint64_t generation)
{
	struct vmclock_view_generation set = {
		generation, VMCLOCK_GENERATION_SET, 0
	};

	return call(view, VMCLOCK_VIEW_SET_GENERATION, &set);
}

/**
 * libvmclock_view_disrupt() - a new disruption marker, whatever the reason
 * @view: its descriptor
 *
 * Return: 0, or as VMCLOCK_VIEW_DISRUPT fails.
 */
int libvmclock_view_disrupt(int view)
{
	return call(view, VMCLOCK_VIEW_DISRUPT, NULL);
}
