// SPDX-License-Identifier: GPL-2.0
/*
 * Users and groups by name or number. Names are those of /etc/passwd and
 * /etc/group, since a program without shared libraries can't ask for others.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ctl.h"
#include "fs.h"
#include "owner.h"

#define LAST_ID		0xfffffffeU	/* the next one means none */

static bool number(const char *text, int base, unsigned long most,
		   unsigned int *value)
{
	unsigned long n;
	char *end;

	errno = 0;
	n = strtoul(text, &end, base);
	if (errno || *end || *text < '0' || *text > '9' || n > most)
		return false;
	*value = n;
	return true;
}

/* "NAME:PASSWORD:NUMBER:..." */
static bool find(const char *file, const char *name, unsigned int *id)
{
	char path[PATH_MAX], line[4096];
	size_t len = strlen(name);
	bool found = false;
	FILE *f = fopen(fs_path(path, "%s", file), "re");

	while (f && !found && fgets(line, sizeof(line), f))
		found = !strncmp(line, name, len) && line[len] == ':' &&
			sscanf(line + len, ":%*[^:]:%u", id) == 1;
	if (f)
		fclose(f);
	return found;
}

/**
 * owner_user() - which user
 * @text: name or number
 * @uid: result
 *
 * Return: false if there is none, which was said.
 */
bool owner_user(const char *text, unsigned int *uid)
{
	if (number(text, 10, LAST_ID, uid) || find("/etc/passwd", text, uid))
		return true;
	ctl_error("/etc/passwd has no user '%s'; remedy: give the number", text);
	return false;
}

/**
 * owner_group() - which group
 * @text: name or number
 * @gid: result
 *
 * Return: false if there is none, which was said.
 */
bool owner_group(const char *text, unsigned int *gid)
{
	if (number(text, 10, LAST_ID, gid) || find("/etc/group", text, gid))
		return true;
	ctl_error("/etc/group has no group '%s'; remedy: give the number", text);
	return false;
}

/**
 * owner_mode() - which permissions
 * @text: in octal
 * @mode: result
 *
 * Return: false if it isn't one, which was said.
 */
bool owner_mode(const char *text, unsigned int *mode)
{
	if (number(text, 8, 0666, mode) && !(*mode & ~0666))
		return true;
	ctl_error("a view's mode is an octal number without execution, as 0640; not '%s'",
		  text);
	return false;
}
