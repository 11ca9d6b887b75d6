// SPDX-License-Identifier: GPL-2.0
/*
 * vmclockctl metrics: the facts for Prometheus. Names have base units, counters
 * end in _total, states are sets of 0 and 1. Labels have few values: numbers
 * that change, as the disruption marker, are values and not labels.
 */
#include <errno.h>

#include "ctl.h"
#include "expose.h"
#include "facts.h"
#include "findings.h"
#include "options.h"
#include "output.h"
#include "rates.h"
#include "text.h"
#include "views.h"

#define EXACT_BITS	53	/* of a double */

typedef bool (*device_value)(const struct device *d, double *value);

static bool page_valid(const struct device *d, double *value)
{
	*value = !d->error && !d->page.defect;
	return !d->error || d->error == ENODATA || d->error == ETIMEDOUT;
}

static bool time_valid(const struct device *d, double *value)
{
	*value = d->has_now;
	return !d->error;
}

static bool maxerror(const struct device *d, double *value)
{
	*value = d->now.maxerror_ns / 1e9;
	return d->has_now && d->now.maxerror_ns != U64_MAX;
}

static bool esterror(const struct device *d, double *value)
{
	*value = d->now.esterror_ns / 1e9;
	return d->has_now && d->now.esterror_ns != U64_MAX;
}

static bool age(const struct device *d, double *value)
{
	*value = d->now.age_ns / 1e9;
	return d->has_now;
}

static bool offset(const struct device *d, double *value)
{
	*value = d->now.scales.tai_offset_sec;
	return d->has_now && d->now.scales.tai_valid &&
	       d->now.scales.utc_valid;
}

static bool difference(const struct device *d, double *value)
{
	*value = d->now.diff.ns / 1e9;
	return d->has_now && d->now.scale != SCALE_NONE;
}

static bool uncertainty(const struct device *d, double *value)
{
	*value = d->now.diff.uncertainty_ns / 1e9;
	return d->has_now && d->now.scale != SCALE_NONE;
}

static bool hertz(const struct device *d, double *value)
{
	*value = rate_hz(&d->page.p.line);
	return d->has_now;
}

static bool is_page(const struct device *d)
{
	return !d->error && !d->page.defect;
}

static bool notification(const struct device *d, double *value)
{
	*value = !!(d->page.p.flags & VMCLOCK_FLAG_NOTIFICATION_PRESENT);
	return is_page(d);
}

static bool announced(const struct device *d, double *value)
{
	*value = !!(d->page.p.flags & (VMCLOCK_FLAG_DISRUPTION_SOON |
				       VMCLOCK_FLAG_DISRUPTION_IMMINENT));
	return is_page(d);
}

static bool changes(const struct device *d, double *value)
{
	*value = d->page.p.seq / 2;
	return is_page(d);
}

static double exact(u64 number)
{
	return number & ((1ULL << EXACT_BITS) - 1);
}

static bool marker(const struct device *d, double *value)
{
	*value = exact(d->page.p.disruption_marker);
	return is_page(d);
}

static bool generation(const struct device *d, double *value)
{
	*value = exact(d->page.p.vm_generation);
	return is_page(d) &&
	       d->page.p.flags & VMCLOCK_FLAG_VM_GEN_COUNTER_PRESENT;
}

static const struct device_metric {
	struct expose_family family;
	device_value get;
} device_metrics[] = {
	{ { "vmclock_page_valid", EXPOSE_GAUGE, NULL,
	    "Whether the page can be believed." }, page_valid },
	{ { "vmclock_time_valid", EXPOSE_GAUGE, NULL,
	    "Whether the page tells time." }, time_valid },
	{ { "vmclock_maxerror_seconds", EXPOSE_GAUGE, "seconds",
	    "Bound of the error of the page's time now." }, maxerror },
	{ { "vmclock_esterror_seconds", EXPOSE_GAUGE, "seconds",
	    "Estimate of the error of the page's time now." }, esterror },
	{ { "vmclock_page_age_seconds", EXPOSE_GAUGE, "seconds",
	    "Time since the page's reference point." }, age },
	{ { "vmclock_tai_offset_seconds", EXPOSE_GAUGE, "seconds",
	    "TAI - UTC by the page." }, offset },
	{ { "vmclock_clock_minus_page_seconds", EXPOSE_GAUGE, "seconds",
	    "System clock minus the page's time." }, difference },
	{ { "vmclock_clock_minus_page_uncertainty_seconds", EXPOSE_GAUGE,
	    "seconds", "Uncertainty of that difference, plus or minus." },
	  uncertainty },
	{ { "vmclock_frequency_hertz", EXPOSE_GAUGE, "hertz",
	    "Frequency of the counter by the page." }, hertz },
	{ { "vmclock_notification", EXPOSE_GAUGE, NULL,
	    "Whether changes of the page are notified." }, notification },
	{ { "vmclock_disruption_announced", EXPOSE_GAUGE, NULL,
	    "Whether a disruption within a day is announced." }, announced },
	{ { "vmclock_page_changes", EXPOSE_COUNTER, NULL,
	    "Changes of the page." }, changes },
	{ { "vmclock_disruption_marker", EXPOSE_GAUGE, NULL,
	    "Lowest 53 bits of the marker; each change is a disruption." },
	  marker },
	{ { "vmclock_vm_generation", EXPOSE_GAUGE, NULL,
	    "Lowest 53 bits of the generation; it changes with each restore." },
	  generation },
};

static void devices(const struct facts *f)
{
	const struct device_metric *m;
	double value;
	size_t i, d;

	for (i = 0; i < CTL_ARRAY_SIZE(device_metrics); i++) {
		m = &device_metrics[i];
		for (d = 0; d < f->n_devices; d++) {
			if (!m->get(&f->devices[d], &value))
				continue;
			expose_family(&m->family);
			expose_sample("device", f->devices[d].name, value);
		}
	}
}

/* Only what never changes in a page's life is a label. */
static void device_info(const struct facts *f)
{
	static const struct expose_family info = {
		"vmclock_page", EXPOSE_INFO, NULL, "What the page is."
	};
	char a[TEXT_SIZE], b[TEXT_SIZE];
	size_t i;

	for (i = 0; i < f->n_devices; i++) {
		const struct device *d = &f->devices[i];
		const char * const labels[][2] = {
			{ "device", d->name },
			{ "time_type", text_time_type(a, d->page.p.time_type) },
			{ "counter", text_counter(b, d->page.p.counter_id) },
		};

		if (!is_page(d))
			continue;
		expose_family(&info);
		expose_info(labels, CTL_ARRAY_SIZE(labels));
	}
}

typedef const char *(*field_text)(char text[TEXT_SIZE], u8 value);

static void device_states(const struct facts *f,
			  const struct expose_family *family,
			  field_text name, size_t n, size_t field)
{
	char text[8][TEXT_SIZE];
	const char *states[8];
	char current[TEXT_SIZE];
	size_t i;

	for (i = 0; i < n; i++)
		states[i] = name(text[i], i);
	for (i = 0; i < f->n_devices; i++) {
		const struct device *d = &f->devices[i];
		u8 value = *((const u8 *)&d->page.p + field);

		if (!is_page(d))
			continue;
		expose_family(family);
		expose_states("device", d->name, states, n,
			      name(current, value));
	}
}

static void all_device_states(const struct facts *f)
{
	static const struct expose_family status = {
		"vmclock_clock_status", EXPOSE_GAUGE, NULL,
		"What the page says of its clock: 1 for the status it has."
	}, leap = {
		"vmclock_leap_indicator", EXPOSE_GAUGE, NULL,
		"The page's leap indicator: 1 for the one it has."
	};

	device_states(f, &status, text_status, VMCLOCK_STATUS_UNRELIABLE + 1,
		      offsetof(struct vmclock_params, status));
	device_states(f, &leap, text_leap, VMCLOCK_LEAP_POST_NEG + 1,
		      offsetof(struct vmclock_params, leap));
}

static const struct lock_metric {
	struct expose_family family;
	enum lock_attr attr;
	double scale;
} lock_metrics[] = {
	{ { "vmclock_lock_offset_seconds", EXPOSE_GAUGE, "seconds",
	    "System clock minus the reference." }, LOCK_OFFSET, 1e-12 },
	{ { "vmclock_lock_ntp_offset_seconds", EXPOSE_GAUGE, "seconds",
	    "The kernel's NTP clock minus the reference." }, LOCK_NTP_OFFSET,
	  1e-12 },
	{ { "vmclock_lock_maxerror_seconds", EXPOSE_GAUGE, "seconds",
	    "Bound of the system clock's error." }, LOCK_MAXERROR, 1e-9 },
	{ { "vmclock_lock_esterror_seconds", EXPOSE_GAUGE, "seconds",
	    "Estimate of the system clock's error." }, LOCK_ESTERROR, 1e-9 },
	{ { "vmclock_lock_adjustments", EXPOSE_COUNTER, NULL,
	    "Adjustments of the system clock." }, LOCK_CALLS, 1 },
	{ { "vmclock_lock_steps", EXPOSE_COUNTER, NULL,
	    "Steps of the system clock." }, LOCK_STEPS, 1 },
	{ { "vmclock_lock_wakeups", EXPOSE_COUNTER, NULL,
	    "Expiries of the lock's timer." }, LOCK_WAKEUPS, 1 },
};

static void lock(const struct lock *lock)
{
	static const struct expose_family state = {
		"vmclock_lock_state", EXPOSE_GAUGE, NULL,
		"The lock's state: 1 for the one it is in."
	};
	static const char * const states[] = {
		"waiting", "locked", "holdover", "unsynchronized", "yielded",
	};
	size_t i;
	s64 value;

	if (!lock->present)
		return;
	expose_family(&state);
	expose_states(NULL, NULL, states, CTL_ARRAY_SIZE(states),
		      lock->attr[LOCK_STATE]);
	for (i = 0; i < CTL_ARRAY_SIZE(lock_metrics); i++) {
		if (!lock_number(lock, lock_metrics[i].attr, &value))
			continue;
		expose_family(&lock_metrics[i].family);
		expose_sample(NULL, NULL, value * lock_metrics[i].scale);
	}
}

static void one(const char *name, const char *unit, const char *help,
		double value)
{
	const struct expose_family family = { name, EXPOSE_GAUGE, unit, help };

	expose_family(&family);
	expose_sample(NULL, NULL, value);
}

static void kernel(const struct kernel_clock *k)
{
	if (k->error)
		return;
	one("vmclock_kernel_synchronized", NULL,
	    "Whether the kernel calls its clock synchronized.",
	    k->synchronized);
	one("vmclock_kernel_maxerror_seconds", "seconds",
	    "Bound of the error of the kernel's clock.", k->maxerror_us / 1e6);
	one("vmclock_kernel_tai_offset_seconds", "seconds",
	    "TAI - UTC by the kernel, 0 if it does not know.",
	    k->tai_offset_sec);
}

static const struct device_metric view_metrics[] = {
	{ { "vmclock_view_page_valid", EXPOSE_GAUGE, NULL,
	    "Whether a machine's page can be believed." }, page_valid },
	{ { "vmclock_view_time_valid", EXPOSE_GAUGE, NULL,
	    "Whether a machine's page tells time." }, time_valid },
	{ { "vmclock_view_page_changes", EXPOSE_COUNTER, NULL,
	    "Changes of a machine's page." }, changes },
	{ { "vmclock_view_disruption_marker", EXPOSE_GAUGE, NULL,
	    "Lowest 53 bits of the marker of a machine's page." }, marker },
};

static void view_metric(const struct views *all, const struct device_metric *m)
{
	struct view v;
	double value;
	size_t i;

	for (i = 0; i < all->n; i++) {
		views_read(all, i, &v);
		if (!m->get(&v.device, &value))
			continue;
		expose_family(&m->family);
		expose_sample("view", v.name, value);
	}
}

/* Time is told over the machine's counter: this one can't compute it. */
static void view_counters(const struct views *all)
{
	static const struct expose_family set = {
		"vmclock_view_translated", EXPOSE_GAUGE, NULL,
		"Whether the view's offset and ratio are known."
	};
	static const struct expose_family reason = {
		"vmclock_view_unknown_reason", EXPOSE_GAUGE, NULL,
		"Why they are not, VMCLOCK_UNKNOWN_* of vmclock_host.h; 0: nobody has set them."
	};
	struct view v;
	size_t i;

	for (i = 0; i < all->n; i++) {
		views_read(all, i, &v);
		expose_family(&set);
		expose_sample("view", v.name, v.translation.frac_bits != 0);
	}
	for (i = 0; i < all->n; i++) {
		views_read(all, i, &v);
		expose_family(&reason);
		expose_sample("view", v.name, v.translation.reason);
	}
}

static void host_views(const struct facts *f)
{
	static struct views all;
	size_t i;

	if (!f->modules[MODULE_HOST].loaded)
		return;
	views_find(&all);
	one("vmclock_views", NULL, "Views of this host that have a name.",
	    all.n);
	view_counters(&all);
	for (i = 0; i < CTL_ARRAY_SIZE(view_metrics); i++)
		view_metric(&all, &view_metrics[i]);
}

static void build(const struct facts *f)
{
	static const struct expose_family build = {
		"vmclock_build", EXPOSE_INFO, NULL, "Version of vmclockctl."
	}, module = {
		"vmclock_module", EXPOSE_INFO, NULL,
		"Versions of the modules that are loaded."
	};
	const char * const version[][2] = { { "version", VMCLOCK_VERSION } };
	size_t i;

	expose_family(&build);
	expose_info(version, 1);
	for (i = 0; i < MODULE_COUNT; i++) {
		const char * const labels[][2] = {
			{ "module", module_names[i] },
			{ "version", f->modules[i].version[0] ?
				     f->modules[i].version : "in-tree" },
		};

		if (!f->modules[i].loaded)
			continue;
		expose_family(&module);
		expose_info(labels, 2);
	}
}

static void finding_counts(const struct findings *all)
{
	static const struct expose_family family = {
		"vmclock_findings", EXPOSE_GAUGE, NULL,
		"Findings of vmclockctl doctor by severity."
	};
	enum severity s;
	size_t i, n;

	expose_family(&family);
	for (s = NOTE; s <= ERROR; s++) {
		for (i = n = 0; i < all->n; i++)
			n += all->list[i].severity == s;
		expose_sample("severity", severity_name(s), n);
	}
}

/* One series a kind; two devices may have the same. */
static void finding_kinds(const struct findings *all)
{
	static const struct expose_family family = {
		"vmclock_finding", EXPOSE_GAUGE, NULL,
		"How often vmclockctl doctor has this finding now."
	};
	size_t i, j, n;

	for (i = 0; i < all->n; i++) {
		for (j = n = 0; j < all->n; j++) {
			if (strcmp(all->list[i].id, all->list[j].id))
				continue;
			if (j < i)
				break;
			n++;
		}
		if (j < all->n)
			continue;
		expose_family(&family);
		expose_sample("id", all->list[i].id, n);
	}
}

static void print(FILE *out, const struct facts *f, bool openmetrics)
{
	static struct findings findings;

	findings_of(f, &findings);
	expose_begin(out, openmetrics);
	build(f);
	devices(f);
	device_info(f);
	all_device_states(f);
	lock(&f->lock);
	kernel(&f->kernel);
	host_views(f);
	finding_counts(&findings);
	finding_kinds(&findings);
	expose_end();
}

static int write_file(const struct facts *f, bool openmetrics, const char *path)
{
	struct output o;
	int status = output_open(&o, path);

	if (status)
		return status;
	print(o.file, f, openmetrics);
	return output_close(&o);
}

static bool parse_format(const char *name, bool *openmetrics)
{
	*openmetrics = !strcmp(name, "openmetrics");
	if (*openmetrics || !strcmp(name, "prometheus"))
		return true;
	ctl_error("the format must be prometheus or openmetrics, not '%s'",
		  name);
	return false;
}

static int metrics(const char *path, bool openmetrics)
{
	static struct facts f;
	int status = CTL_OK;

	facts_read(&f);
	if (path)
		status = write_file(&f, openmetrics, path);
	else
		print(stdout, &f, openmetrics);
	if (status || f.n_devices || f.lock.present)
		return status;
	ctl_error("there is neither a VMClock device nor timekeeping_reference here; vmclockctl doctor says why");
	return CTL_ABSENT;
}

/**
 * cmd_metrics() - the command
 * @argc: arguments
 * @argv: arguments
 *
 * Return: CTL_OK whatever the facts are, which are in the metrics; CTL_ABSENT
 * if there is no device and no lock; CTL_DENIED, CTL_FAILED.
 */
int cmd_metrics(int argc, char **argv)
{
	static const struct option options[] = {
		OPTION_HELP, { "output", required_argument, NULL, 'o' },
		{ "format", required_argument, NULL, 'f' }, { }
	};
	bool openmetrics = false;
	const char *path = NULL;
	int opt;

	while ((opt = getopt_long(argc, argv, "ho:f:", options, NULL)) != -1) {
		if (opt == 'o')
			path = optarg;
		else if (opt != 'f' || !parse_format(optarg, &openmetrics))
			return ctl_usage_error();
	}
	if (!ctl_is_last(argc, argv))
		return ctl_usage_error();
	return metrics(path, openmetrics);
}
