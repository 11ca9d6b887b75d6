// SPDX-License-Identifier: GPL-2.0
/*
 * wake_latency: by how much a task of SCHED_FIFO's highest priority wakes too
 * late, as cyclictest measures it. In deterministic time a nanosecond is an
 * instruction.
 *
 *	wake_latency WAKES PERIOD-NS	prints "p50 p99 max", in ns
 */
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <sys/mman.h>

#define NS_PER_S	1000000000L

static int by_value(const void *a, const void *b)
{
	long x = *(const long *)a, y = *(const long *)b;

	return (x > y) - (x < y);
}

static void add_ns(struct timespec *t, long ns)
{
	t->tv_nsec += ns;
	t->tv_sec += t->tv_nsec / NS_PER_S;
	t->tv_nsec %= NS_PER_S;
}

static long ns_since(const struct timespec *then)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (now.tv_sec - then->tv_sec) * NS_PER_S +
	       now.tv_nsec - then->tv_nsec;
}

int main(int argc, char **argv)
{
	struct sched_param highest = { .sched_priority = 99 };
	int n = argc > 1 ? atoi(argv[1]) : 0, i;
	long period_ns = argc > 2 ? atol(argv[2]) : 0, *late_ns;
	struct timespec due;

	if (n < 1 || period_ns < 1 || period_ns >= NS_PER_S) {
		fputs("usage: wake_latency WAKES PERIOD-NS\n", stderr);
		return 2;
	}
	late_ns = calloc(n, sizeof(*late_ns));
	if (!late_ns || mlockall(MCL_CURRENT | MCL_FUTURE) ||
	    sched_setscheduler(0, SCHED_FIFO, &highest)) {
		perror("wake_latency");
		return 1;
	}
	clock_gettime(CLOCK_MONOTONIC, &due);
	for (i = 0; i < n; i++) {
		add_ns(&due, period_ns);
		clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &due, NULL);
		late_ns[i] = ns_since(&due);
	}
	qsort(late_ns, n, sizeof(*late_ns), by_value);
	printf("%ld %ld %ld\n", late_ns[n / 2], late_ns[n * 99 / 100],
	       late_ns[n - 1]);
	return 0;
}
