// SPDX-License-Identifier: GPL-2.0
/*
 * vmclockctl metrics: the facts as OpenMetrics text. Only gauges and counters
 * are used, which the older text format of Prometheus knows as well, so that
 * node_exporter's textfile collector takes it as it is.
 */
#include <errno.h>
#include <unistd.h>

#include "ctl.h"
#include "facts.h"
#include "options.h"
#include "rates.h"
#include "text.h"

static FILE *out;

static void family(const char *name, const char *type, const char *unit,
		   const char *help)
{
	fprintf(out, "# TYPE %s %s\n", name, type);
	if (unit)
		fprintf(out, "# UNIT %s %s\n", name, unit);
	fprintf(out, "# HELP %s %s\n", name, help);
}

/* Values that come from the driver may have any text. */
static void label(const char *name, const char *value, char end)
{
	fprintf(out, "%s=\"", name);
	for (; *value; value++) {
		if (*value == '"' || *value == '\\')
			fputc('\\', out);
		fputc(*value, out);
	}
	fprintf(out, "\"%c", end);
}

static void sample(const char *name, const struct device *d, double value)
{
	fprintf(out, "%s{device=\"%s\"} %.12g\n", name, d->name, value);
}

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

static bool notification(const struct device *d, double *value)
{
	*value = !!(d->page.p.flags & VMCLOCK_FLAG_NOTIFICATION_PRESENT);
	return !d->error && !d->page.defect;
}

static bool announced(const struct device *d, double *value)
{
	*value = !!(d->page.p.flags & (VMCLOCK_FLAG_DISRUPTION_SOON |
				       VMCLOCK_FLAG_DISRUPTION_IMMINENT));
	return !d->error && !d->page.defect;
}

static const struct {
	const char *name;
	const char *unit;
	const char *help;
	device_value get;
} device_metrics[] = {
	{ "vmclock_page_valid", NULL,
	  "Whether the page can be believed.", page_valid },
	{ "vmclock_time_valid", NULL,
	  "Whether the page tells time.", time_valid },
	{ "vmclock_maxerror_seconds", "seconds",
	  "Bound of the page's error now.", maxerror },
	{ "vmclock_esterror_seconds", "seconds",
	  "Estimate of the page's error now.", esterror },
	{ "vmclock_tai_offset_seconds", "seconds", "TAI - UTC.", offset },
	{ "vmclock_clock_minus_page_seconds", "seconds",
	  "System clock minus the page's time.", difference },
	{ "vmclock_clock_minus_page_uncertainty_seconds", "seconds",
	  "Uncertainty of the difference, plus or minus.", uncertainty },
	{ "vmclock_counter_hertz", "hertz",
	  "Frequency of the counter by the page.", hertz },
	{ "vmclock_notification", NULL,
	  "Whether the hypervisor notifies of changes.", notification },
	{ "vmclock_disruption_announced", NULL,
	  "Whether a disruption within a day is announced.", announced },
};

static void devices(const struct facts *f)
{
	size_t i, d, n;
	double value;

	for (i = 0; i < CTL_ARRAY_SIZE(device_metrics); i++)
		for (d = n = 0; d < f->n_devices; d++) {
			if (!device_metrics[i].get(&f->devices[d], &value))
				continue;
			if (!n++)
				family(device_metrics[i].name, "gauge",
				       device_metrics[i].unit,
				       device_metrics[i].help);
			sample(device_metrics[i].name, &f->devices[d], value);
		}
}

/* 64 bits don't fit into a value: as labels they are exact. */
static void device_info(const struct facts *f)
{
	char a[TEXT_SIZE];
	size_t i, n = 0;

	for (i = 0; i < f->n_devices; i++) {
		const struct device *d = &f->devices[i];
		const struct vmclock_params *p = &d->page.p;

		if (d->error || d->page.defect)
			continue;
		if (!n++)
			family("vmclock_page_info", "gauge", NULL,
			       "What the page says; the value is always 1.");
		fputs("vmclock_page_info{", out);
		label("device", d->name, ',');
		label("clock_status", text_status(a, p->status), ',');
		label("time_type", text_time_type(a, p->time_type), ',');
		label("counter", text_counter(a, p->counter_id), ',');
		label("leap_indicator", text_leap(a, p->leap), ',');
		fprintf(out, "disruption_marker=\"0x%llx\",vm_generation_counter=\"0x%llx\"} 1\n",
			p->disruption_marker, p->vm_generation);
	}
}

static const struct {
	const char *name;
	const char *type;
	const char *unit;
	const char *help;
	enum lock_attr attr;
	double scale;
} lock_metrics[] = {
	{ "vmclock_lock_offset_seconds", "gauge", "seconds",
	  "System clock minus the reference.", LOCK_OFFSET, 1e-12 },
	{ "vmclock_lock_ntp_offset_seconds", "gauge", "seconds",
	  "The kernel's NTP clock minus the reference.", LOCK_NTP_OFFSET,
	  1e-12 },
	{ "vmclock_lock_maxerror_seconds", "gauge", "seconds",
	  "Bound of the system clock's error.", LOCK_MAXERROR, 1e-9 },
	{ "vmclock_lock_esterror_seconds", "gauge", "seconds",
	  "Estimate of the system clock's error.", LOCK_ESTERROR, 1e-9 },
	{ "vmclock_lock_adjustments", "counter", NULL,
	  "Adjustments of the system clock.", LOCK_CALLS, 1 },
	{ "vmclock_lock_steps", "counter", NULL,
	  "Steps of the system clock.", LOCK_STEPS, 1 },
	{ "vmclock_lock_wakeups", "counter", NULL,
	  "Expiries of the lock's timer.", LOCK_WAKEUPS, 1 },
};

static void lock_state(const struct lock *lock)
{
	static const char * const states[] = {
		"waiting", "locked", "holdover", "unsynchronized", "yielded",
	};
	size_t i;

	family("vmclock_lock_state", "gauge", NULL,
	       "The lock's state: 1 for the one it is in.");
	for (i = 0; i < CTL_ARRAY_SIZE(states); i++)
		fprintf(out, "vmclock_lock_state{state=\"%s\"} %d\n", states[i],
			!strcmp(states[i], lock->attr[LOCK_STATE]));
}

static void lock(const struct lock *lock)
{
	size_t i;
	s64 value;

	if (!lock->present)
		return;
	lock_state(lock);
	for (i = 0; i < CTL_ARRAY_SIZE(lock_metrics); i++) {
		bool counter = lock_metrics[i].type[0] == 'c';

		if (!lock_number(lock, lock_metrics[i].attr, &value))
			continue;
		family(lock_metrics[i].name, lock_metrics[i].type,
		       lock_metrics[i].unit, lock_metrics[i].help);
		fprintf(out, "%s%s %.12g\n", lock_metrics[i].name,
			counter ? "_total" : "", value * lock_metrics[i].scale);
	}
}

static void kernel(const struct kernel_clock *k)
{
	if (k->error)
		return;
	family("vmclock_kernel_synchronized", "gauge", NULL,
	       "Whether the kernel calls its clock synchronized.");
	fprintf(out, "vmclock_kernel_synchronized %d\n", k->synchronized);
}

static void print(const struct facts *f)
{
	devices(f);
	device_info(f);
	lock(&f->lock);
	kernel(&f->kernel);
	fputs("# EOF\n", out);
}

/* A scraper never sees half a file: it is renamed when it is complete. */
static int write_file(const struct facts *f, const char *path)
{
	char temp[PATH_MAX];
	bool good;

	if (snprintf(temp, sizeof(temp), "%s.new", path) >= (int)sizeof(temp)) {
		ctl_error("%s: the name is too long", path);
		return CTL_USAGE;
	}
	out = fopen(temp, "w");
	if (!out) {
		ctl_error("cannot write %s: %s", temp, strerror(errno));
		return ctl_exit_of(errno);
	}
	print(f);
	good = !ferror(out);
	good = !fclose(out) && good && !rename(temp, path);
	if (good)
		return CTL_OK;
	ctl_error("cannot write %s: %s", path, strerror(errno));
	unlink(temp);
	return CTL_FAILED;
}

/**
 * cmd_metrics() - the command
 * @argc: arguments
 * @argv: arguments
 *
 * Return: CTL_OK whatever the facts are, which are in the metrics; CTL_ABSENT
 * if there are none.
 */
int cmd_metrics(int argc, char **argv)
{
	static const struct option options[] = {
		OPTION_HELP, { "output", required_argument, NULL, 'o' }, { }
	};
	const char *path = NULL;
	static struct facts f;
	int opt, status = CTL_OK;

	while ((opt = getopt_long(argc, argv, "ho:", options, NULL)) != -1) {
		if (opt != 'o')
			return ctl_usage_error();
		path = optarg;
	}
	if (!ctl_is_last(argc, argv))
		return ctl_usage_error();
	facts_read(&f);
	out = stdout;
	if (path)
		status = write_file(&f, path);
	else
		print(&f);
	if (!status && !f.n_devices && !f.lock.present) {
		ctl_error("there is neither a VMClock device nor timekeeping_reference here; vmclockctl doctor says why");
		status = CTL_ABSENT;
	}
	return status;
}
