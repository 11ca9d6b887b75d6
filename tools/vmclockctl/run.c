// SPDX-License-Identifier: GPL-2.0
/*
 * Other programs, found by PATH and run without a shell: one that says
 * something (modinfo), and one that is told something (gnuplot).
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "fs.h"
#include "run.h"

/* In the child: @fd becomes @as, and what cannot be executed is status 127. */
static void become(char *const argv[], int fd, int as, bool quiet)
{
	dup2(fd, as);
	if (quiet) {
		int null = open("/dev/null", O_WRONLY);

		dup2(null, STDERR_FILENO);
	}
	execvp(argv[0], argv);
	_exit(127);
}

/**
 * run_wait() - the end of a program
 * @pid: the program
 *
 * Return: its exit status; -EINTR if a signal ended it.
 */
int run_wait(pid_t pid)
{
	int status;

	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return -errno;
	return WIFEXITED(status) ? WEXITSTATUS(status) : -EINTR;
}

/**
 * run_line() - first line of what a program prints
 * @line: result, empty on error
 * @size: of @line
 * @argv: the program and its arguments
 *
 * Return: its exit status (127: there is no such program) or negative errno.
 */
int run_line(char *line, size_t size, char *const argv[])
{
	int fds[2], ret;
	pid_t pid;
	FILE *in;

	line[0] = 0;
	if (pipe2(fds, O_CLOEXEC))
		return -errno;
	pid = fork();
	if (!pid)
		become(argv, fds[1], STDOUT_FILENO, true);
	close(fds[1]);
	in = fdopen(fds[0], "r");
	if (!in || !fgets(line, size, in))
		line[0] = 0;
	line[strcspn(line, "\n")] = 0;
	fs_clean(line);
	if (in)
		fclose(in);
	ret = pid < 0 ? -errno : run_wait(pid);
	return ret;
}

/**
 * run_writer() - a program that is told something
 * @pid: result, for run_wait()
 * @argv: the program and its arguments
 *
 * The caller ignores SIGPIPE, writes, closes the stream, and waits.
 *
 * Return: the program's input, or NULL with errno.
 */
FILE *run_writer(pid_t *pid, char *const argv[])
{
	int fds[2];

	if (pipe2(fds, O_CLOEXEC))
		return NULL;
	*pid = fork();
	if (!*pid)
		become(argv, fds[0], STDIN_FILENO, false);
	close(fds[0]);
	if (*pid < 0) {
		close(fds[1]);
		return NULL;
	}
	return fdopen(fds[1], "w");
}
