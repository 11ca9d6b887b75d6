// SPDX-License-Identifier: GPL-2.0
/*
 * vmclockctl compare: the system clock, the PTP clock and the page against each
 * other. System and PTP clock are read at the same counter value where the
 * driver can; the page is computed for the counter between two readings that
 * enclose the system clock's, and the width of that is told.
 */
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "compare.h"
#include "ctl.h"
#include "facts.h"
#include "options.h"
#include "output.h"

#define COUNT_MAX	10000000

/**
 * struct comparing - arguments, and what is open
 */
struct comparing {
	struct comparison c;
	long long count, interval_ms, limit_ns;
	const char *device, *csv, *plot;
	enum clock_scale scale;
	bool json;
	int page_fd, ptp_fd;
	struct kernel_clock kernel;
};

/* The PTP clock tells TAI; in UTC it is the page that knows the difference. */
static bool phc_in_scale(const struct comparing *w,
			 const struct vmclock_params *p,
			 struct vmclock_time *phc)
{
	s16 offset_sec;

	if (w->c.scale == SCALE_TAI)
		return true;
	if (vmclock_tai_offset(p, &offset_sec))
		return false;
	phc->sec -= offset_sec;
	return clock_of_page(p, SCALE_UTC, *phc, phc);
}

static bool clock_minus_phc(const struct comparing *w,
			    const struct vmclock_params *p,
			    struct clock_diff *diff)
{
	struct vmclock_time clock, phc;

	if (!ptp_compare(w->ptp_fd, w->c.method, &clock, &phc,
			 &diff->uncertainty_ns))
		return false;
	if (w->c.scale == SCALE_TAI)
		clock.sec += w->kernel.tai_offset_sec;
	if (!phc_in_scale(w, p, &phc))
		return false;
	diff->ns = vmclock_time_to_ns(vmclock_time_sub(clock, phc));
	return true;
}

/* Both were measured against the system clock, just before. */
static void phc_minus_page(struct sample *s)
{
	s->has[PHC_PAGE] = s->has[CLOCK_PHC] && s->has[CLOCK_PAGE];
	if (!s->has[PHC_PAGE])
		return;
	s->diff[PHC_PAGE].ns = (s64)((u64)s->diff[CLOCK_PAGE].ns -
				     (u64)s->diff[CLOCK_PHC].ns);
	s->diff[PHC_PAGE].uncertainty_ns = s->diff[CLOCK_PAGE].uncertainty_ns +
					   s->diff[CLOCK_PHC].uncertainty_ns;
}

static s64 elapsed_ns(void)
{
	static s64 begin;
	struct timespec ts;
	s64 now;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	now = ts.tv_sec * 1000000000LL + ts.tv_nsec;
	if (!begin)
		begin = now;
	return now - begin;
}

static bool take(struct comparing *w, struct sample *s)
{
	struct page_copy page;

	memset(s, 0, sizeof(*s));
	s->elapsed_ns = elapsed_ns();
	if (page_load(w->page_fd, 0, &page) || page.defect || page.time_defect)
		return false;
	if (w->ptp_fd >= 0)
		s->has[CLOCK_PHC] = clock_minus_phc(w, &page.p,
						    &s->diff[CLOCK_PHC]);
	s->has[CLOCK_PAGE] = clock_minus_page(&page.p, w->c.scale,
					      &s->diff[CLOCK_PAGE]);
	phc_minus_page(s);
	return s->has[CLOCK_PHC] || s->has[CLOCK_PAGE];
}

static int measure(struct comparing *w)
{
	long long i;

	w->c.samples = calloc(w->count, sizeof(*w->c.samples));
	if (!w->c.samples) {
		ctl_error("no memory for %lld samples", w->count);
		return CTL_FAILED;
	}
	ctl_catch_signals();
	for (i = 0; i < w->count; i++) {
		if (take(w, &w->c.samples[w->c.n]))
			w->c.n++;
		else
			w->c.lost++;
		if (i + 1 < w->count && !ctl_sleep_ms(w->interval_ms))
			break;
	}
	if (w->c.n)
		return CTL_OK;
	ctl_error("%s told no time at any of %zu attempts", w->c.device,
		  w->c.lost);
	return CTL_FOUND;
}

/* It may be a link to a file by now, which is neither cut nor written to. */
static FILE *open_special(const char *path)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);
	struct stat st;

	if (fd < 0)
		return NULL;
	if (!fstat(fd, &st) && !S_ISREG(st.st_mode))
		return fdopen(fd, "w");
	close(fd);
	errno = EEXIST;
	return NULL;
}

/* A pipe or a device is written to, where a file is replaced. */
static int write_special(const struct comparing *w)
{
	FILE *out = open_special(w->csv);
	bool good = out;

	if (out) {
		compare_csv(&w->c, out);
		good = !ferror(out);
		good = !fclose(out) && good;
	}
	if (good)
		return CTL_OK;
	ctl_error("cannot write %s: %s", w->csv, strerror(errno));
	return ctl_exit_of(errno);
}

static int save_csv(const struct comparing *w)
{
	struct output o;
	struct stat st;
	int status;

	if (!strcmp(w->csv, "-")) {
		compare_csv(&w->c, stdout);
		return CTL_OK;
	}
	if (!stat(w->csv, &st) && !S_ISREG(st.st_mode))
		return write_special(w);
	status = output_open(&o, w->csv);
	if (status)
		return status;
	compare_csv(&w->c, o.file);
	return output_close(&o);
}

static bool beyond(const struct comparing *w)
{
	enum pair best = w->c.ptp[0] ? CLOCK_PHC : CLOCK_PAGE;
	struct stats s, u;

	if (w->limit_ns < 0 || !compare_stats(&w->c, best, &s, &u) ||
	    s.abs_p99 <= w->limit_ns)
		return false;
	ctl_error("p99 of %s is %lld ns, beyond the limit of %lld ns",
		  pair_name(&w->c, best), s.abs_p99, w->limit_ns);
	return true;
}

static int report(const struct comparing *w)
{
	int status = CTL_OK;

	if (w->csv)
		status = save_csv(w);
	if (!status && w->plot)
		status = compare_plot(&w->c, w->plot);
	if (status)
		return status;
	if (w->json)
		compare_json(&w->c);
	else if (!w->csv || strcmp(w->csv, "-"))
		compare_show(&w->c);
	return beyond(w) ? CTL_FOUND : CTL_OK;
}

/* Not being allowed to read the PTP clock leaves the page. */
static void open_ptp(struct comparing *w, const struct device *d)
{
	char path[PATH_MAX];

	w->ptp_fd = -1;
	w->c.method = PTP_NONE;
	if (!d->ptp[0])
		return;
	w->ptp_fd = open(fs_path(path, "/dev/%s", d->ptp),
			 O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (w->ptp_fd >= 0)
		w->c.method = ptp_method(w->ptp_fd);
	if (w->c.method != PTP_NONE) {
		strcpy(w->c.ptp, d->ptp);
		return;
	}
	ctl_error("/dev/%s cannot be compared, only the page: %s", d->ptp,
		  strerror(errno));
	if (w->ptp_fd >= 0)
		close(w->ptp_fd);
	w->ptp_fd = -1;
}

static int choose_scale(struct comparing *w, const struct device *d)
{
	w->c.scale = clock_scale(&d->page.p, &w->kernel, w->scale);
	if (w->c.scale != SCALE_NONE)
		return CTL_OK;
	if (w->scale == SCALE_TAI)
		ctl_error("TAI cannot be compared: %s does not know the TAI offset",
			  w->kernel.tai_offset_sec ? "the page" : "the kernel");
	else
		ctl_error("%s tells no time that the system's clocks can be compared with",
			  d->name);
	return CTL_FOUND;
}

static int open_device(struct comparing *w, const struct device *d)
{
	char path[PATH_MAX];

	if (d->error) {
		ctl_error("cannot read /dev/%s: %s%s", d->name,
			  page_load_error(d->error),
			  ctl_exit_of(d->error) == CTL_DENIED ?
			  "; remedy: run it as root" : "");
		return ctl_exit_of(d->error);
	}
	if (d->page.defect) {
		ctl_error("/dev/%s shows no page: %s", d->name, d->page.defect);
		return CTL_BAD_PAGE;
	}
	if (d->page.time_defect) {
		ctl_error("/dev/%s tells no time: %s", d->name,
			  d->page.time_defect);
		return CTL_FOUND;
	}
	strcpy(w->c.device, d->name);
	w->page_fd = open(fs_path(path, "/dev/%s", d->name),
			  O_RDONLY | O_CLOEXEC);
	open_ptp(w, d);
	return choose_scale(w, d);
}

static const struct device *choose(const struct comparing *w,
				   const struct facts *f)
{
	const char *name = w->device;
	size_t i;

	if (!name)
		return facts_guest(f) ? facts_guest(f) :
		       f->n_devices ? &f->devices[0] : NULL;
	if (!strncmp(name, "/dev/", 5))
		name += 5;
	for (i = 0; i < f->n_devices; i++)
		if (!strcmp(f->devices[i].name, name))
			return &f->devices[i];
	return NULL;
}

static int compare(struct comparing *w)
{
	static struct facts f;
	const struct device *d;
	int status;

	facts_read(&f);
	w->kernel = f.kernel;
	d = choose(w, &f);
	if (!d) {
		ctl_error("there is no %s here; vmclockctl %s", w->device ?
			  w->device : "VMClock device", w->device ?
			  "status shows what there is" : "doctor says why");
		return CTL_ABSENT;
	}
	status = open_device(w, d);
	if (!status)
		status = measure(w);
	if (!status)
		status = report(w);
	free(w->c.samples);
	return status;
}

static bool parse_clock(struct comparing *w, const char *name)
{
	if (!strcmp(name, "tai"))
		w->scale = SCALE_TAI;
	else if (!strcmp(name, "realtime"))
		w->scale = SCALE_UTC;
	else
		ctl_error("the clock must be tai or realtime, not '%s'", name);
	return w->scale != SCALE_NONE;
}

static bool parse(struct comparing *w, int opt, const char *value)
{
	switch (opt) {
	case 'j':
		w->json = true;
		return true;
	case 'n':
		return ctl_number("the count", value, 1, COUNT_MAX, &w->count);
	case 'i':
		return ctl_number("the interval", value, 0, 3600000,
				  &w->interval_ms);
	case 'l':
		return ctl_number("the limit", value, 0, S64_MAX,
				  &w->limit_ns);
	case 'd':
		w->device = value;
		return true;
	case 'k':
		return parse_clock(w, value);
	case 'c':
		w->csv = value;
		return true;
	case 'p':
		w->plot = value;
		return true;
	default:
		return false;
	}
}

/**
 * cmd_compare() - the command
 * @argc: arguments
 * @argv: arguments
 *
 * Return: CTL_OK; CTL_FOUND if the page tells no time, or the limit is passed;
 * CTL_ABSENT, CTL_DENIED, CTL_BAD_PAGE, CTL_FAILED.
 */
int cmd_compare(int argc, char **argv)
{
	static const struct option options[] = {
		OPTION_JSON, OPTION_HELP,
		{ "count", required_argument, NULL, 'n' },
		{ "interval", required_argument, NULL, 'i' },
		{ "limit", required_argument, NULL, 'l' },
		{ "device", required_argument, NULL, 'd' },
		{ "clock", required_argument, NULL, 'k' },
		{ "csv", required_argument, NULL, 'c' },
		{ "plot", required_argument, NULL, 'p' }, { }
	};
	struct comparing w = {
		.count = 500, .interval_ms = 10, .limit_ns = -1,
		.page_fd = -1, .ptp_fd = -1,
	};
	int opt;

	while ((opt = getopt_long(argc, argv, "jhn:i:", options, NULL)) != -1)
		if (!parse(&w, opt, optarg))
			return ctl_usage_error();
	if (!ctl_is_last(argc, argv))
		return ctl_usage_error();
	return compare(&w);
}
