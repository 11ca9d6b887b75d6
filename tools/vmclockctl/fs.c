// SPDX-License-Identifier: GPL-2.0
/*
 * Files of /sys, /proc and /dev below a root that tests can move. What is read
 * may have been chosen by another user (a task's name is in adjusted_by), so
 * nothing but printable ASCII gets in.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "fs.h"

static const char *root = "";

/**
 * fs_set_root() - prefix of all paths
 * @dir: a directory, or NULL for none
 */
void fs_set_root(const char *dir)
{
	root = dir ? dir : "";
}

/**
 * fs_root() - the prefix of all paths
 *
 * Return: the directory; empty if there is none.
 */
const char *fs_root(void)
{
	return root;
}

/* What does not fit becomes a path that does not exist. */
static const char *make_path(char path[PATH_MAX], const char *format,
			     va_list args)
{
	size_t n = strlen(root);

	if (n >= PATH_MAX)
		n = PATH_MAX - 1;
	memcpy(path, root, n);
	if (vsnprintf(path + n, PATH_MAX - n, format, args) >=
	    (int)(PATH_MAX - n))
		path[0] = 0;
	return path;
}

/**
 * fs_path() - a path below the root
 * @path: result
 * @format: absolute path
 *
 * Return: @path.
 */
const char *fs_path(char path[PATH_MAX], const char *format, ...)
{
	va_list args;

	va_start(args, format);
	make_path(path, format, args);
	va_end(args);
	return path;
}

/**
 * fs_clean() - replace what a terminal or a parser could take amiss
 * @text: loses everything but printable ASCII
 */
void fs_clean(char *text)
{
	for (; *text; text++)
		if (*text < ' ' || *text > '~')
			*text = '?';
}

/**
 * fs_read() - the first line of a small file, without blanks at its end
 * @text: result; empty on error
 * @size: of @text
 * @format: path
 *
 * Return: 0 or negative errno.
 */
int fs_read(char *text, size_t size, const char *format, ...)
{
	char path[PATH_MAX];
	va_list args;
	ssize_t n;
	int fd;

	text[0] = 0;
	va_start(args, format);
	make_path(path, format, args);
	va_end(args);
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (fd < 0)
		return -errno;
	n = read(fd, text, size - 1);
	if (n < 0) {
		n = -errno;
		close(fd);
		return n;
	}
	close(fd);
	text[n] = 0;
	n = strcspn(text, "\n");
	while (n && text[n - 1] == ' ')
		n--;
	text[n] = 0;
	fs_clean(text);
	return 0;
}

/**
 * fs_link() - last part of what a symbolic link names
 * @name: result; empty on error
 * @size: of @name
 * @format: path
 *
 * Return: 0 or negative errno.
 */
int fs_link(char *name, size_t size, const char *format, ...)
{
	char path[PATH_MAX], target[PATH_MAX];
	const char *last;
	va_list args;
	ssize_t n;

	name[0] = 0;
	va_start(args, format);
	make_path(path, format, args);
	va_end(args);
	n = readlink(path, target, sizeof(target) - 1);
	if (n < 0)
		return -errno;
	target[n] = 0;
	last = strrchr(target, '/');
	snprintf(name, size, "%s", last ? last + 1 : target);
	fs_clean(name);
	return 0;
}

/**
 * fs_exists() - whether there is such a file
 * @format: path
 *
 * Return: true if there is.
 */
bool fs_exists(const char *format, ...)
{
	char path[PATH_MAX];
	va_list args;

	va_start(args, format);
	make_path(path, format, args);
	va_end(args);
	return !access(path, F_OK);
}

static int by_name(const void *a, const void *b)
{
	return strverscmp(a, b);
}

/**
 * fs_list() - names in a directory
 * @dir: the directory
 * @prefix: what they begin with
 * @names: result, sorted, numbers by value
 * @max: at most so many
 *
 * Return: how many; 0 also if the directory cannot be read.
 */
size_t fs_list(const char *dir, const char *prefix, char (*names)[FS_NAME],
	       size_t max)
{
	size_t n = 0, length = strlen(prefix);
	char path[PATH_MAX];
	struct dirent *e;
	DIR *d = opendir(fs_path(path, "%s", dir));

	if (!d)
		return 0;
	while (n < max && (e = readdir(d))) {
		if (e->d_name[0] == '.' || strlen(e->d_name) >= FS_NAME ||
		    strncmp(e->d_name, prefix, length))
			continue;
		strcpy(names[n], e->d_name);
		fs_clean(names[n++]);
	}
	closedir(d);
	qsort(names, n, FS_NAME, by_name);
	return n;
}
