// SPDX-License-Identifier: GPL-2.0
/*
 * Findings about a page: can it be read, is it one, does it tell time, does it
 * say what a page should say.
 */
#include <errno.h>

#include "findings.h"
#include "text.h"

static void unreadable(struct findings *all, const struct device *d)
{
	if (d->error != EACCES && d->error != EPERM) {
		finding_add(all, ERROR, "page-unreadable",
			    "/dev/%s cannot be read: %s", d->name,
			    page_load_error(d->error));
		finding_remedy(all, "Look for messages of the driver: dmesg | grep vmclock");
		return;
	}
	finding_add(all, WARNING, "permission",
		    "/dev/%s may not be read by this user: what is shown comes from sysfs, as far as it goes",
		    d->name);
	finding_remedy(all, "Run vmclockctl as root, or let others read the page: echo 'KERNEL==\"vmclock[0-9]*\", MODE=\"0444\"' > /etc/udev/rules.d/61-vmclock.rules; udevadm control --reload; udevadm trigger /dev/%s",
		       d->name);
}

/* This page will never tell time; that is what its hypervisor offers. */
static void disruptions_only(struct findings *all, const struct device *d)
{
	finding_add(all, NOTE, "disruptions-only",
		    "/dev/%s reports disruptions only, not time", d->name);
	finding_remedy(all, "Nothing is to be done: poll() and uevents work. The time needs an NTP daemon, or a host with vmclock_host");
}

static const char *unreliable_remedy(const struct vmclock_params *p)
{
	if (p->time_type == VMCLOCK_TIME_TAI && !vmclock_tai_offset_known(p))
		return "Tell this kernel the TAI offset (vmclockctl set-tai; chrony: leapseclist): the page is TAI";
	return "The page can be translated for guests only while the clocksource is the CPU's counter: echo tsc > /sys/devices/system/clocksource/clocksource0/current_clocksource (arm64: arch_sys_counter)";
}

/* The page will tell time when its host's clock can. */
static void no_time_now(struct findings *all, const struct device *d)
{
	finding_add(all, ERROR, "no-time-now",
		    "/dev/%s tells no time at present: %s", d->name,
		    d->page.time_defect);
	if (d->host && d->page.p.status == VMCLOCK_STATUS_UNRELIABLE)
		finding_remedy(all, "%s", unreliable_remedy(&d->page.p));
	else if (d->host)
		finding_remedy(all, "Let an NTP daemon synchronize this host and tell the kernel so (chrony: the directive rtcsync)");
	else
		finding_remedy(all, "Look at the host: its clock must be synchronized (chronyc tracking; chrony needs rtcsync). Until then an NTP daemon can keep this clock");
}

static const char *no_time_remedy(const struct device *d)
{
	const struct vmclock_params *p = &d->page.p;

	if (p->time_type == VMCLOCK_TIME_INVALID_SMEARED ||
	    p->time_type == VMCLOCK_TIME_INVALID_MAYBE_SMEARED)
		return "A smeared clock is not followed. The host needs a source without smearing, and has to tell UTC or TAI";
	return "The hypervisor's page is at fault: vmclockctl page shows it";
}

static void look_at_time(struct findings *all, const struct device *d)
{
	if (!d->page.time_defect)
		return;
	if (device_disruptions_only(d)) {
		disruptions_only(all, d);
	} else if (device_status_defect(d)) {
		no_time_now(all, d);
	} else {
		finding_add(all, ERROR, "no-time", "/dev/%s tells no time: %s",
			    d->name, d->page.time_defect);
		finding_remedy(all, "%s", no_time_remedy(d));
	}
}

static void look_at_offset(struct findings *all, const struct device *d)
{
	s16 offset_sec;

	if (!d->has_now || !vmclock_tai_offset(&d->page.p, &offset_sec))
		return;
	finding_add(all, d->host ? WARNING : ERROR, "no-tai",
		    "/dev/%s does not tell TAI: its time is %s without an offset",
		    d->name, d->page.p.time_type == VMCLOCK_TIME_UTC ? "UTC" :
		    "neither UTC nor TAI");
	finding_remedy(all, d->host ? "Tell this kernel the TAI offset (vmclockctl set-tai; chrony: leapseclist); guests get no PTP clock without" :
		       "Look at the host: its kernel must know the TAI offset (vmclockctl set-tai; chrony: leapseclist)");
}

static void look_at_bounds(struct findings *all, const struct device *d)
{
	if (!d->has_now || d->now.maxerror_ns != U64_MAX)
		return;
	finding_add(all, NOTE, "no-bound",
		    "/dev/%s does not say how far its time may be off: it is taken as exact",
		    d->name);
}

static void look_at_status(struct findings *all, const struct device *d)
{
	if (!d->has_now || d->page.p.status != VMCLOCK_STATUS_FREERUNNING)
		return;
	finding_add(all, WARNING, "freerunning",
		    "/dev/%s: the host's clock is not synchronized at present",
		    d->name);
	finding_remedy(all, "Look at the host's NTP daemon: chronyc tracking");
}

static void look_at_notification(struct findings *all, const struct device *d)
{
	if (d->page.p.flags & VMCLOCK_FLAG_NOTIFICATION_PRESENT)
		return;
	if (d->host) {
		finding_add(all, NOTE, "no-notification",
			    "/dev/vmclock_host promises no notification: guests look at the page once a second");
		finding_remedy(all, "If the VMM rings its guests: modprobe vmclock_host notification=1");
		return;
	}
	finding_add(all, device_disruptions_only(d) ? NOTE : WARNING,
		    "no-notification", "/dev/%s: the hypervisor does not notify of changes: poll() does not work, and changes are seen late",
		    d->name);
	finding_remedy(all, "The VMM has to ring the doorbell. Until then: how often the driver looks is /sys/module/%s/parameters/poll_ms",
		       device_module(d));
}

static void look_at_plans(struct findings *all, const struct device *d)
{
	bool soon = d->page.p.flags & VMCLOCK_FLAG_DISRUPTION_SOON;
	bool imminent = d->page.p.flags & VMCLOCK_FLAG_DISRUPTION_IMMINENT;

	if (soon || imminent)
		finding_add(all, NOTE, "disruption-announced",
			    "/dev/%s: the host announces a disruption within %s",
			    d->name, imminent ? "an hour" : "a day");
}

static void look_at_device(struct findings *all, const struct device *d)
{
	if (d->error) {
		unreadable(all, d);
		return;
	}
	if (d->page.defect) {
		finding_add(all, ERROR, "page-refused",
			    "/dev/%s shows no valid VMClock page: %s", d->name,
			    d->page.defect);
		finding_remedy(all, "The hypervisor's page is at fault: vmclockctl page shows it");
		return;
	}
	look_at_time(all, d);
	look_at_offset(all, d);
	look_at_status(all, d);
	look_at_bounds(all, d);
	look_at_notification(all, d);
	look_at_plans(all, d);
}

/**
 * find_in_devices() - look at each page
 * @all: gets what is found
 * @f: the facts
 */
void find_in_devices(struct findings *all, const struct facts *f)
{
	size_t i;

	for (i = 0; i < f->n_devices; i++)
		look_at_device(all, &f->devices[i]);
}
