// SPDX-License-Identifier: GPL-2.0
/*
 * vmclockctl set-tai: tell the kernel TAI - UTC, where nothing has told it yet.
 * The number is that of the list of leap seconds which tzdata installs, at this
 * moment. A kernel that has an offset keeps it.
 */
#include <errno.h>
#include <time.h>

#include "clocks.h"
#include "ctl.h"
#include "options.h"

#define NTP_TO_UNIX	2208988800LL	/* seconds from 1900 to 1970 */
#define DEFAULT_LIST	"/usr/share/zoneinfo/leap-seconds.list"
#define TAI_1972	10
#define TAI_MAX		255

/**
 * struct leap_list - what a list of leap seconds says of a moment
 * @made: when it was updated last, seconds since 1970; 0 if it doesn't say
 * @expires: until when it is complete; 0 if it doesn't say
 * @tai_offset_sec: TAI - UTC; 0 if the moment is before the list begins
 */
struct leap_list {
	long long made;
	long long expires;
	int tai_offset_sec;
};

/* "#$ N": updated; "#@ N": expires; "N OFFSET # comment": from N on */
static void read_line(struct leap_list *list, const char *line, long long now)
{
	long long seconds;
	int offset;

	if (sscanf(line, "#$ %lld", &seconds) == 1)
		list->made = seconds - NTP_TO_UNIX;
	else if (sscanf(line, "#@ %lld", &seconds) == 1)
		list->expires = seconds - NTP_TO_UNIX;
	else if (sscanf(line, "%lld %d", &seconds, &offset) == 2 &&
		 seconds - NTP_TO_UNIX <= now)
		list->tai_offset_sec = offset;
}

static int read_list(struct leap_list *list, const char *name, long long now)
{
	char line[256];
	FILE *file = fopen(name, "r");

	memset(list, 0, sizeof(*list));
	if (!file) {
		ctl_error("cannot read %s: %s%s", name, strerror(errno),
			  errno == ENOENT ? "; remedy: apt install tzdata, or --file" : "");
		return ctl_exit_of(errno);
	}
	while (fgets(line, sizeof(line), file))
		read_line(list, line, now);
	fclose(file);
	return CTL_OK;
}

/* A clock that is wrong by years would take the offset of another year. */
static int check_list(const struct leap_list *list, const char *name,
		      long long now)
{
	if (list->tai_offset_sec < TAI_1972 || list->tai_offset_sec > TAI_MAX)
		ctl_error("%s is no list of leap seconds with an offset for now",
			  name);
	else if (!list->expires || now >= list->expires)
		ctl_error("%s has expired: it does not know of all leap seconds; remedy: apt install --only-upgrade tzdata",
			  name);
	else if (now < list->made)
		ctl_error("the system clock is before %s was made: set it first",
			  name);
	else
		return CTL_OK;
	return CTL_FAILED;
}

static int set(int offset)
{
	if (!clock_set_tai(offset)) {
		printf("TAI - UTC is set to %d s\n", offset);
		return CTL_OK;
	}
	ctl_error("cannot set TAI - UTC: %s%s", strerror(errno),
		  errno == EPERM ? "; remedy: run it as root" : "");
	return ctl_exit_of(errno);
}

static int set_tai(const char *name, bool dry_run)
{
	struct kernel_clock kernel;
	struct leap_list list;
	long long now = time(NULL);
	int status;

	kernel_clock_read(&kernel);
	if (kernel.error) {
		ctl_error("cannot read the kernel's clock: %s",
			  strerror(kernel.error));
		return ctl_exit_of(kernel.error);
	}
	status = read_list(&list, name, now);
	if (!status)
		status = check_list(&list, name, now);
	if (status)
		return status;
	if (!kernel.tai_offset_sec && !dry_run)
		return set(list.tai_offset_sec);
	if (!kernel.tai_offset_sec)
		printf("TAI - UTC would be set to %d s\n", list.tai_offset_sec);
	else
		printf("TAI - UTC is %d s already\n", kernel.tai_offset_sec);
	if (!kernel.tai_offset_sec ||
	    kernel.tai_offset_sec == list.tai_offset_sec)
		return CTL_OK;
	ctl_error("the kernel has %d s, %s %d s: one of them is wrong; the kernel keeps its own",
		  kernel.tai_offset_sec, name, list.tai_offset_sec);
	return CTL_FOUND;
}

/**
 * cmd_set_tai() - the command
 * @argc: arguments
 * @argv: arguments
 *
 * Return: CTL_OK if the kernel has the list's offset; CTL_FOUND if it has
 * another; CTL_FAILED if the list cannot be used; CTL_ABSENT, CTL_DENIED.
 */
int cmd_set_tai(int argc, char **argv)
{
	static const struct option options[] = {
		OPTION_HELP, { "file", required_argument, NULL, 'f' },
		{ "dry-run", no_argument, NULL, 'n' }, { }
	};
	const char *file = DEFAULT_LIST;
	bool dry_run = false;
	int opt;

	while ((opt = getopt_long(argc, argv, "hf:n", options, NULL)) != -1) {
		if (opt == 'f')
			file = optarg;
		else if (opt == 'n')
			dry_run = true;
		else
			return ctl_usage_error();
	}
	if (!ctl_is_last(argc, argv))
		return ctl_usage_error();
	return set_tai(file, dry_run);
}
