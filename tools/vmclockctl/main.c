// SPDX-License-Identifier: GPL-2.0
/*
 * vmclockctl: inspect and manage VMClock. This file finds the sub-command,
 * prints its help, and reports output that could not be written.
 */
#include <errno.h>
#include <getopt.h>

#include "ctl.h"
#include "fs.h"
#include "help.h"
#include "options.h"

static const struct command {
	const char *name;
	int (*run)(int argc, char **argv);
	const char *help;
} commands[] = {
	{ "status", cmd_status, HELP_STATUS },
	{ "watch", cmd_watch, HELP_WATCH },
	{ "compare", cmd_compare, HELP_COMPARE },
	{ "doctor", cmd_doctor, HELP_DOCTOR },
	{ "metrics", cmd_metrics, HELP_METRICS },
	{ "page", cmd_page, HELP_PAGE },
	{ "view", cmd_view, HELP_VIEW },
	{ "report", cmd_report, HELP_REPORT },
	{ "set-tai", cmd_set_tai, HELP_SET_TAI },
};

static const struct command *find(const char *name)
{
	size_t i;

	for (i = 0; i < CTL_ARRAY_SIZE(commands); i++)
		if (!strcmp(commands[i].name, name))
			return &commands[i];
	return NULL;
}

static bool wants_help(int argc, char **argv)
{
	int i;

	for (i = 1; i < argc && strcmp(argv[i], "--"); i++)
		if (!strcmp(argv[i], "--help") || !strcmp(argv[i], "-h"))
			return true;
	return false;
}

static int run(const struct command *command, int argc, char **argv)
{
	ctl_set_command(command->name);
	if (wants_help(argc, argv)) {
		fputs(command->help, stdout);
		return CTL_OK;
	}
	return command->run(argc, argv);
}

/* a full disk or a closed pipe must not look like success */
static int finish(int status)
{
	if (!fflush(stdout) && !ferror(stdout))
		return status;
	ctl_error("cannot write the output: %s", strerror(errno));
	return CTL_FAILED;
}

static int help_command(const char *name)
{
	const struct command *command = name ? find(name) : NULL;

	if (name && !command) {
		ctl_error("there is no command '%s'", name);
		return ctl_usage_error();
	}
	fputs(command ? command->help : HELP_ALL, stdout);
	return finish(CTL_OK);
}

int main(int argc, char **argv)
{
	static const struct option options[] = {
		{ "help", no_argument, NULL, 'h' },
		{ "version", no_argument, NULL, 'V' },
		{ "root", required_argument, NULL, 'r' },	/* for tests */
		{ }
	};
	static char myself[] = "vmclockctl";	/* getopt_long() says it */
	const struct command *command;
	int opt;

	argv[0] = myself;
	fs_set_root(getenv("VMCLOCK_ROOT"));
	while ((opt = getopt_long(argc, argv, "+hV", options, NULL)) != -1) {
		switch (opt) {
		case 'h':
			return help_command(NULL);
		case 'V':
			puts("vmclockctl " VMCLOCK_VERSION);
			return finish(CTL_OK);
		case 'r':
			fs_set_root(optarg);
			break;
		default:
			return ctl_usage_error();
		}
	}
	if (optind == argc) {
		fputs(HELP_ALL, stderr);
		return CTL_USAGE;
	}
	if (!strcmp(argv[optind], "help"))
		return help_command(argv[optind + 1]);
	command = find(argv[optind]);
	if (!command) {
		ctl_error("there is no command '%s'", argv[optind]);
		return ctl_usage_error();
	}
	argc -= optind;
	argv += optind;
	argv[0] = myself;
	optind = 0;	/* glibc: begin anew */
	return finish(run(command, argc, argv));
}
