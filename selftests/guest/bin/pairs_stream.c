// SPDX-License-Identifier: GPL-2.0
/*
 * pairs_stream: prints a (counter, clock) pair of tk_pairs every 20 ms or so,
 * until it is ended: "S" and the fields that tk_pairs.c describes. Run by the
 * demo in host and guest.
 */
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#define NOW	"/sys/kernel/debug/tk_pairs/now"

int main(void)
{
	char text[256];
	ssize_t len;
	int fd;

	for (;;) {
		fd = open(NOW, O_RDONLY);
		len = fd < 0 ? -1 : read(fd, text, sizeof(text));
		if (len <= 0) {
			perror(NOW);
			return 1;
		}
		close(fd);
		printf("S %.*s", (int)len, text);
		fflush(stdout);
		usleep(20000);
	}
}
