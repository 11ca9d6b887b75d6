/* SPDX-License-Identifier: GPL-2.0 */
/* What watch's two ways share. */
#ifndef _VMCLOCKCTL_WATCH_H
#define _VMCLOCKCTL_WATCH_H

#include "ctl.h"

/**
 * struct watching - arguments
 * @interval_ms: between two looks
 * @count: so many looks, or events; 0 for no end
 * @json: objects instead of lines
 */
struct watching {
	long long interval_ms;
	long long count;
	bool json;
};

int watch_events(const struct watching *w);

#endif /* _VMCLOCKCTL_WATCH_H */
