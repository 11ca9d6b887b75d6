// SPDX-License-Identifier: GPL-2.0
/*
 * vmclock-qemu: runs any QEMU command line with a VMClock device in it, whose
 * page is a view of this host's clock. docs/man/vmclock-qemu.1 describes it.
 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <syslog.h>
#include <unistd.h>

#include "background.h"
#include "session.h"
#include "watch.h"

static void say(const char *format, va_list args, const char *end)
{
	if (background_has_log()) {
		vsyslog(LOG_WARNING, format, args);
		return;
	}
	fprintf(stderr, "vmclock-qemu: ");
	vfprintf(stderr, format, args);
	fprintf(stderr, "%s\n", end);
}

/**
 * complain() - one line for the user
 * @format: of it
 */
void complain(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	say(format, args, "");
	va_end(args);
}

/**
 * die() - one line for the user, and the end
 * @status: to exit with
 * @format: of the line
 */
void die(int status, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	say(format, args, status == EXIT_USAGE ?
	    "; vmclock-qemu --help shows the options" : "");
	va_end(args);
	exit(status);
}

/* As an attribute's value between apostrophes. */
static void print_value(const char *text)
{
	for (; *text; text++) {
		if (strchr("&<'", *text))
			printf("&#%d;", *text);
		else
			putchar(*text);
	}
}

/* What a domain of libvirt's needs besides its memory. */
static void print_xml(const struct options *o, char **argv)
{
	if (!o->ivshmem)
		printf("<maxMemory slots='1' unit='KiB'>%" PRIu64 "</maxMemory>\n",
		       command_max_kib(o));
	puts("<qemu:commandline xmlns:qemu='http://libvirt.org/schemas/domain/qemu/1.0'>");
	while (*argv) {
		printf("  <qemu:arg value='");
		print_value(*argv++);
		puts("'/>");
	}
	puts("</qemu:commandline>");
	if (fflush(stdout))
		die(EXIT_SETUP, "stdout: %s", strerror(errno));
}

static void print(char **argv)
{
	while (*argv)
		puts(*argv++);
	if (fflush(stdout))
		die(EXIT_SETUP, "stdout: %s", strerror(errno));
}

static void check_kvm(void)
{
	int kvm = open("/dev/kvm", O_RDWR | O_CLOEXEC);

	if (kvm < 0)
		die(EXIT_SETUP, "cannot open /dev/kvm: %s%s", strerror(errno),
		    errno == ENOENT ? "; remedy: modprobe kvm-intel or kvm-amd, on a CPU with virtualisation" :
		    errno == EACCES ? "; remedy: be in the group kvm" : "");
	close(kvm);
}

/* What is forwarded, and SIGCHLD; blocked in front of everything else. */
static int block_signals(sigset_t *before)
{
	static const int numbers[] = { SIGTERM, SIGINT, SIGHUP, SIGQUIT,
				       SIGUSR1, SIGUSR2, SIGCHLD };
	sigset_t set;
	size_t i;

	sigemptyset(&set);
	for (i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++)
		sigaddset(&set, numbers[i]);
	sigprocmask(SIG_BLOCK, &set, before);
	return signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
}

static pid_t start(char **argv, const sigset_t *signals)
{
	pid_t pid = fork();

	if (pid)
		return pid;
	sigprocmask(SIG_SETMASK, signals, NULL);
	execvp(argv[0], argv);
	complain("cannot run %s: %s", argv[0], strerror(errno));
	_exit(EXIT_NO_QEMU);
}

/* So that nothing else gets their numbers, which QEMU and we use. */
static void open_standard_files(void)
{
	int fd;

	do
		fd = open("/dev/null", O_RDWR);
	while (fd >= 0 && fd <= STDERR_FILENO);
	if (fd >= 0)
		close(fd);
}

static int run(const struct options *o)
{
	struct session s = { .view = -1, .changed = -1, .bell = { -1, -1 } };
	struct watch w;
	sigset_t signals;
	int status;

	open_standard_files();
	check_kvm();
	if (o->m.daemonize)
		background_enter();
	w.signals = block_signals(&signals);
	session_begin(&s, o);
	session_table(&s, o);
	w.pid = start(command_make(o, &s), &signals);
	if (w.signals < 0 || w.pid < 0)
		session_give_up(&s, "cannot start a process");
	close(s.qmp[1]);
	w.served = s.served;
	w.view = s.view;
	w.changed = s.changed;
	w.bell = s.bell[0];
	w.unread = s.bell[1];
	w.qmp = s.qmp[0];
	status = watch_qemu(&w);
	session_end(&s);
	return WIFSIGNALED(status) ? 128 + WTERMSIG(status) :
				     WEXITSTATUS(status);
}

int main(int argc, char **argv)
{
	struct options o = { 0 };
	struct session s = { .view = -1 };

	options_parse(&o, argc, argv);
	if (!o.print)
		return run(&o);
	snprintf(s.page, sizeof(s.page), "%s", o.page);
	if (!o.no_doorbell && !o.doorbell)
		die(EXIT_USAGE, "--print needs --doorbell CHARDEV, or --no-doorbell");
	snprintf(s.doorbell, sizeof(s.doorbell), "%s", o.doorbell ?: "");
	session_table(&s, &o);
	if (o.libvirt)
		print_xml(&o, command_added(&o, &s));
	else
		print(o.added ? command_added(&o, &s) : command_make(&o, &s));
	return EXIT_SUCCESS;
}
