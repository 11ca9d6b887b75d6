/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What is wrong, and what to do about it.
 */
#ifndef _VMCLOCKCTL_FINDINGS_H
#define _VMCLOCKCTL_FINDINGS_H

#include "facts.h"

/**
 * enum severity - how much a finding matters
 * @NOTE: good to know
 * @WARNING: works, but not as it could, or not for long
 * @ERROR: time is wrong, or not to be had
 */
enum severity { NOTE, WARNING, ERROR };

/**
 * struct finding - one thing
 * @severity: how much it matters
 * @id: a name that stays, for scripts
 * @text: what it is
 * @remedy: what to do; empty if nothing can be done here
 */
struct finding {
	enum severity severity;
	const char *id;
	char text[256];
	char remedy[384];
};

#define FINDINGS_MAX	48

/**
 * struct findings - all of them
 * @n: how many
 * @list: in the order of looking
 */
struct findings {
	size_t n;
	struct finding list[FINDINGS_MAX];
};

void findings_of(const struct facts *f, struct findings *all);
void find_in_modules(struct findings *all, const struct facts *f);
void find_in_devices(struct findings *all, const struct facts *f);
void find_in_host(struct findings *all, const struct facts *f);
void find_in_views(struct findings *all);
void find_in_lock(struct findings *all, const struct facts *f);

void finding_add(struct findings *all, enum severity severity, const char *id,
		 const char *text, ...) __attribute__((format(printf, 4, 5)));
void finding_remedy(struct findings *all, const char *remedy, ...)
	__attribute__((format(printf, 2, 3)));
enum severity findings_worst(const struct findings *all);
const char *severity_name(enum severity severity);
void findings_json(const struct findings *all);

#endif /* _VMCLOCKCTL_FINDINGS_H */
