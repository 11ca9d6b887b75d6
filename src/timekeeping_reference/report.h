/* SPDX-License-Identifier: GPL-2.0 */
/* What the lock tells: adjtimex(2), log, uevents, trace. Thread's context. */
#ifndef _TKREF_REPORT_H
#define _TKREF_REPORT_H

struct device;
struct tkref_clock;

void tkref_report(struct tkref_clock *clk);
void tkref_report_reasserted(const struct tkref_clock *clk);
void tkref_report_to(struct device *dev);

#endif /* _TKREF_REPORT_H */
