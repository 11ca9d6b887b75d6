// SPDX-License-Identifier: GPL-2.0
/*
 * Which programs of this machine set or steer the system clock. A program is
 * known by its process's name; its arguments tell whether it steers this clock
 * at all, its control group which systemd unit has started it.
 */
#include <stdio.h>
#include <string.h>

#include "ctl.h"
#include "programs.h"

static const struct clock_program known[] = {
	{ "chronyd", "chronyd", true, "run chronyd with -x" },
	{ "ntpd", "ntpd", true },
	{ "ntpsec", "ntpsec", true },
	{ "openntpd", "openntpd", true, NULL, true },
	{ "ntp-daemon", "ntpd-rs", true },
	{ "systemd-timesyn", "systemd-timesyncd", true, NULL, true },
	{ "phc2sys", "phc2sys", true, "have phc2sys steer another clock, with -c",
	  true },
	{ "ptp4l", "ptp4l", true, "use hardware time stamps (without -S)",
	  true },
	{ "timemaster", "timemaster", true },
	{ "clockbound", "ClockBound", true },
	{ "sfptpd", "sfptpd", true },
	{ "statime", "statime", true },
	{ "htpdate", "htpdate", false },
	{ "qemu-ga", "qemu-ga", false,
	  "block-rpcs=guest-set-time in /etc/qemu/qemu-ga.conf" },
	{ "vmtoolsd", "open-vm-tools", false,
	  "vmware-toolbox-cmd timesync disable" },
	{ "VBoxService", "VirtualBox's VBoxService", false,
	  "VBoxService --disable-timesync" },
	{ "lima-guestagent", "lima-guestagent", false },
};

/* Arguments of a process, each ended by 0. Return: their length. */
static size_t read_arguments(const char *pid, char *args, size_t size)
{
	char path[PATH_MAX];
	FILE *file = fopen(fs_path(path, "/proc/%s/cmdline", pid), "r");
	size_t n;

	if (!file)
		return 0;
	n = fread(args, 1, size - 1, file);
	fclose(file);
	args[n] = 0;
	return n;
}

/* The argument that follows @option, "" if it is the last; NULL without it. */
static const char *argument_of(const char *args, size_t n, const char *option)
{
	size_t i;

	for (i = 0; i < n; i += strlen(args + i) + 1)
		if (!strcmp(args + i, option)) {
			i += strlen(args + i) + 1;
			return i < n ? args + i : "";
		}
	return NULL;
}

/* chronyd -x only measures; ptp4l and phc2sys may steer a PTP clock instead. */
static bool steers_this_clock(const char *pid, const char *comm)
{
	char args[4096];
	size_t n = read_arguments(pid, args, sizeof(args));
	const char *clock;

	if (!strcmp(comm, "chronyd"))
		return !argument_of(args, n, "-x");
	if (!strcmp(comm, "ptp4l"))
		return argument_of(args, n, "-S");
	if (strcmp(comm, "phc2sys"))
		return true;
	clock = argument_of(args, n, "-c");
	return !clock || !strcmp(clock, "CLOCK_REALTIME");
}

static const struct clock_program *program_of(const char *pid)
{
	char comm[FS_NAME];
	size_t i;

	if (fs_read(comm, sizeof(comm), "/proc/%s/comm", pid))
		return NULL;
	/* OpenNTPD's process has the other one's name */
	if (!strcmp(comm, "ntpd") && fs_exists("/etc/openntpd/ntpd.conf"))
		strcpy(comm, "openntpd");
	for (i = 0; i < CTL_ARRAY_SIZE(known); i++)
		if (!strcmp(comm, known[i].comm))
			return steers_this_clock(pid, comm) ? &known[i] : NULL;
	return NULL;
}

/* "0::/system.slice/chrony.service" */
static void read_unit(struct running_program *r)
{
	char text[FS_TEXT];
	const char *last;

	r->unit[0] = 0;
	if (fs_read(text, sizeof(text), "/proc/%s/cgroup", r->pid))
		return;
	last = strrchr(text, '/');
	if (last && strstr(last, ".service") && strlen(last) < sizeof(r->unit))
		strcpy(r->unit, last + 1);
}

/**
 * programs_read() - find them
 * @all: result; those beyond PROGRAMS_MAX are left out
 */
void programs_read(struct programs *all)
{
	static char pids[32768][FS_NAME];
	size_t i, n = fs_list("/proc", "", pids, CTL_ARRAY_SIZE(pids));

	all->n = 0;
	for (i = 0; i < n && all->n < PROGRAMS_MAX; i++) {
		struct running_program *r = &all->list[all->n];

		if (pids[i][0] < '1' || pids[i][0] > '9')
			continue;
		r->program = program_of(pids[i]);
		if (!r->program)
			continue;
		strcpy(r->pid, pids[i]);
		read_unit(r);
		all->n++;
	}
}

/**
 * programs_steering() - the first one that steers the clock
 * @all: those that run
 *
 * Return: the program, or NULL if there is none.
 */
const struct running_program *programs_steering(const struct programs *all)
{
	size_t i;

	for (i = 0; i < all->n; i++)
		if (all->list[i].program->steers)
			return &all->list[i];
	return NULL;
}
