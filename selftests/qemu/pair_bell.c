// SPDX-License-Identifier: GPL-2.0
/*
 * What a VMM does for a guest's VMClock device besides mapping the page: waits
 * for /dev/vmclock_host to change and notifies the guest, here by a byte into
 * the doorbell's FIFO.
 *
 *	pair_bell DEVICE FIFO
 */
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "vmclock_abi.h"

static int open_or_die(const char *path, int flags)
{
	int fd = open(path, flags | O_CLOEXEC);

	if (fd < 0) {
		perror(path);
		exit(1);
	}
	return fd;
}

/* one byte is one notification; one that is still unread will do for two */
static void ring(int bell)
{
	int unread = 0;

	if (ioctl(bell, FIONREAD, &unread) || unread)
		return;
	if (write(bell, "x", 1) != 1)
		perror("doorbell");
}

int main(int argc, char **argv)
{
	struct pollfd page = { .events = POLLIN };
	struct vmclock_abi seen;
	int bell;

	if (argc != 3) {
		fprintf(stderr, "usage: pair_bell DEVICE FIFO\n");
		return 2;
	}
	page.fd = open_or_die(argv[1], O_RDONLY);
	bell = open_or_die(argv[2], O_RDWR | O_NONBLOCK);
	/* reading is what makes the file wait for the next change */
	while (pread(page.fd, &seen, sizeof(seen), 0) == sizeof(seen)) {
		ring(bell);
		if (poll(&page, 1, -1) < 0)
			break;
	}
	perror(argv[1]);
	return 1;
}
