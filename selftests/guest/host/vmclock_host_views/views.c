// SPDX-License-Identifier: GPL-2.0
/* What all tests of views do with them. */
#include "views.h"

#include <poll.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/timex.h>

int control;
size_t page_size;
const struct vmclock_abi *own;

void get(const struct vmclock_abi *page, struct vmclock_params *p)
{
	while (vmclock_page_read(page, sizeof(*page), p))
		;
}

const struct vmclock_abi *map(int fd)
{
	void *page = mmap(NULL, page_size, PROT_READ, MAP_SHARED, fd, 0);

	return page == MAP_FAILED ? NULL : page;
}

int create(const char *name)
{
	struct vmclock_view_create c = { .size = 0 };

	snprintf((char *)c.name, sizeof(c.name), "%s", name);
	return ioctl(control, VMCLOCK_HOST_CREATE_VIEW, &c);
}

/* Owner and group are @uid. */
int create_for(const char *name, unsigned int uid, unsigned int mode)
{
	struct vmclock_view_create c = {
		.options = VMCLOCK_VIEW_UID | VMCLOCK_VIEW_GID |
			   VMCLOCK_VIEW_MODE,
		.uid = uid,
		.gid = uid,
		.mode = mode,
	};

	snprintf((char *)c.name, sizeof(c.name), "%s", name);
	return ioctl(control, VMCLOCK_HOST_CREATE_VIEW, &c);
}

int remove_view(const char *name)
{
	struct vmclock_view_name n = { .name = "" };

	snprintf((char *)n.name, sizeof(n.name), "%s", name);
	return ioctl(control, VMCLOCK_HOST_REMOVE_VIEW, &n);
}

int translate(int fd, u64 ratio, unsigned int bits, u64 offset)
{
	struct vmclock_view_translation t = {
		.ratio = ratio,
		.frac_bits = bits,
		.offset = offset,
	};

	return ioctl(fd, VMCLOCK_VIEW_SET_TRANSLATION, &t);
}

int set_eventfd(int fd, int event)
{
	struct vmclock_view_eventfd e = { .fd = event };

	return ioctl(fd, VMCLOCK_VIEW_SET_EVENTFD, &e);
}

int set_flags(int fd, u64 mask, u64 flags)
{
	struct vmclock_view_flags f = { .mask = mask, .flags = flags };

	return ioctl(fd, VMCLOCK_VIEW_SET_FLAGS, &f);
}

/* Something that changes all pages' line. */
void change_frequency(void)
{
	struct timex tx = { .modes = 0 };

	adjtimex(&tx);
	tx.modes = ADJ_FREQUENCY;
	tx.freq ^= 1;
	adjtimex(&tx);
}

bool is_ready(int fd, int ms)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };

	return poll(&p, 1, ms) == 1 && p.revents == POLLIN;
}

u64 events(int fd)
{
	u64 n = 0;

	if (!is_ready(fd, 0) || read(fd, &n, sizeof(n)) != sizeof(n))
		return 0;
	return n;
}

bool node_exists(const char *name)
{
	struct stat st;
	char path[128];

	snprintf(path, sizeof(path), NODE "%s", name);
	return !stat(path, &st) && S_ISCHR(st.st_mode);
}

int open_node(const char *name, int flags)
{
	char path[128];

	snprintf(path, sizeof(path), NODE "%s", name);
	return open(path, flags);
}

u64 guest_counter(u64 host, u64 ratio, unsigned int bits, u64 offset,
			 big *rest)
{
	big product = big_mul(big_u(host), big_u(ratio));
	big guest = big_sar(product, bits);

	*rest = big_sub(product, big_shl(guest, bits));
	return ((u64)guest.limb[1] << 32 | guest.limb[0]) + offset;
}
