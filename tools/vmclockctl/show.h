/* SPDX-License-Identifier: GPL-2.0 */
/* The facts as text for people, and the findings below them. */
#ifndef _VMCLOCKCTL_SHOW_H
#define _VMCLOCKCTL_SHOW_H

#include "facts.h"
#include "findings.h"

void show_line(const char *label, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
void show_page(const struct page_copy *page);
void show_now(const struct now *now);
void show_device(const struct device *d);
void show_lock(const struct lock *lock);
void show_system(const struct facts *f);
void show_findings(const struct findings *all, enum severity least,
		   bool remedies);

#endif /* _VMCLOCKCTL_SHOW_H */
