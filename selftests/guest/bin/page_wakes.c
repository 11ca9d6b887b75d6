// SPDX-License-Identifier: GPL-2.0
/*
 * page_wakes: says when a VMClock device wakes up who waits for changes of its
 * page, as a program does: poll(), then read(). Beside it, on a file of its own
 * that is never read and so is always readable, an edge-triggered epoll counts
 * how often the driver woke up anybody, news or not. Run by stock_guest.
 *
 *	page_wakes DEVICE	until it is ended
 *
 * Prints "poll SEQ" with the page's sequence count after each return of poll(),
 * and "wake N", the count, after each wake-up.
 */
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "vmclock_abi.h"

static void die(const char *what)
{
	perror(what);
	exit(1);
}

static int open_device(const char *path)
{
	int fd = open(path, O_RDONLY);

	if (fd < 0)
		die(path);
	return fd;
}

static void *count_wakes(void *path)
{
	struct epoll_event e = { .events = EPOLLIN | EPOLLET };
	int fd = open_device(path), queue = epoll_create1(0);
	unsigned int n = 0;

	if (queue < 0 || epoll_ctl(queue, EPOLL_CTL_ADD, fd, &e))
		die("epoll");
	/* the first one is that it is readable at all */
	while (epoll_wait(queue, &e, 1, -1) == 1)
		printf("wake %u\n", n++);
	die("epoll_wait");
	return NULL;
}

static unsigned int read_seq(int fd)
{
	struct vmclock_abi page;

	if (pread(fd, &page, sizeof(page), 0) != sizeof(page))
		die("read");
	return le32toh(page.seq_count);
}

int main(int argc, char **argv)
{
	struct pollfd p = { .events = POLLIN };
	pthread_t thread;

	if (argc != 2) {
		fputs("usage: page_wakes DEVICE\n", stderr);
		return 2;
	}
	setvbuf(stdout, NULL, _IOLBF, 0);
	p.fd = open_device(argv[1]);
	if (pthread_create(&thread, NULL, count_wakes, argv[1]))
		die("thread");
	do
		printf("poll %u\n", read_seq(p.fd));
	while (poll(&p, 1, -1) == 1 && p.revents == POLLIN);
	fprintf(stderr, "poll: %#x\n", p.revents);
	return 1;
}
