// SPDX-License-Identifier: GPL-2.0
/*
 * lock_readers: CLOCK_REALTIME, CLOCK_TAI and CLOCK_MONOTONIC as everybody
 * reads them, by the vDSO and by system call, from a thread on each CPU. None
 * may go backwards, for a reader or from one reader to the next.
 *
 *	lock_readers READS		of all threads together
 *
 * A reader loads the latest time that any has seen, then reads the clock, then
 * raises the latest time to what it read. All three are sequentially consistent
 * (the vDSO and the kernel read the counter in program order), so a time below
 * what was loaded is a clock that went backwards. Run while the clock is being
 * steered, by lock_monotony.
 */
#define _GNU_SOURCE
#include <pthread.h>
#include <sched.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "ktap.h"

#define CLOCKS		3
#define SYSCALL_EVERY	8
#define CPUS_MAX	64

static const struct {
	clockid_t id;
	const char *name;
} clocks[CLOCKS] = {
	{ CLOCK_REALTIME, "CLOCK_REALTIME" },
	{ CLOCK_TAI, "CLOCK_TAI" },
	{ CLOCK_MONOTONIC, "CLOCK_MONOTONIC" },
};

/* each on a cache line of its own */
static struct {
	int64_t ns;
} __attribute__((aligned(64))) latest[CLOCKS];

struct reader {
	pthread_t thread;
	int cpu;
	uint64_t quota, reads;
	uint64_t back[CLOCKS];		/* times that went backwards */
	int64_t worst_ns[CLOCKS];
};

static int64_t read_clock(clockid_t id, bool by_syscall)
{
	struct timespec t;

	if (by_syscall)
		syscall(SYS_clock_gettime, id, &t);
	else
		clock_gettime(id, &t);
	return t.tv_sec * 1000000000LL + t.tv_nsec;
}

static void publish(int64_t *ns, int64_t now)
{
	int64_t seen = __atomic_load_n(ns, __ATOMIC_SEQ_CST);

	while (seen < now &&
	       !__atomic_compare_exchange_n(ns, &seen, now, false,
					    __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST))
		;
}

/* the latest time that any has seen includes this reader's own */
static void read_once(struct reader *r, int c, bool by_syscall)
{
	int64_t seen = __atomic_load_n(&latest[c].ns, __ATOMIC_SEQ_CST);
	int64_t now = read_clock(clocks[c].id, by_syscall);

	r->reads++;
	if (now < seen) {
		r->back[c]++;
		if (seen - now > r->worst_ns[c])
			r->worst_ns[c] = seen - now;
	}
	publish(&latest[c].ns, now);
}

static void *reader(void *arg)
{
	struct reader *r = arg;
	cpu_set_t set;
	int c;

	CPU_ZERO(&set);
	CPU_SET(r->cpu, &set);
	sched_setaffinity(0, sizeof(set), &set);
	while (r->reads < r->quota)
		for (c = 0; c < CLOCKS; c++)
			read_once(r, c, r->reads / CLOCKS % SYSCALL_EVERY == 0);
	return NULL;
}

static void check(const struct reader *r, int cpus)
{
	uint64_t back, reads = 0;
	int64_t worst_ns;
	int c, i;

	for (i = 0; i < cpus; i++)
		reads += r[i].reads;
	for (c = 0; c < CLOCKS; c++) {
		back = 0;
		worst_ns = 0;
		for (i = 0; i < cpus; i++) {
			back += r[i].back[c];
			if (r[i].worst_ns[c] > worst_ns)
				worst_ns = r[i].worst_ns[c];
		}
		ktap_ok(!back, "%s: backwards %llu times in %llu reads on %d CPUs, by up to %lld ns",
			clocks[c].name, (unsigned long long)back,
			(unsigned long long)reads / CLOCKS, cpus,
			(long long)worst_ns);
	}
}

int main(int argc, char **argv)
{
	static struct reader readers[CPUS_MAX];
	uint64_t reads = argc > 1 ? strtoull(argv[1], NULL, 0) : 0;
	int cpus = sysconf(_SC_NPROCESSORS_ONLN), i;
	struct timespec begin, end;

	if (!reads || cpus > CPUS_MAX) {
		fputs("usage: lock_readers READS\n", stderr);
		return 2;
	}
	ktap_begin(0);
	clock_gettime(CLOCK_MONOTONIC, &begin);
	for (i = 0; i < cpus; i++) {
		readers[i].cpu = i;
		readers[i].quota = reads / cpus;
		if (pthread_create(&readers[i].thread, NULL, reader,
				   &readers[i]))
			return 2;
	}
	for (i = 0; i < cpus; i++)
		pthread_join(readers[i].thread, NULL);
	clock_gettime(CLOCK_MONOTONIC, &end);
	ktap_note("%.1f s", end.tv_sec - begin.tv_sec +
		  (end.tv_nsec - begin.tv_nsec) * 1e-9);
	check(readers, cpus);
	return ktap_end();
}
