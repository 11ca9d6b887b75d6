// SPDX-License-Identifier: GPL-2.0
/*
 * Reads the views of this host: their pages, and by an ioctl their counters.
 */
#include <fcntl.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "views.h"

/**
 * views_reason() - why a view's counter isn't known
 * @reason: VMCLOCK_UNKNOWN_*
 *
 * Return: what follows "counter not".
 */
const char *views_reason(u32 reason)
{
	switch (reason) {
	case VMCLOCK_UNKNOWN_UNSET:
		return "set";
	case VMCLOCK_UNKNOWN_CPUS_DIFFER:
		return "known: those of its CPUs differ";
	case VMCLOCK_UNKNOWN_CHANGES:
		return "known: KVM changes it all the time";
	case VMCLOCK_UNKNOWN_NESTED:
		return "known: KVM shows those of the guest's own machines";
	case VMCLOCK_UNKNOWN_DISPUTED:
		return "known: two machines have the view";
	case VMCLOCK_UNKNOWN_GONE:
		return "set: the last machine has ended";
	case VMCLOCK_UNKNOWN_RESTARTED:
		return "set since the host's counter has begun again";
	default:
		return "known";
	}
}

/**
 * views_find() - which views there are
 * @all: result
 *
 * Return: how many.
 */
size_t views_find(struct views *all)
{
	all->n = fs_list("/dev", VMCLOCK_VIEW_NODE_PREFIX, all->nodes,
			 VIEWS_MAX);
	return all->n;
}

/**
 * views_read() - all about one view
 * @all: the views
 * @i: which
 * @v: result; its name lives as long as @all
 */
void views_read(const struct views *all, size_t i, struct view *v)
{
	struct vmclock_view_translation *t = &v->translation;
	struct kernel_clock kernel;
	char path[PATH_MAX];
	int fd;

	memset(v, 0, sizeof(*v));
	v->name = all->nodes[i] + strlen(VMCLOCK_VIEW_NODE_PREFIX);
	kernel_clock_read(&kernel);
	device_read(&v->device, all->nodes[i], &kernel);
	fd = open(fs_path(path, "/dev/%s", all->nodes[i]),
		  O_RDWR | O_CLOEXEC);
	v->hidden = fd < 0;
	if (fd < 0)
		return;
	if (ioctl(fd, VMCLOCK_VIEW_GET_TRANSLATION, t) || t->frac_bits > 63)
		t->frac_bits = 0;
	close(fd);
}
