/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the thread has to tell: kept in a ring, told by a work item. The thread
 * itself neither prints, allocates nor sends, which would delay the clock.
 */
#ifndef _TKREF_EVENTS_H
#define _TKREF_EVENTS_H

#include "status.h"

struct device;

/**
 * enum tkref_event_kind - what has happened
 * @TKREF_EVENT_STATE: the state, or its reason, is another one
 * @TKREF_EVENT_STEP: the clock was stepped
 * @TKREF_EVENT_UNDONE: an external adjustment is undone
 * @TKREF_EVENT_FAILED: adjtimex has failed
 */
enum tkref_event_kind {
	TKREF_EVENT_STATE,
	TKREF_EVENT_STEP,
	TKREF_EVENT_UNDONE,
	TKREF_EVENT_FAILED,
};

/**
 * struct tkref_event - what to tell
 * @kind: see enum tkref_event_kind
 * @state: of the lock
 * @words: reason of the state, or cause of a step
 * @adjuster: task that made the last external adjustment
 * @offset: of a step
 * @error: negative errno of adjtimex
 */
struct tkref_event {
	enum tkref_event_kind kind;
	enum tkref_state state;
	const char *words;
	char adjuster[TKREF_NAME_LEN];
	struct vmclock_time offset;
	int error;
};

/* Context: the thread. */
bool tkref_event_add(const struct tkref_event *event);

/* Context: process, may sleep. */
void tkref_events_to(struct device *dev);
void tkref_events_flush(void);

#endif /* _TKREF_EVENTS_H */
