// SPDX-License-Identifier: GPL-2.0
/* The fake device, its page, and files of sysfs. */
#include "driver.h"

#include <dirent.h>
#include <stdarg.h>

struct vmclock_abi *page;	/* the fake page, writable */
struct vmclock_params good;	/* a page that tells TAI */
char dev_path[64], phc_path[64];	/* of the fake device; "" if none */

bool put_file(const char *path, const char *fmt, ...)
{
	char text[64];
	va_list args;
	int fd, n;

	va_start(args, fmt);
	n = vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	fd = open(path, O_WRONLY);
	if (fd < 0)
		return false;
	n = write(fd, text, n) == n;
	close(fd);
	return n;
}

/* first line of a file, or "" */
const char *get_file(const char *dir, const char *name)
{
	static char text[256];
	char path[320];
	ssize_t n;
	int fd;

	snprintf(path, sizeof(path), "%s%s", dir, name);
	fd = open(path, O_RDONLY);
	n = fd < 0 ? -1 : read(fd, text, sizeof(text) - 1);
	if (fd >= 0)
		close(fd);
	text[n > 0 ? n : 0] = 0;
	text[strcspn(text, "\n")] = 0;
	return text;
}

const char *attr(const char *name)
{
	return get_file(PLATFORM "/", name);
}

/* /dev node of the first entry of a folder that begins with prefix */
static void find_node(const char *folder, const char *prefix, char *path,
		      size_t size)
{
	DIR *d = opendir(folder);
	struct dirent *e;

	*path = 0;
	while (d && (e = readdir(d)))
		if (!strncmp(e->d_name, prefix, strlen(prefix)))
			snprintf(path, size, "/dev/%.32s", e->d_name);
	if (d)
		closedir(d);
}

void find_nodes(void)
{
	find_node(PLATFORM "/misc", "vmclock", dev_path, sizeof(dev_path));
	find_node(PLATFORM "/ptp", "ptp", phc_path, sizeof(phc_path));
}

/* The update as a hypervisor makes it. */
bool old_sign;	/* tai_offset_sec is TAI - UTC */

void set_page(const struct vmclock_params *p)
{
	vmclock_page_write_begin(page);
	vmclock_page_set(page, p);
	if (old_sign)
		page->tai_offset_sec = cpu_to_le16((u16)p->tai_offset_sec);
	vmclock_page_write_end(page);
}

/* A device over a page with these constants and values; whether it bound. */
bool add_device(const struct vmclock_params *p, unsigned int bytes)
{
	put_file(FAKE, "del");
	vmclock_page_init(page, p);
	set_page(p);
	put_file(FAKE, "add %u", bytes);
	find_nodes();
	return access(PLATFORM "/driver", F_OK) == 0;
}

void good_page(void)
{
	good = (struct vmclock_params){
		.size = sizeof(struct vmclock_abi),
		.version = 1,
		.counter_id = counter_id(),
		.time_type = VMCLOCK_TIME_TAI,
		.disruption_marker = 7,
		.flags = VMCLOCK_FLAG_TAI_OFFSET_VALID |
			 VMCLOCK_FLAG_VM_GEN_COUNTER_PRESENT,
		.status = VMCLOCK_STATUS_SYNCHRONIZED,
		.tai_offset_sec = 37,
		.vm_generation = 11,
		.line = {
			.counter = counter(),
			.time = { .sec = 1800000000, .frac = 1ULL << 63 },
			.period_frac = 0x100123456789ULL,
		},
	};
}
