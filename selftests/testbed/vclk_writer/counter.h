/* SPDX-License-Identifier: GPL-2.0 */
/* The counter of a guest, as seen from this machine: see counter.c. */
#ifndef _VCLK_COUNTER_H
#define _VCLK_COUNTER_H

#include <time.h>

#include "vclk_hv/hv.h"

#define NSEC_PER_SEC	1000000000LL

extern const char *anchor_path;	/* what keeps a reading for the next run */
extern u64 counter_ns;		/* period of an arm64 guest's; 0: the TSC */

struct reading {
	u64 counter, ns;
};

u64 counter(void);
/* the tightest of a few readings of the clock between two of the counter */
struct reading read_clock(clockid_t id);
void sleep_ns(u64 ns);
void calibrate(struct hv *hv);

/* main.c: says what, and why by errno, and ends the program */
void fail(const char *what) __attribute__((noreturn));

#endif /* _VCLK_COUNTER_H */
