// SPDX-License-Identifier: GPL-2.0
/*
 * The arguments that are added to QEMU's command line. Called by main.c, once.
 */
#include <inttypes.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "session.h"

#define ADDED_MAX	24	/* arguments */
#define MAX_RAM_EXTRA_KIB	1024

/**
 * struct args - arguments, of which some are to be added
 * @v: they
 * @n: how many
 */
struct args {
	char *v[ADDED_MAX + 1];
	size_t n;
};

static void add(struct args *a, const char *option, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

static void add(struct args *a, const char *option, const char *format, ...)
{
	va_list list;

	a->v[a->n++] = (char *)option;
	va_start(list, format);
	if (a->n == ADDED_MAX || vasprintf(&a->v[a->n++], format, list) < 0)
		abort();
	va_end(list);
}

/* A file's name as a value of QEMU's: its commas doubled. */
static const char *quote(char to[2 * PATH_MAX], const char *path)
{
	char *end = to;

	for (; *path && end < to + 2 * PATH_MAX - 2; path++) {
		*end++ = *path;
		if (*path == ',')
			*end++ = ',';
	}
	*end = 0;
	return to;
}

/* In front of the user's, whose devices take the places that are left. */
static void add_devices(const struct options *o, struct args *a)
{
	if (o->ivshmem)
		add(a, "-device", "ivshmem-plain,memdev=vmclock-page,addr=%02x.0",
		    o->slot - !o->no_doorbell);
	else
		add(a, "-device", "virtio-pmem-pci,memdev=vmclock-page,memaddr=0x%" PRIx64 ",addr=%02x.1",
		    o->address, o->slot);
	if (!o->no_doorbell)
		add(a, "-device", "pci-serial,chardev=vmclock-bell,addr=%02x.2",
		    o->slot);
}

/**
 * command_max_kib() - memory with what the page needs
 * @o: the user's command line
 *
 * Return: maxmem, in KiB.
 */
uint64_t command_max_kib(const struct options *o)
{
	return o->m.max_ram / 1024 + MAX_RAM_EXTRA_KIB;
}

/*
 * Behind the user's: a later -m adds to an earlier one, and QEMU's emulation
 * takes the first object for the RAM in a migration.
 */
static void add_rest(const struct options *o, const struct session *s,
		     struct args *a)
{
	char path[2 * PATH_MAX];

	/* with -mem-prealloc QEMU would write to it */
	add(a, "-object", "memory-backend-file,id=vmclock-page,mem-path=%s,size=%d,share=on,readonly=%s,prealloc=off",
	    quote(path, s->page), PAGE_BYTES, o->writable ? "off" : "on");
	if (!o->ivshmem && !o->libvirt)
		add(a, "-m", "maxmem=%" PRIu64 "k", command_max_kib(o));
	if (!o->no_table)
		add(a, "-acpitable", "file=%s", quote(path, s->table));
	if (!o->no_doorbell)
		add(a, "-chardev", "%s,id=vmclock-bell", s->doorbell);
	if (!s->monitor[0])
		return;
	add(a, "-chardev", "%s", s->monitor);
	add(a, "-mon", "chardev=vmclock-qmp,mode=control");
}

static size_t count(char **argv)
{
	size_t n = 0;

	while (argv[n])
		n++;
	return n;
}

/**
 * command_added() - only what is added to QEMU's command line
 * @o: what is wanted
 * @s: what there is for it
 *
 * Return: the arguments, as long as the process lives.
 */
char **command_added(const struct options *o, const struct session *s)
{
	static struct args a;

	add_devices(o, &a);
	add_rest(o, s, &a);
	return a.v;
}

/**
 * command_make() - QEMU's command line, with the page in it
 * @o: what is wanted, and the user's command line
 * @s: what there is for it
 *
 * QEMU itself may be behind a program that runs it, such as env.
 *
 * Return: the command line, as long as the process lives.
 */
char **command_make(const struct options *o, const struct session *s)
{
	struct args devices = { .n = 0 }, rest = { .n = 0 };
	size_t n = count(o->qemu), first = o->m.program + 1;
	static char **argv;
	char **to;

	argv = calloc(n + 2 * ADDED_MAX + 1, sizeof(*argv));
	if (!argv)
		abort();
	to = argv;
	add_devices(o, &devices);
	add_rest(o, s, &rest);
	while (first < n && o->qemu[first][0] != '-')
		first++;
	to = mempcpy(to, o->qemu, first * sizeof(*to));
	to = mempcpy(to, devices.v, devices.n * sizeof(*to));
	to = mempcpy(to, o->qemu + first, (n - first) * sizeof(*to));
	mempcpy(to, rest.v, rest.n * sizeof(*to));
	return argv;
}
