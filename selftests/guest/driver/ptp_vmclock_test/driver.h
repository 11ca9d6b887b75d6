/* SPDX-License-Identifier: GPL-2.0 */
/* The parts of ptp_vmclock_test, and what they share. Included first. */
#ifndef _VMCLOCK_TEST_DRIVER_H
#define _VMCLOCK_TEST_DRIVER_H

#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "counter.h"
#include "ktap.h"
#include "vmclock/page.h"

#define FAKE		"/dev/vmclock_fake"
#define PLATFORM	"/sys/devices/platform/ptp_vmclock.0"
#define PARAMETERS	"/sys/module/ptp_vmclock/parameters/"
#define CLOCKSOURCE	"/sys/devices/system/clocksource/clocksource0/"
/* of the CPU: 16 and 64 KiB on some kernels for arm64 */
#define PAGE		((unsigned int)sysconf(_SC_PAGESIZE))
#define NSEC		1000000000LL
#define FD_TO_CLOCKID(fd)	((~(clockid_t)(fd) << 3) | 3)

extern struct vmclock_abi *page;	/* the fake page, writable */
extern struct vmclock_params good;	/* a page that tells TAI */
extern char dev_path[64], phc_path[64];	/* of the fake device; "" if none */
extern bool old_sign;			/* tai_offset_sec is TAI - UTC */

bool put_file(const char *path, const char *fmt, ...);
const char *get_file(const char *dir, const char *name);
const char *attr(const char *name);
void set_page(const struct vmclock_params *p);
void find_nodes(void);
bool add_device(const struct vmclock_params *p, unsigned int bytes);
void good_page(void);
int poll_now(int fd);
int uevent_open(void);
void check_uevent(int fd, const char *event, const char *variable);
s64 clock_ns(clockid_t id);

void test_refused(void);
void test_no_clock(void);
void test_read(void);
void test_torn(void);
void test_mmap(void);
void test_poll(void);
void test_clock(void);
void test_late_clock(void);
void test_clock_status(void);
void test_clock_fixed(void);
void test_clocksources(void);
void test_extended_clockid(void);
void test_attributes(void);
void test_uevents(void);
void test_uevent_flood(void);
void test_fixtures(void);
void test_parameters(void);

#endif /* _VMCLOCK_TEST_DRIVER_H */
