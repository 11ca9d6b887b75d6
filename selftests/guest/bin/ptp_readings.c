// SPDX-License-Identifier: GPL-2.0
/*
 * ptp_readings: reads the PTP clock of ptp_vmclock, whichever driver that is,
 * by PTP_SYS_OFFSET_PRECISE after random naps, and prints what it read. Run by
 * stock_guest; phc_compare takes it.
 *
 *	ptp_readings SECONDS
 *
 * A line: PTP clock and CLOCK_REALTIME at the same counter value, ns, both
 * truncated.
 */
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "ptp.h"

#define MAX_NAP_US	20000

int main(int argc, char **argv)
{
	struct ptp_sys_offset_precise pair;
	time_t end = argc > 1 ? time(NULL) + atoi(argv[1]) : 0;
	int fd = ptp_open();

	if (!end || fd < 0) {
		fputs(fd < 0 ? "ptp_readings: no PTP clock of ptp_vmclock\n" :
		      "usage: ptp_readings SECONDS\n", stderr);
		return 2;
	}
	while (time(NULL) < end) {
		usleep(random() % MAX_NAP_US);
		memset(&pair, 0, sizeof(pair));
		if (ioctl(fd, PTP_SYS_OFFSET_PRECISE, &pair)) {
			perror("PTP_SYS_OFFSET_PRECISE");
			return 1;
		}
		printf("%lld %lld\n", (long long)ptp_nsec(&pair.device),
		       (long long)ptp_nsec(&pair.sys_realtime));
	}
	return 0;
}
