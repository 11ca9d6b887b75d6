// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * vmclock-follow [-n COUNT] [DEVICE]: the time between its bounds, once now and
 * once after each change of the page, and a line when the guest was moved.
 *
 *	2026-11-21 12:00:00.123456789 UTC, -1.2 us +1.2 us, synchronized
 *
 * A program that only wants the time needs no more than vmclock_open() and
 * vmclock_now().
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <vmclock.h>

static double us(struct vmclock_time t)
{
	return (double)t.sec * 1e6 + (double)t.frac / 18446744073709.551616;
}

static void print_now(const struct vmclock *clock)
{
	struct vmclock_bounds b;
	struct timespec ts;
	struct tm tm;
	char day[32];
	int ret = vmclock_now_bounds(clock, VMCLOCK_TIME_UTC, &b);

	if (ret && ret != -ERANGE) {
		const char *why = vmclock_why(clock, VMCLOCK_TIME_UTC);

		printf("no time: %s\n", why ? why : vmclock_strerror(ret));
		return;
	}
	ts = vmclock_to_timespec(b.time);
	gmtime_r(&ts.tv_sec, &tm);
	strftime(day, sizeof(day), "%F %T", &tm);
	printf("%s.%09ld UTC", day, ts.tv_nsec);
	if (!ret)
		printf(", -%.1f us +%.1f us",
		       us(vmclock_time_sub(b.time, b.earliest)),
		       us(vmclock_time_sub(b.latest, b.time)));
	else
		printf(", no bound");
	printf(", %s\n", b.status == VMCLOCK_STATUS_SYNCHRONIZED ?
	       "synchronized" : "freerunning");
}

/* Says so if the guest was moved since the last call. */
static void print_disruption(const struct vmclock *clock,
			     struct vmclock_epoch *epoch)
{
	if (vmclock_disrupted(clock, epoch) != 1)
		return;
	printf("disruption: what was measured across it is void\n");
	vmclock_get_epoch(clock, epoch);
}

int main(int argc, char **argv)
{
	const char *path = "/dev/vmclock0";
	struct vmclock_epoch epoch;
	struct vmclock clock;
	long count = -1;
	int ret;

	if (argc > 2 && !strcmp(argv[1], "-n")) {
		count = strtol(argv[2], NULL, 10);
		argv += 2;
		argc -= 2;
	}
	if (argc > 1)
		path = argv[1];
	ret = vmclock_open(&clock, path);
	if (ret) {
		fprintf(stderr, "%s: %s\n", path, vmclock_strerror(ret));
		return 1;
	}
	ret = vmclock_get_epoch(&clock, &epoch);
	print_now(&clock);
	while (!ret && count-- != 0) {
		fflush(stdout);
		ret = vmclock_wait(&clock, -1);
		if (ret <= 0)
			break;
		print_disruption(&clock, &epoch);
		print_now(&clock);
		ret = 0;
	}
	if (ret < 0)
		fprintf(stderr, "%s: %s\n", path, vmclock_strerror(ret));
	vmclock_close(&clock);
	return ret < 0;
}
