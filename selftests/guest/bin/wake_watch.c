// SPDX-License-Identifier: GPL-2.0
/*
 * wake_watch: in a guest that sleeps while this runs, by hibernation or in S3,
 * and wakes with a counter that has begun anew. Looks at CLOCK_TAI and the page
 * from the first moment in which a program runs again, until the page has told
 * the new counter's time for three seconds. Prints
 *
 *	ready
 *	woke on_old N stale_us S right_us T worst_us W end_ns E
 *
 * N is how often the clock was found within a second of the line before the
 * sleep; S, how long the page had that line still; T, the time from then on
 * after which the clock stayed within 20 us of the page; W, its largest
 * distance from the page; E, the distance in the end.
 */
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include "counter.h"

#define RIGHT_NS	20000		/* look() is as wrong in emulation */
#define SEC_NS		1000000000LL
#define LOOK_US		500

static const struct vmclock_abi *page;

struct look {
	u64 count;
	int64_t tai_ns;
};

static struct look look(void)
{
	struct timespec t;
	struct look l;
	u64 before;

	do {
		before = counter();
		clock_gettime(CLOCK_TAI, &t);
		l.count = counter();
	} while (l.count - before > 100000);
	l.count = before + (l.count - before) / 2;
	l.tai_ns = t.tv_sec * SEC_NS + t.tv_nsec;
	return l;
}

static struct vmclock_params page_read(void)
{
	struct vmclock_params p = { 0 };

	while (vmclock_page_read(page, sizeof(*page), &p))
		usleep(LOOK_US);
	return p;
}

static int64_t line_ns(const struct vmclock_params *p, u64 count)
{
	return vmclock_time_to_ns(vmclock_line_at(&p->line, count));
}

static struct look wait_for_wake(void)
{
	struct look l = look();
	u64 count;

	do {
		count = l.count;
		usleep(LOOK_US);
		l = look();
	} while (l.count >= count);
	return l;
}

/* What was seen of the clock since the machine woke. */
struct seen {
	unsigned int on_old;
	int64_t fresh_ns;	/* when the page was of the new counter, or 0 */
	int64_t right_ns;	/* since then, or -1 */
	int64_t worst_ns;
	int64_t off_ns;
};

static void compare(struct seen *seen, int64_t now_ns, int64_t tai_ns)
{
	seen->fresh_ns = seen->fresh_ns ? seen->fresh_ns : now_ns;
	seen->off_ns = llabs(tai_ns - now_ns);
	if (seen->off_ns > seen->worst_ns)
		seen->worst_ns = seen->off_ns;
	if (seen->off_ns > RIGHT_NS)
		seen->right_ns = -1;
	else if (seen->right_ns < 0)
		seen->right_ns = now_ns - seen->fresh_ns;
}

static void watch(const struct vmclock_params *old, struct look l)
{
	struct seen seen = { .right_ns = -1 };
	int64_t old_ns, now_ns, woke_ns = line_ns(old, l.count);
	int64_t stale_ns = 0;
	struct vmclock_params p;

	do {
		p = page_read();
		old_ns = line_ns(old, l.count);
		now_ns = line_ns(&p, l.count);
		seen.on_old += llabs(l.tai_ns - old_ns) < SEC_NS;
		if (seen.fresh_ns || llabs(now_ns - old_ns) > SEC_NS / 2)
			compare(&seen, now_ns, l.tai_ns);
		else
			stale_ns = old_ns - woke_ns;
		usleep(LOOK_US);
		l = look();
	} while (!seen.fresh_ns || now_ns - seen.fresh_ns < 3 * SEC_NS);
	printf("woke on_old %u stale_us %" PRId64 " right_us %" PRId64 " worst_us %" PRId64 " end_ns %" PRId64 "\n",
	       seen.on_old, stale_ns / 1000,
	       seen.right_ns < 0 ? -1 : seen.right_ns / 1000,
	       seen.worst_ns / 1000, seen.off_ns);
}

int main(void)
{
	int fd = open("/dev/vmclock0", O_RDONLY);
	struct vmclock_params old;

	page = mmap(NULL, 4096, PROT_READ, MAP_SHARED, fd, 0);
	if (page == MAP_FAILED) {
		perror("/dev/vmclock0");
		return 1;
	}
	old = page_read();
	puts("ready");
	fflush(stdout);
	watch(&old, wait_for_wake());
	return 0;
}
