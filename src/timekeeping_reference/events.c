// SPDX-License-Identifier: GPL-2.0
/* The log's lines and the uevents; see events.h. */
#include <linux/audit.h>
#include <linux/delay.h>
#include <linux/device.h>
#include <linux/jiffies.h>
#include <linux/kernel.h>
#include <linux/mutex.h>
#include <linux/string.h>
#include <linux/workqueue.h>

#include "events.h"

#define RING_EVENTS	16	/* a power of 2 */
#define PACE_MS		20	/* from an event to the next, against floods */

static DEFINE_MUTEX(events_mutex);
static struct device *events_device;	/* sends uevents; under events_mutex */

/* One writer, the thread, and one reader, the work. */
static struct tkref_event ring[RING_EVENTS];
static unsigned int ring_head, ring_tail;

/**
 * tkref_events_to() - send uevents from a device
 * @dev: the device, or NULL; none is sent from the previous one any more
 */
void tkref_events_to(struct device *dev)
{
	mutex_lock(&events_mutex);
	events_device = dev;
	mutex_unlock(&events_mutex);
}

static void send_uevent(const struct tkref_event *event)
{
	char state[32], reason[64];
	char *env[3] = { state, reason };

	snprintf(state, sizeof(state), "STATE=%s",
		 tkref_state_name(event->state));
	snprintf(reason, sizeof(reason), "REASON=%s", event->words);
	mutex_lock(&events_mutex);
	if (events_device)
		kobject_uevent_env(&events_device->kobj, KOBJ_CHANGE, env);
	mutex_unlock(&events_mutex);
}

static void tell_state(const struct tkref_event *event)
{
	if (event->state == TKREF_YIELDED)
		pr_warn_ratelimited("timekeeping_reference: yielded: %s adjusted the clock\n",
				    event->adjuster);
	else
		pr_info_ratelimited("timekeeping_reference: %s: %s\n",
				    tkref_state_name(event->state),
				    event->words);
	send_uevent(event);
}

/* As the kernel's own of a step by adjtimex(2); for a thread it makes none. */
static void audit_step(struct vmclock_time offset)
{
	if (audit_enabled)
		audit_log(NULL, GFP_KERNEL, AUDIT_TIME_INJOFFSET,
			  "sec=%lld nsec=%u op=timekeeping_reference",
			  (long long)offset.sec,
			  vmclock_frac_to_ns(offset.frac));
}

static void tell_step(const struct tkref_event *event)
{
	struct vmclock_time zero = {}, size = event->offset;
	bool back = size.sec < 0;

	if (back)
		size = vmclock_time_sub(zero, size);
	pr_notice_ratelimited("timekeeping_reference: clock stepped by %c%lld.%09u s: %s\n",
			      back ? '-' : '+', (long long)size.sec,
			      vmclock_frac_to_ns(size.frac), event->words);
	audit_step(event->offset);
}

/* A task is named once in an hour. */
static void tell_undone(const struct tkref_event *event)
{
	static char last[TKREF_NAME_LEN];
	static unsigned long logged_at;

	if (!strcmp(last, event->adjuster) &&
	    time_before(jiffies, logged_at + 3600 * HZ))
		return;
	logged_at = jiffies;
	strscpy(last, event->adjuster, sizeof(last));
	pr_warn("timekeeping_reference: %s set the clock, which is undone; to stop the lock: echo 0 > /sys/module/ptp_vmclock/parameters/lock\n",
		event->adjuster);
}

static void tell_event(const struct tkref_event *event)
{
	switch (event->kind) {
	case TKREF_EVENT_STATE:
		tell_state(event);
		break;
	case TKREF_EVENT_STEP:
		tell_step(event);
		break;
	case TKREF_EVENT_UNDONE:
		tell_undone(event);
		break;
	case TKREF_EVENT_FAILED:
		pr_err("timekeeping_reference: the kernel refuses to adjust the clock (%d): is a security module in force?\n",
		       event->error);
		break;
	}
}

static void tell_events(struct work_struct *work)
{
	/* pairs with smp_store_release() in tkref_event_add() */
	while (ring_tail != smp_load_acquire(&ring_head)) {
		tell_event(&ring[ring_tail % RING_EVENTS]);
		/* pairs with smp_load_acquire() in tkref_event_add() */
		smp_store_release(&ring_tail, ring_tail + 1);
		msleep(PACE_MS);
	}
}

static DECLARE_WORK(events_work, tell_events);

/**
 * tkref_event_add() - have something told soon
 * @event: copied
 *
 * Return: false if there is no room; a state is then reported by a later pass.
 */
bool tkref_event_add(const struct tkref_event *event)
{
	/* pairs with smp_store_release() in tell_events() */
	bool full = ring_head - smp_load_acquire(&ring_tail) == RING_EVENTS;

	if (!full) {
		ring[ring_head % RING_EVENTS] = *event;
		/* pairs with smp_load_acquire() in tell_events() */
		smp_store_release(&ring_head, ring_head + 1);
	}
	queue_work(system_unbound_wq, &events_work);
	return !full;
}

/**
 * tkref_events_flush() - wait until all is told
 */
void tkref_events_flush(void)
{
	flush_work(&events_work);
}
