// SPDX-License-Identifier: GPL-2.0
/*
 * Views of /dev/vmclock_host: what they say, who may do what, what misuse
 * gets, how they live and die, and a thousand of them. To be run as root, with
 * vmclock_host loaded and nobody else steering the clock.
 *
 *	vmclock_host_views [SECONDS]	the tests; this long for their lives
 *	vmclock_host_views keep N	N views, until the end of stdin
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/timex.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "ktap.h"
#include "bigint.h"
#include "vmclock/page.h"
#include "vmclock_host.h"
#include "counter.h"

#define DEVICE		"/dev/vmclock_host"
#define NODE		"/dev/" VMCLOCK_VIEW_NODE_PREFIX
#define PATIENCE_MS	10000
#define MANY		1000
#define DAYS		30
#define TORN_READS	200000
/* an idle clock's distance from the page, and a change of 20 ppm in a tick */
#define MARGIN_NS	2000
#define STEERING_PPM	20

static int control;
static size_t page_size;
static const struct vmclock_abi *own;

static void get(const struct vmclock_abi *page, struct vmclock_params *p)
{
	while (vmclock_page_read(page, sizeof(*page), p))
		;
}

static const struct vmclock_abi *map(int fd)
{
	void *page = mmap(NULL, page_size, PROT_READ, MAP_SHARED, fd, 0);

	return page == MAP_FAILED ? NULL : page;
}

static int create(const char *name)
{
	struct vmclock_view_create c = { .size = 0 };

	snprintf((char *)c.name, sizeof(c.name), "%s", name);
	return ioctl(control, VMCLOCK_HOST_CREATE_VIEW, &c);
}

static int remove_view(const char *name)
{
	struct vmclock_view_name n = { .name = "" };

	snprintf((char *)n.name, sizeof(n.name), "%s", name);
	return ioctl(control, VMCLOCK_HOST_REMOVE_VIEW, &n);
}

static int translate(int fd, u64 ratio, unsigned int bits, u64 offset)
{
	struct vmclock_view_translation t = {
		.ratio = ratio,
		.frac_bits = bits,
		.offset = offset,
	};

	return ioctl(fd, VMCLOCK_VIEW_SET_TRANSLATION, &t);
}

static int set_eventfd(int fd, int event)
{
	struct vmclock_view_eventfd e = { .fd = event };

	return ioctl(fd, VMCLOCK_VIEW_SET_EVENTFD, &e);
}

static int set_flags(int fd, u64 mask, u64 flags)
{
	struct vmclock_view_flags f = { .mask = mask, .flags = flags };

	return ioctl(fd, VMCLOCK_VIEW_SET_FLAGS, &f);
}

/* Something that changes all pages' line. */
static void change_frequency(void)
{
	struct timex tx = { .modes = 0 };

	adjtimex(&tx);
	tx.modes = ADJ_FREQUENCY;
	tx.freq ^= 1;
	adjtimex(&tx);
}

static bool is_ready(int fd, int ms)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };

	return poll(&p, 1, ms) == 1 && p.revents == POLLIN;
}

static u64 events(int fd)
{
	u64 n = 0;

	if (!is_ready(fd, 0) || read(fd, &n, sizeof(n)) != sizeof(n))
		return 0;
	return n;
}

static bool node_exists(const char *name)
{
	struct stat st;
	char path[64];

	snprintf(path, sizeof(path), NODE "%s", name);
	return !stat(path, &st) && S_ISCHR(st.st_mode);
}

static int open_node(const char *name, int flags)
{
	char path[64];

	snprintf(path, sizeof(path), NODE "%s", name);
	return open(path, flags);
}

/* The arithmetic, through the ioctl, against big integers */

static u64 guest_counter(u64 host, u64 ratio, unsigned int bits, u64 offset,
			 big *rest)
{
	big product = big_mul(big_u(host), big_u(ratio));
	big guest = big_sar(product, bits);

	*rest = big_sub(product, big_shl(guest, bits));
	return ((u64)guest.limb[1] << 32 | guest.limb[0]) + offset;
}

static big big_of(struct vmclock_time t)
{
	return big_add(big_shl(big_s(t.sec), 64), big_u(t.frac));
}

/* The page of the host and that of the view, made from the same line. */
static bool get_both(const struct vmclock_abi *view, u64 ratio,
		     unsigned int bits, u64 offset, struct vmclock_params *h,
		     struct vmclock_params *v)
{
	big rest;
	int i;

	for (i = 0; i < 1000; i++) {
		get(own, h);
		get(view, v);
		if (v->line.counter == guest_counter(h->line.counter, ratio,
						     bits, offset, &rest))
			return true;
	}
	return false;
}

/*
 * Both lines in units of 2^-64 s / (ratio * 2^shift), where the truth is an
 * integer: what the guest computes, at the count that it reads, against the
 * host's time less the part of a count that the guest can't see.
 */
static double worst_ns(const struct vmclock_params *h,
		       const struct vmclock_params *v, u64 ratio,
		       unsigned int bits, u64 offset)
{
	u64 second = (1ULL << 63) / (h->line.period_frac >>
				     (h->line.period_shift + 1)) * 2;
	big den = big_shl(big_u(ratio), h->line.period_shift);
	big ps = big_mul(den, big_u((u64)(0x1p64 / 1e12)));
	double worst = 0;
	int day;

	for (day = -DAYS; day <= DAYS; day++) {
		u64 host = h->line.counter + (s64)second * 86400 * day;
		big rest, truth, have;
		u64 guest;
		double d;

		if (day < 0 && host > h->line.counter)
			continue;	/* before the counter began */
		guest = guest_counter(host, ratio, bits, offset, &rest);
		truth = big_mul(big_s((s64)(host - h->line.counter)),
				big_u(ratio));
		truth = big_mul(big_sub(truth, rest),
				big_u(h->line.period_frac));
		truth = big_add(truth, big_mul(big_of(h->line.time), den));
		have = big_mul(big_of(vmclock_line_at(&v->line, guest)), den);
		have = big_abs(big_sub(have, truth));
		for (d = 0; d < 2000 && big_lt(ps, have); d++)
			have = big_sub(have, ps);
		worst = d > worst ? d : worst;
	}
	return worst / 1e3;
}

static void test_arithmetic(void)
{
	static const double ratios[] = { 0.5, 1, 1.5, 2.6 / 3.0 };
	static const unsigned int bits[] = { 48, 32 };
	int fd = create(""), i;
	const struct vmclock_abi *page = map(fd);

	for (i = 0; i < 8; i++) {
		u64 ratio = (u64)(ratios[i % 4] * (1ULL << bits[i / 4]));
		u64 offset = 0 - 123456789012345ULL * (i + 1);
		struct vmclock_params h, v;
		bool both;
		double ns;

		if (translate(fd, ratio, bits[i / 4], offset)) {
			ktap_ok(false, "set ratio %.4f", ratios[i % 4]);
			continue;
		}
		both = get_both(page, ratio, bits[i / 4], offset, &h, &v);
		ns = both ? worst_ns(&h, &v, ratio, bits[i / 4], offset) : -1;
		ktap_ok(both && ns <= 1 && v.maxerror_ns == h.maxerror_ns &&
			v.tai_offset_sec == h.tai_offset_sec &&
			v.status == h.status,
			"ratio %.4f, %u bits: within %.3f ns over %d days",
			ratios[i % 4], bits[i / 4], ns, DAYS);
	}
	munmap((void *)page, page_size);
	close(fd);
}

/* What a view says */

static void test_new(void)
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

static void test_disruptions(void)
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

static void test_notification(void)
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

static void test_named(void)
{
	int fd = create("test.1-a"), ro, rw, status;
	struct vmclock_view_translation t;
	struct vmclock_params p;
	const struct vmclock_abi *page;
	struct stat st;

	if (!ktap_ok(fd >= 0, "create a named view"))
		return;
	ktap_ok(!stat(NODE "test.1-a", &st) && S_ISCHR(st.st_mode) &&
		(st.st_mode & 07777) == 0644 && !st.st_uid,
		"a node of mode 0644, the creator's");
	ktap_ok(create("test.1-a") == -1 && errno == EEXIST,
		"the name is taken");
	ro = open_node("test.1-a", O_RDONLY);
	rw = open_node("test.1-a", O_RDWR);
	ktap_ok(ro >= 0 && rw >= 0, "open it");
	ktap_ok(translate(ro, 1ULL << 32, 32, 5) == -1 && errno == EPERM &&
		ioctl(ro, VMCLOCK_VIEW_DISRUPT) == -1 && errno == EPERM,
		"who has it open for reading can't change it");
	ktap_ok(!translate(rw, 1ULL << 32, 32, 5) &&
		!ioctl(ro, VMCLOCK_VIEW_GET_TRANSLATION, &t) && t.offset == 5,
		"who has it open for writing can");
	page = map(ro);
	ktap_ok(page && mprotect((void *)page, page_size, PROT_WRITE) == -1,
		"map it, for reading only");
	ktap_ok(mmap(NULL, page_size, PROT_WRITE, MAP_SHARED, rw, 0) ==
		MAP_FAILED && errno == EROFS, "also if open for writing");
	if (!fork()) {
		if (setgid(65534) || setuid(65534))
			_exit(2);
		_exit(open_node("test.1-a", O_RDONLY) < 0 ||
		      open_node("test.1-a", O_RDWR) != -1 || errno != EACCES ||
		      open(DEVICE, O_RDWR) != -1);
	}
	wait(&status);
	ktap_ok(!status, "everybody may read, not write, nor create views");
	close(fd);
	close(rw);
	ktap_ok(node_exists("test.1-a"), "it stays without its creator");
	ktap_ok(!remove_view("test.1-a") && !node_exists("test.1-a"),
		"removed, the node is gone");
	ktap_ok(remove_view("test.1-a") == -1 && errno == ENOENT, "for good");
	get(page, &p);
	change_frequency();
	ktap_ok(is_ready(ro, PATIENCE_MS) && p.magic == VMCLOCK_MAGIC,
		"who has it open keeps it");
	fd = create("test.1-a");
	ktap_ok(fd >= 0 && node_exists("test.1-a"), "the name is free again");
	close(fd);
	remove_view("test.1-a");
	munmap((void *)page, page_size);
	close(ro);
}

/* Misuse */

static bool create_refused(struct vmclock_view_create c, int error)
{
	return ioctl(control, VMCLOCK_HOST_CREATE_VIEW, &c) == -1 &&
	       errno == error;
}

static bool translation_refused(int fd, u64 ratio, unsigned int bits,
				u64 offset)
{
	return translate(fd, ratio, bits, offset) == -1 && errno == EINVAL;
}

static void test_create_misuse(void)
{
	static const char * const names[] = {
		"a/b", ".a", "-a", "a b", "a\n", "../x", "\xc3\xa4", "\xe4",
		"a%d",
	};
	struct vmclock_view_create c = { .size = 0 };
	unsigned int i, refused = 0;
	int ro = open(DEVICE, O_RDONLY);

	ktap_ok(ioctl(ro, VMCLOCK_HOST_CREATE_VIEW, &c) == -1 &&
		errno == EPERM, "create through a file open for reading: EPERM");
	close(ro);
	ktap_ok(create_refused((struct vmclock_view_create){ .size = 111 },
			       EINVAL) &&
		create_refused((struct vmclock_view_create){
			.size = page_size + 1 }, EINVAL) &&
		create_refused((struct vmclock_view_create){ .size = ~0U },
			       EINVAL), "sizes of less and more: EINVAL");
	ktap_ok(create_refused((struct vmclock_view_create){ .reserved = 1 },
			       EINVAL) &&
		create_refused((struct vmclock_view_create){
			.flags = VMCLOCK_FLAG_TIME_MONOTONIC }, EINVAL) &&
		create_refused((struct vmclock_view_create){
			.flags = 1ULL << 63 }, EINVAL),
		"reserved field, flags that aren't ours: EINVAL");
	for (i = 0; i < sizeof(names) / sizeof(*names); i++)
		refused += create(names[i]) == -1 && errno == EINVAL;
	ktap_ok(refused == i, "names with other characters: EINVAL");
	memset(c.name, 'a', sizeof(c.name));
	ktap_ok(create_refused(c, EINVAL), "one without an end: EINVAL");
	memset(c.name, 0, sizeof(c.name));
	c.name[5] = 'a';
	ktap_ok(create_refused(c, EINVAL), "one with something behind its end");
	ktap_ok(ioctl(control, VMCLOCK_HOST_CREATE_VIEW, NULL) == -1 &&
		errno == EFAULT &&
		ioctl(control, VMCLOCK_HOST_REMOVE_VIEW, (void *)8) == -1 &&
		errno == EFAULT, "bad pointers: EFAULT");
	ktap_ok(remove_view("") == -1 && errno == EINVAL &&
		remove_view("a/b") == -1 && errno == EINVAL,
		"remove by a bad name: EINVAL");
}

static void test_no_descriptors(void)
{
	struct rlimit old, none;
	int fd;

	getrlimit(RLIMIT_NOFILE, &old);
	none = old;
	fd = dup(0);
	close(fd);
	none.rlim_cur = fd;
	setrlimit(RLIMIT_NOFILE, &none);
	fd = create("half");
	ktap_ok(fd == -1 && errno == EMFILE && !node_exists("half"),
		"without a free descriptor: EMFILE, and no node");
	setrlimit(RLIMIT_NOFILE, &old);
	fd = create("half");
	ktap_ok(fd >= 0 && node_exists("half"), "with one it goes");
	close(fd);
	remove_view("half");
}

static void test_view_misuse(void)
{
	struct vmclock_view_translation t = { .ratio = 1ULL << 32,
					      .frac_bits = 32, .reserved = 1 };
	struct vmclock_view_generation g = { .flags = 2 };
	struct vmclock_view_eventfd e = { .fd = -1, .reserved = 1 };
	int fd = create(""), zero = open("/dev/zero", O_RDONLY);
	struct vmclock_abi before, after;

	translate(fd, 1ULL << 32, 32, 99);
	pread(fd, &before, sizeof(before), 0);
	ktap_ok(translation_refused(fd, 0, 32, 0) &&
		translation_refused(fd, 1ULL << 63, 63, 0) &&
		translation_refused(fd, 1, 0, 0) &&
		translation_refused(fd, 0, 0, 1) &&
		translation_refused(fd, 1ULL << 32, 64, 0) &&
		translation_refused(fd, 1ULL << 32, ~0U, 0) &&
		translation_refused(fd, (1ULL << 24) - 1, 32, 0) &&
		translation_refused(fd, (1ULL << 40) + 1, 32, 0) &&
		translation_refused(fd, (1ULL << 63) - 1, 48, 0),
		"translations that make no sense: EINVAL");
	ktap_ok(ioctl(fd, VMCLOCK_VIEW_SET_TRANSLATION, &t) == -1 &&
		errno == EINVAL &&
		ioctl(fd, VMCLOCK_VIEW_SET_EVENTFD, &e) == -1 &&
		errno == EINVAL, "reserved fields: EINVAL");
	e = (struct vmclock_view_eventfd){ .fd = -2 };
	ktap_ok(ioctl(fd, VMCLOCK_VIEW_SET_EVENTFD, &e) == -1 &&
		errno == EINVAL && set_eventfd(fd, 100000) == -1 &&
		errno == EBADF && set_eventfd(fd, zero) == -1 &&
		errno == EINVAL, "what isn't an eventfd: EINVAL, EBADF");
	ktap_ok(ioctl(fd, VMCLOCK_VIEW_SET_GENERATION, &g) == -1 &&
		errno == EINVAL, "unknown flag of a generation: EINVAL");
	g = (struct vmclock_view_generation){ .value = 1 };
	ktap_ok(ioctl(fd, VMCLOCK_VIEW_SET_GENERATION, &g) == -1 &&
		errno == EINVAL, "a value that nobody asked for: EINVAL");
	ktap_ok(set_flags(fd, VMCLOCK_FLAG_TIME_MONOTONIC, 0) == -1 &&
		errno == EINVAL && set_flags(fd, 0,
			VMCLOCK_FLAG_DISRUPTION_SOON) == -1 && errno == EINVAL,
		"flags that aren't ours, or not in the mask: EINVAL");
	ktap_ok(ioctl(fd, VMCLOCK_VIEW_SET_TRANSLATION, NULL) == -1 &&
		errno == EFAULT &&
		ioctl(fd, VMCLOCK_VIEW_GET_TRANSLATION, NULL) == -1 &&
		errno == EFAULT &&
		ioctl(fd, VMCLOCK_VIEW_SET_GENERATION, own) == -1,
		"bad pointers: EFAULT");
	ktap_ok(ioctl(fd, VMCLOCK_HOST_CREATE_VIEW, &t) == -1 &&
		errno == ENOTTY &&
		ioctl(control, VMCLOCK_VIEW_DISRUPT) == -1 && errno == ENOTTY,
		"ioctls of the other kind: ENOTTY");
	pread(fd, &after, sizeof(after), 0);
	ktap_ok(after.disruption_marker == before.disruption_marker &&
		after.flags == before.flags &&
		after.vm_generation_counter == before.vm_generation_counter &&
		after.counter_period_shift == before.counter_period_shift,
		"and nothing has changed");
	close(fd);
	close(zero);
}

/* Random numbers and random structures; what is valid by chance is made. */
static void test_fuzz(void)
{
	unsigned int i, named = 0;
	int fd = create("");
	u64 arg[8];

	srandom(1);
	for (i = 0; i < 200000; i++) {
		unsigned int nr = random() % 24, size = random() % 64, j;
		unsigned int cmd = _IOC(random() % 4, VMCLOCK_HOST_IOC, nr,
					size);
		static const unsigned int known[] = {
			VMCLOCK_HOST_CREATE_VIEW, VMCLOCK_HOST_REMOVE_VIEW,
			VMCLOCK_VIEW_SET_TRANSLATION, VMCLOCK_VIEW_SET_FLAGS,
			VMCLOCK_VIEW_SET_GENERATION, VMCLOCK_VIEW_SET_EVENTFD,
			VMCLOCK_VIEW_GET_TRANSLATION, VMCLOCK_VIEW_DISRUPT,
		};
		int ret;

		for (j = 0; j < 8; j++)
			arg[j] = random() % 3 ? 0 :
				 (u64)random() << 32 ^ (u64)random() <<
				 (random() % 33);
		if (random() % 4)
			cmd = known[random() % 8];
		ret = ioctl(random() % 2 ? fd : control, cmd, arg);
		if (ret > 0)
			close(ret);
		named += ret > 0 && cmd == VMCLOCK_HOST_CREATE_VIEW &&
			 (arg[2] & 0xff);
	}
	ktap_ok(!translate(fd, 1ULL << 32, 32, 0),
		"%u random calls later all is well (%u names)", i, named);
	close(fd);
}

/* Many */

static long available_kib(void)
{
	long kib = -1;
	char line[128];
	FILE *f;

	/* what is freed late, and what CPUs keep for themselves */
	usleep(300000);
	f = fopen("/proc/meminfo", "r");
	while (f && fgets(line, sizeof(line), f))
		sscanf(line, "MemFree: %ld", &kib);
	fclose(f);
	return kib;
}

static const struct vmclock_abi *pages[VMCLOCK_VIEWS_MAX];

static int create_many(int *fd, int count)
{
	char name[VMCLOCK_VIEW_NAME_SIZE];
	int i;

	for (i = 0; i < count; i++) {
		snprintf(name, sizeof(name), "many%d", i);
		fd[i] = create(i % 10 ? "" : name);
		if (fd[i] < 0 ||
		    translate(fd[i], (1ULL << 48) + i * 1000, 48, i * 12345))
			break;
	}
	return i;
}

static void remove_many(int *fd, int count)
{
	char name[VMCLOCK_VIEW_NAME_SIZE];

	while (count--) {
		close(fd[count]);
		snprintf(name, sizeof(name), "many%d", count);
		if (!(count % 10))
			remove_view(name);
	}
}

static void test_many(void)
{
	static int fd[VMCLOCK_VIEWS_MAX];
	int made, i, moved = 0, right = 0;
	struct vmclock_params o, v;
	u32 seq[MANY];
	long kib;
	big rest;

	setrlimit(RLIMIT_NOFILE, &(struct rlimit){ 4096, 4096 });
	made = create_many(fd, 10);
	remove_many(fd, made);
	kib = available_kib();
	made = create_many(fd, MANY);
	kib -= available_kib();
	if (!ktap_ok(made == MANY, "%d views, a tenth of them named", made))
		goto out;
	ktap_note("%ld KiB, i.e. %ld bytes for a view, its file and page",
		  kib, kib * 1024 / MANY);
	for (i = 0; i < MANY; i++) {
		pages[i] = map(fd[i]);
		seq[i] = pages[i]->seq_count;
	}
	change_frequency();
	for (i = 0; i < MANY; i++)
		moved += pages[i]->seq_count != seq[i];
	ktap_ok(moved == MANY, "when adjtimex returns all have changed (%d)",
		moved);
	get(own, &o);
	for (i = 0; i < MANY; i++) {
		get(pages[i], &v);
		right += v.line.counter ==
			 guest_counter(o.line.counter,
				       (1ULL << 48) + i * 1000, 48, i * 12345,
				       &rest);
	}
	ktap_ok(right >= MANY - 1, "to the same line (%d)", right);
	for (i = 0; i < MANY; i++)
		munmap((void *)pages[i], page_size);
	while (made < VMCLOCK_VIEWS_MAX) {
		fd[made] = create("");
		if (fd[made] < 0)
			break;
		made++;
	}
	ktap_ok(made == VMCLOCK_VIEWS_MAX && create("") == -1 &&
		errno == ENOSPC, "%d and no more: ENOSPC", made);
out:
	remove_many(fd, made);
	i = create("");
	ktap_ok(i >= 0, "closed, there is room again");
	close(i);
}

/* Life and death while others publish */

static volatile bool stop;

static void *steer(void *unused)
{
	struct timex tx = { .modes = 0 };

	adjtimex(&tx);
	tx.modes = ADJ_FREQUENCY;
	for (; !stop; tx.freq ^= STEERING_PPM << 16)
		adjtimex(&tx);
	tx.freq &= ~(STEERING_PPM << 16);
	adjtimex(&tx);
	return NULL;
}

static void *live_and_die(void *seed)
{
	unsigned int r = (unsigned long)seed;
	int event = eventfd(0, EFD_NONBLOCK);
	char name[VMCLOCK_VIEW_NAME_SIZE];
	unsigned long i;

	for (i = 0; !stop; i++) {
		const struct vmclock_abi *page;
		struct vmclock_params p;
		int fd;

		snprintf(name, sizeof(name), "life%u", rand_r(&r) % 4);
		fd = create(rand_r(&r) % 2 ? name : "");
		if (fd < 0)
			fd = open_node(name, O_RDWR);
		if (fd < 0)
			continue;
		set_eventfd(fd, event);
		translate(fd, 1ULL << 32, 32, rand_r(&r));
		page = map(fd);
		if (rand_r(&r) % 2)
			set_eventfd(fd, -1);
		if (rand_r(&r) % 2)
			remove_view(name);
		close(fd);
		if (page) {
			get(page, &p);
			munmap((void *)page, page_size);
		}
	}
	close(event);
	return (void *)i;
}

static void test_life(unsigned int seconds)
{
	pthread_t steering, t[4];
	unsigned long i, lives = 0;
	char name[16];
	void *n;

	stop = false;
	pthread_create(&steering, NULL, steer, NULL);
	for (i = 0; i < 4; i++)
		pthread_create(&t[i], NULL, live_and_die, (void *)(i + 1));
	sleep(seconds);
	stop = true;
	for (i = 0; i < 4; i++) {
		pthread_join(t[i], &n);
		lives += (unsigned long)n;
	}
	pthread_join(steering, NULL);
	for (i = 0; i < 4; i++) {
		snprintf(name, sizeof(name), "life%lu", i);
		remove_view(name);
	}
	ktap_ok(lives > 10, "%lu views came and went during publications",
		lives);
}

/*
 * A torn page would give a time that is far off. The clock is read before and
 * after the counter, the page behind both: as much later as the CPU was away,
 * it may have another frequency.
 */
static s64 outside_ns(const struct vmclock_params *p, s64 before, u64 guest,
		      s64 after)
{
	struct vmclock_time t = vmclock_line_at(&p->line, guest);
	s64 ns;

	t.sec -= p->tai_offset_sec;
	ns = vmclock_time_to_ns(t);
	return ns < before ? before - ns : ns > after ? ns - after : 0;
}

static s64 now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_REALTIME, &ts);
	return ts.tv_sec * 1000000000LL + ts.tv_nsec;
}

static void test_torn(void)
{
	const u64 ratio = (u64)(2.6 / 3.0 * (1ULL << 48)), offset = 1ULL << 50;
	int fd = create(""), i;
	const struct vmclock_abi *page = map(fd);
	struct vmclock_params p;
	pthread_t steering;
	s64 worst = 0, ns;
	big rest;

	translate(fd, ratio, 48, offset);
	stop = false;
	pthread_create(&steering, NULL, steer, NULL);
	for (i = 0; i < TORN_READS; i++) {
		s64 before = now_ns(), after;
		u64 guest = guest_counter(counter(), ratio, 48, offset, &rest);
		struct vmclock_abi copy;

		after = now_ns();
		if (i % 10) {
			get(page, &p);
		} else {
			pread(fd, &copy, sizeof(copy), 0);
			vmclock_page_decode(&copy, &p);
		}
		ns = outside_ns(&p, before, guest, after) -
		     (now_ns() - before) * STEERING_PPM / 1000000;
		worst = ns > worst ? ns : worst;
	}
	stop = true;
	pthread_join(steering, NULL);
	ktap_ok(worst <= MARGIN_NS,
		"%d reads of a translated page are whole (outside by %lld ns)",
		TORN_READS, (long long)worst);
	munmap((void *)page, page_size);
	close(fd);
}

static int unload(void)
{
	return syscall(SYS_delete_module, "vmclock_host", O_NONBLOCK);
}

/* The last test. */
static void test_unload(void)
{
	int fd = create("unload");
	const struct vmclock_abi *page = map(fd);

	close(control);
	munmap((void *)own, page_size);
	ktap_ok(unload() == -1 && errno == EWOULDBLOCK,
		"the module can't be unloaded while a view is open");
	close(fd);
	ktap_ok(unload() == -1 && errno == EWOULDBLOCK,
		"nor while it is mapped");
	munmap((void *)page, page_size);
	if (unload()) {
		ktap_skip("unload", "somebody else uses the module");
		return;
	}
	ktap_ok(!node_exists("unload"), "unloaded, its node is gone");
	ktap_ok(!system("modprobe vmclock_host"), "loaded again");
}

/* Views for other tests, until somebody says that it is enough. */
static int keep(int n)
{
	char byte;
	int i, fd;

	setrlimit(RLIMIT_NOFILE, &(struct rlimit){ 4096, 4096 });
	for (i = 0; i < n; i++) {
		fd = create("");
		if (fd < 0 || translate(fd, (1ULL << 48) + i, 48, i))
			return 1;
	}
	printf("%d views\n", n);
	fflush(stdout);
	while (read(STDIN_FILENO, &byte, 1) > 0)
		;
	return 0;
}

int main(int argc, char **argv)
{
	unsigned int seconds = argc > 1 ? atoi(argv[1]) : 3;

	page_size = sysconf(_SC_PAGESIZE);
	control = open(DEVICE, O_RDWR);
	if (control < 0)
		ktap_skip_all("no " DEVICE ": load vmclock_host, be root");
	if (argc > 2 && !strcmp(argv[1], "keep"))
		return keep(atoi(argv[2]));
	own = map(control);
	ktap_begin(0);
	test_new();
	test_arithmetic();
	test_disruptions();
	test_notification();
	test_named();
	test_create_misuse();
	test_no_descriptors();
	test_view_misuse();
	test_fuzz();
	test_many();
	test_life(seconds);
	test_torn();
	test_unload();
	return ktap_end();
}
