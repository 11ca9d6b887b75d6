// SPDX-License-Identifier: GPL-2.0
/*
 * What KVM tells of itself: a folder in debugfs comes and goes (inotify), and a
 * machine's counter was set (the tracepoint kvm_write_tsc_offset, in a trace
 * instance of our own). Called by main.c.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <unistd.h>

#include "hostd.h"

#define DEBUG_DIR	"/sys/kernel/debug"
#define TRACING		"/sys/kernel/tracing/instances"
#define INSTANCE	TRACING "/vmclock-hostd"

static int notify = -1, trace = -1;
static int kvm_watch = -1;

/* kvm's folder is there when the module is; its parent tells of it. */
static void watch_kvm(void)
{
	char path[PATH_MAX];

	kvm_watch = inotify_add_watch(notify, fs_path(path, DEBUG_DIR "/kvm"),
				      IN_CREATE | IN_DELETE | IN_ONLYDIR);
	if (kvm_watch >= 0)
		machines_scan();
}

static bool put(const char *file, const char *text)
{
	char path[PATH_MAX];
	int fd = open(fs_path(path, INSTANCE "/%s", file), O_WRONLY | O_CLOEXEC);
	bool well = fd >= 0 && write(fd, text, strlen(text)) > 0;

	if (fd >= 0)
		close(fd);
	return well;
}

/* The tracepoint is off again when the module kvm was loaded anew. */
static void open_trace(void)
{
	char path[PATH_MAX];

	if ((mkdir(fs_path(path, INSTANCE), 0700) && errno != EEXIST) ||
	    !put("events/kvm/kvm_write_tsc_offset/enable", "1") || trace >= 0)
		return;
	put("buffer_size_kb", "4");
	put("buffer_percent", "0");	/* poll() waits for no more than one */
	trace = open(fs_path(path, INSTANCE "/trace_pipe"),
		     O_RDONLY | O_CLOEXEC | O_NONBLOCK);
}

/**
 * events_open() - begin to listen
 */
void events_open(void)
{
	char path[PATH_MAX];

	notify = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
	if (notify < 0 ||
	    inotify_add_watch(notify, fs_path(path, DEBUG_DIR),
			      IN_CREATE | IN_DELETE | IN_ONLYDIR) < 0) {
		say("cannot watch " DEBUG_DIR ": %s; remedy: mount -t debugfs none " DEBUG_DIR,
		    strerror(errno));
		exit(1);
	}
	watch_kvm();
	open_trace();
	if (trace < 0)
		say("no tracepoint kvm_write_tsc_offset: machines are looked at twice a second");
}

/**
 * events_traced() - whether KVM's changes are told
 *
 * Return: true if they are.
 */
bool events_traced(void)
{
	return trace >= 0;
}

/**
 * events_poll() - what to poll
 * @fds: where, for two
 *
 * Return: how many.
 */
size_t events_poll(struct pollfd *fds)
{
	fds[0] = (struct pollfd){ .fd = notify, .events = POLLIN };
	fds[1] = (struct pollfd){ .fd = trace, .events = POLLIN };
	return 2;
}

static void read_notify(void)
{
	char buffer[8192] __attribute__((aligned(8)));
	const struct inotify_event *e;
	ssize_t n = read(notify, buffer, sizeof(buffer));
	char *p;

	for (p = buffer; p < buffer + n; p += sizeof(*e) + e->len) {
		e = (const struct inotify_event *)p;
		counters.events++;
		if (e->mask & IN_Q_OVERFLOW) {
			machines_changed(0);
			machines_scan();
		} else if (e->wd == kvm_watch && e->mask & IN_CREATE) {
			machines_found(e->name);
		} else if (e->wd == kvm_watch) {
			machines_changed(0);
		} else if (e->len && !strcmp(e->name, "kvm")) {
			watch_kvm();
			open_trace();
		}
	}
}

/* "NAME-TASK [CPU] ..."; a name may have anything in it, even that. */
static void read_line(const char *line)
{
	const char *end = strstr(line, " ["), *p;

	counters.events++;
	if (!end)
		return;
	for (p = end; p > line && p[-1] == ' '; p--)
		;
	while (p > line && p[-1] >= '0' && p[-1] <= '9')
		p--;
	machines_changed(p > line && p[-1] == '-' ? atoi(p) : 0);
}

static void read_trace(void)
{
	char text[16384], *rest = text, *line;
	ssize_t n = read(trace, text, sizeof(text) - 1);

	if (!n) {	/* it has gone: looks are seldom no more */
		close(trace);
		trace = -1;
		machines_changed(0);
	}
	if (n <= 0)
		return;
	text[n] = 0;
	while ((line = strsep(&rest, "\n")))
		if (*line)
			read_line(line);
}

/**
 * events_read() - take what there is
 * @fds: of events_poll(), polled
 * @n: how many
 */
void events_read(const struct pollfd *fds, size_t n)
{
	if (n > 0 && fds[0].revents)
		read_notify();
	if (n > 1 && fds[1].revents)
		read_trace();
}

/**
 * events_close() - remove the trace instance
 */
void events_close(void)
{
	char path[PATH_MAX];

	if (trace < 0)
		return;
	put("events/kvm/kvm_write_tsc_offset/enable", "0");
	close(trace);
	rmdir(fs_path(path, INSTANCE));
}
