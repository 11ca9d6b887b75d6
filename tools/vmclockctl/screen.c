// SPDX-License-Identifier: GPL-2.0
/*
 * A terminal that is drawn anew, in its alternate screen, and is left as it
 * was however the work ends. Escape sequences are those that every terminal of
 * the last decades knows; a library would bring no more than these.
 */
#include <fcntl.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <termios.h>
#include <unistd.h>

#include "ctl.h"
#include "screen.h"

static struct termios before;
static bool changed;

/* A terminal that only prints, as in an editor's window. */
static bool is_dumb(void)
{
	const char *term = getenv("TERM");

	return term && !strcmp(term, "dumb");
}

/* A serial line of a service has no TERM. */
static bool is_known(void)
{
	const char *term = getenv("TERM");

	return term && *term;
}

/**
 * screen_colors() - whether what is printed to stdout may have colours
 *
 * Return: true on a terminal that has them, unless NO_COLOR is set.
 */
bool screen_colors(void)
{
	const char *no = getenv("NO_COLOR");

	return isatty(STDOUT_FILENO) && is_known() && !is_dumb() &&
	       !(no && *no);
}

/**
 * screen_begin() - take the terminal
 *
 * Return: false if stdout is none that can be drawn on.
 */
bool screen_begin(void)
{
	struct termios raw;

	if (!isatty(STDOUT_FILENO) || is_dumb())
		return false;
	if (isatty(STDIN_FILENO) && !tcgetattr(STDIN_FILENO, &before)) {
		raw = before;
		raw.c_lflag &= ~(ICANON | ECHO);
		raw.c_cc[VMIN] = 0;
		raw.c_cc[VTIME] = 0;
		changed = !tcsetattr(STDIN_FILENO, TCSANOW, &raw);
	}
	fputs("\033[?1049h\033[?25l", stdout);
	return true;
}

/**
 * screen_end() - give the terminal back
 */
void screen_end(void)
{
	fputs("\033[?25h\033[?1049l", stdout);
	fflush(stdout);
	if (changed)
		tcsetattr(STDIN_FILENO, TCSANOW, &before);
	changed = false;
}

/**
 * screen_size() - how large the terminal is now
 * @rows: result
 * @columns: result
 */
void screen_size(int *rows, int *columns)
{
	struct winsize w = { 0 };

	ioctl(STDOUT_FILENO, TIOCGWINSZ, &w);
	*rows = w.ws_row ? w.ws_row : 24;
	*columns = w.ws_col ? w.ws_col : SCREEN_COLUMNS;
}

/**
 * screen_utf8() - whether the terminal shows more than ASCII
 *
 * Return: what the environment says, since a static program has no locales.
 */
bool screen_utf8(void)
{
	static const char * const names[] = { "LC_ALL", "LC_CTYPE", "LANG" };
	const char *value;
	size_t i;

	for (i = 0; i < CTL_ARRAY_SIZE(names); i++) {
		value = getenv(names[i]);
		if (value && *value)
			return strstr(value, "UTF-8") || strstr(value, "utf8");
	}
	return false;
}

static char *contents(int file)
{
	off_t size = lseek(file, 0, SEEK_END);
	char *text = size < 0 ? NULL : malloc(size + 1);

	if (!text)
		return NULL;
	text[size] = 0;
	if (pread(file, text, size, 0) == size)
		return text;
	free(text);
	return NULL;
}

/**
 * screen_capture() - what a function prints to stdout
 * @draw: the function
 * @data: its argument
 *
 * The descriptor is another one meanwhile: with musl stdout is a constant.
 *
 * Return: the text, to be freed; NULL without memory.
 */
char *screen_capture(void (*draw)(void *), void *data)
{
	int terminal = fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 0), memory;
	char *text = NULL;

	fflush(stdout);
	memory = memfd_create("screen", MFD_CLOEXEC);
	if (memory >= 0) {
		dup2(memory, STDOUT_FILENO);
		draw(data);
		text = fflush(stdout) ? NULL : contents(memory);
		close(memory);
	}
	close(STDOUT_FILENO);
	if (terminal >= 0) {
		dup2(terminal, STDOUT_FILENO);
		close(terminal);
	}
	return text;
}

/* Bytes of the text's first @columns characters; UTF-8 or ASCII. */
static size_t fitting(const char *line, size_t length, int columns)
{
	size_t i;

	for (i = 0; i < length; i++)
		if ((line[i] & 0xc0) != 0x80 && columns-- == 0)
			break;
	return i;
}

/**
 * screen_draw() - show lines, each cut to the terminal's width
 * @text: the lines
 * @rows: those that don't fit are left out
 * @columns: of the terminal
 */
void screen_draw(const char *text, int rows, int columns)
{
	fputs("\033[H", stdout);
	while (rows-- > 0 && *text) {
		size_t length = strcspn(text, "\n");

		fwrite(text, 1, fitting(text, length, columns), stdout);
		fputs(rows ? "\033[K\r\n" : "\033[K", stdout);
		text += length + (text[length] == '\n');
	}
	fputs("\033[J", stdout);
	fflush(stdout);
}

/**
 * screen_wait() - until it is time to draw again
 * @ms: milliseconds; a key or a change of the size ends it earlier
 *
 * Return: false if the user wants to leave.
 */
bool screen_wait(long ms)
{
	struct pollfd in = { .fd = changed ? STDIN_FILENO : -1,
			     .events = POLLIN };
	char key;

	if (!ctl_stop && !ctl_resized && poll(&in, 1, ms) > 0 &&
	    (read(STDIN_FILENO, &key, 1) < 1 || key == 'q' || key == 'Q'))
		return false;
	ctl_resized = 0;
	return !ctl_stop;
}
