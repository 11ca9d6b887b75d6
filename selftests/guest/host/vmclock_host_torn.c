// SPDX-License-Identifier: GPL-2.0
/*
 * Torn reads of /dev/vmclock_host while it is published all the time: a thread
 * changes the clock's frequency, back and forth, and others read, by mmap and
 * by read(2).
 *
 *	vmclock_host_torn READS-BY-MAP READS-BY-READ [THREADS]
 *
 * Two copies of the same sequence count have to be the same. Of two different
 * ones the later has to be on the line of the earlier, but for what the change
 * of frequency makes since: a mixture is off by the time between the two. No
 * reader may see an earlier publication after a later one.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/timex.h>
#include <unistd.h>

#include "ktap.h"
#include "../../../tools/kernel_names.h"
#include "vmclock/page.h"

#define STEERING_PPM	20
/* what the change of a frequency in a tick leaves: 40 ppm of 2 ticks */
#define MARGIN_NS	400
#define MAX_THREADS	16

static const struct vmclock_abi *page;
static int device;
static long by_map, by_read;
static bool stop;

struct reader {
	pthread_t thread;
	struct vmclock_params last;
	bool has_last;
	unsigned long torn, backwards, changes, reads;
};

static void *steer(void *unused)
{
	struct timex tx = { .modes = 0 };

	adjtimex(&tx);
	tx.modes = ADJ_FREQUENCY;
	for (; !READ_ONCE(stop); tx.freq ^= STEERING_PPM << 16)
		adjtimex(&tx);
	return NULL;
}

static bool fits(const struct vmclock_params *last,
		 const struct vmclock_params *p)
{
	struct vmclock_time was = vmclock_line_at(&last->line, p->line.counter);
	s64 off = vmclock_time_to_ns32(vmclock_time_sub(p->line.time, was));
	s64 since = vmclock_time_to_ns32(vmclock_time_sub(p->line.time,
							  last->line.time));

	return llabs(off) <= ((s64)MARGIN_NS << 32) +
			     llabs(since) / 1000000 * 2 * STEERING_PPM;
}

static void check(struct reader *r, const struct vmclock_params *p)
{
	if (r->has_last && p->seq == r->last.seq)
		r->torn += memcmp(&p->line, &r->last.line, sizeof(p->line)) ||
			   p->disruption_marker != r->last.disruption_marker ||
			   p->maxerror_ns != r->last.maxerror_ns;
	else if (r->has_last)
		r->torn += !fits(&r->last, p);
	r->backwards += r->has_last && (s32)(p->seq - r->last.seq) < 0;
	r->changes += !r->has_last || p->seq != r->last.seq;
	r->last = *p;
	r->has_last = true;
	r->reads++;
}

static void *read_all(void *arg)
{
	struct reader *r = arg;
	struct vmclock_params p;
	struct vmclock_abi copy;
	long i, every = by_read ? by_map / by_read : by_map + 1;

	for (i = 0; i < by_map; i++) {
		while (vmclock_page_read(page, sizeof(*page), &p))
			;
		check(r, &p);
		if (i % every)
			continue;
		if (pread(device, &copy, sizeof(copy), 0) != sizeof(copy)) {
			r->torn++;
			continue;
		}
		vmclock_page_decode(&copy, &p);
		check(r, &p);
	}
	return NULL;
}

int main(int argc, char **argv)
{
	int threads = argc > 3 ? atoi(argv[3]) : sysconf(_SC_NPROCESSORS_ONLN);
	unsigned long torn = 0, backwards = 0, changes = 0, reads = 0;
	struct reader readers[MAX_THREADS] = {};
	pthread_t steering;
	u32 first;
	int i;

	if (argc < 3 || threads < 1 || threads > MAX_THREADS) {
		fprintf(stderr, "usage: %s READS-BY-MAP READS-BY-READ [THREADS]\n",
			argv[0]);
		return 2;
	}
	by_map = atol(argv[1]) / threads;
	by_read = atol(argv[2]) / threads;
	device = open("/dev/vmclock_host", O_RDONLY);
	if (device < 0)
		ktap_skip_all("no /dev/vmclock_host: load vmclock_host");
	page = mmap(NULL, sysconf(_SC_PAGESIZE), PROT_READ, MAP_SHARED, device,
		    0);
	ktap_begin(0);
	first = page->seq_count;
	pthread_create(&steering, NULL, steer, NULL);
	for (i = 0; i < threads; i++)
		pthread_create(&readers[i].thread, NULL, read_all, &readers[i]);
	for (i = 0; i < threads; i++) {
		pthread_join(readers[i].thread, NULL);
		torn += readers[i].torn;
		backwards += readers[i].backwards;
		changes += readers[i].changes;
		reads += readers[i].reads;
	}
	WRITE_ONCE(stop, true);
	pthread_join(steering, NULL);
	ktap_note("%u publications, of which readers saw %lu",
		  (page->seq_count - first) / 2, changes);
	ktap_ok(!torn && !backwards && changes > (unsigned long)threads,
		"%lu reads on %d threads: %lu torn, %lu backwards", reads,
		threads, torn, backwards);
	return ktap_end();
}
