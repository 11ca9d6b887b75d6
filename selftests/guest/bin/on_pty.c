// SPDX-License-Identifier: GPL-2.0
/*
 * on_pty MS MS COMMAND [ARGUMENT...]: run a command on a terminal of its own,
 * of 30 rows and 100 columns, make that 12 and 50 after the first time, and
 * press q after the second. What it wrote goes to stdout as it is. The status
 * is the command's; 1 if it left the terminal in another state than it was in,
 * 124 if it did not end within 5 s.
 */
#include <poll.h>
#include <pty.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include <utmp.h>

#define PATIENCE_MS	5000

static long now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* what comes until then goes out; false when nobody is left to write */
static int copy_until(int terminal, long end_ms)
{
	struct pollfd p = { .fd = terminal, .events = POLLIN };
	char buf[4096];
	ssize_t n;
	long left;

	while ((left = end_ms - now_ms()) > 0) {
		if (poll(&p, 1, left) <= 0)
			continue;
		n = read(terminal, buf, sizeof(buf));
		if (n <= 0)
			return 0;
		fwrite(buf, 1, n, stdout);
	}
	return 1;
}

int main(int argc, char **argv)
{
	struct winsize large = { .ws_row = 30, .ws_col = 100 };
	struct winsize small = { .ws_row = 12, .ws_col = 50 };
	struct termios before, after;
	int terminal, slave, status;
	long begin_ms;
	pid_t pid;

	if (argc < 4 || openpty(&terminal, &slave, NULL, NULL, &large))
		return 2;
	tcgetattr(slave, &before);
	pid = fork();
	if (!pid) {
		close(terminal);
		login_tty(slave);
		execvp(argv[3], argv + 3);
		_exit(127);
	}
	begin_ms = now_ms();
	copy_until(terminal, begin_ms + atol(argv[1]));
	ioctl(terminal, TIOCSWINSZ, &small);
	copy_until(terminal, begin_ms + atol(argv[2]));
	if (write(terminal, "q", 1) != 1)
		return 2;
	/* the slave is open here, so the end is not seen in the terminal */
	for (begin_ms = now_ms(); waitpid(pid, &status, WNOHANG) != pid;) {
		copy_until(terminal, now_ms() + 50);
		if (now_ms() - begin_ms > PATIENCE_MS) {
			kill(pid, SIGKILL);
			return 124;
		}
	}
	copy_until(terminal, now_ms() + 50);
	tcgetattr(slave, &after);
	if (before.c_lflag != after.c_lflag || before.c_iflag != after.c_iflag)
		return 1;
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128;
}
