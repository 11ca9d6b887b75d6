// SPDX-License-Identifier: GPL-2.0
/*
 * mkpage: a VMClock page as a file, for the tests of the tools.
 *
 *	mkpage FILE [FIELD=VALUE...]
 *
 * Without fields: a good page of 4096 bytes that tells this machine's time as
 * it is, TAI with offset 37, synchronized, with bounds and notification. FIELD
 * is a field of struct vmclock_abi or one of
 *
 *	ahead_ns=N	the line is so far ahead of the system's clock
 *	random=SEED	all bytes but the magic, version and size are random
 *	seq_add=N	added to seq_count, as it is
 *	length=N	bytes of the file
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "../lib/counter.h"

#define PAGE_SIZE	4096

struct field {
	const char *name;
	size_t offset;
	size_t bytes;
};

#define FIELD(name) { #name, offsetof(struct vmclock_abi, name), \
		      sizeof(((struct vmclock_abi *)0)->name) }

static const struct field fields[] = {
	FIELD(magic), FIELD(size), FIELD(version), FIELD(counter_id),
	FIELD(time_type), FIELD(seq_count), FIELD(disruption_marker),
	FIELD(flags), FIELD(clock_status), FIELD(leap_second_smearing_hint),
	FIELD(tai_offset_sec), FIELD(leap_indicator),
	FIELD(counter_period_shift), FIELD(counter_value),
	FIELD(counter_period_frac_sec),
	FIELD(counter_period_esterror_rate_frac_sec),
	FIELD(counter_period_maxerror_rate_frac_sec), FIELD(time_sec),
	FIELD(time_frac_sec), FIELD(time_esterror_nanosec),
	FIELD(time_maxerror_nanosec), FIELD(vm_generation_counter),
};

static union {
	struct vmclock_abi abi;
	unsigned char bytes[PAGE_SIZE];
} page;

/* Of some readings, the one that took the shortest: a CPU may be taken away. */
static struct vmclock_time clock_now(clockid_t id, u64 *count)
{
	struct timespec ts = {}, now;
	u64 begin, took, least = ~0ULL;
	struct vmclock_time t;
	int i;

	for (i = 0; i < 20; i++) {
		begin = counter();
		clock_gettime(id, &now);
		took = counter() - begin;
		if (took >= least)
			continue;
		least = took;
		*count = begin + took / 2;
		ts = now;
	}
	t = vmclock_time_from_ns(ts.tv_nsec);
	t.sec += ts.tv_sec;
	return t;
}

/* The counter's period by the system's clock, over 50 ms. */
static void measure(struct vmclock_line *line)
{
	static const struct timespec pause = { .tv_nsec = 50000000 };
	struct vmclock_time a, b;
	u64 from, to;

	a = clock_now(CLOCK_MONOTONIC, &from);
	nanosleep(&pause, NULL);
	b = clock_now(CLOCK_MONOTONIC, &to);
	vmclock_line_set_period(line,
				vmclock_time_to_ns(vmclock_time_sub(b, a)),
				(to - from) * VMCLOCK_NSEC_PER_SEC, 0);
}

static void good_page(void)
{
	struct vmclock_params p = {
		.size = PAGE_SIZE,
		.counter_id = counter_id(),
		.time_type = VMCLOCK_TIME_TAI,
		.disruption_marker = 7,
		.flags = 0x3ff & ~(VMCLOCK_FLAG_DISRUPTION_SOON |
				   VMCLOCK_FLAG_DISRUPTION_IMMINENT),
		.status = VMCLOCK_STATUS_SYNCHRONIZED,
		.tai_offset_sec = 37,
		.esterror_ns = 1000,
		.maxerror_ns = 5000,
		.vm_generation = 3,
	};

	measure(&p.line);
	p.line.time = clock_now(CLOCK_REALTIME, &p.line.counter);
	p.line.time.sec += 37;
	p.maxerror_rate_frac = p.line.period_frac / 2000;
	p.esterror_rate_frac = p.line.period_frac / 1000000;
	vmclock_page_init(&page.abi, &p);
	vmclock_page_write_begin(&page.abi);
	vmclock_page_set(&page.abi, &p);
	vmclock_page_write_end(&page.abi);
}

static void ahead(long long ns)
{
	struct vmclock_time t = {
		.sec = (s64)le64_to_cpu(page.abi.time_sec),
		.frac = le64_to_cpu(page.abi.time_frac_sec),
	};

	t = vmclock_time_add(t, vmclock_time_from_ns(ns));
	page.abi.time_sec = cpu_to_le64((u64)t.sec);
	page.abi.time_frac_sec = cpu_to_le64(t.frac);
}

/* an even sequence count, so that it is looked at */
static void randomize(unsigned int seed)
{
	size_t i;

	srandom(seed);
	for (i = offsetof(struct vmclock_abi, counter_id);
	     i < sizeof(page.abi); i++)
		page.bytes[i] = random() % 4 ? random() : random() % 2 * 255;
	page.abi.seq_count &= cpu_to_le32(~1U);
}

static int set(const char *name, size_t length, unsigned long long value)
{
	size_t i, b;

	for (i = 0; i < sizeof(fields) / sizeof(fields[0]); i++) {
		const struct field *f = &fields[i];

		if (strlen(f->name) != length ||
		    strncmp(f->name, name, length))
			continue;
		for (b = 0; b < f->bytes; b++)
			page.bytes[f->offset + b] = value >> 8 * b;
		return 1;
	}
	return 0;
}

static size_t apply(const char *argument, size_t length)
{
	size_t n = strcspn(argument, "=");
	long long value;

	if (!argument[n]) {
		fprintf(stderr, "mkpage: what is '%s'?\n", argument);
		exit(2);
	}
	value = argument[n + 1] == '-' ? strtoll(argument + n + 1, NULL, 0) :
		(long long)strtoull(argument + n + 1, NULL, 0);
	if (!strncmp(argument, "length=", 7))
		return value;
	if (!strncmp(argument, "ahead_ns=", 9))
		ahead(value);
	else if (!strncmp(argument, "random=", 7))
		randomize(value);
	else if (!strncmp(argument, "seq_add=", 8))
		page.abi.seq_count =
			cpu_to_le32(le32_to_cpu(page.abi.seq_count) + value);
	else if (!set(argument, n, value)) {
		fprintf(stderr, "mkpage: there is no field '%s'\n", argument);
		exit(2);
	}
	return length;
}

int main(int argc, char **argv)
{
	size_t length = PAGE_SIZE;
	FILE *out;
	int i;

	if (argc < 2) {
		fprintf(stderr, "usage: mkpage FILE [FIELD=VALUE...]\n");
		return 2;
	}
	good_page();
	for (i = 2; i < argc; i++)
		length = apply(argv[i], length);
	out = fopen(argv[1], "r+");	/* in place: a watcher has it open */
	if (!out)
		out = fopen(argv[1], "w");
	if (!out || fwrite(page.bytes, 1, length, out) != length ||
	    fclose(out) || truncate(argv[1], length)) {
		perror(argv[1]);
		return 1;
	}
	return 0;
}
