/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the unit tests share: random numbers by a seed that is printed and can
 * be given again (-s SEED), the number of random cases (-n CASES), and the run
 * of a property over them.
 */
#ifndef _VMCLOCK_UNIT_H
#define _VMCLOCK_UNIT_H

#include <inttypes.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

#include "../lib/ktap.h"
#include "../lib/bigint.h"
#include "../../tools/kernel_names.h"
#include "vmclock/leap.h"

static struct {
	uint64_t seed;
	uint64_t state;
	unsigned long cases;
} unit;

static inline void unit_begin(int argc, char **argv, unsigned long cases)
{
	int opt;

	unit.cases = cases;
	if (getrandom(&unit.seed, sizeof(unit.seed), 0) < 0)
		unit.seed = (uint64_t)getpid();
	while ((opt = getopt(argc, argv, "s:n:")) != -1) {
		if (opt != 's' && opt != 'n') {
			fprintf(stderr, "usage: %s [-s SEED] [-n CASES]\n",
				argv[0]);
			exit(2);
		}
		if (opt == 's')
			unit.seed = strtoull(optarg, NULL, 0);
		else
			unit.cases = strtoul(optarg, NULL, 0);
	}
	ktap_begin(0);
	ktap_note("%s -s 0x%" PRIx64 " -n %lu", argv[0], unit.seed, unit.cases);
}

/* SplitMix64: a bijection of a counter, good enough and without state. */
static inline uint64_t rnd(void)
{
	uint64_t z = unit.state += 0x9e3779b97f4a7c15;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
	z = (z ^ z >> 27) * 0x94d049bb133111eb;
	return z ^ z >> 31;
}

/* low to high, both included */
static inline uint64_t rnd_in(uint64_t low, uint64_t high)
{
	uint64_t span = high - low + 1;

	return span ? low + rnd() % span : rnd();
}

/* Any 64 bits, with more than its share of edges and of every magnitude. */
static inline uint64_t rnd_edge(void)
{
	uint64_t bit = 1ULL << rnd() % 64;

	switch (rnd() % 8) {
	case 0:
		return rnd() % 3;
	case 1:
		return 0 - rnd() % 3;
	case 2:
		return bit - rnd() % 2;
	case 3:
		return 0 - bit + rnd() % 3 - 1;
	case 4:
		return rnd() >> rnd() % 64;
	default:
		return rnd();
	}
}

/*
 * A property is true of a random case; it prints the case if it is not. Every
 * property begins with a seed of its own, so that adding one leaves the others'
 * cases as they are.
 */
static inline void unit_property(const char *name, bool (*holds)(void))
{
	unsigned long i;

	unit.state = unit.seed;
	for (i = 0; i < unit.cases; i++)
		if (!holds())
			break;
	if (i < unit.cases)
		ktap_note("case %lu of %lu", i, unit.cases);
	ktap_ok(i == unit.cases, "%s", name);
}

/* A time as a number, unit 2^-64 s. */
static inline big big_time(struct vmclock_time t)
{
	return big_add(big_shl(big_s(t.sec), 64), big_u(t.frac));
}

#endif /* _VMCLOCK_UNIT_H */
