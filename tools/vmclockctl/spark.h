/* SPDX-License-Identifier: GPL-2.0 */
/* A curve in text, on a terminal. */
#ifndef _VMCLOCKCTL_SPARK_H
#define _VMCLOCKCTL_SPARK_H

#include <stdbool.h>
#include <stddef.h>

#include "../kernel_names.h"

#define SPARK_HISTORY	1024

/**
 * struct spark - the last values of something
 * @n: how many there are
 * @next: where the next one goes
 * @value: a ring
 */
struct spark {
	size_t n;
	size_t next;
	s64 value[SPARK_HISTORY];
};

void spark_add(struct spark *s, s64 value);
s64 spark_reach(const struct spark *s, size_t last);
void spark_row(const struct spark *s, int row, int rows, int columns,
	       s64 reach, bool utf8);
size_t spark_per_column(bool utf8);

#endif /* _VMCLOCKCTL_SPARK_H */
