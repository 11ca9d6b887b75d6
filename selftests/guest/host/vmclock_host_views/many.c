// SPDX-License-Identifier: GPL-2.0
/* A thousand views, and as many as there may be. */
#include "views.h"

#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/resource.h>

#define MANY		1000

static long available_kib(void)
{
	long kib = -1;
	char line[128];
	FILE *f;

	/* what is freed late, and what CPUs keep for themselves */
	usleep(300000);
	f = fopen("/proc/meminfo", "r");
	while (f && fgets(line, sizeof(line), f))
		sscanf(line, "MemFree: %ld", &kib);
	fclose(f);
	return kib;
}

static const struct vmclock_abi *pages[VMCLOCK_VIEWS_MAX];

static int create_many(int *fd, int count)
{
	char name[VMCLOCK_VIEW_NAME_SIZE];
	int i;

	for (i = 0; i < count; i++) {
		snprintf(name, sizeof(name), "many%d", i);
		fd[i] = create(i % 10 ? "" : name);
		if (fd[i] < 0 ||
		    translate(fd[i], (1ULL << 48) + i * 1000, 48, i * 12345))
			break;
	}
	return i;
}

static void remove_many(int *fd, int count)
{
	char name[VMCLOCK_VIEW_NAME_SIZE];

	while (count--) {
		close(fd[count]);
		snprintf(name, sizeof(name), "many%d", count);
		if (!(count % 10))
			remove_view(name);
	}
}

void test_many(void)
{
	static int fd[VMCLOCK_VIEWS_MAX];
	int made, i, moved = 0, right = 0;
	struct vmclock_params o, v;
	u32 seq[MANY];
	long kib;
	big rest;

	setrlimit(RLIMIT_NOFILE, &(struct rlimit){ 4096, 4096 });
	made = create_many(fd, 10);
	remove_many(fd, made);
	kib = available_kib();
	made = create_many(fd, MANY);
	kib -= available_kib();
	if (!ktap_ok(made == MANY, "%d views, a tenth of them named", made))
		goto out;
	ktap_note("%ld KiB, i.e. %ld bytes for a view, its file and page",
		  kib, kib * 1024 / MANY);
	for (i = 0; i < MANY; i++) {
		pages[i] = map(fd[i]);
		seq[i] = pages[i]->seq_count;
	}
	change_frequency();
	for (i = 0; i < MANY; i++)
		moved += pages[i]->seq_count != seq[i];
	ktap_ok(moved == MANY, "when adjtimex returns all have changed (%d)",
		moved);
	get(own, &o);
	for (i = 0; i < MANY; i++) {
		get(pages[i], &v);
		right += v.line.counter ==
			 guest_counter(o.line.counter,
				       (1ULL << 48) + i * 1000, 48, i * 12345,
				       &rest);
	}
	ktap_ok(right >= MANY - 1, "to the same line (%d)", right);
	for (i = 0; i < MANY; i++)
		munmap((void *)pages[i], page_size);
	while (made < VMCLOCK_VIEWS_MAX) {
		fd[made] = create("");
		if (fd[made] < 0)
			break;
		made++;
	}
	ktap_ok(made == VMCLOCK_VIEWS_MAX && create("") == -1 &&
		errno == ENOSPC, "%d and no more: ENOSPC", made);
out:
	remove_many(fd, made);
	i = create("");
	ktap_ok(i >= 0, "closed, there is room again");
	close(i);
}
