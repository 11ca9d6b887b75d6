/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Writes metrics in the text formats that Prometheus reads: its own, and
 * OpenMetrics. They differ in where a counter's and an info's type is named.
 */
#ifndef _VMCLOCKCTL_EXPOSE_H
#define _VMCLOCKCTL_EXPOSE_H

#include <stdbool.h>
#include <stdio.h>

enum expose_type { EXPOSE_GAUGE, EXPOSE_COUNTER, EXPOSE_INFO };

/**
 * struct expose_family - metrics of one name
 * @name: without _total or _info
 * @type: what they are
 * @unit: of the values, at the end of @name; NULL for none
 * @help: one sentence
 */
struct expose_family {
	const char *name;
	enum expose_type type;
	const char *unit;
	const char *help;
};

void expose_begin(FILE *out, bool openmetrics);
void expose_family(const struct expose_family *f);
void expose_sample(const char *key, const char *label, double value);
void expose_info(const char * const (*labels)[2], size_t n);
void expose_states(const char *key, const char *label,
		   const char * const *states, size_t n, const char *current);
void expose_end(void);

#endif /* _VMCLOCKCTL_EXPOSE_H */
