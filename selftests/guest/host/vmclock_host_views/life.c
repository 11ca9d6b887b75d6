// SPDX-License-Identifier: GPL-2.0
/* Views that come, go and are read while the clock is steered. */
#include "views.h"

#include <pthread.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/timex.h>
#include <time.h>

#define TORN_READS	200000
/* an idle clock's distance from the page, and a change of 20 ppm in a tick */
#define MARGIN_NS	2000
#define STEERING_PPM	20

static volatile bool stop;

static void *steer(void *unused)
{
	struct timex tx = { .modes = 0 };

	adjtimex(&tx);
	tx.modes = ADJ_FREQUENCY;
	for (; !stop; tx.freq ^= STEERING_PPM << 16)
		adjtimex(&tx);
	tx.freq &= ~(STEERING_PPM << 16);
	adjtimex(&tx);
	return NULL;
}

static void *live_and_die(void *seed)
{
	unsigned int r = (unsigned long)seed;
	int event = eventfd(0, EFD_NONBLOCK);
	char name[VMCLOCK_VIEW_NAME_SIZE];
	unsigned long i;

	for (i = 0; !stop; i++) {
		const struct vmclock_abi *page;
		struct vmclock_params p;
		int fd;

		snprintf(name, sizeof(name), "life%u", rand_r(&r) % 4);
		fd = create(rand_r(&r) % 2 ? name : "");
		if (fd < 0)
			fd = open_node(name, O_RDWR);
		if (fd < 0)
			continue;
		set_eventfd(fd, event);
		translate(fd, 1ULL << 32, 32, rand_r(&r));
		page = map(fd);
		if (rand_r(&r) % 2)
			set_eventfd(fd, -1);
		if (rand_r(&r) % 2)
			remove_view(name);
		close(fd);
		if (page) {
			get(page, &p);
			munmap((void *)page, page_size);
		}
	}
	close(event);
	return (void *)i;
}

void test_life(unsigned int seconds)
{
	pthread_t steering, t[4];
	unsigned long i, lives = 0;
	char name[16];
	void *n;

	stop = false;
	pthread_create(&steering, NULL, steer, NULL);
	for (i = 0; i < 4; i++)
		pthread_create(&t[i], NULL, live_and_die, (void *)(i + 1));
	sleep(seconds);
	stop = true;
	for (i = 0; i < 4; i++) {
		pthread_join(t[i], &n);
		lives += (unsigned long)n;
	}
	pthread_join(steering, NULL);
	for (i = 0; i < 4; i++) {
		snprintf(name, sizeof(name), "life%lu", i);
		remove_view(name);
	}
	ktap_ok(lives > 10, "%lu views came and went during publications",
		lives);
}

/*
 * A torn page would give a time that is far off. The clock is read before and
 * after the counter, the page behind both: as much later as the CPU was away,
 * it may have another frequency.
 */
static s64 outside_ns(const struct vmclock_params *p, s64 before, u64 guest,
		      s64 after)
{
	struct vmclock_time t = vmclock_line_at(&p->line, guest);
	s64 ns;

	t.sec -= p->tai_offset_sec;
	ns = vmclock_time_to_ns(t);
	return ns < before ? before - ns : ns > after ? ns - after : 0;
}

static s64 now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_REALTIME, &ts);
	return ts.tv_sec * 1000000000LL + ts.tv_nsec;
}

void test_torn(void)
{
	const u64 ratio = (u64)(2.6 / 3.0 * (1ULL << 48)), offset = 1ULL << 50;
	int fd = create(""), i;
	const struct vmclock_abi *page = map(fd);
	struct vmclock_params p;
	pthread_t steering;
	s64 worst = 0, ns;
	big rest;

	translate(fd, ratio, 48, offset);
	stop = false;
	pthread_create(&steering, NULL, steer, NULL);
	for (i = 0; i < TORN_READS; i++) {
		s64 before = now_ns(), after;
		u64 guest = guest_counter(counter(), ratio, 48, offset, &rest);
		struct vmclock_abi copy;

		after = now_ns();
		if (i % 10) {
			get(page, &p);
		} else {
			pread(fd, &copy, sizeof(copy), 0);
			vmclock_page_decode(&copy, &p);
		}
		ns = outside_ns(&p, before, guest, after) -
		     (now_ns() - before) * STEERING_PPM / 1000000;
		worst = ns > worst ? ns : worst;
	}
	stop = true;
	pthread_join(steering, NULL);
	ktap_ok(worst <= MARGIN_NS,
		"%d reads of a translated page are whole (outside by %lld ns)",
		TORN_READS, (long long)worst);
	munmap((void *)page, page_size);
	close(fd);
}
