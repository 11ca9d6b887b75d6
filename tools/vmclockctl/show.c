// SPDX-License-Identifier: GPL-2.0
/*
 * The facts as text for people: a label and what there is to say, a line each.
 * Used by status, watch and doctor.
 */
#include <errno.h>
#include <stdarg.h>

#include "ctl.h"
#include "rates.h"
#include "screen.h"
#include "show.h"
#include "text.h"

/* Red, yellow, green: by severity, on a terminal. */
static const char *color(enum severity severity)
{
	static const char * const colors[] = {
		[NOTE] = "\033[32m", [WARNING] = "\033[33m",
		[ERROR] = "\033[1;31m",
	};

	return screen_colors() ? colors[severity] : "";
}

static const char *color_end(void)
{
	return screen_colors() ? "\033[0m" : "";
}

/**
 * show_line() - a label and a fact
 * @label: at most 14 columns
 * @format: the fact
 */
void show_line(const char *label, const char *format, ...)
{
	va_list args;

	printf("  %-14s ", label);
	va_start(args, format);
	vprintf(format, args);
	va_end(args);
	putchar('\n');
}

static const char *pm(char text[TEXT_SIZE], u64 ns)
{
	char bound[TEXT_SIZE];

	if (ns == U64_MAX)
		return "unknown";
	snprintf(text, TEXT_SIZE, "+-%.40s", text_bound(bound, ns));
	return text;
}

/**
 * show_now() - a page's time at this moment
 * @now: the moment
 */
void show_now(const struct now *now)
{
	const struct vmclock_scales *s = &now->scales;
	char a[TEXT_SIZE], b[TEXT_SIZE];

	if (s->utc_valid)
		show_line("UTC", "%s", text_utc(a, s->utc, s->leap));
	if (s->tai_valid)
		show_line("TAI", "%s", text_time(a, s->tai, 0));
	if (s->utc_valid && s->tai_valid)
		show_line("TAI - UTC", "%d s, leap second: %s",
			  s->tai_offset_sec, text_leap(a, s->leap));
	show_line("error bound", "%s, estimated %s",
		  pm(a, now->maxerror_ns), pm(b, now->esterror_ns));
	if (now->scale != SCALE_NONE)
		show_line("system clock", "%s - page: %s +-%s",
			  clock_name(now->scale), text_ns(a, now->diff.ns),
			  text_bound(b, now->diff.uncertainty_ns));
}

static void show_events(const struct vmclock_params *p)
{
	bool gen = p->flags & VMCLOCK_FLAG_VM_GEN_COUNTER_PRESENT;

	if (gen)
		show_line("disruption", "marker 0x%llx, VM generation 0x%llx",
			  p->disruption_marker, p->vm_generation);
	else
		show_line("disruption", "marker 0x%llx, no VM generation",
			  p->disruption_marker);
	show_line("notification", "%s",
		  p->flags & VMCLOCK_FLAG_NOTIFICATION_PRESENT ?
		  "of each change" : "none: the page is polled");
}

/**
 * show_page() - what a page says besides the time
 * @page: a page without a defect
 */
void show_page(const struct page_copy *page)
{
	const struct vmclock_params *p = &page->p;
	char a[TEXT_SIZE], b[TEXT_SIZE];

	show_line("page", "%s, %s, change %u",
		  text_status(a, p->status), text_time_type(b, p->time_type),
		  p->seq / 2);
	if (!page->time_defect)
		show_line("counter", "%s, %.6f MHz",
			  text_counter(a, p->counter_id),
			  rate_hz(&p->line) / 1e6);
	else
		show_line("counter", "%s", text_counter(a, p->counter_id));
	show_events(p);
}

/* What the driver says in sysfs, for users that may not read the page. */
static void show_sysfs(const struct device *d)
{
	size_t i;

	for (i = 0; i < ATTR_COUNT; i++)
		if (d->attr[i][0])
			show_line("", "%s %s", page_attr_names[i], d->attr[i]);
}

static const char *summary(const struct device *d)
{
	if (d->error == EACCES || d->error == EPERM)
		return d->attr[ATTR_STATE][0] ? d->attr[ATTR_STATE] :
		       "not readable by this user";
	if (d->error)
		return page_load_error(d->error);
	if (d->page.defect)
		return d->page.defect;
	if (device_disruptions_only(d))
		return "disruptions only, no time";
	return d->page.time_defect ? d->page.time_defect : "ok";
}

static const char *verdict(const struct device *d)
{
	if (d->error)
		return "";
	if (d->page.defect)
		return "page refused: ";
	return !d->page.time_defect || device_disruptions_only(d) ? "" :
	       device_status_defect(d) ? "no time at present: " : "no time: ";
}

/**
 * show_device() - all about one page
 * @d: the device
 */
void show_device(const struct device *d)
{
	printf("%s: %s%s\n", d->name, verdict(d), summary(d));
	if (d->error)
		show_sysfs(d);
	else if (!d->page.defect)
		show_page(&d->page);
	if (d->has_now)
		show_now(&d->now);
	if (d->host)
		return;
	show_line("driver", "%s", d->driver[0] ? d->driver : "unknown");
	if (d->ptp[0])
		show_line("PTP clock", "/dev/%s (TAI)", d->ptp);
	else
		show_line("PTP clock", "none");
}

static const char *lock_ps(char text[TEXT_SIZE], const struct lock *lock,
			   enum lock_attr attr)
{
	s64 ps;

	return lock_number(lock, attr, &ps) ? text_ps(text, ps) : "unknown";
}

static const char *lock_ns(char text[TEXT_SIZE], const struct lock *lock,
			   enum lock_attr attr)
{
	s64 ns;

	return lock_number(lock, attr, &ns) ? pm(text, ns) : "unknown";
}

/* What is in debugfs only root may read. */
static void show_offset(const struct lock *lock)
{
	char a[TEXT_SIZE], b[TEXT_SIZE];

	if (lock->attr[LOCK_NTP_OFFSET][0])
		show_line("offset", "%s (NTP clock %s)",
			  lock_ps(a, lock, LOCK_OFFSET),
			  lock_ps(b, lock, LOCK_NTP_OFFSET));
	else
		show_line("offset", "%s", lock_ps(a, lock, LOCK_OFFSET));
}

/**
 * show_lock() - what timekeeping_reference says
 * @lock: the lock
 */
void show_lock(const struct lock *lock)
{
	char a[TEXT_SIZE], b[TEXT_SIZE];

	if (!lock->present) {
		puts("lock: timekeeping_reference is not loaded");
		return;
	}
	printf("lock: %s%s%s\n",
	       strcmp(lock->attr[LOCK_STATE], "locked") ? "" : color(NOTE),
	       lock->attr[LOCK_STATE], color_end());
	show_line("reason", "%s", lock->attr[LOCK_REASON]);
	show_line("reference", "%s", lock->attr[LOCK_REFERENCE][0] ?
		  lock->attr[LOCK_REFERENCE] : "none");
	show_offset(lock);
	show_line("error bound", "%s, estimated %s",
		  lock_ns(a, lock, LOCK_MAXERROR),
		  lock_ns(b, lock, LOCK_ESTERROR));
	if (lock->attr[LOCK_CALLS][0])
		show_line("activity",
			  "adjustments %s, steps %s, wake-ups %s; now %s",
			  lock->attr[LOCK_CALLS], lock->attr[LOCK_STEPS],
			  lock->attr[LOCK_WAKEUPS], lock->attr[LOCK_MODE]);
	if (lock->attr[LOCK_ADJUSTED_BY][0])
		show_line("adjusted by", "%s", lock->attr[LOCK_ADJUSTED_BY]);
}

/**
 * show_system() - clocksource and the kernel's NTP state
 * @f: the facts
 */
void show_system(const struct facts *f)
{
	const struct kernel_clock *k = &f->kernel;
	char text[TEXT_SIZE];

	puts("system:");
	show_line("clocksource", "%s (of %s)",
		  f->sources.current[0] ? f->sources.current : "unknown",
		  f->sources.available[0] ? f->sources.available : "unknown");
	if (k->error) {
		show_line("kernel clock", "%s", strerror(k->error));
		return;
	}
	show_line("kernel clock", "%s, bound +-%s, TAI offset %d s, frequency %+.3f ppm",
		  k->synchronized ? "synchronized" : "unsynchronized",
		  text_ps(text, (__int128)k->maxerror_us * 1000000),
		  k->tai_offset_sec, k->frequency_ppb / 1e3);
}

/**
 * show_findings() - what is wrong
 * @all: the findings
 * @least: those of less severity are left out
 * @remedies: what to do as well
 */
void show_findings(const struct findings *all, enum severity least,
		   bool remedies)
{
	size_t i;

	for (i = 0; i < all->n; i++) {
		const struct finding *f = &all->list[i];

		if (f->severity < least)
			continue;
		printf("%s%s%s: %s\n", color(f->severity),
		       severity_name(f->severity), color_end(), f->text);
		if (remedies && f->remedy[0])
			printf("    remedy: %s\n", f->remedy);
	}
}
