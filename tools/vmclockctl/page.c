// SPDX-License-Identifier: GPL-2.0
/*
 * vmclockctl page: decode a page out of a device, a file, memory or a pipe,
 * field by field, whether it is a good one or not.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <unistd.h>

#include "clocks.h"
#include "ctl.h"
#include "facts.h"
#include "facts_json.h"
#include "json.h"
#include "options.h"
#include "rates.h"
#include "show.h"
#include "text.h"

static void field(const char *name, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

static void field(const char *name, const char *format, ...)
{
	va_list args;

	printf("%-38s ", name);
	va_start(args, format);
	vprintf(format, args);
	va_end(args);
	putchar('\n');
}

static void show_flags(u64 flags)
{
	unsigned int bit;

	printf("%-38s 0x%llx", "flags", flags);
	for (bit = 0; bit < 64; bit++)
		if (flags >> bit & 1)
			printf(" %s", text_flag(bit) ? text_flag(bit) : "?");
	putchar('\n');
}

/* A field that the page is too small for is shown as 0; say so. */
#define show_if(p, name, ...)						\
	do {								\
		if (vmclock_field_present((p)->size, name))		\
			field(#name, __VA_ARGS__);			\
		else							\
			field(#name, "- (page is too small)");		\
	} while (0)

static void show_constants(const struct vmclock_params *p)
{
	char text[TEXT_SIZE];

	field("magic", "0x%x%s", p->magic,
	      p->magic == VMCLOCK_MAGIC ? " (VCLK)" : "");
	field("size", "%u bytes", p->size);
	field("version", "%u", p->version);
	field("counter_id", "%u (%s)", p->counter_id,
	      text_counter(text, p->counter_id));
	field("time_type", "%u (%s)", p->time_type,
	      text_time_type(text, p->time_type));
}

static void show_state(const struct vmclock_params *p)
{
	char text[TEXT_SIZE];

	field("seq_count", "%u", p->seq);
	field("disruption_marker", "0x%llx", p->disruption_marker);
	show_flags(p->flags);
	field("clock_status", "%u (%s)", p->status,
	      text_status(text, p->status));
	field("leap_second_smearing_hint", "%u (%s)", p->smearing_hint,
	      text_smearing(text, p->smearing_hint));
	field("tai_offset_sec", "%d s%s", p->tai_offset_sec,
	      p->flags & VMCLOCK_FLAG_TAI_OFFSET_VALID ? "" : " (not valid)");
	field("leap_indicator", "%u (%s)", p->leap, text_leap(text, p->leap));
}

static const char *invalid(const struct vmclock_params *p, u64 flag)
{
	return p->flags & flag ? "" : " (not valid)";
}

static void show_line_fields(const struct vmclock_params *p)
{
	const struct vmclock_line *l = &p->line;
	char text[TEXT_SIZE];

	field("counter_period_shift", "%u", l->period_shift);
	show_if(p, counter_value, "%llu", l->counter);
	show_if(p, counter_period_frac_sec, "0x%llx (%.9g ps, %.9g MHz)",
		l->period_frac, rate_period_ps(l), rate_hz(l) / 1e6);
	show_if(p, counter_period_esterror_rate_frac_sec, "0x%llx (%.6g ppb)%s",
		p->esterror_rate_frac, rate_ppb(p->esterror_rate_frac, l),
		invalid(p, VMCLOCK_FLAG_PERIOD_ESTERROR_VALID));
	show_if(p, counter_period_maxerror_rate_frac_sec, "0x%llx (%.6g ppb)%s",
		p->maxerror_rate_frac, rate_ppb(p->maxerror_rate_frac, l),
		invalid(p, VMCLOCK_FLAG_PERIOD_MAXERROR_VALID));
	show_if(p, time_sec, "%lld s (%s)", l->time.sec,
		text_time(text, l->time, 0));
	show_if(p, time_frac_sec, "0x%llx (%u ns)", l->time.frac,
		vmclock_frac_to_ns(l->time.frac));
	show_if(p, time_esterror_nanosec, "%llu ns%s", p->esterror_ns,
		invalid(p, VMCLOCK_FLAG_TIME_ESTERROR_VALID));
	show_if(p, time_maxerror_nanosec, "%llu ns%s", p->maxerror_ns,
		invalid(p, VMCLOCK_FLAG_TIME_MAXERROR_VALID));
	show_if(p, vm_generation_counter, "0x%llx%s", p->vm_generation,
		invalid(p, VMCLOCK_FLAG_VM_GEN_COUNTER_PRESENT));
}

static void show(const char *path, const struct page_copy *page,
		 const struct now *now)
{
	/* without the magic number this is something else */
	if (page->p.magic == VMCLOCK_MAGIC) {
		show_constants(&page->p);
		show_state(&page->p);
		show_line_fields(&page->p);
	}
	if (page->defect) {
		fflush(stdout);
		ctl_error("%s is not a valid VMClock page: %s", path,
			  page->defect);
	} else if (page->time_defect) {
		printf("It tells no time on this machine: %s\n", page->time_defect);
	} else {
		printf("By this machine's counter it is now:\n");
		show_now(now);
	}
}

static void json(const char *path, const struct page_copy *page,
		 const struct now *now)
{
	json_begin("page");
	json_string("file", path);
	page_json("page", page);
	if (page->defect || page->time_defect)
		json_null("now");
	else
		now_json("now", now);
	json_finish();
}

static int load(const char *path, off_t offset, struct page_copy *page)
{
	int ret;

	if (!strcmp(path, "-"))
		ret = page_load(STDIN_FILENO, 0, page);
	else
		ret = page_load_file(path, offset, page);
	if (!ret)
		return CTL_OK;
	ctl_error("cannot read a page from %s: %s", path, page_load_error(-ret));
	if (ret == -EACCES || ret == -EPERM)
		fputs("remedy: run it as root, or let this user read it\n", stderr);
	return ctl_exit_of(-ret);
}

static int decode(const char *path, off_t offset, bool want_json)
{
	struct kernel_clock kernel;
	struct now now = { 0 };
	struct page_copy page;
	int status = load(path, offset, &page);

	if (status)
		return status;
	kernel_clock_read(&kernel);
	if (!page.defect && !page.time_defect)
		now_read(&page.p, &kernel, &now);
	if (want_json)
		json(path, &page, &now);
	else
		show(path, &page, &now);
	return page.defect ? CTL_BAD_PAGE : CTL_OK;
}

/* the page of the hypervisor, or else this machine's own */
static const char *default_page(char path[PATH_MAX])
{
	if (fs_exists("/dev/vmclock0") || !fs_exists("/dev/vmclock_host"))
		return fs_path(path, "/dev/vmclock0");
	return fs_path(path, "/dev/vmclock_host");
}

/**
 * cmd_page() - the command
 * @argc: arguments
 * @argv: arguments
 *
 * Return: CTL_OK, also for a good page that tells no time; CTL_BAD_PAGE,
 * CTL_DENIED, CTL_ABSENT.
 */
int cmd_page(int argc, char **argv)
{
	static const struct option options[] = {
		OPTION_JSON, OPTION_HELP,
		{ "offset", required_argument, NULL, 'o' }, { }
	};
	char path[PATH_MAX];
	bool want_json = false;
	long long offset = 0;
	int opt;

	while ((opt = getopt_long(argc, argv, "jho:", options, NULL)) != -1) {
		if (opt == 'j')
			want_json = true;
		else if (opt != 'o' || !ctl_number("the offset", optarg, 0,
						   S64_MAX - 4096, &offset))
			return ctl_usage_error();
	}
	if (optind + 1 < argc) {
		ctl_error("page takes one file, not '%s' too", argv[optind + 1]);
		return ctl_usage_error();
	}
	return decode(optind < argc ? argv[optind] : default_page(path),
		      offset, want_json);
}
