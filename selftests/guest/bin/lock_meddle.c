// SPDX-License-Identifier: GPL-2.0
/*
 * lock_meddle: adjusts the clock, each in another way that adjtimex(2) knows,
 * for the tests of how the lock takes it.
 *
 *	lock_meddle freq PPM | tick US | offset US | adjtime US | step US
 *	lock_meddle tai S
 *	lock_meddle show	what is left to be slewed, and the rate
 *
 * With a further number S the process lives S seconds longer.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/timex.h>
#include <unistd.h>

static int show(void)
{
	struct timex left = { .modes = ADJ_OFFSET_SS_READ }, now = {};

	if (adjtimex(&left) < 0 || adjtimex(&now) < 0)
		return -1;
	printf("offset %ld adjtime %ld tick %ld freq %ld status %#x tai %d\n",
	       now.offset, left.offset, now.tick, now.freq, now.status,
	       now.tai);
	return 0;
}

static int meddle(const char *how, long x)
{
	struct timex tx = {};

	if (!strcmp(how, "freq")) {
		tx.modes = ADJ_FREQUENCY;
		tx.freq = x * 65536;
	} else if (!strcmp(how, "tick")) {
		tx.modes = ADJ_TICK;
		tx.tick = x;
	} else if (!strcmp(how, "offset")) {
		tx.modes = ADJ_OFFSET | ADJ_STATUS | ADJ_MICRO;
		tx.status = STA_PLL;
		tx.offset = x;
	} else if (!strcmp(how, "adjtime")) {
		tx.modes = ADJ_OFFSET_SINGLESHOT;
		tx.offset = x;
	} else if (!strcmp(how, "step")) {
		tx.modes = ADJ_SETOFFSET;
		tx.time.tv_sec = x < 0 ? -1 : 0;
		tx.time.tv_usec = x < 0 ? x + 1000000 : x;
	} else if (!strcmp(how, "tai")) {
		tx.modes = ADJ_TAI;
		tx.constant = x;
	} else {
		return -2;
	}
	return adjtimex(&tx);
}

int main(int argc, char **argv)
{
	int ret = argc == 2 && !strcmp(argv[1], "show") ? show() :
		  argc == 3 || argc == 4 ? meddle(argv[1], atol(argv[2])) : -2;

	if (ret == -1)
		perror("adjtimex");
	else if (ret == -2)
		fputs("usage: lock_meddle show | freq PPM | tick US | tai S\n"
		      "       lock_meddle offset|adjtime|step US\n", stderr);
	else if (argc == 4)
		sleep(atoi(argv[3]));
	return ret < 0;
}
