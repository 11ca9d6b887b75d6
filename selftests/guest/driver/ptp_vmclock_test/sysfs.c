// SPDX-License-Identifier: GPL-2.0
/* Attributes, uevents and parameters. */
#include "driver.h"

#include <linux/netlink.h>
#include <sys/socket.h>
#include <sys/time.h>

static void check_attr(const char *name, const char *value)
{
	ktap_ok(!strcmp(attr(name), value), "%s is %s, wanted %s", name,
		attr(name), value);
}

static void test_bounds(void)
{
	struct vmclock_params p = good;
	u64 a, b, ns;

	p.flags |= VMCLOCK_FLAG_TIME_MAXERROR_VALID;
	p.maxerror_ns = 1000;
	set_page(&p);
	check_attr("maxerror_ns", "unknown");
	p.flags |= VMCLOCK_FLAG_PERIOD_MAXERROR_VALID;
	p.line.counter = counter();
	p.maxerror_rate_frac = p.line.period_frac / 2000;
	set_page(&p);
	a = vmclock_maxerror_at(&p, counter());
	ns = strtoull(attr("maxerror_ns"), NULL, 10);
	b = vmclock_maxerror_at(&p, counter());
	ktap_ok(a <= ns && ns <= b && a > 1000,
		"maxerror_ns grows: %llu in %llu..%llu", (unsigned long long)ns,
		(unsigned long long)a, (unsigned long long)b);
	p.status = VMCLOCK_STATUS_UNKNOWN;
	set_page(&p);
	check_attr("maxerror_ns", "unknown");
}

void test_attributes(void)
{
	struct vmclock_params p = good;

	add_device(&p, PAGE);
	check_attr("state", "ok");
	check_attr("clock_status", "synchronized");
	check_attr("disruption_marker", "7");
	check_attr("vm_generation_counter", "11");
	check_attr("maxerror_ns", "unknown");

	p.status = VMCLOCK_STATUS_UNRELIABLE;
	p.disruption_marker = ~0ULL;
	p.flags = 0;
	set_page(&p);
	check_attr("state", "no time: host says that its clock is unreliable");
	check_attr("clock_status", "unreliable");
	check_attr("disruption_marker", "18446744073709551615");
	check_attr("vm_generation_counter", "unknown");
	p.status = 200;
	set_page(&p);
	check_attr("clock_status", "200");
	test_bounds();
}

int uevent_open(void)
{
	struct sockaddr_nl addr = { .nl_family = AF_NETLINK, .nl_groups = 1 };
	struct timeval limit = { .tv_sec = 10 };
	int fd = socket(AF_NETLINK, SOCK_DGRAM, NETLINK_KOBJECT_UEVENT);

	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit));
	return bind(fd, (struct sockaddr *)&addr, sizeof(addr)) ? -1 : fd;
}

static bool has_line(const char *buf, ssize_t n, const char *line)
{
	const char *p;

	for (p = buf; p < buf + n; p += strlen(p) + 1)
		if (!strcmp(p, line))
			return true;
	return false;
}

/* The next uevent of the fake device is this one, with this variable. */
void check_uevent(int fd, const char *event, const char *variable)
{
	char buf[4096], line[64];
	ssize_t n;

	snprintf(line, sizeof(line), "VMCLOCK_EVENT=%s", event);
	do {
		n = recv(fd, buf, sizeof(buf) - 1, 0);
		buf[n > 0 ? n : 0] = 0;
	} while (n > 0 && !(strstr(buf, "ptp_vmclock.0") &&
			    !strncmp(buf, "change@", 7)));
	ktap_ok(n > 0 && has_line(buf, n, line) && has_line(buf, n, variable),
		"uevent %s, %s", line, variable);
}

void test_uevents(void)
{
	struct vmclock_params p = good;
	int fd;

	if (!put_file(PARAMETERS "poll_ms", "10")) {
		ktap_skip("uevents", "no parameter poll_ms");
		return;
	}
	add_device(&p, PAGE);
	usleep(200000);
	fd = uevent_open();
	p.disruption_marker = 8;
	set_page(&p);
	check_uevent(fd, "disruption", "DISRUPTION_MARKER=8");
	p.vm_generation = 12;
	set_page(&p);
	check_uevent(fd, "generation", "VM_GENERATION=12");
	p.disruption_marker = 9;
	p.vm_generation = 13;
	set_page(&p);
	check_uevent(fd, "disruption", "VM_GENERATION=13");
	check_uevent(fd, "generation", "DISRUPTION_MARKER=9");
	p.status = VMCLOCK_STATUS_FREERUNNING;
	set_page(&p);
	check_uevent(fd, "status", "CLOCK_STATUS=freerunning");
	p.flags |= VMCLOCK_FLAG_DISRUPTION_IMMINENT;
	set_page(&p);
	check_uevent(fd, "warning", "CLOCK_STATUS=freerunning");
	p.leap = VMCLOCK_LEAP_PRE_POS;
	set_page(&p);
	check_uevent(fd, "leap", "DISRUPTION_MARKER=9");

	page->magic = 0;
	usleep(200000);
	p.disruption_marker = 10;
	set_page(&p);
	page->magic = VMCLOCK_MAGIC;
	check_uevent(fd, "disruption", "DISRUPTION_MARKER=10");
	close(fd);
	put_file(PARAMETERS "poll_ms", "1000");
}

/* More changes than can be reported: some events, and at last the last one. */
void test_uevent_flood(void)
{
	struct vmclock_params p = good;
	bool last = false;
	int fd, i, n = 0;
	char buf[4096];
	ssize_t len;

	put_file(PARAMETERS "poll_ms", "10");
	add_device(&p, PAGE);
	usleep(1200000);
	fd = uevent_open();
	for (i = 0; i < 100; i++) {
		p.disruption_marker = 1000 + i;
		set_page(&p);
		usleep(15000);
	}
	usleep(1500000);
	while ((len = recv(fd, buf, sizeof(buf), MSG_DONTWAIT)) > 0) {
		n++;
		last = has_line(buf, len, "DISRUPTION_MARKER=1099");
	}
	ktap_ok(n > 0 && n <= 80, "100 changes in 1.5 s: %d uevents", n);
	ktap_ok(last, "the last uevent is of the last change");
	close(fd);
	put_file(PARAMETERS "poll_ms", "1000");
}

void test_parameters(void)
{
	ktap_ok(!put_file(PARAMETERS "poll_ms", "9") &&
		!put_file(PARAMETERS "poll_ms", "3600001") &&
		!put_file(PARAMETERS "poll_ms", "-1") &&
		!put_file(PARAMETERS "poll_ms", "soon") &&
		!put_file(PARAMETERS "lock", "maybe"),
		"parameters that make no sense are refused");
	ktap_ok(put_file(PARAMETERS "poll_ms", "0") &&
		put_file(PARAMETERS "poll_ms", "1000"),
		"poll_ms takes 0 and 1000");
}
