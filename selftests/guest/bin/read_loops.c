// SPDX-License-Identifier: GPL-2.0
/*
 * read_loops FILE...: reads all the files over and over, on each CPU, until it
 * is ended. For suite-readcost, in a guest.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <unistd.h>

#define FILES_MAX	64

static int read_all(int cpu, int files, char **names)
{
	int fd[FILES_MAX], i;
	char text[256];
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(cpu, &set);
	sched_setaffinity(0, sizeof(set), &set);
	for (i = 0; i < files; i++) {
		fd[i] = open(names[i], O_RDONLY);
		if (fd[i] < 0)
			perror(names[i]);
	}
	for (;;)
		for (i = 0; i < files; i++)
			if (pread(fd[i], text, sizeof(text), 0) < 0)
				return 1;
}

int main(int argc, char **argv)
{
	int cpus = sysconf(_SC_NPROCESSORS_ONLN), i;

	if (argc < 2 || argc - 1 > FILES_MAX) {
		fputs("usage: read_loops FILE...\n", stderr);
		return 2;
	}
	for (i = 1; i < cpus; i++)
		if (!fork()) {
			prctl(PR_SET_PDEATHSIG, SIGKILL);
			return read_all(i, argc - 1, argv + 1);
		}
	return read_all(0, argc - 1, argv + 1);
}
