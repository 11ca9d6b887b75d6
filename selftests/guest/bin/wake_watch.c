// SPDX-License-Identifier: GPL-2.0
/*
 * wake_watch: in a guest that is hibernated while this runs, and restored on a
 * machine whose counter has begun anew. Looks at CLOCK_TAI and the page from
 * the first moment in which a program runs again, for three seconds. Prints
 *
 *	ready
 *	woke on_old N right_us T worst_us W end_ns E
 *
 * N is how often the clock was found within a second of the line before the
 * hibernation; T, the time after which the clock stayed within 20 us of the
 * page; W, its largest distance from the page; E, the distance in the end.
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

/* Its counter began at another time, so its page has another line. */
static struct look wait_for_other_machine(const struct vmclock_params *old)
{
	struct vmclock_params p;
	struct look l;

	do {
		usleep(LOOK_US);
		l = look();
		p = page_read();
	} while (llabs(line_ns(&p, l.count) - line_ns(old, l.count)) <
		 SEC_NS / 2);
	return l;
}

static void watch(const struct vmclock_params *old, const struct look *first)
{
	int64_t begin_ns = 0, now_ns, off_ns, right_ns = -1, worst_ns = 0;
	struct look l = *first;
	struct vmclock_params p;
	unsigned int on_old = 0;

	do {
		p = page_read();
		now_ns = line_ns(&p, l.count);
		begin_ns = begin_ns ? begin_ns : now_ns;
		off_ns = llabs(l.tai_ns - now_ns);
		worst_ns = off_ns > worst_ns ? off_ns : worst_ns;
		if (off_ns > RIGHT_NS)
			right_ns = -1;
		else if (right_ns < 0)
			right_ns = now_ns - begin_ns;
		on_old += llabs(l.tai_ns - line_ns(old, l.count)) < SEC_NS;
		usleep(LOOK_US);
		l = look();
	} while (now_ns - begin_ns < 3 * SEC_NS);
	printf("woke on_old %u right_us %" PRId64 " worst_us %" PRId64 " end_ns %" PRId64 "\n",
	       on_old, right_ns < 0 ? -1 : right_ns / 1000, worst_ns / 1000,
	       off_ns);
}

int main(void)
{
	int fd = open("/dev/vmclock0", O_RDONLY);
	struct vmclock_params old;
	struct look first;

	page = mmap(NULL, 4096, PROT_READ, MAP_SHARED, fd, 0);
	if (page == MAP_FAILED) {
		perror("/dev/vmclock0");
		return 1;
	}
	old = page_read();
	puts("ready");
	fflush(stdout);
	first = wait_for_other_machine(&old);
	watch(&old, &first);
	return 0;
}
