// SPDX-License-Identifier: GPL-2.0
/*
 * vmclockctl: what users see of VMClock. This file finds the sub-command, has
 * its help, and sees to it that output which could not be written is said.
 */
#include <errno.h>
#include <getopt.h>
#include <stdarg.h>
#include <time.h>

#include "ctl.h"
#include "fs.h"
#include "help.h"
#include "options.h"

volatile sig_atomic_t ctl_stop;
volatile sig_atomic_t ctl_resized;

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
};

static const struct command *current;

/**
 * ctl_error() - a message on stderr
 * @format: one line that names the cause and, where there is one, the remedy
 */
void ctl_error(const char *format, ...)
{
	va_list args;

	fflush(stdout);
	fputs("vmclockctl: ", stderr);
	va_start(args, format);
	vfprintf(stderr, format, args);
	va_end(args);
	fputc('\n', stderr);
}

/**
 * ctl_usage_error() - where to read about the arguments
 *
 * The message that says which one is wrong precedes it.
 *
 * Return: CTL_USAGE.
 */
int ctl_usage_error(void)
{
	fprintf(stderr, "Try 'vmclockctl %s%s--help'.\n",
		current ? current->name : "", current ? " " : "");
	return CTL_USAGE;
}

/**
 * ctl_is_last() - whether no arguments follow the options
 * @argc: arguments
 * @argv: arguments; getopt_long() is through with the options
 *
 * Return: true if so; else the first one is complained of.
 */
bool ctl_is_last(int argc, char **argv)
{
	if (optind >= argc)
		return true;
	ctl_error("%s takes no argument '%s'", current->name, argv[optind]);
	return false;
}

/**
 * ctl_only_json() - the options of a command that has no others
 * @argc: arguments
 * @argv: arguments
 * @json: set to whether --json is one of them
 *
 * Return: CTL_OK or CTL_USAGE.
 */
int ctl_only_json(int argc, char **argv, bool *json)
{
	static const struct option options[] = {
		OPTION_JSON, OPTION_HELP, { }
	};
	int opt;

	*json = false;
	while ((opt = getopt_long(argc, argv, "jh", options, NULL)) != -1) {
		if (opt != 'j')
			return ctl_usage_error();
		*json = true;
	}
	return ctl_is_last(argc, argv) ? CTL_OK : ctl_usage_error();
}

/**
 * ctl_exit_of() - exit status for an error number
 * @error: positive errno
 *
 * Return: enum ctl_exit.
 */
int ctl_exit_of(int error)
{
	switch (error) {
	case EACCES:
	case EPERM:
	case EROFS:
		return CTL_DENIED;
	case ENOENT:
	case ENODEV:
	case ENXIO:
		return CTL_ABSENT;
	case ENODATA:
	case ETIMEDOUT:
		return CTL_BAD_PAGE;
	default:
		return CTL_FAILED;
	}
}

static void on_signal(int sig)
{
	if (sig == SIGWINCH)
		ctl_resized = 1;
	else
		ctl_stop = 1;
}

/**
 * ctl_catch_signals() - let SIGINT and SIGTERM end the work in an orderly way
 *
 * System calls are not restarted, so that waiting ends.
 */
void ctl_catch_signals(void)
{
	struct sigaction sa = { .sa_handler = on_signal };

	sigaction(SIGINT, &sa, NULL);
	sigaction(SIGTERM, &sa, NULL);
	sigaction(SIGWINCH, &sa, NULL);
}

/**
 * ctl_sleep_ms() - wait, unless a signal comes
 * @ms: milliseconds
 *
 * Return: false if the work shall end.
 */
bool ctl_sleep_ms(long ms)
{
	struct timespec t = { ms / 1000, ms % 1000 * 1000000 };

	if (!ctl_stop)
		nanosleep(&t, NULL);
	return !ctl_stop;
}

/**
 * ctl_number() - an integer from an argument
 * @what: its name, for the message
 * @text: the argument; decimal, 0x or 0
 * @min: smallest
 * @max: largest
 * @value: result
 *
 * Return: false, after a message, if it is none or outside.
 */
bool ctl_number(const char *what, const char *text, long long min,
		long long max, long long *value)
{
	char *end;

	errno = 0;
	*value = strtoll(text, &end, 0);
	if (!errno && end != text && !*end && *value >= min && *value <= max)
		return true;
	ctl_error("%s must be a number from %lld to %lld, not '%s'", what, min,
		  max, text);
	return false;
}

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

static int run(int argc, char **argv)
{
	if (wants_help(argc, argv)) {
		fputs(current->help, stdout);
		return CTL_OK;
	}
	return current->run(argc, argv);
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
	current = name ? find(name) : NULL;
	if (name && !current) {
		ctl_error("there is no command '%s'", name);
		return ctl_usage_error();
	}
	fputs(current ? current->help : HELP_ALL, stdout);
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
	current = find(argv[optind]);
	if (!current) {
		ctl_error("there is no command '%s'", argv[optind]);
		return ctl_usage_error();
	}
	argc -= optind;
	argv += optind;
	argv[0] = myself;
	optind = 0;	/* glibc: begin anew */
	return finish(run(argc, argv));
}
