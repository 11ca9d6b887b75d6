/* SPDX-License-Identifier: GPL-2.0 */
/* The facts as JSON; docs/vmclockctl.schema.json describes it. */
#ifndef _VMCLOCKCTL_FACTS_JSON_H
#define _VMCLOCKCTL_FACTS_JSON_H

#include "facts.h"

void page_json(const char *key, const struct page_copy *page);
void now_json(const char *key, const struct now *now);
void facts_json(const struct facts *f);

#endif /* _VMCLOCKCTL_FACTS_JSON_H */
