// SPDX-License-Identifier: GPL-2.0
/*
 * Whose view is it? What /proc says of the views that processes have mapped.
 * Used by view set-counter and by vmclock-hostd.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "maps.h"
#include "vmclock_host.h"

#define PROCESSES_MAX	32768

/*
 * A mapping's name is what the process calls it, and may be another file's: the
 * device counts. Roots of tests have no devices.
 */
static bool is_node(long long pid, const char *range, const char *name)
{
	char path[PATH_MAX];
	struct stat mapped, node;

	if (fs_root()[0])
		return true;
	snprintf(path, sizeof(path), "/proc/%lld/map_files/%s", pid, range);
	if (stat(path, &mapped) || !S_ISCHR(mapped.st_mode))
		return false;
	snprintf(path, sizeof(path), "/dev/" VMCLOCK_VIEW_NODE_PREFIX "%s",
		 name);
	return !stat(path, &node) && S_ISCHR(node.st_mode) &&
	       node.st_rdev == mapped.st_rdev;
}

/* The view of a line of maps; false if it has none. */
static bool view_of(const char *line, long long pid, char name[FS_NAME])
{
	static const char prefix[] = "/" VMCLOCK_VIEW_NODE_PREFIX;
	const char *path = strrchr(line, '/');
	char range[FS_NAME];

	if (!path || strncmp(path, prefix, sizeof(prefix) - 1) ||
	    sscanf(line, "%63s", range) != 1)
		return false;
	path += sizeof(prefix) - 1;
	snprintf(name, FS_NAME, "%.*s", (int)strcspn(path, " \n"), path);
	return is_node(pid, range, name);
}

/**
 * maps_view() - the view that a process has mapped
 * @pid: the process
 * @name: its name
 *
 * Return: how many different ones; of more than one @name is the first.
 */
unsigned int maps_view(long long pid, char name[FS_NAME])
{
	char path[PATH_MAX], line[PATH_MAX + 128], other[FS_NAME];
	unsigned int n = 0;
	FILE *f = fopen(fs_path(path, "/proc/%lld/maps", pid), "re");

	while (f && fgets(line, sizeof(line), f)) {
		if (!view_of(line, pid, n ? other : name))
			continue;
		if (!n || strcmp(name, other))
			n++;
	}
	if (f)
		fclose(f);
	return n;
}

/**
 * maps_other() - another process that has mapped a view
 * @pid: the one that may
 * @name: of the view
 *
 * Return: the other one; 0 if there is none.
 */
long long maps_other(long long pid, const char *name)
{
	static char all[PROCESSES_MAX][FS_NAME];
	size_t i, n = fs_list("/proc", "", all, PROCESSES_MAX);
	char mapped[FS_NAME];
	long long other;

	for (i = 0; i < n; i++) {
		other = atoll(all[i]);
		if (other > 0 && other != pid && maps_view(other, mapped) &&
		    !strcmp(mapped, name))
			return other;
	}
	return 0;
}
