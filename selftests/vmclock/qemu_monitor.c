// SPDX-License-Identifier: GPL-2.0
/*
 * qemu_monitor: one command for QEMU's monitor, through a QMP socket; prints
 * what QEMU answers. For tests in a host VM.
 *
 *	qemu_monitor SOCKET COMMAND...	as it would be typed
 */
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

static FILE *dial(const char *path)
{
	struct sockaddr_un to = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	snprintf(to.sun_path, sizeof(to.sun_path), "%s", path);
	if (fd < 0 || connect(fd, (struct sockaddr *)&to, sizeof(to)))
		return NULL;
	return fdopen(fd, "r+");
}

/* the next answer; greetings and events come in between */
static int answer(FILE *qmp, char *line, size_t size)
{
	while (fgets(line, size, qmp)) {
		if (!strncmp(line, "{\"return\"", 9))
			return 0;
		if (!strncmp(line, "{\"error\"", 8))
			return 1;
	}
	return 1;
}

static int ask(FILE *qmp, const char *line, char *reply, size_t size)
{
	fseek(qmp, 0, SEEK_CUR);
	if (fputs(line, qmp) < 0 || fflush(qmp))
		return 1;
	return answer(qmp, reply, size);
}

int main(int argc, char **argv)
{
	char command[1024], words[768] = "", reply[4096] = "";
	int i, status;
	FILE *qmp;

	if (argc < 3) {
		fprintf(stderr, "usage: qemu_monitor SOCKET COMMAND...\n");
		return 2;
	}
	for (i = 2; i < argc; i++)
		snprintf(words + strlen(words), sizeof(words) - strlen(words),
			 "%s%s", i > 2 ? " " : "", argv[i]);
	qmp = dial(argv[1]);
	if (!qmp) {
		perror(argv[1]);
		return 2;
	}
	snprintf(command, sizeof(command),
		 "{\"execute\": \"human-monitor-command\", \"arguments\": {\"command-line\": \"%s\"}}\n",
		 words);
	status = ask(qmp, "{\"execute\": \"qmp_capabilities\"}\n", reply,
		     sizeof(reply)) ||
		 ask(qmp, command, reply, sizeof(reply));
	fputs(reply, stdout);
	return status || !strstr(reply, "\"return\": \"\"");
}
