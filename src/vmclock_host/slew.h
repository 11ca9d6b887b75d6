/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the clock's frequency tells of slews. chronyd corrects the clock by
 * running it at another frequency for a while, of which the kernel's state says
 * nothing. Pure functions, so the same source runs in a simulation.
 *
 * Times are in ns since some moment. Frequencies are in ppm / 2^16, as those of
 * adjtimex(2).
 */
#ifndef _VMCLOCK_HOST_SLEW_H
#define _VMCLOCK_HOST_SLEW_H

#include "vmclock/math.h"

/**
 * struct slew_frequency - a frequency of the clock, without the kernel's slews
 * @ppm16: the frequency
 * @since_ns: since when, not 0
 */
struct slew_frequency {
	s64 ppm16;
	u64 since_ns;
};

/**
 * struct errors_report - the errors of the clock as an NTP daemon reports them
 * @seq: number of the report; 0 if there is none that bounds the clock
 * @program: number of the process that reports; 0 if it isn't known
 * @update: it came with another frequency
 * @counter: counter value at the report, or before
 * @ns: time of the report
 * @previous_ns: time of the report before; 0 if there was none
 * @maxerror_ns: maximum error, or the estimated one if that is larger, ns
 */
struct errors_report {
	unsigned int seq;
	int program;
	bool update;
	u64 counter;
	u64 ns;
	u64 previous_ns;
	u64 maxerror_ns;
};

/**
 * struct slew - the base frequency, which the clock has while it isn't slewed
 * @now: the frequency in force
 * @base_ppm16: the base frequency
 * @found_ppm16: the first base frequency, which no daemon may have set
 * @longest_ppm16: frequency that was in force for the longest time since
 *	@based_ns
 * @longest_ns: that time, ns
 * @updated_ns: when a daemon reported an error with another frequency, or with
 *	an offset
 * @based_ns: when @base_ppm16 was taken, or since when one is sought
 * @alone_ns: a report since which nothing has changed the rate, and no error
 *	was large; 0 if there is none
 * @doubted_ns: when the doubt became less by an update
 * @change32: by how much the base frequency differs from the one before, of
 *	the time / 2^32
 * @doubt32: by how much the base frequency may be wrong, of the time / 2^32
 * @begun_ns: when the clock began to run at the frequency in force
 * @slewed_ns: what slews have moved the clock by since the last update, ns
 * @moved_ns: what they moved it by between the last updates, ns
 * @lasted_ns: the times before them, ns
 * @known: there is a base frequency
 * @steered: the frequency has changed since then
 * @trusted: the doubt has been small since @steered
 */
struct slew {
	struct slew_frequency now;
	s64 base_ppm16;
	s64 found_ppm16;
	s64 longest_ppm16;
	u64 longest_ns;
	u64 updated_ns;
	u64 based_ns;
	u64 alone_ns;
	u64 doubted_ns;
	u64 begun_ns;
	u64 slewed_ns;
	u64 moved_ns;
	u64 lasted_ns;
	u32 change32;
	u32 doubt32;
	bool known;
	bool steered;
	bool trusted;
};

void slew_frequency(struct slew *s, struct slew_frequency now);
u64 slew_report(struct slew *s, const struct errors_report *report,
		u64 pending_ns);
s64 slew_by32(const struct slew *s);
bool slew_is_fast(const struct slew *s);
u32 slew_doubt32(const struct slew *s);
u32 slew_turn32(const struct slew *s);

#endif /* _VMCLOCK_HOST_SLEW_H */
