/* SPDX-License-Identifier: GPL-2.0 */
/* What compare measures, for its outputs. */
#ifndef _VMCLOCKCTL_COMPARE_H
#define _VMCLOCKCTL_COMPARE_H

#include <stdio.h>

#include "clocks.h"
#include "fs.h"
#include "ptp.h"
#include "stats.h"

enum pair { CLOCK_PHC, CLOCK_PAGE, PHC_PAGE, PAIRS };

/**
 * struct sample - what was measured at one moment
 * @elapsed_ns: since the first one
 * @has: which differences there are
 * @diff: the differences
 */
struct sample {
	s64 elapsed_ns;
	bool has[PAIRS];
	struct clock_diff diff[PAIRS];
};

/**
 * struct comparison - all of it
 * @device: whose page
 * @ptp: its PTP clock, or empty
 * @method: how that was compared
 * @scale: of the times
 * @n: number of @samples
 * @lost: attempts at which the page told no time
 * @samples: in the order of time
 */
struct comparison {
	char device[FS_NAME];
	char ptp[FS_NAME];
	enum ptp_method method;
	enum clock_scale scale;
	size_t n;
	size_t lost;
	struct sample *samples;
};

const char *pair_name(const struct comparison *c, enum pair pair);
bool compare_stats(const struct comparison *c, enum pair pair,
		   struct stats *stats, struct stats *uncertainty);
void compare_show(const struct comparison *c);
void compare_json(const struct comparison *c);
void compare_csv(const struct comparison *c, FILE *out);
int compare_plot(const struct comparison *c, const char *file);

#endif /* _VMCLOCKCTL_COMPARE_H */
