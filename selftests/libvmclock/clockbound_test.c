// SPDX-License-Identifier: GPL-2.0
/*
 * A program for ClockBound's C library, with the shim in place of that.
 *
 *	clockbound_test MKPAGE DIRECTORY
 */
#define _GNU_SOURCE
#include <clockbound.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "../lib/ktap.h"

static const char *mkpage_path;
static char page[256];

static void mkpage(const char *fields)
{
	char command[512];

	snprintf(command, sizeof(command), "%s %s %s", mkpage_path, page,
		 fields);
	if (system(command))
		ktap_note("failed: %s", command);
}

static double seconds(struct timespec ts)
{
	return (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
}

static void rate(clockbound_ctx *ctx)
{
	clockbound_now_result first, last;
	unsigned long i, failures = 0;
	clock_t began = clock();
	double took;

	failures += clockbound_now(ctx, &first) != NULL;
	for (i = 0; i < 2000000; i++)
		failures += clockbound_now(ctx, &last) != NULL;
	took = (double)(clock() - began) / CLOCKS_PER_SEC;
	ktap_ok(!failures, "clockbound: 2000000 readings");
	ktap_note("%.1f million readings in a second of CPU time, %.1f us wide", 2 / took,
		  1e6 * (seconds(first.latest) - seconds(first.earliest)));
}

int main(int argc, char **argv)
{
	clockbound_now_result now;
	clockbound_err err;
	clockbound_ctx *ctx;
	struct timespec ts;

	if (argc != 3)
		return 2;
	mkpage_path = argv[1];
	snprintf(page, sizeof(page), "%s/clockbound-%d", argv[2],
		 (int)getpid());
	mkpage("");
	ktap_begin(0);
	ctx = clockbound_vmclock_open(CLOCKBOUND_SHM_DEFAULT_PATH,
				      "/nonexistent", &err);
	ktap_ok(!ctx && err.kind == CLOCKBOUND_ERR_SYSCALL &&
		err.sys_errno == ENOENT && err.detail, "clockbound: no device");
	ctx = clockbound_vmclock_open(CLOCKBOUND_SHM_DEFAULT_PATH, page, &err);
	ktap_ok(ctx && !clockbound_now(ctx, &now) &&
		now.clock_status == CLOCKBOUND_STA_SYNCHRONIZED &&
		seconds(now.earliest) < seconds(now.latest),
		"clockbound: synchronized, between its bounds");
	clock_gettime(CLOCK_REALTIME, &ts);
	ktap_ok(seconds(ts) - seconds(now.latest) < 60,
		"clockbound: it is the time");
	rate(ctx);
	mkpage("clock_status=3 disruption_marker=8");
	ktap_ok(!clockbound_now(ctx, &now) &&
		now.clock_status == CLOCKBOUND_STA_FREE_RUNNING,
		"clockbound: another host's page, right at once");
	mkpage("clock_status=1 disruption_marker=8");
	ktap_ok(!clockbound_now(ctx, &now) &&
		now.clock_status == CLOCKBOUND_STA_UNKNOWN &&
		!now.earliest.tv_sec && now.latest.tv_sec > 9000000000LL,
		"clockbound: no time");
	mkpage("clock_status=1 disruption_marker=9");
	ktap_ok(!clockbound_now(ctx, &now) &&
		now.clock_status == CLOCKBOUND_STA_DISRUPTED,
		"clockbound: disrupted, and no time yet");
	mkpage("flags=1");
	ktap_ok(!clockbound_now(ctx, &now) && !now.earliest.tv_sec,
		"clockbound: unbounded");
	ktap_ok(!clockbound_close(ctx), "clockbound: close");
	unlink(page);
	return ktap_end();
}
