// SPDX-License-Identifier: GPL-2.0
/*
 * ntp_state: adjtimex(2) as it is now, on one line: state, status, maxerror
 * and esterror in us, TAI offset, frequency in ppm / 2^16, tick in us, offset,
 * what is left of adjtime(3) in us.
 * "ntp_state pending" leaves an offset and an adjtime() behind, as a daemon
 * that was killed does; "ntp_state synchronised US" tells the kernel that it is
 * right within so many us.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/timex.h>

static int leave_pending(void)
{
	struct timex offset = {
		.modes = ADJ_STATUS | ADJ_OFFSET,
		.status = STA_PLL,
		.offset = 100000,
	};
	struct timex single = {
		.modes = ADJ_OFFSET_SINGLESHOT,
		.offset = 100000,
	};

	return adjtimex(&offset) < 0 || adjtimex(&single) < 0;
}

static int synchronise(long maxerror_us)
{
	struct timex tx = {
		.modes = ADJ_STATUS | ADJ_MAXERROR,
		.maxerror = maxerror_us,
	};

	return adjtimex(&tx) < 0;
}

int main(int argc, char **argv)
{
	struct timex left = { .modes = ADJ_OFFSET_SS_READ };
	struct timex tx = {};
	int state;

	if (argc > 1 && !strcmp(argv[1], "pending"))
		return leave_pending();
	if (argc > 2 && !strcmp(argv[1], "synchronised"))
		return synchronise(atol(argv[2]));
	adjtimex(&left);
	state = adjtimex(&tx);
	printf("state %d status %d maxerror %ld esterror %ld tai %d freq %ld tick %ld offset %ld adjtime %ld\n",
	       state, tx.status, tx.maxerror, tx.esterror, tx.tai, tx.freq,
	       tx.tick, tx.offset, left.offset);
	return 0;
}
