/* SPDX-License-Identifier: GPL-2.0 */
/* Order statistics and a histogram of differences. */
#ifndef _VMCLOCKCTL_STATS_H
#define _VMCLOCKCTL_STATS_H

#include <stddef.h>

#include "../kernel_names.h"

#define STATS_BINS	24

/**
 * struct stats - of signed values
 * @count: how many; if 0 the rest is 0
 * @min: smallest
 * @p50: half of them are not larger
 * @p99: 99 % of them are not larger
 * @max: largest
 * @abs_p99: 99 % of them are not farther from 0
 * @rms: root of the mean square
 * @bins: in the histogram
 * @first: where the first bin begins
 * @width: of a bin
 * @below: values below the first bin
 * @above: values behind the last bin
 * @bin: how many values are in each
 */
struct stats {
	size_t count;
	s64 min, p50, p99, max;
	s64 abs_p99;
	double rms;
	size_t bins;
	s64 first, width;
	size_t below, above;
	size_t bin[STATS_BINS];
};

void stats_of(s64 *values, size_t n, struct stats *s);

#endif /* _VMCLOCKCTL_STATS_H */
