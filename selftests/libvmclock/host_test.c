// SPDX-License-Identifier: GPL-2.0
/*
 * The host's half of libvmclock: which call it makes, with what. ioctl() and
 * open() are this test's; what the kernel does with them is the suite host's.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>

#include "../lib/ktap.h"

static struct {
	int fd;
	unsigned long request;
	int ret;
	unsigned char argument[64];
	unsigned char reply[64];
	unsigned int opened, closed;
} fake;

static int fake_open(const char *path, int flags)
{
	if (strcmp(path, "/dev/vmclock_host") || flags != (O_RDWR | O_CLOEXEC))
		return -1;
	fake.opened++;
	return 77;
}

static int fake_close(int fd)
{
	fake.closed += fd == 77;
	return 0;
}

static int fake_ioctl(int fd, unsigned long request, void *argument)
{
	size_t size = _IOC_SIZE(request);

	fake.fd = fd;
	fake.request = request;
	memset(fake.argument, 0, sizeof(fake.argument));
	if (argument && _IOC_DIR(request) & _IOC_WRITE)
		memcpy(fake.argument, argument, size);
	if (argument && _IOC_DIR(request) & _IOC_READ)
		memcpy(argument, fake.reply, size);
	if (fake.ret >= 0)
		return fake.ret;
	errno = -fake.ret;
	return -1;
}

#define open	fake_open
#define close	fake_close
#define ioctl	fake_ioctl
#include "host.c"

static bool called(int fd, unsigned long request, const void *argument)
{
	return fake.fd == fd && fake.request == request &&
	       (!argument || !memcmp(fake.argument, argument,
				     _IOC_SIZE(request)));
}

static void host_calls(void)
{
	struct vmclock_view_create create = { .size = 112, .name = "web-1",
		.flags = VMCLOCK_FLAG_NOTIFICATION_PRESENT };
	struct vmclock_view_create anonymous = { .size = 0 };
	struct vmclock_view_name name = { .name = "web-1" };
	char longest[VMCLOCK_VIEW_NAME_SIZE] = "";
	char longer[VMCLOCK_VIEW_NAME_SIZE + 1] = "";

	memset(longest, 'x', sizeof(longest) - 1);
	memset(longer, 'x', sizeof(longer) - 1);
	fake.ret = 9;
	ktap_ok(libvmclock_view_create("web-1", 112, LIBVMCLOCK_NOTIFICATION)
		== 9 && called(77, VMCLOCK_HOST_CREATE_VIEW, &create),
		"host: create, with a name");
	ktap_ok(libvmclock_view_create(NULL, 0, 0) == 9 &&
		called(77, VMCLOCK_HOST_CREATE_VIEW, &anonymous),
		"host: create, anonymous");
	ktap_ok(libvmclock_view_create(longest, 0, 0) == 9 &&
		libvmclock_view_create(longer, 0, 0) == -ENAMETOOLONG &&
		libvmclock_view_create(NULL, 1UL << 32, 0) == -EINVAL,
		"host: names of 63 bytes at most");
	fake.ret = 0;
	ktap_ok(!libvmclock_view_remove("web-1") &&
		called(77, VMCLOCK_HOST_REMOVE_VIEW, &name) &&
		libvmclock_view_remove(longer) == -ENAMETOOLONG,
		"host: remove");
	fake.ret = -EEXIST;
	ktap_ok(libvmclock_view_create("web-1", 0, 0) == -EEXIST,
		"host: the kernel's error");
	ktap_ok(fake.opened == fake.closed && fake.opened == 5,
		"host: no descriptor is left");
	fake.ret = 0;
}

static void translations(void)
{
	struct vmclock_view_translation set = { .ratio = 1ULL << 48,
		.offset = -5ULL, .frac_bits = 48, .spread = 3 };
	struct libvmclock_translation t = { 1ULL << 48, -5ULL, 48, 3 }, got;

	ktap_ok(!libvmclock_view_set_translation(5, &t) &&
		called(5, VMCLOCK_VIEW_SET_TRANSLATION, &set),
		"view: set a translation");
	memcpy(fake.reply, &set, sizeof(set));
	ktap_ok(!libvmclock_view_get_translation(5, &got) &&
		called(5, VMCLOCK_VIEW_GET_TRANSLATION, NULL) &&
		got.ratio == t.ratio && got.offset == t.offset &&
		got.frac_bits == 48 && got.spread == 3, "view: get it");
}

static void others(void)
{
	struct vmclock_view_flags flags = { 6, 2 };
	struct vmclock_view_eventfd event = { 8, 0 };
	struct vmclock_view_generation new = { 0, 0, 0 }, reply = { 42, 0, 0 };
	struct vmclock_view_generation set = { 7, VMCLOCK_GENERATION_SET, 0 };
	uint64_t generation;

	ktap_ok(!libvmclock_view_set_flags(5, LIBVMCLOCK_DISRUPTION_SOON |
					   LIBVMCLOCK_DISRUPTION_IMMINENT,
					   LIBVMCLOCK_DISRUPTION_SOON) &&
		called(5, VMCLOCK_VIEW_SET_FLAGS, &flags), "view: flags");
	ktap_ok(!libvmclock_view_set_eventfd(5, 8) &&
		called(5, VMCLOCK_VIEW_SET_EVENTFD, &event), "view: eventfd");
	memcpy(fake.reply, &reply, sizeof(reply));
	ktap_ok(!libvmclock_view_new_generation(5, &generation) &&
		called(5, VMCLOCK_VIEW_SET_GENERATION, &new) &&
		generation == 42, "view: a new generation");
	ktap_ok(!libvmclock_view_set_generation(5, 7) &&
		called(5, VMCLOCK_VIEW_SET_GENERATION, &set),
		"view: a generation that is known");
	ktap_ok(!libvmclock_view_disrupt(5) &&
		called(5, VMCLOCK_VIEW_DISRUPT, NULL), "view: disrupt");
	fake.ret = -EBADF;
	ktap_ok(libvmclock_view_disrupt(5) == -EBADF, "view: an error");
}

int main(void)
{
	const void *page;
	size_t len;

	ktap_begin(0);
	host_calls();
	translations();
	others();
	ktap_ok(libvmclock_view_map(-1, &page, &len) == -EBADF,
		"view: map, no descriptor");
	return ktap_end();
}
