// SPDX-License-Identifier: GPL-2.0
/*
 * /dev/vmclock_host made of files below $VMCLOCK_ROOT, for a program that is
 * linked with --wrap=ioctl: a view is a file, its translation another one, and
 * each call a line of $VMCLOCK_ROOT/calls.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "vmclock_host.h"

int __real_ioctl(int fd, unsigned long request, ...);
int __wrap_ioctl(int fd, unsigned long request, ...);

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

static int create(const char *host, const struct vmclock_view_create *c)
{
	static unsigned int n;
	char path[PATH_MAX + 64];

	if (c->name[0])
		snprintf(path, sizeof(path), "%.*s/vmclock-view-%s",
			 (int)(strlen(host) - strlen("/vmclock_host")), host,
			 (const char *)c->name);
	else
		snprintf(path, sizeof(path), "%s-%d-%u", host, getpid(), n++);
	note("create %s flags %llu uid %u\n", (const char *)c->name, c->flags,
	     geteuid());
	return open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
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
	note("%s %lld %u\n", strrchr(view, '-') + 1, (long long)t->offset,
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
	case VMCLOCK_VIEW_GET_TRANSLATION:
		return get_translation(path, arg);
	case VMCLOCK_VIEW_SET_TRANSLATION:
		if (changed >= 0 && write(changed, &one, sizeof(one)) < 0)
			return -1;
		return set_translation(path, arg);
	case VMCLOCK_VIEW_SET_FLAGS:
		note("%s flags %#llx\n", strrchr(path, '-') + 1,
		     ((struct vmclock_view_flags *)arg)->flags);
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
