// SPDX-License-Identifier: GPL-2.0
/*
 * Collects what can be known of VMClock on this machine: the devices and their
 * pages, the lock, the modules, the clocksource. Nothing here is written to,
 * and what can't be read, for a lack of permission, is left out.
 */
#include <errno.h>
#include <string.h>

#include "counter.h"
#include "ctl.h"
#include "facts.h"

const char * const module_names[MODULE_COUNT] = {
	"ptp_vmclock", "timekeeping_reference", "vmclock_host", "vmclock_feed",
};

const char * const page_attr_names[ATTR_COUNT] = {
	"state", "clock_status", "disruption_marker", "vm_generation_counter",
	"maxerror_ns",
};

const char * const lock_attr_names[LOCK_COUNT] = {
	"state", "reason", "reference", "adjusted_by", "offset_ps",
	"ntp_offset_ps", "maxerror_ns", "esterror_ns", "mult_accounting", "mode",
	"calls", "steps", "wakeups",
};

/**
 * now_read() - a page's time at this moment
 * @p: copy of a page that tells time
 * @k: the kernel's state
 * @now: result
 */
void now_read(const struct vmclock_params *p, const struct kernel_clock *k,
	      struct now *now)
{
	struct vmclock_time t;

	now->counter = counter_read();
	t = vmclock_line_at(&p->line, now->counter);
	memset(&now->scales, 0, sizeof(now->scales));
	vmclock_scales_at(p, t, &now->scales);
	now->maxerror_ns = vmclock_maxerror_at(p, now->counter);
	now->esterror_ns = vmclock_esterror_at(p, now->counter);
	now->age_ns = vmclock_time_to_ns(vmclock_time_sub(t, p->line.time));
	now->scale = clock_scale(p, k, SCALE_NONE);
	if (!clock_minus_page(p, now->scale, &now->diff))
		now->scale = SCALE_NONE;
}

/*
 * The driver's platform device is the parent of its node. The kernel's own
 * driver names none; there may be one of vmclock_feed with the same number.
 */
static void read_sysfs(struct device *d)
{
	char dir[PATH_MAX];
	size_t i;

	snprintf(dir, sizeof(dir), "/sys/class/misc/%s/device", d->name);
	if (!fs_exists("%s", dir))
		snprintf(dir, sizeof(dir),
			 "/sys/bus/platform/devices/vmclock_feed.%s",
			 d->name + strlen("vmclock"));
	fs_link(d->driver, sizeof(d->driver), "%s/driver", dir);
	for (i = 0; i < ATTR_COUNT; i++)
		fs_read(d->attr[i], sizeof(d->attr[i]), "%s/%s", dir,
			page_attr_names[i]);
}

/* A PTP clock has the name of the node it belongs to. */
static void find_ptp(struct device *d)
{
	char names[FACTS_DEVICES][FS_NAME], clock[FS_NAME];
	size_t i, n = fs_list("/sys/class/ptp", "ptp", names, FACTS_DEVICES);

	d->ptp[0] = 0;
	for (i = 0; i < n; i++)
		if (!fs_read(clock, sizeof(clock),
			     "/sys/class/ptp/%s/clock_name", names[i]) &&
		    !strcmp(clock, d->name))
			strcpy(d->ptp, names[i]);
}

/**
 * device_read() - all about one page
 * @d: result
 * @name: of the node in /dev
 * @k: the kernel's state
 */
void device_read(struct device *d, const char *name,
		 const struct kernel_clock *k)
{
	char path[PATH_MAX];

	memset(d, 0, sizeof(*d));
	snprintf(d->name, sizeof(d->name), "%s", name);
	d->host = !strcmp(name, "vmclock_host");
	d->error = -page_load_file(fs_path(path, "/dev/%s", name), 0, &d->page);
	d->has_now = !d->error && !d->page.defect && !d->page.time_defect;
	if (d->has_now)
		now_read(&d->page.p, k, &d->now);
	if (d->host)
		return;
	read_sysfs(d);
	find_ptp(d);
}

/**
 * device_fed() - whether vmclock_feed feeds the lock from a page
 * @d: the device
 *
 * Return: true if it does, or would, were the lock not switched off.
 */
bool device_fed(const struct device *d)
{
	return !strcmp(d->driver, module_names[MODULE_FEED]);
}

/**
 * device_module() - the module that has the parameters lock and poll_ms
 * @d: the device
 *
 * Return: its name.
 */
const char *device_module(const struct device *d)
{
	return module_names[device_fed(d) ? MODULE_FEED : MODULE_PTP];
}

/**
 * device_disruptions_only() - whether a page will never tell time
 * @d: the device
 *
 * Return: true for a hypervisor's page without a counter; that doesn't change
 * in the page's life.
 */
bool device_disruptions_only(const struct device *d)
{
	if (d->host || d->page.defect)
		return false;
	if (d->error)
		return strstr(d->attr[ATTR_STATE], "page has no counter");
	return d->page.p.counter_id == VMCLOCK_COUNTER_INVALID ||
	       !vmclock_field_present(d->page.p.size, time_frac_sec);
}

/**
 * device_status_defect() - whether a page tells no time for now
 * @d: the device, whose page can be read
 *
 * Return: what its clock status says against it, if nothing else does; NULL.
 */
const char *device_status_defect(const struct device *d)
{
	const char *defect = vmclock_status_defect(d->page.p.status);

	return defect && d->page.time_defect &&
	       !strcmp(defect, d->page.time_defect) ? defect : NULL;
}

/* Attributes are in sysfs, those for diagnosis in debugfs. */
static void read_lock_attr(struct lock *lock, size_t i)
{
	static const char * const dirs[] = {
		"/sys/devices/platform/timekeeping_reference",
		"/sys/kernel/debug/timekeeping_reference",
	};
	size_t d;

	for (d = 0; d < CTL_ARRAY_SIZE(dirs); d++)
		if (!fs_read(lock->attr[i], sizeof(lock->attr[i]), "%s/%s",
			     dirs[d], lock_attr_names[i]))
			return;
}

/**
 * lock_read() - what timekeeping_reference says
 * @lock: result
 */
void lock_read(struct lock *lock)
{
	size_t i;

	for (i = 0; i < LOCK_COUNT; i++)
		read_lock_attr(lock, i);
	lock->present = lock->attr[LOCK_STATE][0];
}

/**
 * lock_attr_is_number() - whether an attribute is a number, or a bound
 * @attr: which
 *
 * Return: false for those in words.
 */
bool lock_attr_is_number(enum lock_attr attr)
{
	return (attr >= LOCK_OFFSET && attr <= LOCK_ESTERROR) ||
	       attr >= LOCK_CALLS;
}

/**
 * lock_number() - a number that timekeeping_reference says
 * @lock: the lock
 * @attr: which
 * @value: result
 *
 * Return: false if there is none, as for a bound that is unknown.
 */
bool lock_number(const struct lock *lock, enum lock_attr attr, s64 *value)
{
	const char *text = lock->attr[attr];
	char *end;

	errno = 0;
	*value = strtoll(text, &end, 10);
	return *text && !*end && !errno;
}

static void read_modules(struct facts *f)
{
	size_t i;

	for (i = 0; i < MODULE_COUNT; i++) {
		struct module_facts *m = &f->modules[i];

		m->loaded = fs_exists("/sys/module/%s", module_names[i]);
		fs_read(m->version, sizeof(m->version),
			"/sys/module/%s/version", module_names[i]);
		fs_read(m->srcversion, sizeof(m->srcversion),
			"/sys/module/%s/srcversion", module_names[i]);
	}
}

static void read_clocksources(struct clocksources *s)
{
	static const char dir[] =
		"/sys/devices/system/clocksource/clocksource0";

	fs_read(s->current, sizeof(s->current), "%s/current_clocksource", dir);
	fs_read(s->available, sizeof(s->available), "%s/available_clocksource",
		dir);
}

/* vmclock0, ...; other nodes of vmclock_host are pages of VMs */
static bool is_device(const char *name)
{
	size_t n = strlen("vmclock");

	return !strcmp(name, "vmclock_host") ||
	       (name[n] && !name[n + strspn(name + n, "0123456789")]);
}

/**
 * facts_read() - collect all
 * @f: result
 */
void facts_read(struct facts *f)
{
	char names[64][FS_NAME];
	size_t i, n = fs_list("/dev", "vmclock", names, CTL_ARRAY_SIZE(names));

	memset(f, 0, sizeof(*f));
	kernel_clock_read(&f->kernel);
	read_modules(f);
	read_clocksources(&f->sources);
	for (i = 0; i < n && f->n_devices < FACTS_DEVICES; i++)
		if (is_device(names[i]))
			device_read(&f->devices[f->n_devices++], names[i],
				    &f->kernel);
	lock_read(&f->lock);
}

/**
 * facts_guest() - the hypervisor's page that counts
 * @f: the facts
 *
 * Return: the device that the lock follows, or else the first that tells time,
 * or else the first; NULL if there is none.
 */
const struct device *facts_guest(const struct facts *f)
{
	const struct device *best = NULL;
	size_t i;

	for (i = 0; i < f->n_devices; i++) {
		const struct device *d = &f->devices[i];

		if (d->host)
			continue;
		if (!strcmp(d->name, f->lock.attr[LOCK_REFERENCE]))
			return d;
		if (!best || (d->has_now && !best->has_now))
			best = d;
	}
	return best;
}
