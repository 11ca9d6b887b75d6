// SPDX-License-Identifier: GPL-2.0
/*
 * qemu_monitor: one command for QEMU's monitor, through a QMP socket; prints
 * what QEMU says, events too. For tests in a host VM.
 *
 *	qemu_monitor SOCKET COMMAND...	as it would be typed
 *	qemu_monitor SOCKET -e EVENT	none, but wait for an event (RESUME)
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

/* the next line that has this; greetings and events come in between */
static int answer(FILE *qmp, const char *text, char *line, size_t size)
{
	while (fgets(line, size, qmp)) {
		fputs(line, stdout);
		if (strstr(line, text))
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
	return answer(qmp, "{\"return\"", reply, size);
}

static int type(FILE *qmp, char **words, char *reply, size_t size)
{
	char text[1024] = "{\"execute\": \"human-monitor-command\", "
			  "\"arguments\": {\"command-line\": \"";
	size_t n;

	for (; *words; words++) {
		n = strlen(text);
		snprintf(text + n, sizeof(text) - n, "%s%s", *words,
			 words[1] ? " " : "\"}}\n");
	}
	return ask(qmp, text, reply, size) ||
	       !strstr(reply, "\"return\": \"\"");
}

int main(int argc, char **argv)
{
	char reply[4096] = "";
	FILE *qmp;

	if (argc < 3) {
		fprintf(stderr, "usage: qemu_monitor SOCKET COMMAND...|-e EVENT\n");
		return 2;
	}
	qmp = dial(argv[1]);
	if (!qmp) {
		perror(argv[1]);
		return 2;
	}
	if (ask(qmp, "{\"execute\": \"qmp_capabilities\"}\n", reply,
		sizeof(reply)))
		return 1;
	if (!strcmp(argv[2], "-e") && argc == 4)
		return answer(qmp, argv[3], reply, sizeof(reply));
	return type(qmp, argv + 2, reply, sizeof(reply));
}
