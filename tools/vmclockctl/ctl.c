// SPDX-License-Identifier: GPL-2.0
/*
 * What all commands share: messages, exit statuses, numbers in arguments,
 * signals.
 */
#include <errno.h>
#include <stdarg.h>
#include <time.h>

#include "ctl.h"
#include "options.h"

volatile sig_atomic_t ctl_stop;
volatile sig_atomic_t ctl_resized;

static const char *command_name = "";

/**
 * ctl_set_command() - the command that messages name
 * @name: a constant
 */
void ctl_set_command(const char *name)
{
	command_name = name;
}

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
		command_name, command_name[0] ? " " : "");
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
	ctl_error("%s takes no argument '%s'", command_name, argv[optind]);
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
