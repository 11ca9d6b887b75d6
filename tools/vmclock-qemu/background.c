// SPDX-License-Identifier: GPL-2.0
/*
 * QEMU with -daemonize: it is started, and ends when its machine is set up, and
 * another process goes on. So do we: one process waits for QEMU's first and
 * leaves with its status, the other one keeps the view. Called by main.c and
 * watch.c.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <syslog.h>
#include <unistd.h>

#include "background.h"
#include "session.h"

static enum { IN_FRONT, WAITED_FOR, BEHIND } where;
static int ready;	/* WAITED_FOR: where the process in front is told */

/* The process in front: until all is well, or the other one is gone. */
static void wait_in_front(pid_t pid, int fd) __attribute__((noreturn));
static void wait_in_front(pid_t pid, int fd)
{
	int status;
	char c;

	if (read(fd, &c, 1) == 1)
		_exit(EXIT_SUCCESS);
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	_exit(WIFEXITED(status) ? WEXITSTATUS(status) : EXIT_SETUP);
}

/**
 * background_enter() - go on in another process
 *
 * It becomes the parent of all that its children leave behind.
 */
void background_enter(void)
{
	int fd[2];
	pid_t pid;

	if (pipe2(fd, O_CLOEXEC))
		die(EXIT_SETUP, "pipe: %s", strerror(errno));
	pid = fork();
	if (pid < 0)
		die(EXIT_SETUP, "fork: %s", strerror(errno));
	close(fd[!!pid]);
	if (pid)
		wait_in_front(pid, fd[0]);
	ready = fd[1];
	where = WAITED_FOR;
	setsid();
	prctl(PR_SET_CHILD_SUBREAPER, 1);
}

/**
 * background_is_waited_for() - whether the process in front is still there
 *
 * Return: false as well if there never was one.
 */
bool background_is_waited_for(void)
{
	return where == WAITED_FOR;
}

/**
 * background_has_log() - whether what there is to say is for the system's log
 *
 * Return: true once the process in front has left.
 */
bool background_has_log(void)
{
	return where == BEHIND;
}

/**
 * background_ready() - the process in front may leave
 */
void background_ready(void)
{
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);

	openlog("vmclock-qemu", LOG_PID, LOG_DAEMON);
	if (write(ready, "", 1) != 1)
		syslog(LOG_WARNING, "nobody waits for QEMU any more");
	close(ready);
	where = BEHIND;
	if (null < 0)
		return;
	dup2(null, STDIN_FILENO);
	dup2(null, STDOUT_FILENO);
	dup2(null, STDERR_FILENO);
}

/* The fourth word of its stat; the second, in brackets, is any text. */
static pid_t parent_of(const char *pid)
{
	char path[64], text[512];
	const char *end;
	int parent = 0;
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%.16s/stat", pid);
	f = fopen(path, "re");
	if (!f)
		return 0;
	text[fread(text, 1, sizeof(text) - 1, f)] = 0;
	fclose(f);
	end = strrchr(text, ')');
	if (!end || sscanf(end, ") %*c %d", &parent) != 1)
		return 0;
	return parent;
}

/**
 * background_child() - the process that QEMU has left
 *
 * Return: its number; 0 if there is none.
 */
pid_t background_child(void)
{
	DIR *proc = opendir("/proc");
	struct dirent *e;
	pid_t child = 0;

	while (proc && !child && (e = readdir(proc))) {
		if (e->d_name[0] > '0' && e->d_name[0] <= '9' &&
		    parent_of(e->d_name) == getpid())
			child = atoi(e->d_name);
	}
	if (proc)
		closedir(proc);
	return child;
}
