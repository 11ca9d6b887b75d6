// SPDX-License-Identifier: GPL-2.0
/*
 * leap_watch SECONDS: looks at the clocks and at adjtimex(2) every 5 ms and
 * prints on one line what a leap second looked like to a program:
 *
 *	ins del		STA_INS, STA_DEL was seen
 *	oop		TIME_OOP was seen
 *	unsync		STA_UNSYNC was seen
 *	last59_ms	how long the second 23:59:59 was CLOCK_REALTIME's
 *	jump_ns		CLOCK_TAI against CLOCK_MONOTONIC, the most it moved
 *			beyond what the reads took
 *	tai_before tai_after	TAI offset of the first and of the last look
 *	end_state end_status	time state and status of the last look
 */
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/timex.h>
#include <time.h>

#define PERIOD_NS	5000000
#define DAY_SEC		86400

static int64_t now_ns(clockid_t id)
{
	struct timespec t;

	clock_gettime(id, &t);
	return t.tv_sec * 1000000000LL + t.tv_nsec;
}

struct seen {
	bool ins, del, oop, unsync;
	int64_t last59_ns;
	int64_t low_ns, high_ns;	/* of CLOCK_TAI - CLOCK_MONOTONIC */
	int64_t jump_ns;
	int64_t mono_ns;
};

static void look(struct seen *s, struct timex *tx, int *state)
{
	int64_t before, tai, after, low, high;

	memset(tx, 0, sizeof(*tx));
	*state = adjtimex(tx);
	s->ins |= !!(tx->status & STA_INS);
	s->del |= !!(tx->status & STA_DEL);
	s->unsync |= !!(tx->status & STA_UNSYNC);
	s->oop |= *state == TIME_OOP;

	before = now_ns(CLOCK_MONOTONIC);
	tai = now_ns(CLOCK_TAI);
	after = now_ns(CLOCK_MONOTONIC);
	low = tai - after;
	high = tai - before;
	if (s->mono_ns && low - s->high_ns > s->jump_ns)
		s->jump_ns = low - s->high_ns;
	if (s->mono_ns && s->low_ns - high > s->jump_ns)
		s->jump_ns = s->low_ns - high;
	if (!s->mono_ns || low > s->low_ns)
		s->low_ns = low;
	if (!s->mono_ns || high < s->high_ns)
		s->high_ns = high;

	if (tx->time.tv_sec % DAY_SEC == DAY_SEC - 1 && s->mono_ns)
		s->last59_ns += after - s->mono_ns;
	s->mono_ns = after;
}

int main(int argc, char **argv)
{
	const struct timespec nap = { .tv_nsec = PERIOD_NS };
	int64_t end_ns = now_ns(CLOCK_MONOTONIC) +
			 (argc > 1 ? atoi(argv[1]) : 8) * 1000000000LL;
	struct seen s = {};
	struct timex tx;
	int state, tai_before;

	look(&s, &tx, &state);
	tai_before = tx.tai;
	while (s.mono_ns < end_ns) {
		nanosleep(&nap, NULL);
		look(&s, &tx, &state);
	}
	printf("ins %d del %d oop %d unsync %d last59_ms %lld jump_ns %lld tai_before %d tai_after %d end_state %d end_status %d\n",
	       s.ins, s.del, s.oop, s.unsync, (long long)s.last59_ns / 1000000,
	       (long long)s.jump_ns, tai_before, tx.tai, state, tx.status);
	return 0;
}
