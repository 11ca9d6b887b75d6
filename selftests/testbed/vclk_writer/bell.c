// SPDX-License-Identifier: GPL-2.0
/*
 * The guest's doorbell: a FIFO, of which each byte makes a notification, or an
 * interrupt line that QEMU's test interface raises and lowers.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "bell.h"
#include "counter.h"

const char *bell_path, *bell_socket, *bell_line;
static int bell = -1;

int connect_to(const char *path)
{
	struct sockaddr_un addr = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0), tries;

	if (strlen(path) >= sizeof(addr.sun_path)) {
		errno = ENAMETOOLONG;
		fail(path);
	}
	strcpy(addr.sun_path, path);
	for (tries = 0; tries < 2000; tries++) {
		if (!connect(fd, (struct sockaddr *)&addr, sizeof(addr)))
			return fd;
		sleep_ns(5000000);
	}
	fail(path);
	return -1;
}

void open_bell(void)
{
	bell = bell_socket ? connect_to(bell_socket) :
	       open(bell_path, O_RDWR | O_NONBLOCK | O_CLOEXEC);
}

static void set_line(int level)
{
	char text[256], answer[256];
	ssize_t len;

	len = snprintf(text, sizeof(text), "set_irq_in %s %d\n", bell_line,
		       level);
	if (write(bell, text, len) != len)
		fail(bell_socket);
	len = read(bell, answer, sizeof(answer) - 1);
	if (len > 0 && !strncmp(answer, "OK", 2))
		return;
	answer[len > 0 ? len : 0] = 0;
	fprintf(stderr, "bed: vclk_writer: %s: %s", text, answer);
	exit(1);
}

/* one byte is one notification; one that is still unread will do for two */
void ring(void)
{
	int unread = 0;

	if (bell_socket) {
		set_line(1);
		set_line(0);
		return;
	}
	if (bell < 0 || ioctl(bell, FIONREAD, &unread) || unread)
		return;
	if (write(bell, "x", 1) != 1 && errno != EAGAIN)
		fail(bell_path);
}
