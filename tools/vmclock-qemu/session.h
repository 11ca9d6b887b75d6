/* SPDX-License-Identifier: GPL-2.0 */
/* What the user wants, and what there is for one QEMU. */
#ifndef _VMCLOCK_QEMU_SESSION_H
#define _VMCLOCK_QEMU_SESSION_H

#include <limits.h>
#include <stdbool.h>
#include <stdint.h>

#include "machine.h"
#include "vmclock_host.h"

#define EXIT_USAGE	2
#define EXIT_SETUP	125	/* as env, nohup and timeout have it */
#define EXIT_NO_QEMU	127
#define PAGE_BYTES	4096

/**
 * struct options - the command line
 */
struct options {
	bool ivshmem, no_table, no_doorbell, print, writable, set_generation;
	bool libvirt, added;
	unsigned int slot;
	uint64_t address, generation;
	const char *view, *page, *table, *doorbell;
	char **qemu;
	struct machine m;
};

/**
 * struct session - what there is for one QEMU
 * @name: of a view that was made for it; empty: somebody else's
 * @page: path of the page
 * @doorbell: QEMU's character device
 * @table: path of the table
 * @monitor: of QMP, an option of QEMU; empty: none
 * @served: vmclock-hostd has made the view, keeps its counter, and removes it
 * @view: see struct watch, as for the others
 */
struct session {
	char name[VMCLOCK_VIEW_NAME_SIZE];
	char page[PATH_MAX];
	char doorbell[PATH_MAX];
	char table[PATH_MAX];
	char monitor[64];
	bool served;
	int view;
	int changed;
	int bell[2];
	int qmp[2];
};

void complain(const char *format, ...) __attribute__((format(printf, 1, 2)));
void die(int status, const char *format, ...)
	__attribute__((noreturn, format(printf, 2, 3)));

void options_parse(struct options *o, int argc, char **argv);

void session_begin(struct session *s, const struct options *o);
void session_end(const struct session *s);
void session_table(struct session *s, const struct options *o);
void session_give_up(const struct session *s, const char *what)
	__attribute__((noreturn));

uint64_t command_max_kib(const struct options *o);
char **command_added(const struct options *o, const struct session *s);
char **command_make(const struct options *o, const struct session *s);

#endif /* _VMCLOCK_QEMU_SESSION_H */
