// SPDX-License-Identifier: GPL-2.0
/*
 * A page's periods and rates as numbers for people. Shown, never computed with;
 * a period of 0 gives infinities, which are shown as such.
 */
#include <math.h>

#include "rates.h"

/**
 * rate_period_ps() - period of the counter
 * @line: a page's line, of any contents
 *
 * Return: ps.
 */
double rate_period_ps(const struct vmclock_line *line)
{
	return ldexp((double)line->period_frac, -64 - line->period_shift) *
	       1e12;
}

/**
 * rate_hz() - frequency of the counter
 * @line: a page's line, of any contents
 *
 * Return: Hz; infinite for a period of 0.
 */
double rate_hz(const struct vmclock_line *line)
{
	return 1e12 / rate_period_ps(line);
}

/**
 * rate_ppb() - an error rate of the period, relative to it
 * @rate_frac: in the period's unit
 * @line: a page's line, of any contents
 *
 * Return: parts per 10^9; not a number, or infinite, for a period of 0.
 */
double rate_ppb(u64 rate_frac, const struct vmclock_line *line)
{
	return (double)rate_frac / (double)line->period_frac * 1e9;
}
