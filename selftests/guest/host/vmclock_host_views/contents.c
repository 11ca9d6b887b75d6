// SPDX-License-Identifier: GPL-2.0
/* What a view says, and to whom it signals changes. */
#include "views.h"

#include <math.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/timex.h>

void test_new(void)
{
	struct vmclock_view_create c = {
		.size = 4096,
		.flags = VMCLOCK_FLAG_NOTIFICATION_PRESENT,
	};
	int fd = ioctl(control, VMCLOCK_HOST_CREATE_VIEW, &c);
	const struct vmclock_abi *page = map(fd);
	struct vmclock_abi copy;
	struct vmclock_params p, o;

	if (!ktap_ok(fd >= 0 && page, "create and map a view"))
		return;
	get(page, &p);
	get(own, &o);
	ktap_ok(!vmclock_page_defect(&p) && p.size == 4096 &&
		p.counter_id == o.counter_id, "it is a page, of the counter");
	ktap_ok(p.status == VMCLOCK_STATUS_UNKNOWN && !p.line.period_frac &&
		!(p.flags & (VMCLOCK_FLAG_TIME_MAXERROR_VALID |
			     VMCLOCK_FLAG_TIME_MONOTONIC)),
		"without a translation it doesn't know the time");
	ktap_ok(p.flags & VMCLOCK_FLAG_VM_GEN_COUNTER_PRESENT &&
		p.flags & VMCLOCK_FLAG_NOTIFICATION_PRESENT && p.vm_generation,
		"it has a generation, and the flag asked for");
	ktap_ok(p.disruption_marker != o.disruption_marker,
		"and a disruption marker of its own");
	ktap_ok(fcntl(fd, F_GETFD) == FD_CLOEXEC, "it is closed on exec");
	ktap_ok(is_ready(fd, 0) &&
		read(fd, &copy, sizeof(copy)) == sizeof(copy) &&
		!memcmp(&copy, page, sizeof(copy)) && !is_ready(fd, 0),
		"read, it isn't ready any more");
	ktap_ok(pread(fd, &copy, sizeof(copy), 0) == sizeof(copy),
		"pread works");
	ktap_ok(mprotect((void *)page, page_size, PROT_READ | PROT_WRITE) ==
		-1 && errno == EACCES &&
		mmap(NULL, page_size, PROT_WRITE, MAP_SHARED, fd, 0) ==
		MAP_FAILED && errno == EROFS, "nobody can write to it");
	close(fd);
	get(page, &p);
	change_frequency();
	ktap_ok(p.magic == VMCLOCK_MAGIC, "the map outlives the descriptor");
	munmap((void *)page, page_size);
}

static const struct vmclock_abi *view_of_type(u32 time_type)
{
	struct vmclock_view_create c = { .time_type = time_type };
	int fd = ioctl(control, VMCLOCK_HOST_CREATE_VIEW, &c);
	const struct vmclock_abi *page = map(fd);

	translate(fd, 1ULL << 48, 48, 0);
	close(fd);
	return page;
}

static void tell_tai(int offset_sec)
{
	struct timex tx = { .modes = ADJ_TAI, .constant = offset_sec };

	adjtimex(&tx);
}

/* Both pages of one publication, however long the first takes. */
static void get_pair(const struct vmclock_abi *tai,
		     const struct vmclock_abi *utc, struct vmclock_params *t,
		     struct vmclock_params *u)
{
	struct vmclock_params again;

	do {
		get(utc, u);
		get(tai, t);
		get(utc, &again);
	} while (again.seq != u->seq);
}

/* A page is TAI or UTC for its life, whatever the kernel is told of TAI. */
void test_time_type(void)
{
	const struct vmclock_abi *tai = view_of_type(VMCLOCK_VIEW_TIME_TAI);
	const struct vmclock_abi *utc = view_of_type(VMCLOCK_VIEW_TIME_UTC);
	const struct vmclock_abi *made;
	struct vmclock_params t, u, t2, u2;
	struct timex tx = { .modes = 0 };

	adjtimex(&tx);
	tell_tai(0);
	get_pair(tai, utc, &t, &u);
	ktap_ok(t.time_type == VMCLOCK_TIME_TAI && !t.line.period_frac &&
		t.status == VMCLOCK_STATUS_UNRELIABLE,
		"TAI without an offset: no time");
	ktap_ok(u.time_type == VMCLOCK_TIME_UTC && u.line.period_frac &&
		u.status != VMCLOCK_STATUS_UNRELIABLE,
		"UTC without an offset: a time");
	tell_tai(37);
	get_pair(tai, utc, &t2, &u2);
	ktap_ok(t2.time_type == VMCLOCK_TIME_TAI && t2.status == u2.status &&
		t2.line.counter == u2.line.counter &&
		t2.line.time.sec == u2.line.time.sec + 37 &&
		t2.line.time.frac == u2.line.time.frac,
		"told the offset, TAI is UTC and 37 s");
	ktap_ok(u2.time_type == VMCLOCK_TIME_UTC && u2.tai_offset_sec == 37 &&
		u2.flags & VMCLOCK_FLAG_TAI_OFFSET_VALID,
		"and UTC has the offset");
	ktap_ok(t2.disruption_marker != t.disruption_marker &&
		u2.disruption_marker == u.disruption_marker,
		"a disruption of TAI, not of UTC");
	made = view_of_type(VMCLOCK_VIEW_TIME_DEFAULT);
	ktap_ok(made->time_type == VMCLOCK_TIME_TAI,
		"a page that is made now is TAI");
	tell_tai(38);
	get_pair(tai, utc, &t, &u);
	ktap_ok(t.line.time.sec == u.line.time.sec + 38 &&
		t.disruption_marker != t2.disruption_marker &&
		u.disruption_marker == u2.disruption_marker,
		"another offset: a disruption of TAI, not of UTC");
	tell_tai(tx.tai);
	munmap((void *)tai, page_size);
	munmap((void *)utc, page_size);
	munmap((void *)made, page_size);
}

void test_disruptions(void)
{
	struct vmclock_view_generation g = { .flags = VMCLOCK_GENERATION_SET,
					     .value = 4711 };
	struct vmclock_view_translation t;
	struct vmclock_params a, b, o, o2;
	int fd = create("");
	const struct vmclock_abi *page = map(fd);

	get(own, &o);
	get(page, &a);
	translate(fd, 1ULL << 48, 48, 1000);
	get(page, &b);
	ktap_ok(b.disruption_marker != a.disruption_marker &&
		b.status != VMCLOCK_STATUS_UNKNOWN &&
		!vmclock_time_defect(&(struct vmclock_params){
			.size = b.size, .counter_id = b.counter_id,
			.time_type = b.time_type, .line = b.line,
			.status = VMCLOCK_STATUS_SYNCHRONIZED }, counter_id()),
		"a translation is a disruption, and gives a time");
	translate(fd, 1ULL << 48, 48, 1000);
	get(page, &a);
	ktap_ok(a.disruption_marker == b.disruption_marker,
		"the same one again is none");
	ktap_ok(!ioctl(fd, VMCLOCK_VIEW_GET_TRANSLATION, &t) &&
		t.ratio == 1ULL << 48 && t.frac_bits == 48 &&
		t.offset == 1000 && !t.reserved, "it can be asked for");
	translate(fd, 1ULL << 48, 48, 1001);
	get(page, &b);
	ktap_ok(b.disruption_marker != a.disruption_marker,
		"another offset is one");
	ktap_ok(!ioctl(fd, VMCLOCK_VIEW_SET_GENERATION, &g), "set generation");
	get(page, &a);
	ktap_ok(a.vm_generation == 4711 &&
		a.disruption_marker != b.disruption_marker,
		"it is there, with a disruption");
	ioctl(fd, VMCLOCK_VIEW_SET_GENERATION, &g);
	get(page, &b);
	ktap_ok(a.seq == b.seq, "the same one again changes nothing");
	g = (struct vmclock_view_generation){ .flags = 0 };
	ktap_ok(!ioctl(fd, VMCLOCK_VIEW_SET_GENERATION, &g) && g.value != 4711,
		"a new generation");
	get(page, &b);
	ktap_ok(b.vm_generation == g.value &&
		b.disruption_marker != a.disruption_marker,
		"is in the page, with a disruption");
	ktap_ok(!ioctl(fd, VMCLOCK_VIEW_DISRUPT), "disrupt");
	get(page, &a);
	ktap_ok(a.disruption_marker != b.disruption_marker &&
		a.vm_generation == b.vm_generation, "is just that");
	set_flags(fd, VMCLOCK_FLAG_DISRUPTION_SOON |
		  VMCLOCK_FLAG_DISRUPTION_IMMINENT,
		  VMCLOCK_FLAG_DISRUPTION_SOON);
	get(page, &b);
	ktap_ok(b.flags & VMCLOCK_FLAG_DISRUPTION_SOON &&
		!(b.flags & VMCLOCK_FLAG_DISRUPTION_IMMINENT) &&
		b.disruption_marker == a.disruption_marker,
		"a disruption is announced, and isn't one");
	set_flags(fd, VMCLOCK_FLAG_DISRUPTION_SOON, 0);
	get(page, &b);
	ktap_ok(!(b.flags & VMCLOCK_FLAG_DISRUPTION_SOON), "and called off");
	ktap_ok(!translate(fd, 0, 0, 0), "forget the translation");
	get(page, &b);
	ktap_ok(b.status == VMCLOCK_STATUS_UNKNOWN && !b.line.period_frac,
		"the time is unknown again");
	get(own, &o2);
	ktap_ok(o.disruption_marker == o2.disruption_marker,
		"the host's page knows nothing of all this");
	munmap((void *)page, page_size);
	close(fd);
}

/*
 * CPUs whose counters differ: the page's bound is larger by the spread. It
 * grows by the same part of the time as the host's, at any rate of the counter.
 */
void test_bound(void)
{
	struct vmclock_view_translation t = {
		.ratio = 3ULL << 47,
		.frac_bits = 48,
		.spread = 100000,
	};
	struct timex tx = { .modes = ADJ_STATUS | ADJ_MAXERROR,
			    .maxerror = 1000 };
	int fd = create(""), i;
	const struct vmclock_abi *page = map(fd);
	struct vmclock_params o, v;
	struct vmclock_time off;
	double grows, own_grows;
	big rest;

	adjtimex(&tx);
	for (i = 0; i < PATIENCE_MS; i++) {
		get(own, &o);
		if (o.flags & VMCLOCK_FLAG_TIME_MAXERROR_VALID)
			break;
		usleep(1000);
	}
	ioctl(fd, VMCLOCK_VIEW_SET_TRANSLATION, &t);
	do {
		get(own, &o);
		get(page, &v);
	} while (guest_counter(o.line.counter, t.ratio, t.frac_bits, 0,
			       &rest) != v.line.counter);
	off = vmclock_counter_delta_time(t.spread, v.line.period_frac,
					 v.line.period_shift);
	grows = (double)v.maxerror_rate_frac / v.line.period_frac;
	own_grows = (double)o.maxerror_rate_frac / o.line.period_frac;
	ktap_ok(o.flags & VMCLOCK_FLAG_TIME_MAXERROR_VALID &&
		v.maxerror_ns == o.maxerror_ns + vmclock_time_to_ns(off) + 1,
		"a spread of its CPUs' counters is in its bound (%llu, %llu ns)",
		(unsigned long long)o.maxerror_ns,
		(unsigned long long)v.maxerror_ns);
	ktap_ok(grows > 0 && fabs(grows - own_grows) < 1e-9,
		"its bound grows as the host's does (%.3f, %.3f ppm)",
		grows * 1e6, own_grows * 1e6);
	munmap((void *)page, page_size);
	close(fd);
}

/* Whether a change of another view's is signalled for one that hasn't. */
static bool signalled_by(int other, int event, const struct vmclock_abi *page)
{
	struct vmclock_params before, after;
	bool signalled;

	get(page, &before);
	ioctl(other, VMCLOCK_VIEW_DISRUPT);
	usleep(20000);
	signalled = events(event);
	get(page, &after);
	return signalled && before.seq == after.seq;
}

void test_notification(void)
{
	int fd = create(""), event = eventfd(0, EFD_NONBLOCK), other;
	const struct vmclock_abi *page = map(fd);
	struct vmclock_params a, b;
	int i, rung = 0;
	u64 n;

	translate(fd, 1ULL << 32, 32, 0);
	other = create("");
	usleep(20000);
	ktap_ok(!set_eventfd(fd, event), "attach an eventfd");
	ktap_ok(!signalled_by(other, event, page),
		"not signalled for what was before");
	events(event);
	for (i = 0; i < 100; i++) {
		get(page, &a);
		change_frequency();
		is_ready(event, PATIENCE_MS);
		get(page, &b);
		n = events(event);
		rung += n >= 1 && b.seq != a.seq;
	}
	ktap_ok(rung == 100, "signalled for each of 100 changes (%d)", rung);
	set_flags(fd, VMCLOCK_FLAG_DISRUPTION_SOON,
		  VMCLOCK_FLAG_DISRUPTION_SOON);
	ktap_ok(is_ready(event, PATIENCE_MS), "also for a view's own changes");
	usleep(100000);
	events(event);
	ktap_ok(!signalled_by(other, event, page), "but not for another's");
	close(other);
	ktap_ok(!set_eventfd(fd, -1), "detach it");
	events(event);
	ioctl(fd, VMCLOCK_VIEW_DISRUPT);
	usleep(20000);
	ktap_ok(!events(event), "it isn't signalled any more");
	set_eventfd(fd, event);
	close(fd);
	munmap((void *)page, page_size);
	change_frequency();
	usleep(20000);
	events(event);
	change_frequency();
	usleep(20000);
	ktap_ok(!events(event), "nor when the view is gone");
	close(event);
}
