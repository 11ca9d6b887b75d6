/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What is known of the clock's error at the anchor of a line: see known.c. The
 * caller serialises all calls on one struct known. In all of them @line is the
 * line whose anchor that is.
 */
#ifndef _VMCLOCK_HOST_KNOWN_H
#define _VMCLOCK_HOST_KNOWN_H

#include "line_math.h"

/* The most growth that a page may promise, 1000 ppm: / 2^32 */
#define KNOWN_MAX_RATE32	((u32)((1ULL << 32) / 1000))

/**
 * struct known_error - an error at some moment
 * @counter: counter value
 * @ns: the error then, ns; 0 if it isn't known
 */
struct known_error {
	u64 counter;
	u64 ns;
};

/**
 * struct known - the error of the clock
 * @drift32: by how much an error may be said to grow if there is no slew and
 *	no doubt, of the time / 2^32. The clock drifts by a quarter of it
 * @doubt32: by how much the rate may be wrong, besides the drift, of the time
 *	/ 2^32
 * @slew: by what the clock is slewed forward, s / 2^96 per count
 * @reported: the last report, which contains what @slew will move the clock by
 * @due: the same, and what a page may say more
 * @still: the error without @moved, s / 2^64
 * @moved: what slews have moved the clock forward by since then, s / 2^64
 * @claim: the error if the clock has drifted by all that a page without a slew
 *	promises, s / 2^64
 */
struct known {
	u32 drift32;
	u32 doubt32;
	__int128 slew;
	struct known_error reported;
	struct known_error due;
	__int128 still;
	__int128 moved;
	__int128 claim;
};

void known_forget(struct known *k);
void known_report(struct known *k, const struct vmclock_line *line,
		  struct known_error error, u64 spare_ns);
void known_add_slew(struct known *k, const struct vmclock_line *line,
		    s64 slew32);
void known_add(struct known *k, u64 ns);
void known_go_on(struct known *k, const struct vmclock_line *line, s64 counts);
void known_take_report(struct known *k, const struct vmclock_line *line);
void known_move(struct known *k, __int128 up);
void known_turn(struct known *k, __int128 turn);
bool known_is_any(const struct known *k);
u32 known_true_rate32(const struct known *k);
u32 known_drift_rate32(const struct known *k);
u32 known_slew32(const struct known *k, const struct vmclock_line *line);
__int128 known_error(const struct known *k);
__int128 known_reported(const struct known *k, const struct vmclock_line *line);
u64 known_error_ns(const struct known *k, const struct vmclock_line *line,
		   u64 counter);
u64 known_claim_ns(const struct known *k, const struct vmclock_line *line,
		   u64 counter);

/* What the clock drifts by, of the time / 2^32 */
static inline u32 known_true_drift32(const struct known *k)
{
	return k->drift32 / 4;
}

#endif /* _VMCLOCK_HOST_KNOWN_H */
