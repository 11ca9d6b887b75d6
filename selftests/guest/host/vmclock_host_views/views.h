/* SPDX-License-Identifier: GPL-2.0 */
/* The parts of vmclock_host_views, and what they share. Included first. */
#ifndef _VMCLOCK_TEST_VIEWS_H
#define _VMCLOCK_TEST_VIEWS_H

#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bigint.h"
#include "counter.h"
#include "ktap.h"
#include "vmclock/page.h"
#include "vmclock_host.h"

#define DEVICE		"/dev/vmclock_host"
#define NODE		"/dev/" VMCLOCK_VIEW_NODE_PREFIX
#define PATIENCE_MS	10000

extern int control;			/* the device, open for writing */
extern size_t page_size;
extern const struct vmclock_abi *own;	/* the host's own page */

void get(const struct vmclock_abi *page, struct vmclock_params *p);
const struct vmclock_abi *map(int fd);
int create(const char *name);
int create_for(const char *name, unsigned int uid, unsigned int mode);
int remove_view(const char *name);
int translate(int fd, u64 ratio, unsigned int bits, u64 offset);
int set_eventfd(int fd, int event);
int set_flags(int fd, u64 mask, u64 flags);
void change_frequency(void);
bool is_ready(int fd, int ms);
u64 events(int fd);
bool node_exists(const char *name);
int open_node(const char *name, int flags);
u64 guest_counter(u64 host, u64 ratio, unsigned int bits, u64 offset,
			 big *rest);

void test_arithmetic(void);
void test_new(void);
void test_disruptions(void);
void test_time_type(void);
void test_machine_gone(void);
void test_ways(void);
void test_counter_restarted(void);
void test_bound(void);
void test_notification(void);
void test_named(void);
void test_create_misuse(void);
void test_no_descriptors(void);
void test_view_misuse(void);
void test_fuzz(void);
void test_many(void);
void test_users(void);
int show_cost(int n);
void test_life(unsigned int seconds);
void test_torn(void);

#endif /* _VMCLOCK_TEST_VIEWS_H */
