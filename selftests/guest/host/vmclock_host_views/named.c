// SPDX-License-Identifier: GPL-2.0
/* Views with a name: nodes, modes, lives longer than their creator's. */
#include "views.h"

#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>

void test_named(void)
{
	int fd = create_for("test.1-a", 0, 0644), ro, rw, status;
	struct vmclock_view_translation t;
	struct vmclock_params p;
	const struct vmclock_abi *page;
	char name[VMCLOCK_VIEW_NAME_SIZE] = "";
	struct stat st;
	dev_t dev;

	if (!ktap_ok(fd >= 0, "create a named view"))
		return;
	ktap_ok(!stat(NODE "test.1-a", &st) && S_ISCHR(st.st_mode) &&
		(st.st_mode & 07777) == 0644 && !st.st_uid,
		"a node of the mode asked for, the creator's");
	ktap_ok(create("test.1-a") == -1 && errno == EEXIST,
		"the name is taken");
	ro = open_node("test.1-a", O_RDONLY);
	rw = open_node("test.1-a", O_RDWR);
	ktap_ok(ro >= 0 && rw >= 0, "open it");
	ktap_ok(translate(ro, 1ULL << 32, 32, 5) == -1 && errno == EPERM &&
		ioctl(ro, VMCLOCK_VIEW_DISRUPT) == -1 && errno == EPERM &&
		ioctl(ro, VMCLOCK_VIEW_GET_TRANSLATION, &t) == -1 &&
		errno == EPERM,
		"who has it open for reading can't change it, nor see the counter");
	ktap_ok(!translate(rw, 1ULL << 32, 32, 5) &&
		!ioctl(rw, VMCLOCK_VIEW_GET_TRANSLATION, &t) && t.offset == 5,
		"who has it open for writing can");
	page = map(ro);
	ktap_ok(page && mprotect((void *)page, page_size, PROT_WRITE) == -1,
		"map it, for reading only");
	ktap_ok(mmap(NULL, page_size, PROT_WRITE, MAP_SHARED, rw, 0) ==
		MAP_FAILED && errno == EROFS, "also if open for writing");
	if (!fork()) {
		if (setgid(65534) || setuid(65534))
			_exit(2);
		_exit(open_node("test.1-a", O_RDONLY) < 0 ||
		      open_node("test.1-a", O_RDWR) != -1 || errno != EACCES ||
		      open(DEVICE, O_RDWR) != -1);
	}
	wait(&status);
	ktap_ok(!status, "of mode 0644 everybody may read, not write, nor create views");
	close(fd);
	close(rw);
	ktap_ok(node_exists("test.1-a"), "it stays without its creator");
	ktap_ok(!remove_view("test.1-a") && !node_exists("test.1-a"),
		"removed, the node is gone");
	ktap_ok(remove_view("test.1-a") == -1 && errno == ENOENT, "for good");
	get(page, &p);
	change_frequency();
	ktap_ok(is_ready(ro, PATIENCE_MS) && p.magic == VMCLOCK_MAGIC,
		"who has it open keeps it");
	fd = create("test.1-a");
	ktap_ok(fd >= 0 && node_exists("test.1-a"), "the name is free again");
	dev = st.st_rdev;
	ktap_ok(!stat(NODE "test.1-a", &st) && st.st_rdev != dev,
		"a node that was kept is not that of the next view");
	close(fd);
	remove_view("test.1-a");
	munmap((void *)page, page_size);
	close(ro);
	memset(name, 'x', sizeof(name) - 1);
	fd = create(name);
	ktap_ok(fd >= 0 && node_exists(name) && !remove_view(name),
		"a name of 63 characters");
	close(fd);
}
