// SPDX-License-Identifier: GPL-2.0
/*
 * set_clock: sets the clock once, as programs do that are no time daemons, for
 * the tests of how the lock takes it.
 *
 *	set_clock HOW NS [NAME]
 *
 * moves the clock by NS. HOW: settimeofday, clock_settime, stime (to a whole
 * second), setoffset_us and setoffset_ns (ADJ_SETOFFSET), adjtime (slewed); rtc
 * sets the battery's clock to the system's, moved by NS. The process is called
 * NAME, or HOW, and so the kernel's log calls it.
 */
#include <fcntl.h>
#include <linux/rtc.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/time.h>
#include <sys/timex.h>
#include <time.h>

#define SEC_NS		1000000000LL

static struct timespec moved(int64_t ns)
{
	struct timespec t;

	clock_gettime(CLOCK_REALTIME, &t);
	ns += t.tv_nsec;
	t.tv_sec += ns / SEC_NS - (ns % SEC_NS < 0);
	t.tv_nsec = (ns % SEC_NS + SEC_NS) % SEC_NS;
	return t;
}

static int set_time_of_day(int64_t ns, bool whole)
{
	struct timespec t = moved(ns);
	struct timeval tv = { t.tv_sec, whole ? 0 : t.tv_nsec / 1000 };

	return settimeofday(&tv, NULL);
}

static int set_time(int64_t ns)
{
	struct timespec t = moved(ns);

	return clock_settime(CLOCK_REALTIME, &t);
}

static int add_offset(int64_t ns, unsigned int unit_ns)
{
	struct timex tx = { .modes = ADJ_SETOFFSET };

	tx.modes |= unit_ns == 1 ? ADJ_NANO : ADJ_MICRO;
	tx.time.tv_sec = ns / SEC_NS - (ns % SEC_NS < 0);
	tx.time.tv_usec = (ns - tx.time.tv_sec * SEC_NS) / unit_ns;
	return adjtimex(&tx) < 0 ? -1 : 0;
}

static int slew(int64_t ns)
{
	struct timeval tv = { ns / SEC_NS, ns % SEC_NS / 1000 };

	return adjtime(&tv, NULL);
}

/* In UTC. struct rtc_time is the first part of struct tm. */
static int set_rtc(int64_t ns)
{
	struct timespec t = moved(ns);
	struct tm tm;
	int fd = open("/dev/rtc0", O_RDONLY);

	return fd < 0 ? -1 : ioctl(fd, RTC_SET_TIME, gmtime_r(&t.tv_sec, &tm));
}

static int set(const char *how, int64_t ns)
{
	if (!strcmp(how, "settimeofday"))
		return set_time_of_day(ns, false);
	if (!strcmp(how, "stime"))
		return set_time_of_day(ns, true);
	if (!strcmp(how, "clock_settime"))
		return set_time(ns);
	if (!strcmp(how, "setoffset_us"))
		return add_offset(ns, 1000);
	if (!strcmp(how, "setoffset_ns"))
		return add_offset(ns, 1);
	if (!strcmp(how, "adjtime"))
		return slew(ns);
	if (!strcmp(how, "rtc"))
		return set_rtc(ns);
	return -2;
}

int main(int argc, char **argv)
{
	int ret = -2;

	if (argc == 3 || argc == 4) {
		prctl(PR_SET_NAME, argv[argc == 4 ? 3 : 1]);
		ret = set(argv[1], atoll(argv[2]));
	}
	if (ret == -1)
		perror("set_clock");
	else if (ret == -2)
		fputs("usage: set_clock settimeofday|clock_settime|stime|setoffset_us|setoffset_ns|adjtime|rtc NS [NAME]\n",
		      stderr);
	return ret < 0;
}
