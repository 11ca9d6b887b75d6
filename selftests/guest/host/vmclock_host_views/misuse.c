// SPDX-License-Identifier: GPL-2.0
/* Misuse of the ioctls: each refused with its error, and without a change. */
#include "views.h"

#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>

static bool create_refused(struct vmclock_view_create c, int error)
{
	return ioctl(control, VMCLOCK_HOST_CREATE_VIEW, &c) == -1 &&
	       errno == error;
}

static bool translation_refused(int fd, u64 ratio, unsigned int bits,
				u64 offset)
{
	return translate(fd, ratio, bits, offset) == -1 && errno == EINVAL;
}

static bool explained_refused(int fd, unsigned int spread,
			      unsigned int reason, unsigned int bits)
{
	struct vmclock_view_translation t = {
		.ratio = bits ? 1ULL << bits : 0,
		.frac_bits = bits,
		.spread = spread,
		.reason = reason,
	};

	return ioctl(fd, VMCLOCK_VIEW_SET_TRANSLATION, &t) == -1 &&
	       errno == EINVAL;
}

void test_create_misuse(void)
{
	static const char * const names[] = {
		"a/b", ".a", "-a", "a b", "a\n", "../x", "\xc3\xa4", "\xe4",
		"a%d",
	};
	struct vmclock_view_create c = { .size = 0 };
	unsigned int i, refused = 0;
	int ro = open(DEVICE, O_RDONLY);

	ktap_ok(ioctl(ro, VMCLOCK_HOST_CREATE_VIEW, &c) == -1 &&
		errno == EPERM, "create through a file open for reading: EPERM");
	close(ro);
	ktap_ok(create_refused((struct vmclock_view_create){ .size = 111 },
			       EINVAL) &&
		create_refused((struct vmclock_view_create){
			.size = page_size + 1 }, EINVAL) &&
		create_refused((struct vmclock_view_create){ .size = ~0U },
			       EINVAL), "sizes of less and more: EINVAL");
	ktap_ok(create_refused((struct vmclock_view_create){ .time_type = 3 },
			       EINVAL) &&
		create_refused((struct vmclock_view_create){
			.flags = VMCLOCK_FLAG_TIME_MONOTONIC }, EINVAL) &&
		create_refused((struct vmclock_view_create){
			.flags = 1ULL << 63 }, EINVAL),
		"an unknown type, flags that aren't ours: EINVAL");
	ktap_ok(create_refused((struct vmclock_view_create){ .options = 8 },
			       EINVAL) &&
		create_refused((struct vmclock_view_create){ .uid = 1 },
			       EINVAL) &&
		create_refused((struct vmclock_view_create){
			.options = VMCLOCK_VIEW_MODE, .mode = 0600 },
			       EINVAL) &&
		create_refused((struct vmclock_view_create){
			.options = VMCLOCK_VIEW_MODE, .mode = 01600,
			.name = "a" }, EINVAL) &&
		create_refused((struct vmclock_view_create){
			.options = VMCLOCK_VIEW_UID, .uid = ~0U }, EINVAL),
		"owner, group and mode that can't be: EINVAL");
	for (i = 0; i < sizeof(names) / sizeof(*names); i++)
		refused += create(names[i]) == -1 && errno == EINVAL;
	ktap_ok(refused == i, "names with other characters: EINVAL");
	memset(c.name, 'a', sizeof(c.name));
	ktap_ok(create_refused(c, EINVAL), "one without an end: EINVAL");
	memset(c.name, 0, sizeof(c.name));
	c.name[5] = 'a';
	ktap_ok(create_refused(c, EINVAL), "one with something behind its end");
	ktap_ok(ioctl(control, VMCLOCK_HOST_CREATE_VIEW, NULL) == -1 &&
		errno == EFAULT &&
		ioctl(control, VMCLOCK_HOST_REMOVE_VIEW, (void *)8) == -1 &&
		errno == EFAULT, "bad pointers: EFAULT");
	ktap_ok(remove_view("") == -1 && errno == EINVAL &&
		remove_view("a/b") == -1 && errno == EINVAL,
		"remove by a bad name: EINVAL");
}

void test_no_descriptors(void)
{
	struct rlimit old, none;
	int fd;

	getrlimit(RLIMIT_NOFILE, &old);
	none = old;
	fd = dup(0);
	close(fd);
	none.rlim_cur = fd;
	setrlimit(RLIMIT_NOFILE, &none);
	fd = create("half");
	ktap_ok(fd == -1 && errno == EMFILE && !node_exists("half"),
		"without a free descriptor: EMFILE, and no node");
	setrlimit(RLIMIT_NOFILE, &old);
	fd = create("half");
	ktap_ok(fd >= 0 && node_exists("half"), "with one it goes");
	close(fd);
	remove_view("half");
}

void test_view_misuse(void)
{
	struct vmclock_view_translation t = { .ratio = 1ULL << 32,
					      .frac_bits = 32, .reserved = 1 };
	struct vmclock_view_generation g = { .flags = 2 };
	struct vmclock_view_eventfd e = { .fd = -1, .reserved = 1 };
	int fd = create(""), zero = open("/dev/zero", O_RDONLY);
	struct vmclock_abi before, after;

	translate(fd, 1ULL << 32, 32, 99);
	pread(fd, &before, sizeof(before), 0);
	ktap_ok(translation_refused(fd, 0, 32, 0) &&
		translation_refused(fd, 1ULL << 63, 63, 0) &&
		translation_refused(fd, 1, 0, 0) &&
		translation_refused(fd, 0, 0, 1) &&
		translation_refused(fd, 1ULL << 32, 64, 0) &&
		translation_refused(fd, 1ULL << 32, ~0U, 0) &&
		translation_refused(fd, (1ULL << 24) - 1, 32, 0) &&
		translation_refused(fd, (1ULL << 40) + 1, 32, 0) &&
		translation_refused(fd, (1ULL << 63) - 1, 48, 0),
		"translations that make no sense: EINVAL");
	ktap_ok(explained_refused(fd, (1 << 20) + 1, 0, 32) &&
		explained_refused(fd, 1, 0, 0) &&
		explained_refused(fd, 0, VMCLOCK_UNKNOWN_NESTED, 32) &&
		explained_refused(fd, 0, VMCLOCK_UNKNOWN_GONE, 0),
		"spreads and reasons that make none: EINVAL");
	ktap_ok(ioctl(fd, VMCLOCK_VIEW_SET_TRANSLATION, &t) == -1 &&
		errno == EINVAL &&
		ioctl(fd, VMCLOCK_VIEW_SET_EVENTFD, &e) == -1 &&
		errno == EINVAL, "reserved fields: EINVAL");
	e = (struct vmclock_view_eventfd){ .fd = -2 };
	ktap_ok(ioctl(fd, VMCLOCK_VIEW_SET_EVENTFD, &e) == -1 &&
		errno == EINVAL && set_eventfd(fd, 100000) == -1 &&
		errno == EBADF && set_eventfd(fd, zero) == -1 &&
		errno == EINVAL, "what isn't an eventfd: EINVAL, EBADF");
	ktap_ok(ioctl(fd, VMCLOCK_VIEW_SET_GENERATION, &g) == -1 &&
		errno == EINVAL, "unknown flag of a generation: EINVAL");
	g = (struct vmclock_view_generation){ .value = 1 };
	ktap_ok(ioctl(fd, VMCLOCK_VIEW_SET_GENERATION, &g) == -1 &&
		errno == EINVAL, "a value that nobody asked for: EINVAL");
	ktap_ok(set_flags(fd, VMCLOCK_FLAG_TIME_MONOTONIC, 0) == -1 &&
		errno == EINVAL && set_flags(fd, 0,
			VMCLOCK_FLAG_DISRUPTION_SOON) == -1 && errno == EINVAL,
		"flags that aren't ours, or not in the mask: EINVAL");
	ktap_ok(ioctl(fd, VMCLOCK_VIEW_SET_TRANSLATION, NULL) == -1 &&
		errno == EFAULT &&
		ioctl(fd, VMCLOCK_VIEW_GET_TRANSLATION, NULL) == -1 &&
		errno == EFAULT &&
		ioctl(fd, VMCLOCK_VIEW_SET_GENERATION, own) == -1,
		"bad pointers: EFAULT");
	ktap_ok(ioctl(fd, VMCLOCK_HOST_CREATE_VIEW, &t) == -1 &&
		errno == ENOTTY &&
		ioctl(control, VMCLOCK_VIEW_DISRUPT) == -1 && errno == ENOTTY,
		"ioctls of the other kind: ENOTTY");
	pread(fd, &after, sizeof(after), 0);
	ktap_ok(after.disruption_marker == before.disruption_marker &&
		after.flags == before.flags &&
		after.vm_generation_counter == before.vm_generation_counter &&
		after.counter_period_shift == before.counter_period_shift,
		"and nothing has changed");
	close(fd);
	close(zero);
}

/* Random numbers and random structures; what is valid by chance is made. */
void test_fuzz(void)
{
	unsigned int i, named = 0;
	int fd = create("");
	u64 arg[12];

	srandom(1);
	for (i = 0; i < 200000; i++) {
		unsigned int nr = random() % 24, size = random() % 64, j;
		unsigned int cmd = _IOC(random() % 4, VMCLOCK_HOST_IOC, nr,
					size);
		static const unsigned int known[] = {
			VMCLOCK_HOST_CREATE_VIEW, VMCLOCK_HOST_REMOVE_VIEW,
			VMCLOCK_VIEW_SET_TRANSLATION, VMCLOCK_VIEW_SET_FLAGS,
			VMCLOCK_VIEW_SET_GENERATION, VMCLOCK_VIEW_SET_EVENTFD,
			VMCLOCK_VIEW_GET_TRANSLATION, VMCLOCK_VIEW_DISRUPT,
		};
		int ret;

		for (j = 0; j < 12; j++)
			arg[j] = random() % 3 ? 0 :
				 (u64)random() << 32 ^ (u64)random() <<
				 (random() % 33);
		if (random() % 4)
			cmd = known[random() % 8];
		ret = ioctl(random() % 2 ? fd : control, cmd, arg);
		if (ret > 0)
			close(ret);
		named += ret > 0 && cmd == VMCLOCK_HOST_CREATE_VIEW &&
			 (arg[4] & 0xff);
	}
	ktap_ok(!translate(fd, 1ULL << 32, 32, 0),
		"%u random calls later all is well (%u names)", i, named);
	close(fd);
}
