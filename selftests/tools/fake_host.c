// SPDX-License-Identifier: GPL-2.0
/*
 * /dev/vmclock_host made of files below $VMCLOCK_ROOT, for a program that is
 * linked with --wrap=ioctl and --wrap=open: a view is a file, its translation
 * another one, and each call a line of $VMCLOCK_ROOT/calls.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "fs.h"
#include "vmclock_host.h"

int __real_ioctl(int fd, unsigned long request, ...);
int __wrap_ioctl(int fd, unsigned long request, ...);
int __real_open(const char *path, int flags, ...);
int __wrap_open(const char *path, int flags, ...);

static void note(const char *format, ...)
{
	char path[PATH_MAX];
	va_list list;
	FILE *f;

	snprintf(path, sizeof(path), "%s/calls", getenv("VMCLOCK_ROOT"));
	f = fopen(path, "a");
	if (!f)
		abort();
	va_start(list, format);
	vfprintf(f, format, list);
	va_end(list);
	fclose(f);
}

/* What is behind the prefix of its node. */
static const char *view_name(const char *path)
{
	const char *name = strstr(path, "vmclock-view-");

	return name ? name + strlen("vmclock-view-") : path;
}

static int create(const char *host, const struct vmclock_view_create *c)
{
	static unsigned int n;
	char path[PATH_MAX + 64];
	int fd;

	if (c->name[0])
		snprintf(path, sizeof(path), "%.*s/vmclock-view-%s",
			 (int)(strlen(host) - strlen("/vmclock_host")), host,
			 (const char *)c->name);
	else
		snprintf(path, sizeof(path), "%s-%d-%u", host, getpid(), n++);
	note("create %s flags %llu uid %u\n", (const char *)c->name, c->flags,
	     geteuid());
	fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (c->options & VMCLOCK_VIEW_UID && c->options & VMCLOCK_VIEW_GID &&
	    fchown(fd, c->uid, c->gid))
		abort();
	return fd;
}

static int remove_view(const char *host, const struct vmclock_view_name *v)
{
	char path[PATH_MAX + 64];

	snprintf(path, sizeof(path), "%.*s/vmclock-view-%s",
		 (int)(strlen(host) - strlen("/vmclock_host")), host,
		 (const char *)v->name);
	note("remove %s\n", (const char *)v->name);
	return unlink(path);
}

static int set_translation(const char *view,
			   const struct vmclock_view_translation *t)
{
	char path[PATH_MAX + 64];
	int fd;

	snprintf(path, sizeof(path), "%s.translation", view);
	fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	if (fd < 0 || write(fd, t, sizeof(*t)) != sizeof(*t))
		abort();
	close(fd);
	note("%s %lld %u\n", view_name(view), (long long)t->offset,
	     t->frac_bits);
	return 0;
}

static int get_translation(const char *view, struct vmclock_view_translation *t)
{
	char path[PATH_MAX + 64];
	int fd;

	memset(t, 0, sizeof(*t));
	snprintf(path, sizeof(path), "%s.translation", view);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd >= 0 && read(fd, t, sizeof(*t)) != sizeof(*t))
		abort();
	if (fd >= 0)
		close(fd);
	return 0;
}

static int view_ioctl(const char *path, unsigned long request, void *arg)
{
	static int changed = -1;
	unsigned long long one = 1;

	switch (request) {
	case VMCLOCK_HOST_CREATE_VIEW:
		return create(path, arg);
	case VMCLOCK_HOST_REMOVE_VIEW:
		return remove_view(path, arg);
	case VMCLOCK_VIEW_GET_TRANSLATION:
		return get_translation(path, arg);
	case VMCLOCK_VIEW_SET_TRANSLATION:
		if (changed >= 0 && write(changed, &one, sizeof(one)) < 0)
			return -1;
		return set_translation(path, arg);
	case VMCLOCK_VIEW_SET_FLAGS:
		note("%s flags %#llx\n", view_name(path),
		     ((struct vmclock_view_flags *)arg)->flags);
		return 0;
	case VMCLOCK_VIEW_SET_GENERATION:
		note("%s generation\n", view_name(path));
		return 0;
	case VMCLOCK_VIEW_SET_EVENTFD:
		changed = dup(((struct vmclock_view_eventfd *)arg)->fd);
		return 0;
	default:
		errno = ENOTTY;
		return -1;
	}
}

int __wrap_ioctl(int fd, unsigned long request, ...)
{
	char link[64], path[PATH_MAX];
	va_list list;
	ssize_t n;
	void *arg;

	va_start(list, request);
	arg = va_arg(list, void *);
	va_end(list);
	snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	n = readlink(link, path, sizeof(path) - 1);
	path[n > 0 ? n : 0] = 0;
	if (_IOC_TYPE(request) == VMCLOCK_HOST_IOC && strstr(path, "/dev/vmclock"))
		return view_ioctl(path, request, arg);
	return __real_ioctl(fd, request, arg);
}

int __wrap_open(const char *path, int flags, ...)
{
	char moved[PATH_MAX];
	va_list list;
	int mode;

	va_start(list, flags);
	mode = va_arg(list, int);
	va_end(list);
	if (!fs_root()[0] && getenv("VMCLOCK_ROOT"))
		fs_set_root(getenv("VMCLOCK_ROOT"));
	if (strncmp(path, "/dev/vmclock", 12) && strcmp(path, "/dev/kvm"))
		return __real_open(path, flags, mode);
	return __real_open(fs_path(moved, "%s", path), flags, mode);
}
