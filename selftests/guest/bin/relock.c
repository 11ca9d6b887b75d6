// SPDX-License-Identifier: GPL-2.0
/*
 * relock: in a guest that is saved, migrated or restored while this runs: when
 * is its clock on the page again? Run by restore_guest.
 *
 *	relock
 *
 * Prints "locked" once it is. Waits for another disruption marker, then until
 * the lock says "locked" and CLOCK_TAI is within RIGHT_NS of the PTP clock,
 * and prints
 *
 *	relocked SEEN LOCKED generation OLD NEW steps N worst NS
 *
 * SEEN and LOCKED: when the marker was seen and when the clock was right, in
 * us since 1970, UTC. They are counter values, translated by the page as it is
 * in the end: what a clock that is wrong would say of them doesn't matter. OLD,
 * NEW: VM generations. N: how often the lock has stepped the clock. NS: how far
 * CLOCK_TAI was from the PTP clock, at most, in the two seconds afterwards.
 *
 * A machine that goes on from a copy has the counter and all it remembered of
 * the moment of the copy.
 */
#include <stdbool.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "counter.h"
#include "ptp.h"

#define TKREF		"/sys/devices/platform/timekeeping_reference/"
#define RIGHT_NS	1000
#define LOOK_US		500
#define NS_PER_SEC	1000000000LL

static const struct vmclock_abi *page;
static int ptp;

static struct vmclock_params page_read(void)
{
	struct vmclock_params p = { 0 };

	while (vmclock_page_read(page, sizeof(*page), &p))
		usleep(LOOK_US);
	return p;
}

static void attribute(const char *name, char *text, int size)
{
	FILE *f;

	*text = '\0';
	f = fopen(name, "r");
	if (f && fgets(text, size, f))
		text[strcspn(text, "\n")] = '\0';
	if (f)
		fclose(f);
}

static long long steps(void)
{
	char text[32];

	attribute(TKREF "steps", text, sizeof(text));
	return atoll(text);
}

static int64_t off_ns(void)
{
	int64_t ns = 0;

	return ptp_difference(ptp, &ns) ? INT64_MAX : llabs(ns);
}

static bool right(void)
{
	char state[32];

	attribute(TKREF "state", state, sizeof(state));
	return !strcmp(state, "locked") && off_ns() <= RIGHT_NS;
}

/* UTC of a counter value by the page, which has it or TAI with its offset */
static long long when_us(const struct vmclock_params *p, u64 count)
{
	struct vmclock_time t = vmclock_line_at(&p->line, count);
	bool tai = p->time_type == VMCLOCK_TIME_TAI;
	int offset_sec = tai ? p->tai_offset_sec : 0;

	return (t.sec - offset_sec) * 1000000LL +
	       vmclock_frac_to_ns(t.frac) / 1000;
}

/* says on stderr why it takes long */
static void wait_until_right(u64 since)
{
	long long us, told_us = 0;
	char state[32], reason[64];
	struct vmclock_params p;

	while (!right()) {
		p = page_read();
		us = when_us(&p, counter()) - when_us(&p, since);
		if (us - told_us > 400000) {
			told_us = us;
			attribute(TKREF "state", state, sizeof(state));
			attribute(TKREF "reason", reason, sizeof(reason));
			fprintf(stderr, "# %lld us after the marker: %s, %s, off %lld ns, %lld steps, page's status %u\n",
				us, state, reason, (long long)off_ns(), steps(),
				p.status);
		}
		usleep(LOOK_US);
	}
}

static int64_t worst_ns(void)
{
	u64 begin = counter();
	struct vmclock_params p = page_read();
	int64_t worst = 0, ns;

	while (when_us(&p, counter()) - when_us(&p, begin) < 2000000) {
		ns = off_ns();
		worst = ns > worst ? ns : worst;
		usleep(LOOK_US);
	}
	return worst;
}

static void open_all(void)
{
	int fd = open("/dev/vmclock0", O_RDONLY);

	page = mmap(NULL, 4096, PROT_READ, MAP_SHARED, fd, 0);
	ptp = ptp_open();
	if (fd < 0 || page == MAP_FAILED || ptp < 0) {
		perror("/dev/vmclock0");
		exit(1);
	}
}

int main(void)
{
	struct vmclock_params old, p;
	long long before;
	u64 seen, locked;
	int64_t worst;

	open_all();
	while (!right())
		usleep(100000);
	old = page_read();
	before = steps();
	puts("locked");
	fflush(stdout);
	do {
		usleep(LOOK_US);
		p = page_read();
	} while (p.disruption_marker == old.disruption_marker);
	seen = counter();
	wait_until_right(seen);
	locked = counter();
	worst = worst_ns();
	p = page_read();
	printf("relocked %lld %lld generation %#llx %#llx steps %lld worst %lld\n",
	       when_us(&p, seen), when_us(&p, locked),
	       (unsigned long long)old.vm_generation,
	       (unsigned long long)p.vm_generation, steps() - before,
	       (long long)worst);
	return 0;
}
