// SPDX-License-Identifier: GPL-2.0
/*
 * Threads that share one struct vmclock while another one writes the page: no
 * reading is of two pages, none goes back, and ThreadSanitizer has nothing to
 * say. In every field the page has the number of its update.
 */
#include <inttypes.h>
#include <pthread.h>
#include <string.h>

#include "../lib/ktap.h"
#include "../../tools/kernel_names.h"
#include "vmclock/leap.h"
#include "vmclock.h"

#define READERS		2
#define UPDATES		100000
#define TAI_OFFSET	37
#define SEC_PER_UPDATE	1000	/* more than the test takes */

static struct vmclock_abi page __attribute__((aligned(4096)));
static struct vmclock clk;
static bool done;

struct reader {
	pthread_t thread;
	unsigned long good, busy, torn, back;
};

static void fill(struct vmclock_abi *image, u64 n)
{
	struct vmclock_params p;

	memset(&p, 0, sizeof(p));
	p.size = sizeof(*image);
	p.counter_id = VMCLOCK_COUNTER_ID;
	p.time_type = VMCLOCK_TIME_TAI;
	p.status = VMCLOCK_STATUS_SYNCHRONIZED;
	p.flags = VMCLOCK_FLAG_TAI_OFFSET_VALID |
		  VMCLOCK_FLAG_VM_GEN_COUNTER_PRESENT |
		  VMCLOCK_FLAG_TIME_MAXERROR_VALID |
		  VMCLOCK_FLAG_PERIOD_MAXERROR_VALID;
	p.disruption_marker = n / 16;
	p.vm_generation = n;
	p.line.counter = vmclock_counter();
	p.tai_offset_sec = TAI_OFFSET;
	p.line.time.sec = (s64)n * SEC_PER_UPDATE + TAI_OFFSET;
	p.line.period_frac = 1ULL << 32;
	p.maxerror_ns = n * 1000000000;
	vmclock_page_init(image, &p);
	vmclock_page_set(image, &p);
}

/* as a hypervisor does, every store by itself */
static void publish(u64 n)
{
	vmclock_word *to = (vmclock_word *)&page;
	struct vmclock_abi image;
	vmclock_word from[sizeof(image) / 8];
	size_t i;

	memset(&image, 0, sizeof(image));
	fill(&image, n);
	memcpy(from, &image, sizeof(image));
	vmclock_page_write_begin(&page);
	for (i = 2; i < sizeof(image) / 8; i++)
		WRITE_ONCE(to[i], from[i]);
	vmclock_page_write_end(&page);
}

static void *write_pages(void *arg)
{
	u64 n;

	for (n = 2; n < UPDATES; n++)
		publish(n);
	__atomic_store_n(&done, true, __ATOMIC_RELEASE);
	return arg;
}

static bool whole(const struct vmclock_bounds *b)
{
	u64 n = b->vm_generation;
	s64 since = b->time.sec - (s64)n * SEC_PER_UPDATE;
	s64 error = vmclock_time_sub(b->latest, b->time).sec;

	return b->disruption_marker == n / 16 && since >= 0 &&
	       since < SEC_PER_UPDATE && error == (s64)n;
}

static void look(struct reader *r, struct vmclock_time *last)
{
	struct vmclock_bounds b;
	struct vmclock_time t;
	int ret = vmclock_now_bounds(&clk, VMCLOCK_TIME_UTC, &b);

	if (!ret)
		ret = vmclock_now(&clk, VMCLOCK_TIME_TAI, &t);
	if (ret) {
		r->busy++;
		return;
	}
	r->good++;
	t.sec -= TAI_OFFSET;
	r->torn += !whole(&b);
	r->back += vmclock_time_before(b.time, *last) ||
		   vmclock_time_before(t, b.time);
	*last = t;
}

static void *read_pages(void *arg)
{
	struct vmclock_time last = { 0, 0 };
	struct reader *r = (struct reader *)arg;

	while (!__atomic_load_n(&done, __ATOMIC_ACQUIRE))
		look(r, &last);
	look(r, &last);
	return arg;
}

int main(void)
{
	static struct reader readers[READERS];
	unsigned long good = 0, busy = 0, torn = 0, back = 0;
	pthread_t writer;
	int i;

	ktap_begin(0);
	fill(&page, 1);
	ktap_ok(!vmclock_attach(&clk, &page, sizeof(page)), "threads: attach");
	for (i = 0; i < READERS; i++)
		pthread_create(&readers[i].thread, NULL, read_pages,
			       &readers[i]);
	pthread_create(&writer, NULL, write_pages, NULL);
	pthread_join(writer, NULL);
	for (i = 0; i < READERS; i++) {
		pthread_join(readers[i].thread, NULL);
		good += readers[i].good;
		busy += readers[i].busy;
		torn += readers[i].torn;
		back += readers[i].back;
	}
	ktap_note("%lu readings, %lu given up", good, busy);
	ktap_ok(good >= READERS, "threads: the page was read");
	ktap_ok(!torn, "threads: no reading is of two pages (%lu)", torn);
	ktap_ok(!back, "threads: no reading is before the last (%lu)", back);
	return ktap_end();
}
