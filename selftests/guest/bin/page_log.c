// SPDX-License-Identifier: GPL-2.0
/*
 * page_log: prints the line of each VMClock page that /dev/vmclock_host shows,
 * until it is ended. Run by pair_host.
 *
 *	page_log [DEVICE]
 *
 * A line: counter, seconds (TAI), fraction, period, its shift.
 */
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "../../../tools/kernel_names.h"
#include "vmclock/page.h"

static void print(const struct vmclock_abi *page)
{
	struct vmclock_params p;
	s16 offset_sec;

	if (vmclock_page_read(page, sizeof(*page), &p) ||
	    vmclock_page_defect(&p) || vmclock_tai_offset(&p, &offset_sec))
		return;
	printf("%llu %lld %llu %llu %u\n",
	       (unsigned long long)p.line.counter,
	       (long long)p.line.time.sec + offset_sec,
	       (unsigned long long)p.line.time.frac,
	       (unsigned long long)p.line.period_frac, p.line.period_shift);
	fflush(stdout);
}

int main(int argc, char **argv)
{
	const char *path = argc > 1 ? argv[1] : "/dev/vmclock_host";
	struct vmclock_abi page __attribute__((aligned(8)));
	struct pollfd fd = { .events = POLLIN };

	fd.fd = open(path, O_RDONLY);
	/* reading is what makes the file wait for the next change */
	while (pread(fd.fd, &page, sizeof(page), 0) == sizeof(page)) {
		print(&page);
		if (poll(&fd, 1, -1) < 0)
			break;
	}
	perror(path);
	return 1;
}
