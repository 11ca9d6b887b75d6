/* SPDX-License-Identifier: GPL-2.0 */
/* A consistent copy of the lock's state, for readers. Process context. */
#ifndef _TKREF_STATUS_H
#define _TKREF_STATUS_H

#include "clock.h"

/**
 * struct tkref_status - state of the lock, for readers
 * @d: the discipline
 * @phase_ns32: CLOCK_REALTIME - reference now
 * @ntp_offset_ns32: NTP clock - reference at the last update
 * @maxerror_ns: bound of CLOCK_REALTIME now; U64_MAX if there is none
 * @esterror_ns: the same for the estimated error
 */
struct tkref_status {
	struct tkref_discipline d;
	s64 phase_ns32;
	s64 ntp_offset_ns32;
	u64 maxerror_ns;
	u64 esterror_ns;
};

void tkref_status_get(const struct tkref_clock *clk,
		      struct tkref_status *status);
/* 2 s in ns / 2^32 make 2^63, times 1000 2^73. */
static inline s64 tkref_to_ps(s64 ns32)
{
	return (s64)(((__int128)ns32 * 1000) >> 32);
}

const char *tkref_state_name(enum tkref_state state);

#endif /* _TKREF_STATUS_H */
