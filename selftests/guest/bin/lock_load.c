// SPDX-License-Identifier: GPL-2.0
/*
 * lock_load busy|bursty: keeps one CPU busy, always or for 0.1 to 60 ms between
 * naps of 1 to 400 ms, until it is ended. For lock_cells, in a guest.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static long long now_us(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000000LL + t.tv_nsec / 1000;
}

static void spin_us(long long us)
{
	long long end = now_us() + us;

	while (now_us() < end)
		for (volatile int i = 0; i < 1000; i++)
			;
}

static void nap_us(long us)
{
	struct timespec t = { us / 1000000, us % 1000000 * 1000 };

	nanosleep(&t, NULL);
}

int main(int argc, char **argv)
{
	int bursty = argc == 2 && !strcmp(argv[1], "bursty");

	if (!bursty && (argc != 2 || strcmp(argv[1], "busy"))) {
		fprintf(stderr, "usage: lock_load busy|bursty\n");
		return 2;
	}
	for (;;) {
		spin_us(100 + random() % 60000);
		if (bursty)
			nap_us(1000 + random() % 399000);
	}
}
