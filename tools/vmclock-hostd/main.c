// SPDX-License-Identifier: GPL-2.0
/*
 * vmclock-hostd: follows the counters of all machines of KVM on this host that
 * have mapped a view. docs/man/vmclock-hostd.8 describes it.
 */
#include <getopt.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "hostd.h"

#define RUN	"/run/vmclock-host"
#define SOCKET	RUN "/hostd"

struct counters counters;
volatile bool stop;

static const char usage[] =
"Usage: vmclock-hostd [OPTION...]\n"
"Keep the views of /dev/vmclock_host those of the machines that map them.\n"
"\n"
"  -s, --socket PATH  where views are asked for (" SOCKET ")\n"
"  -m, --metrics      ask the one that runs for its metrics, and print them\n"
"  -h, --help\n"
"  -V, --version\n";

static const struct option options[] = {
	{ "socket", required_argument, NULL, 's' },
	{ "metrics", no_argument, NULL, 'm' },
	{ "help", no_argument, NULL, 'h' },
	{ "version", no_argument, NULL, 'V' },
	{ }
};

/**
 * say() - a line for the journal
 * @format: of it
 */
void say(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	fprintf(stderr, "vmclock-hostd: ");
	vfprintf(stderr, format, args);
	fputc('\n', stderr);
	va_end(args);
}

/**
 * now_ms() - CLOCK_MONOTONIC
 *
 * Return: milliseconds.
 */
int64_t now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000LL + t.tv_nsec / 1000000;
}

static void on_signal(int number)
{
	(void)number;
	stop = true;
}

/*
 * Signals come in ppoll() alone. At the end nothing is withdrawn: the pages
 * stay right as long as no counter is set, and the next one finds them as they
 * are.
 */
static void serve(void)
{
	static struct pollfd fds[2 + REQUESTS_MAX + MACHINES_MAX];
	struct timespec wait;
	size_t events, requests, bells;
	int64_t ms;
	sigset_t none;

	sigemptyset(&none);
	while (!stop) {
		ms = machines_look();
		wait.tv_sec = ms / 1000;
		wait.tv_nsec = ms % 1000 * 1000000;
		events = events_poll(fds);
		requests = requests_poll(fds + events);
		bells = machines_poll(fds + events + requests, MACHINES_MAX);
		if (ppoll(fds, events + requests + bells,
			  ms < 0 ? NULL : &wait, &none) <= 0)
			continue;
		events_read(fds, events);
		requests_serve(fds + events, requests);
		machines_ring(fds + events + requests, bells);
	}
}

static void block_signals(void)
{
	struct sigaction action = { .sa_handler = on_signal };
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	sigprocmask(SIG_BLOCK, &set, NULL);
	sigaction(SIGTERM, &action, NULL);
	sigaction(SIGINT, &action, NULL);
	signal(SIGPIPE, SIG_IGN);
}

int main(int argc, char **argv)
{
	const char *path = SOCKET;
	bool metrics = false;
	int option;

	while ((option = getopt_long(argc, argv, "s:mhV", options, NULL)) != -1) {
		switch (option) {
		case 's':
			path = optarg;
			break;
		case 'm':
			metrics = true;
			break;
		case 'h':
			fputs(usage, stdout);
			return 0;
		case 'V':
			puts("vmclock-hostd " VMCLOCK_VERSION);
			return 0;
		default:
			return 2;
		}
	}
	if (optind < argc) {
		say("'%s' is no option; vmclock-hostd --help shows them",
		    argv[optind]);
		return 2;
	}
	fs_set_root(getenv("VMCLOCK_ROOT"));
	if (metrics)
		return requests_ask(path, "metrics");
	block_signals();
	if (!strcmp(path, SOCKET))	/* systemd has made it already */
		mkdir(RUN, 0755);
	requests_open(path);
	events_open();
	serve();
	events_close();
	return 0;
}
