// SPDX-License-Identifier: GPL-2.0
/*
 * The counter of a guest under software emulation, as seen from this machine.
 * On x86-64 it is this machine's TSC, on arm64 CLOCK_MONOTONIC in units of
 * counter_ns; minus a constant in either case.
 */
#define _GNU_SOURCE
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include <x86intrin.h>

#include "counter.h"

const char *anchor_path;
u64 counter_ns;

static u64 clock_ns(clockid_t id)
{
	struct timespec t;

	clock_gettime(id, &t);
	return t.tv_sec * NSEC_PER_SEC + t.tv_nsec;
}

u64 counter(void)
{
	u64 t;

	if (counter_ns)
		return clock_ns(CLOCK_MONOTONIC) / counter_ns;

	_mm_lfence();
	t = __rdtsc();
	_mm_lfence();
	return t;
}

struct reading read_clock(clockid_t id)
{
	struct reading best = { 0 };
	u64 a, b, ns, width = U64_MAX;
	int i;

	for (i = 0; i < 50; i++) {
		a = counter();
		ns = clock_ns(id);
		b = counter();
		if (b - a < width) {
			width = b - a;
			best = (struct reading){ a + width / 2, ns };
		}
	}
	return best;
}

void sleep_ns(u64 ns)
{
	struct timespec t = { ns / NSEC_PER_SEC, ns % NSEC_PER_SEC };

	nanosleep(&t, NULL);
}

static bool read_anchor(struct reading *r, const char *boot)
{
	char id[64] = "";
	FILE *f = fopen(anchor_path, "r");
	bool ok = f && fscanf(f, "%63s %llu %llu", id,
			      (unsigned long long *)&r->counter,
			      (unsigned long long *)&r->ns) == 3 &&
		  !strcmp(id, boot);

	if (f)
		fclose(f);
	return ok;
}

static void write_anchor(struct reading r, const char *boot)
{
	char temp[4096];
	FILE *f;

	snprintf(temp, sizeof(temp), "%s.%d", anchor_path, (int)getpid());
	f = fopen(temp, "w");
	if (!f)
		return;
	fprintf(f, "%s %llu %llu\n", boot, (unsigned long long)r.counter,
		(unsigned long long)r.ns);
	if (!fclose(f))
		rename(temp, anchor_path);
}

static void boot_id(char *id, size_t size)
{
	FILE *f = fopen("/proc/sys/kernel/random/boot_id", "r");

	if (!f || !fgets(id, size, f))
		fail("/proc/sys/kernel/random/boot_id");
	id[strcspn(id, "\n")] = 0;
	fclose(f);
}

/*
 * The TSC's true rate, against CLOCK_MONOTONIC_RAW, which is not steered. A
 * reading that an earlier run left gives a long base; it is dropped when it
 * differs by 20 ppm from a short measurement, as after a suspend. That one
 * lasts 50 ms; brackets of some 100 ns make it good to 5 ppm.
 */
void calibrate(struct hv *hv)
{
	struct reading old = { 0 }, first, last;
	char boot[64];
	double rate, old_rate;

	if (counter_ns) {
		hv_set_rate(hv, counter_ns, 1);
		return;
	}
	boot_id(boot, sizeof(boot));
	first = read_clock(CLOCK_MONOTONIC_RAW);
	sleep_ns(50000000);
	last = read_clock(CLOCK_MONOTONIC_RAW);
	rate = (double)(last.ns - first.ns) / (last.counter - first.counter);
	if (read_anchor(&old, boot) && old.counter < first.counter) {
		old_rate = (double)(last.ns - old.ns) /
			   (last.counter - old.counter);
		if (old_rate / rate < 1 + 20e-6 && old_rate / rate > 1 - 20e-6)
			first = old;
	}
	if (first.counter != old.counter)
		write_anchor(first, boot);
	hv_set_rate(hv, last.ns - first.ns, last.counter - first.counter);
}
