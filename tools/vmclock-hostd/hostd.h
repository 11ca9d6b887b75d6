/* SPDX-License-Identifier: GPL-2.0 */
/*
 * vmclock-hostd: its parts. One thread; each part has descriptors that main.c
 * polls, and a function for each.
 */
#ifndef _VMCLOCK_HOSTD_H
#define _VMCLOCK_HOSTD_H

#include <poll.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "fs.h"
#include "kvm.h"

#define MACHINES_MAX	4096
#define CLIENTS_MAX	32
#define HOLDERS_MAX	4096	/* views that were given away */
#define REQUESTS_MAX	(1 + CLIENTS_MAX + HOLDERS_MAX)

/**
 * struct counters - what was done, for metrics
 */
struct counters {
	uint64_t looks, changes, withdrawn, disputes, events, rings, requests,
		 refused;
};

extern struct counters counters;
extern volatile bool stop;

void say(const char *format, ...) __attribute__((format(printf, 1, 2)));
int64_t now_ms(void);

/* machines.c */
void machines_found(const char *name);
void machines_scan(void);
int64_t machines_look(void);
void machines_changed(pid_t thread);
size_t machines_poll(struct pollfd *fds, size_t max);
void machines_ring(const struct pollfd *fds, size_t n);
size_t machines_count(bool followed);

/* events.c: KVM's, by inotify and by a tracepoint */
void events_open(void);
bool events_traced(void);
size_t events_poll(struct pollfd *fds);
void events_read(const struct pollfd *fds, size_t n);
void events_close(void);

/* requests.c: the socket */
void requests_open(const char *path);
size_t requests_poll(struct pollfd *fds);
void requests_serve(const struct pollfd *fds, size_t n);
int requests_ask(const char *path, const char *what);

#endif /* _VMCLOCK_HOSTD_H */
