// SPDX-License-Identifier: GPL-2.0
/*
 * vmclockctl report: all that a maintainer needs of a machine, as one text.
 * What tells which machine it is about is left out, unless it is asked for.
 */
#include <errno.h>
#include <fcntl.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "ctl.h"
#include "facts_json.h"
#include "findings.h"
#include "json.h"
#include "options.h"
#include "output.h"
#include "programs.h"
#include "redact.h"
#include "screen.h"
#include "show.h"
#include "text.h"
#include "views.h"

#define PAGE_BYTES	112	/* of the layout that is known */
#define LOG_LINES	200

struct report {
	struct facts facts;
	struct findings findings;
};

static void section(const char *title)
{
	printf("\n## %s\n\n", title);
}

/* The first line of a file as "    NAME: TEXT" */
static void show_file(const char *name, const char *path)
{
	char text[FS_TEXT];

	if (!fs_read(text, sizeof(text), "%s", path))
		printf("    %s: %s\n", name, text);
}

static void show_system_version(void)
{
	char path[PATH_MAX], line[256];
	struct utsname u;
	FILE *file;

	uname(&u);
	printf("    kernel: %s %s %s\n", u.release, u.version, u.machine);
	file = fopen(fs_path(path, "/etc/os-release"), "r");
	while (file && fgets(line, sizeof(line), file))
		if (!strncmp(line, "PRETTY_NAME=", 12))
			printf("    system: %s", line + 12);
	if (file)
		fclose(file);
	show_file("hypervisor", "/sys/class/dmi/id/sys_vendor");
	show_file("product", "/sys/class/dmi/id/product_name");
}

/* Words of the command line that have to do with time, or with modules. */
static void show_command_line(void)
{
	static const char * const words[] = {
		"tsc", "notsc", "clocksource", "nohz", "hpet", "lockdown",
		"module.sig", "idle", "intel_idle", "processor.", "isolcpus",
		"threadirqs", "preempt", "highres", "no_timer_check", "kvm",
		"ptp_vmclock", "timekeeping_reference", "vmclock_host",
		"vmclock_feed",
	};
	char text[4096], path[PATH_MAX], *word, *rest = text;
	FILE *file = fopen(fs_path(path, "/proc/cmdline"), "r");
	size_t i;

	if (!file || !fgets(text, sizeof(text), file))
		text[0] = 0;
	if (file)
		fclose(file);
	fs_clean(text);
	printf("    command line:");
	while ((word = strtok_r(rest, " ?", &rest)))
		for (i = 0; i < CTL_ARRAY_SIZE(words); i++)
			if (!strncmp(word, words[i], strlen(words[i]))) {
				printf(" %s", word);
				break;
			}
	putchar('\n');
}

static void show_parameters(const char *module)
{
	char names[32][FS_NAME], path[PATH_MAX];
	size_t i, n;

	snprintf(path, sizeof(path), "/sys/module/%s/parameters", module);
	n = fs_list(path, "", names, CTL_ARRAY_SIZE(names));
	for (i = 0; i < n; i++) {
		snprintf(path, sizeof(path), "/sys/module/%s/parameters/%s",
			 module, names[i]);
		show_file(names[i], path);
	}
}

static void show_modules(const struct facts *f)
{
	size_t i;

	for (i = 0; i < MODULE_COUNT; i++) {
		const struct module_facts *m = &f->modules[i];

		printf("    %s: %s %s %s\n", module_names[i],
		       m->loaded ? "loaded" : "not loaded", m->version,
		       m->srcversion);
		show_parameters(module_names[i]);
	}
}

static void show_bytes(const char *node)
{
	unsigned char bytes[PAGE_BYTES];
	char path[PATH_MAX];
	int fd = open(fs_path(path, "/dev/%s", node), O_RDONLY | O_CLOEXEC);
	ssize_t i, n = fd < 0 ? -1 : read(fd, bytes, sizeof(bytes));

	printf("    %s:", node);
	if (n < 0)
		printf(" %s", strerror(errno));
	for (i = 0; i < n; i++)
		printf("%s%02x", i % 16 ? " " : "\n      ", bytes[i]);
	putchar('\n');
	if (fd >= 0)
		close(fd);
}

static void show_pages(const struct facts *f)
{
	static struct views views;
	size_t i;

	for (i = 0; i < f->n_devices; i++)
		show_bytes(f->devices[i].name);
	views_find(&views);
	for (i = 0; i < views.n; i++)
		show_bytes(views.nodes[i]);
}

static void show_programs(void)
{
	struct programs programs;
	size_t i;

	programs_read(&programs);
	for (i = 0; i < programs.n; i++)
		printf("    %s, %s\n", programs.list[i].program->name,
		       programs.list[i].unit[0] ? programs.list[i].unit :
		       "no unit");
}

static bool concerns_us(const char *line)
{
	static const char * const words[] = {
		"vmclock", "timekeeping_reference", "clocksource", "tsc:",
		"timekeeping", "Lockdown", "kvm-clock",
	};
	size_t i;

	for (i = 0; i < CTL_ARRAY_SIZE(words); i++)
		if (strstr(line, words[i]))
			return true;
	return false;
}

/* Each read() of the device is a message: "level,number,us,-;text\n..." */
static void show_log(void)
{
	char path[PATH_MAX], line[2048], *text;
	int fd = open(fs_path(path, "/dev/kmsg"),
		      O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	ssize_t n;
	int lines = 0;

	if (fd < 0)
		printf("    not readable: %s\n", strerror(errno));
	while (fd >= 0 && lines < LOG_LINES &&
	       ((n = read(fd, line, sizeof(line) - 1)) > 0 ||
		(n < 0 && errno == EPIPE))) {
		line[n > 0 ? n : 0] = 0;
		text = strchr(line, ';');
		text = text ? text + 1 : line;
		text[strcspn(text, "\n")] = 0;
		fs_clean(text);
		if (concerns_us(text) && ++lines)
			printf("    %s\n", text);
	}
	if (fd >= 0)
		close(fd);
}

static void show_facts(const struct report *r)
{
	size_t i;

	for (i = 0; i < r->facts.n_devices; i++)
		show_device(&r->facts.devices[i]);
	show_lock(&r->facts.lock);
	show_system(&r->facts);
	show_findings(&r->findings, NOTE, true);
}

static void show_json(const struct report *r)
{
	json_begin("status");
	json_string("verdict", findings_worst(&r->findings) == NOTE ? "ok" :
		    severity_name(findings_worst(&r->findings)));
	facts_json(&r->facts);
	findings_json(&r->findings);
	json_finish();
}

static void show(void *data)
{
	const struct report *r = data;
	char now[TEXT_SIZE];

	printf("# VMClock report\n\n    vmclockctl: %s\n    time: %s\n",
	       VMCLOCK_VERSION, text_now(now));
	show_system_version();
	show_command_line();
	section("Status and findings");
	fputs("```\n", stdout);
	show_facts(r);
	fputs("```\n", stdout);
	section("Modules and parameters");
	show_modules(&r->facts);
	section("Programs that set the clock");
	show_programs();
	section("Pages");
	show_pages(&r->facts);
	section("Kernel log");
	show_log();
	section("Status as JSON");
	fputs("```\n", stdout);
	show_json(r);
	fputs("```\n", stdout);
}

static int report(const char *path, bool full)
{
	static struct report r;
	struct output o = { .file = stdout };
	int status = CTL_OK;
	char *text;

	facts_read(&r.facts);
	findings_of(&r.facts, &r.findings);
	text = screen_capture(show, &r);
	if (!text) {
		ctl_error("no memory for the report");
		return CTL_FAILED;
	}
	if (path)
		status = output_open(&o, path);
	if (!status && full)
		fputs(text, o.file);
	else if (!status)
		redact(o.file, text);
	free(text);
	return status || !path ? status : output_close(&o);
}

/**
 * cmd_report() - the command
 * @argc: arguments
 * @argv: arguments
 *
 * Return: CTL_OK whatever is wrong with the machine; CTL_DENIED, CTL_FAILED.
 */
int cmd_report(int argc, char **argv)
{
	static const struct option options[] = {
		OPTION_HELP, { "output", required_argument, NULL, 'o' },
		{ "full", no_argument, NULL, 'F' }, { }
	};
	const char *path = NULL;
	bool full = false;
	int opt;

	while ((opt = getopt_long(argc, argv, "ho:", options, NULL)) != -1) {
		if (opt == 'o')
			path = optarg;
		else if (opt == 'F')
			full = true;
		else
			return ctl_usage_error();
	}
	if (!ctl_is_last(argc, argv))
		return ctl_usage_error();
	return report(path, full);
}
