// SPDX-License-Identifier: GPL-2.0
/*
 * freq_turns: changes the clock's frequency to and fro by 0.01 ppm, so many
 * times without a pause. That is too little for the kernel's accounting of a
 * change in the middle of a tick to matter, so vmclock_host publishes each of
 * them once. Run by stock_host.
 *
 *	freq_turns COUNT
 */
#include <stdio.h>
#include <stdlib.h>
#include <sys/timex.h>

#define STEP	655	/* ppm / 2^16 */

int main(int argc, char **argv)
{
	struct timex tx = {};
	int n = argc > 1 ? atoi(argv[1]) : 0, i;

	if (n < 1) {
		fputs("usage: freq_turns COUNT\n", stderr);
		return 2;
	}
	if (adjtimex(&tx) < 0) {
		perror("adjtimex");
		return 1;
	}
	for (i = 0; i < n; i++) {
		tx.modes = ADJ_FREQUENCY;
		tx.freq += tx.freq & 1 ? -STEP : STEP;
		if (adjtimex(&tx) < 0) {
			perror("adjtimex");
			return 1;
		}
	}
	return 0;
}
