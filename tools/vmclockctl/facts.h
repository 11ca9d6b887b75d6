/* SPDX-License-Identifier: GPL-2.0 */
/*
 * All that can be known of VMClock on this machine at a moment. Collected once,
 * then shown by status, watch, doctor, metrics and report.
 */
#ifndef _VMCLOCKCTL_FACTS_H
#define _VMCLOCKCTL_FACTS_H

#include "clocks.h"
#include "fs.h"
#include "page_io.h"

#define FACTS_DEVICES	16

/**
 * struct now - a page's time at the moment of reading
 * @counter: the counter
 * @scales: TAI and UTC
 * @maxerror_ns: bound, U64_MAX for none
 * @esterror_ns: estimate, U64_MAX for none
 * @age_ns: since the page's anchor
 * @scale: in which @diff is; SCALE_NONE if there is none
 * @diff: the system's clock minus the page
 */
struct now {
	u64 counter;
	struct vmclock_scales scales;
	u64 maxerror_ns;
	u64 esterror_ns;
	s64 age_ns;
	enum clock_scale scale;
	struct clock_diff diff;
};

/* The attributes of ptp_vmclock's device: docs/ABI/sysfs-ptp_vmclock. */
enum page_attr {
	ATTR_STATE, ATTR_CLOCK_STATUS, ATTR_MARKER, ATTR_GENERATION,
	ATTR_MAXERROR, ATTR_COUNT
};

/**
 * struct device - a page that a driver shows
 * @name: of the node in /dev
 * @host: it is vmclock_host's, not a hypervisor's
 * @error: 0, or errno of reading the page
 * @page: the page, if @error is 0
 * @has_now: @now is valid
 * @now: the page's time
 * @driver: of the platform device; empty if unknown. "vmclock_feed" if the kernel's
 *	own driver has the device, and that module feeds the lock from its page
 * @ptp: its PTP clock; empty if there is none
 * @attr: what the driver says in sysfs, readable for all; empty if unknown
 */
struct device {
	char name[FS_NAME];
	bool host;
	int error;
	struct page_copy page;
	bool has_now;
	struct now now;
	char driver[FS_NAME];
	char ptp[FS_NAME];
	char attr[ATTR_COUNT][FS_TEXT];
};

/* The attributes of timekeeping_reference: docs/ABI. */
enum lock_attr {
	LOCK_STATE, LOCK_REASON, LOCK_REFERENCE, LOCK_ADJUSTED_BY,
	LOCK_OFFSET, LOCK_NTP_OFFSET, LOCK_MAXERROR, LOCK_ESTERROR,
	LOCK_CLASS, LOCK_MODE, LOCK_CALLS, LOCK_STEPS, LOCK_WAKEUPS, LOCK_COUNT
};

struct lock {
	bool present;
	char attr[LOCK_COUNT][FS_TEXT];
};

enum module {
	MODULE_PTP, MODULE_LOCK, MODULE_HOST, MODULE_FEED, MODULE_COUNT
};

/**
 * struct module_facts - one of the project's modules
 * @loaded: there is one of that name
 * @version: MODULE_VERSION; empty for the kernel's own driver
 * @srcversion: of what is loaded
 */
struct module_facts {
	bool loaded;
	char version[FS_NAME];
	char srcversion[FS_NAME];
};

struct clocksources {
	char current[FS_NAME];
	char available[FS_TEXT];
};

struct facts {
	struct device devices[FACTS_DEVICES];
	size_t n_devices;
	struct lock lock;
	struct module_facts modules[MODULE_COUNT];
	struct clocksources sources;
	struct kernel_clock kernel;
};

extern const char * const module_names[MODULE_COUNT];
extern const char * const page_attr_names[ATTR_COUNT];
extern const char * const lock_attr_names[LOCK_COUNT];

void facts_read(struct facts *f);
void device_read(struct device *d, const char *name,
		 const struct kernel_clock *k);
void now_read(const struct vmclock_params *p, const struct kernel_clock *k,
	      struct now *now);
const char *device_module(const struct device *d);
bool device_fed(const struct device *d);
bool device_disruptions_only(const struct device *d);
const char *device_status_defect(const struct device *d);
void lock_read(struct lock *lock);
bool lock_attr_is_number(enum lock_attr attr);
bool lock_number(const struct lock *lock, enum lock_attr attr, s64 *value);
const struct device *facts_guest(const struct facts *f);

#endif /* _VMCLOCKCTL_FACTS_H */
