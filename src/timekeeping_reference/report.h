/* SPDX-License-Identifier: GPL-2.0 */
/* State of the lock, and what adjtimex(2) reports of it. Thread's context. */
#ifndef _TKREF_REPORT_H
#define _TKREF_REPORT_H

struct tkref_clock;
struct tkref_order;

void tkref_report(struct tkref_clock *clk);
void tkref_report_step(const struct tkref_order *order);
void tkref_report_undone(const struct tkref_clock *clk);

#endif /* _TKREF_REPORT_H */
