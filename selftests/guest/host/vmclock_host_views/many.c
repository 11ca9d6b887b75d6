// SPDX-License-Identifier: GPL-2.0
/* A thousand views, as many as there may be, and what changing many takes. */
#include "views.h"

#include <sched.h>
#include <sys/mman.h>
#include <sys/resource.h>

#define MANY		1000
#define TOO_MANY	4000	/* to try how many there may be */
#define CHANGES		8

/* The limit is the module's parameter. */
static int views_max(const char *parameter)
{
	char path[128];
	int max = 0;
	FILE *f;

	snprintf(path, sizeof(path), "/sys/module/vmclock_host/parameters/%s",
		 parameter);
	f = fopen(path, "r");
	if (!f || fscanf(f, "%d", &max) != 1)
		max = 0;
	if (f)
		fclose(f);
	return max;
}

static void raise_files(int n)
{
	setrlimit(RLIMIT_NOFILE, &(struct rlimit){ n + 100, n + 100 });
}

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

static const struct vmclock_abi *pages[MANY];

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

static int count_moved(const u32 *seq)
{
	int i, moved = 0;

	for (i = 0; i < MANY; i++)
		moved += pages[i]->seq_count != seq[i];
	return moved;
}

/* A thread changes the views; it may be at work on another CPU. */
static int wait_moved(const u32 *seq)
{
	int i, moved = count_moved(seq);

	for (i = 0; i < PATIENCE_MS && moved < MANY; i++) {
		usleep(1000);
		moved = count_moved(seq);
	}
	return moved;
}

static int count_right(void)
{
	struct vmclock_params o, v;
	int i, right = 0;
	big rest;

	get(own, &o);
	for (i = 0; i < MANY; i++) {
		get(pages[i], &v);
		right += v.line.counter ==
			 guest_counter(o.line.counter,
				       (1ULL << 48) + i * 1000, 48, i * 12345,
				       &rest);
	}
	return right;
}

static void test_moved(const int *fd)
{
	u32 seq[MANY];
	int i, moved, right;

	for (i = 0; i < MANY; i++) {
		pages[i] = map(fd[i]);
		seq[i] = pages[i]->seq_count;
	}
	change_frequency();
	moved = wait_moved(seq);
	ktap_ok(moved == MANY, "the clock is changed: all change (%d)", moved);
	right = count_right();
	ktap_ok(right >= MANY - 1, "to the same line (%d)", right);
	for (i = 0; i < MANY; i++)
		munmap((void *)pages[i], page_size);
}

/* From @made on. Return: how many there are then. */
static int test_limit(int *fd, int made)
{
	int max = views_max("max_views");

	if (max > TOO_MANY) {
		ktap_skip("limit", "max_views is larger than this test's");
		return made;
	}
	while (made < max) {
		fd[made] = create("");
		if (fd[made] < 0)
			break;
		made++;
	}
	ktap_ok(made == max && create("") == -1 && errno == ENOSPC,
		"%d and no more: ENOSPC", made);
	return made;
}

void test_many(void)
{
	static int fd[TOO_MANY];
	int made, i;
	long kib;

	raise_files(TOO_MANY);
	made = create_many(fd, 10);
	remove_many(fd, made);
	kib = available_kib();
	made = create_many(fd, MANY);
	kib -= available_kib();
	if (ktap_ok(made == MANY, "%d views, a tenth of them named", made)) {
		ktap_note("%ld KiB, i.e. %ld bytes for a view, its file and page",
			  kib, kib * 1024 / MANY);
		test_moved(fd);
		made = test_limit(fd, made);
	}
	remove_many(fd, made);
	i = create("");
	ktap_ok(i >= 0, "closed, there is room again");
	close(i);
}

static u32 seq_of(int fd)
{
	struct vmclock_abi page;

	return pread(fd, &page, sizeof(page), 0) == sizeof(page) ?
	       page.seq_count : 0;
}

static int count_unchanged(const int *fd, const u32 *seq, int n)
{
	int i, unchanged = 0;

	for (i = 0; i < n; i++)
		unchanged += seq_of(fd[i]) == seq[i];
	return unchanged;
}

/* selftests/modules/irq_late; 0 if it isn't loaded */
static unsigned int irqs_off(bool reset)
{
	FILE *f = fopen("/sys/module/irq_late/parameters/worst_ns",
			reset ? "w" : "r");
	unsigned int ns = 0;

	if (!f)
		return 0;
	if (reset)
		fputs("0\n", f);
	else if (fscanf(f, "%u", &ns) != 1)
		ns = 0;
	fclose(f);
	return ns;
}

/*
 * What a change of the frequency costs with @n views. Prints the most of some
 * changes: counts until all views have changed, how many had not changed by
 * then, and for how many ns interrupts were off. For one CPU: this process
 * yields to the thread that changes the views, and both have precedence over
 * all others.
 */
int show_cost(int n)
{
	const struct sched_param priority = { .sched_priority = 1 };
	int *fd = calloc(n + 1, sizeof(*fd)), i, change, unchanged = 0;
	u32 *seq = calloc(n + 1, sizeof(*seq));
	u64 start, counts, most = 0;
	unsigned int off = 0, ns;

	raise_files(n);
	for (i = 0; i < n; i++) {
		fd[i] = create("");
		if (fd[i] < 0 || translate(fd[i], (1ULL << 48) + i, 48, i))
			return 1;
	}
	sched_setscheduler(0, SCHED_FIFO, &priority);
	for (change = 0; change < CHANGES; change++) {
		for (i = 0; i < n; i++)
			seq[i] = seq_of(fd[i]);
		irqs_off(true);
		start = counter();
		change_frequency();
		sched_yield();
		counts = counter() - start;
		ns = irqs_off(false);
		off = ns > off ? ns : off;
		most = counts > most ? counts : most;
		unchanged += count_unchanged(fd, seq, n);
	}
	printf("%llu %d %u\n", (unsigned long long)most, unchanged, off);
	return 0;
}
