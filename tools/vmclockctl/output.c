// SPDX-License-Identifier: GPL-2.0
/*
 * Files that commands write. Others may write to the same directory, so nothing
 * that is there is followed or opened: a new file is made, and takes the place
 * of the old one when it is complete. It is readable for all.
 */
#include <errno.h>
#include <sys/stat.h>
#include <unistd.h>

#include "ctl.h"
#include "output.h"

static int fail(const struct output *o)
{
	int error = errno;

	ctl_error("cannot write %s: %s", o->path, strerror(error));
	return ctl_exit_of(error);
}

/*
 * A directory or a device is not to be replaced by a file, nor a link to one.
 * What /dev/stdout names may be a file at the moment.
 */
static bool may_be_replaced(const char *path)
{
	static const char proc[] = "/proc/";
	char target[sizeof(proc) - 1];
	struct stat st;

	if (readlink(path, target, sizeof(target)) == sizeof(target) &&
	    !memcmp(target, proc, sizeof(target)))
		errno = EINVAL;
	else if (stat(path, &st) || S_ISREG(st.st_mode))
		return true;
	else
		errno = S_ISDIR(st.st_mode) ? EISDIR : EINVAL;
	return false;
}

/**
 * output_open() - begin a file
 * @o: result
 * @path: its name
 *
 * Return: CTL_OK or, after a message, why not.
 */
int output_open(struct output *o, const char *path)
{
	int fd;

	o->path = path;
	o->file = NULL;
	if (!may_be_replaced(path))
		return fail(o);
	if (snprintf(o->temp, PATH_MAX, "%s.XXXXXX", path) >= PATH_MAX) {
		errno = ENAMETOOLONG;
		return fail(o);
	}
	fd = mkstemp(o->temp);
	if (fd < 0)
		return fail(o);
	if (!fchmod(fd, 0644))
		o->file = fdopen(fd, "w");
	if (o->file)
		return CTL_OK;
	unlink(o->temp);
	close(fd);
	return fail(o);
}

/**
 * output_give_up() - leave what was there before
 * @o: the file, which was opened
 */
void output_give_up(struct output *o)
{
	fclose(o->file);
	unlink(o->temp);
}

/**
 * output_close() - end a file: it is there now, or an error is told
 * @o: the file, which was opened
 *
 * Return: CTL_OK or, after a message, CTL_FAILED.
 */
int output_close(struct output *o)
{
	bool good = !ferror(o->file) && !fflush(o->file) &&
		    !fsync(fileno(o->file));

	good = !fclose(o->file) && good && !rename(o->temp, o->path);
	if (good)
		return CTL_OK;
	fail(o);
	unlink(o->temp);
	return CTL_FAILED;
}
