/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The PTP clock of ptp_vmclock against the system's, for the test programs:
 * both at the same counter value, by the kernel's PTP_SYS_OFFSET_PRECISE.
 */
#ifndef _VMCLOCK_TEST_PTP_H
#define _VMCLOCK_TEST_PTP_H

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/timex.h>

#include <linux/ptp_clock.h>

static inline int64_t ptp_nsec(const struct ptp_clock_time *t)
{
	return t->sec * 1000000000LL + t->nsec;
}

/* the PTP clock whose name begins with "vmclock", or -1 */
static inline int ptp_open(void)
{
	char path[64], name[32] = "";
	FILE *f;
	int i;

	for (i = 0; i < 16; i++) {
		snprintf(path, sizeof(path), "/sys/class/ptp/ptp%d/clock_name",
			 i);
		f = fopen(path, "r");
		if (!f)
			continue;
		if (!fgets(name, sizeof(name), f))
			name[0] = '\0';
		fclose(f);
		snprintf(path, sizeof(path), "/dev/ptp%d", i);
		if (!strncmp(name, "vmclock", 7))
			return open(path, O_RDONLY);
	}
	return -1;
}

/* CLOCK_TAI - PTP clock, ns; the TAI offset is the kernel's own */
static inline int ptp_difference(int fd, int64_t *diff_ns)
{
	struct ptp_sys_offset_precise pair = {};
	struct timex tx = {};

	if (ioctl(fd, PTP_SYS_OFFSET_PRECISE, &pair) || adjtimex(&tx) < 0)
		return -errno;
	*diff_ns = ptp_nsec(&pair.sys_realtime) + tx.tai * 1000000000LL -
		   ptp_nsec(&pair.device);
	return 0;
}

#endif /* _VMCLOCK_TEST_PTP_H */
