/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Time from a VMClock page, for applications: what vmclock(3) describes. Header
 * only, for C11 to C23 and C++11 to C++23, on top of the arithmetic core.
 *
 * Reading makes no system call and takes no lock. A struct vmclock does not
 * change after vmclock_open(), so that any number of threads may read through
 * it at once; the page changes under its sequence count:
 *
 *	writer (hypervisor)	reader
 *	seq odd; wmb; fields	seq even?; rmb; marker; counter; fields
 *	wmb; seq even		rmb; seq and marker still the same?
 *
 * Counter and line belong together, because the counter is read between the two
 * looks at the page: a guest that is moved in the middle begins again. Both
 * looks include disruption_marker, which is never the same twice: another
 * host's page may be at the same sequence count.
 */
#ifndef _VMCLOCK_H
#define _VMCLOCK_H

#ifdef __cplusplus
/* the core is C: its casts are C's */
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wold-style-cast"
#endif

#include <fcntl.h>
#include <poll.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include "vmclock/counter.h"
#include "vmclock/leap.h"

/* Attempts before a page that is being changed is given up: some 0.05 ms. */
#ifndef VMCLOCK_TRIES
#define VMCLOCK_TRIES	1000
#endif

/* A bound of more than 2^33 s (272 years) is none. */
#define VMCLOCK_MARGIN_MAX_SEC	(1LL << 33)

/* A compiler that is strict about its language hides these two in libc. */
#ifdef O_CLOEXEC
#define VMCLOCK_CLOEXEC	O_CLOEXEC
#else
#define VMCLOCK_CLOEXEC	02000000
#endif

#ifdef __cplusplus
extern "C"
#else
extern
#endif
ssize_t vmclock_pread(int fd, void *to, size_t len, off_t pos) __asm__("pread");

/**
 * struct vmclock - an open device
 * @page: the page, mapped read-only; one that is never read if there is none
 * @len: bytes of the page's region; 0: the device has been closed
 * @fd: the device, for poll(); -1 if there is none
 * @read_fd: the device once more, for read(), where it can't be mapped because
 *	the CPU's pages are larger than the device's; otherwise -1
 * @id: what the page's first 12 bytes were, if their kind of page is read on
 *	the short way; 0 otherwise
 * @id_more: the last 4 of them
 */
struct vmclock {
	const struct vmclock_abi *page;
	size_t len;
	int fd;
	int read_fd;
	__u64 id;
	__u32 id_more;
};

/**
 * struct vmclock_bounds - a reading, and where the true time must be
 * @time: what the page says
 * @earliest: the true time is not before; 0 if the page gives no bound
 * @latest: the true time is not after; 0 if the page gives no bound
 * @disruption_marker: changes when the guest was moved
 * @vm_generation: changes when the guest goes on from a copy; 0 if the page
 *	doesn't tell
 * @status: VMCLOCK_STATUS_SYNCHRONIZED or VMCLOCK_STATUS_FREERUNNING
 * @leap: VMCLOCK_LEAP_* at @time
 */
struct vmclock_bounds {
	struct vmclock_time time;
	struct vmclock_time earliest;
	struct vmclock_time latest;
	__u64 disruption_marker;
	__u64 vm_generation;
	__u8 status;
	__u8 leap;
};

/**
 * struct vmclock_epoch - a stretch of time without disruption
 * @disruption_marker: changes when the guest was moved
 * @vm_generation: changes when the guest goes on from a copy; 0 if the page
 *	doesn't tell
 */
struct vmclock_epoch {
	__u64 disruption_marker;
	__u64 vm_generation;
};

#define VMCLOCK_ALWAYS	__attribute__((__always_inline__))
#define VMCLOCK_COLD	__attribute__((__noinline__, __cold__, __unused__))
#define VMCLOCK_RARE(x)	__builtin_expect(!!(x), 0)

/* --- the long way: any page, by the core's own functions ------------------ */

static inline VMCLOCK_ALWAYS bool
vmclock_page_same(const struct vmclock_abi *page, __u64 counter, __u32 seq,
		  __u64 marker)
{
	page = vmclock_counter_order(page, counter);
	/* pairs with vmclock_wmb() in vmclock_page_write_begin() */
	vmclock_rmb();
	return vmclock_page_unchanged(page, seq, marker);
}

/* The page of a device that has none mapped: always being changed. */
static inline const struct vmclock_abi *vmclock_no_page(void)
{
	static const union {
		__u64 words[sizeof(struct vmclock_abi) / 8];
		struct vmclock_abi abi;
	} none = { { 0, 1ULL << 32 } };

	return &none.abi;
}

/* The device's read() returns one state of the page; all of it, or an error. */
static inline int vmclock_read_page(const struct vmclock *clock,
				    struct vmclock_abi *copy)
{
	size_t want = clock->len < sizeof(*copy) ? clock->len : sizeof(*copy);
	ssize_t got = vmclock_pread(clock->read_fd, copy, want, 0);

	if (got < 0)
		return -errno;
	return (size_t)got == want ? 0 : -EBADMSG;
}

/* vmclock_copy() of a device that can't be mapped: two looks, by read(). */
static VMCLOCK_COLD int
vmclock_copy_by_read(const struct vmclock *clock, const __u64 *at,
		     struct vmclock_params *p, __u64 *counter)
{
	struct vmclock_abi copy, again;
	int tries, ret;

	for (tries = 0; tries < VMCLOCK_TRIES; tries++) {
		ret = vmclock_read_page(clock, &copy);
		*counter = at ? *at : vmclock_counter();
		if (!ret)
			ret = vmclock_read_page(clock, &again);
		if (ret)
			return ret;
		if (copy.seq_count == again.seq_count &&
		    copy.disruption_marker == again.disruption_marker)
			return vmclock_page_read(&copy, clock->len, p);
	}
	return -EAGAIN;
}

/* A copy of the page and, without @at, the counter while it was the page. */
static VMCLOCK_COLD int
vmclock_copy(const struct vmclock *clock, const __u64 *at,
	     struct vmclock_params *p, __u64 *counter)
{
	int tries;

	if (!clock->len)
		return -EBADF;
	if (clock->read_fd >= 0)
		return vmclock_copy_by_read(clock, at, p, counter);
	for (tries = 0; tries < VMCLOCK_TRIES; tries++) {
		if (!vmclock_page_read(clock->page, clock->len, p)) {
			*counter = at ? *at : vmclock_counter();
			if (vmclock_page_same(clock->page, *counter, p->seq,
					      p->disruption_marker))
				return 0;
		}
		vmclock_relax();
	}
	return -EAGAIN;
}

/* Why a page does not tell the time in a scale; NULL if it does. */
static inline const char *vmclock_defect(const struct vmclock *clock,
					 const struct vmclock_params *p,
					 __u8 scale)
{
	const char *defect = vmclock_page_defect(p);

	if (!defect && p->size > clock->len)
		defect = "size is beyond its region";
	if (!defect)
		defect = vmclock_time_defect(p, VMCLOCK_COUNTER_ID);
	if (defect)
		return defect;
	if ((p->time_type != VMCLOCK_TIME_UTC &&
	     p->time_type != VMCLOCK_TIME_TAI) ||
	    (scale != VMCLOCK_TIME_UTC && scale != VMCLOCK_TIME_TAI))
		return "time is neither UTC nor TAI";
	if (scale != p->time_type && !vmclock_tai_offset_known(p))
		return "page has no TAI offset";
	return NULL;
}

/**
 * vmclock_margin() - how far a line's time may be off, as an interval
 * @error_ns: bound at the line's anchor
 * @rate_frac: growth, s per count / 2^(64 + @shift)
 * @delta: counts since the anchor, or until it; at most 2^63
 * @shift: 0 to 63
 *
 * 2^64 / 10^9 is 18446744073.7, and 18446744074 makes it too large by 16 parts
 * in 10^12: a bound may grow, never shrink. The first product is below
 * 2^63 * 2^64, the second below 2^64 * 2^35, so that their sum fits. Of the 2,
 * one is for the shift, which rounds down, and one for the time itself, which
 * vmclock_line_at() has rounded down.
 *
 * Return: the interval, in s / 2^64.
 */
static inline vmclock_u128 vmclock_margin(__u64 error_ns, __u64 rate_frac,
					  __u64 delta, unsigned int shift)
{
	vmclock_u128 margin = (vmclock_u128)delta * rate_frac;

	margin >>= shift & 63;
	return margin + (vmclock_u128)error_ns * 18446744074ULL + 2;
}

static inline void vmclock_set_bounds(struct vmclock_bounds *b,
				      vmclock_u128 margin)
{
	struct vmclock_time m;

	m.sec = (__s64)(margin >> 64);
	m.frac = (__u64)margin;
	b->earliest = vmclock_time_sub(b->time, m);
	b->latest = vmclock_time_add(b->time, m);
}

/* 0 and the bounds, or -ERANGE and none. */
static inline int vmclock_bound(const struct vmclock_params *p, __u64 counter,
				struct vmclock_bounds *b)
{
	vmclock_u128 margin;
	__u64 rate = p->flags & VMCLOCK_FLAG_PERIOD_MAXERROR_VALID ?
		   p->maxerror_rate_frac : 0;

	margin = vmclock_margin(p->maxerror_ns, rate,
				vmclock_counter_distance(counter,
							 p->line.counter),
				p->line.period_shift);
	if (vmclock_maxerror_at(p, counter) == VMCLOCK_U64_MAX ||
	    margin >> 64 >= (__u64)VMCLOCK_MARGIN_MAX_SEC) {
		memset(&b->earliest, 0, sizeof(b->earliest));
		memset(&b->latest, 0, sizeof(b->latest));
		return -ERANGE;
	}
	vmclock_set_bounds(b, margin);
	return 0;
}

/* Everything about a counter value; @at as for vmclock_copy(). */
static VMCLOCK_COLD int
vmclock_long_way(const struct vmclock *clock, __u8 scale, const __u64 *at,
		 struct vmclock_bounds *b)
{
	struct vmclock_params p;
	struct vmclock_scales s;
	__u64 counter;
	int ret = vmclock_copy(clock, at, &p, &counter);

	if (ret)
		return ret;
	if (vmclock_defect(clock, &p, scale) ||
	    vmclock_scales_at(&p, vmclock_line_at(&p.line, counter), &s))
		return -ENODATA;
	b->time = scale == VMCLOCK_TIME_TAI ? s.tai : s.utc;
	b->leap = s.leap;
	b->status = p.status;
	b->disruption_marker = p.disruption_marker;
	b->vm_generation = p.flags & VMCLOCK_FLAG_VM_GEN_COUNTER_PRESENT ?
			   p.vm_generation : 0;
	return vmclock_bound(&p, counter, b);
}

/* --- the short way: the usual page, one attempt --------------------------- */

/**
 * struct vmclock_words - of a page, what a reading needs
 * @counter: the counter, read while the page was as in the rest
 * @marker: disruption_marker
 * @flags: VMCLOCK_FLAG_*
 * @state: the bytes from pad to counter_period_shift
 * @anchor: counter_value
 * @period: counter_period_frac_sec
 * @time: time_sec, time_frac_sec
 * @rate: counter_period_maxerror_rate_frac_sec
 * @error_ns: time_maxerror_nanosec
 * @generation: vm_generation_counter
 */
struct vmclock_words {
	__u64 counter;
	__u64 marker;
	__u64 flags;
	__u64 state;
	__u64 anchor;
	__u64 period;
	struct vmclock_time time;
	__u64 rate;
	__u64 error_ns;
	__u64 generation;
};

#define VMCLOCK_WORD(word)	__le64_to_cpu(VMCLOCK_READ(word))

static inline VMCLOCK_ALWAYS __u64
vmclock_word_at(const struct vmclock_abi *page, size_t i)
{
	return __le64_to_cpu(VMCLOCK_READ(((const vmclock_word *)page)[i]));
}

/* Version, counter_id and time_type, none of which belongs to the sequence. */
static inline VMCLOCK_ALWAYS __u32
vmclock_id_more(const struct vmclock_abi *page)
{
	typedef __u32 __attribute__((__may_alias__)) half;

	return __le32_to_cpu(VMCLOCK_READ(((const half *)page)[2]));
}

/* Of @state: clock_status 2 or 3, leap_indicator 0, shift 63 at most */
#define VMCLOCK_STATE_MASK	0xc0ff000000fe0000ULL
#define VMCLOCK_STATE_USUAL	0x0000000000020000ULL
#define VMCLOCK_STATE_SHIFT(s)	((unsigned int)((s) >> 56))
#define VMCLOCK_STATE_TAI(s)	((__s16)((s) >> 32))
#define VMCLOCK_STATE_STATUS(s)	((__u8)((s) >> 16))

/*
 * The first look is at the sequence count and the marker, then comes the
 * counter, and the fields are loaded while it is being read: where between the
 * two looks they are makes no difference. A branch for each condition takes
 * fewer instructions than to collect them.
 */
static inline VMCLOCK_ALWAYS bool
vmclock_load(const struct vmclock *clock, bool bounds, struct vmclock_words *w)
{
	const struct vmclock_abi *page = clock->page;
	__u32 seq = __le32_to_cpu(VMCLOCK_READ(page->seq_count));

	/* pairs with vmclock_wmb() in vmclock_page_write_end() */
	vmclock_rmb();
	w->marker = VMCLOCK_WORD(page->disruption_marker);
	w->counter = vmclock_counter();
	if (VMCLOCK_RARE(vmclock_word_at(page, 0) != clock->id) ||
	    VMCLOCK_RARE(vmclock_id_more(page) != clock->id_more))
		return false;
	w->flags = VMCLOCK_WORD(page->flags);
	w->state = vmclock_word_at(page, 4);
	w->anchor = VMCLOCK_WORD(page->counter_value);
	w->period = VMCLOCK_WORD(page->counter_period_frac_sec);
	w->time.sec = (__s64)VMCLOCK_WORD(page->time_sec);
	w->time.frac = VMCLOCK_WORD(page->time_frac_sec);
	if (bounds) {
		w->rate = vmclock_word_at(page, 8);
		w->error_ns = VMCLOCK_WORD(page->time_maxerror_nanosec);
		w->generation = VMCLOCK_WORD(page->vm_generation_counter);
	}
	return !VMCLOCK_RARE(seq & 1) &&
	       !VMCLOCK_RARE(!vmclock_page_same(page, w->counter, seq,
						w->marker));
}

/* What vmclock_time_defect() asks, but what the page's id has answered. */
static inline VMCLOCK_ALWAYS bool
vmclock_usual(const struct vmclock_words *w)
{
	__u64 period = w->period >> (VMCLOCK_STATE_SHIFT(w->state) & 63);

	return !VMCLOCK_RARE((w->state & VMCLOCK_STATE_MASK) !=
			     VMCLOCK_STATE_USUAL) &&
	       !VMCLOCK_RARE(period - VMCLOCK_PERIOD_MIN_FRAC >
			     VMCLOCK_PERIOD_MAX_FRAC -
			     VMCLOCK_PERIOD_MIN_FRAC) &&
	       !VMCLOCK_RARE((__u64)w->time.sec >=
			     (__u64)VMCLOCK_S64_MAX / VMCLOCK_NSEC_PER_SEC);
}

/*
 * vmclock_line_at() for counter values from the anchor on; the shift of 128
 * bits, 0 to 63, is put together of shifts of 64, which are faster.
 */
static inline VMCLOCK_ALWAYS struct vmclock_time
vmclock_words_at(const struct vmclock_words *w, __u64 delta)
{
	unsigned int shift = VMCLOCK_STATE_SHIFT(w->state);
	vmclock_u128 product = (vmclock_u128)delta * w->period;
	__u64 high = (__u64)(product >> 64), low = (__u64)product;
	struct vmclock_time t;
	vmclock_u128 sum;

	low = low >> (shift & 63) | (high << 1) << (~shift & 63);
	high >>= shift & 63;
	sum = (vmclock_u128)(__u64)w->time.sec << 64 | w->time.frac;
	sum += (vmclock_u128)high << 64 | low;
	t.sec = (__s64)(sum >> 64);
	t.frac = (__u64)sum;
	return t;
}

/* From the page's scale to another one, without a leap second in sight. */
static inline VMCLOCK_ALWAYS bool
vmclock_to_scale(const struct vmclock *clock, __u8 scale,
		 const struct vmclock_words *w, struct vmclock_time *t)
{
	__s16 offset_sec = vmclock_tai_offset_abs(VMCLOCK_STATE_TAI(w->state));

	if (scale == (__u8)(clock->id_more >> 24))
		return true;
	if (scale == VMCLOCK_TIME_TAI)
		t->sec += offset_sec;
	else
		t->sec -= offset_sec;
	return !VMCLOCK_RARE(!(w->flags & VMCLOCK_FLAG_TAI_OFFSET_VALID)) &&
	       !VMCLOCK_RARE(offset_sec < VMCLOCK_TAI_OFFSET_MIN_SEC ||
			     offset_sec > VMCLOCK_TAI_OFFSET_MAX_SEC);
}

static inline VMCLOCK_ALWAYS bool
vmclock_short_way(const struct vmclock *clock, __u8 scale, bool bounds,
		  struct vmclock_words *w, struct vmclock_time *t)
{
	__u64 delta;

	if (!vmclock_load(clock, bounds, w) || !vmclock_usual(w))
		return false;
	delta = w->counter - w->anchor;
	if (VMCLOCK_RARE((__s64)delta < 0))
		return false;
	*t = vmclock_words_at(w, delta);
	return vmclock_to_scale(clock, scale, w, t);
}

static inline VMCLOCK_ALWAYS bool
vmclock_short_bounds(const struct vmclock *clock, __u8 scale,
		     struct vmclock_bounds *b)
{
	const __u64 both = VMCLOCK_FLAG_PERIOD_MAXERROR_VALID |
			 VMCLOCK_FLAG_TIME_MAXERROR_VALID;
	struct vmclock_words w;
	vmclock_u128 margin;

	if (!vmclock_short_way(clock, scale, true, &w, &b->time) ||
	    VMCLOCK_RARE(~w.flags & both))
		return false;
	margin = vmclock_margin(w.error_ns, w.rate, w.counter - w.anchor,
				VMCLOCK_STATE_SHIFT(w.state));
	if (VMCLOCK_RARE(margin >> 64 >= (__u64)VMCLOCK_MARGIN_MAX_SEC))
		return false;
	vmclock_set_bounds(b, margin);
	b->disruption_marker = w.marker;
	b->vm_generation = w.flags & VMCLOCK_FLAG_VM_GEN_COUNTER_PRESENT ?
			   w.generation : 0;
	b->status = VMCLOCK_STATE_STATUS(w.state);
	b->leap = VMCLOCK_LEAP_NONE;
	return true;
}

/* --- what applications call ----------------------------------------------- */

static inline void vmclock_clear(struct vmclock *clock)
{
	clock->page = vmclock_no_page();
	clock->len = 0;
	clock->fd = -1;
	clock->read_fd = -1;
	clock->id = 0;
	clock->id_more = 0;
}

/* Whether there is a page, and whether the short way can read it. */
static inline int vmclock_identify(struct vmclock *clock)
{
	struct vmclock_params p;
	__u64 counter = 0;
	__u8 byte;
	int ret = vmclock_copy(clock, &counter, &p, &counter);

	if (ret)
		return ret;
	if (clock->read_fd >= 0 && p.size > clock->len &&
	    vmclock_pread(clock->read_fd, &byte, 1, (off_t)p.size - 1) == 1)
		clock->len = p.size;
	if (vmclock_page_defect(&p) || p.size > clock->len)
		return -EBADMSG;
	if (p.counter_id != VMCLOCK_COUNTER_ID ||
	    (p.time_type != VMCLOCK_TIME_UTC &&
	     p.time_type != VMCLOCK_TIME_TAI) ||
	    !vmclock_field_present(p.size, vm_generation_counter))
		return 0;
	clock->id = (__u64)p.size << 32 | p.magic;
	clock->id_more = (__u32)p.time_type << 24 | (__u32)p.counter_id << 16 |
			 p.version;
	return 0;
}

/**
 * vmclock_attach() - read a page that is in memory already
 * @clock: becomes the reader
 * @page: the page, 8-byte aligned; stays the caller's
 * @len: bytes at @page, VMCLOCK_MIN_SIZE at least
 *
 * Return: 0; -EBADMSG if it is no VMClock page; -EAGAIN if it was being changed
 * all the time.
 */
static inline int vmclock_attach(struct vmclock *clock, const void *page,
				 size_t len)
{
	vmclock_clear(clock);
	clock->page = (const struct vmclock_abi *)page;
	clock->len = len;
	return vmclock_identify(clock);
}

/**
 * vmclock_close() - undo vmclock_open()
 * @clock: the device; no other thread uses it any more
 *
 * What is called with it afterwards, a second vmclock_close() included, fails
 * and touches neither the page nor a descriptor.
 */
static inline void vmclock_close(struct vmclock *clock)
{
	if (clock->read_fd >= 0)
		close(clock->read_fd);
	else if (clock->fd >= 0 && clock->len)
		munmap((void *)(unsigned long)clock->page, clock->len);
	if (clock->fd >= 0)
		close(clock->fd);
	vmclock_clear(clock);
}

/*
 * Where the CPU's pages are of 16 or 64 KiB and the device's region is not, the
 * device refuses to be mapped. A file of its own, for read() also says which
 * changes poll() has told of.
 */
static inline int vmclock_open_to_read(struct vmclock *clock, const char *path)
{
	struct vmclock_abi copy;
	ssize_t got;

	clock->read_fd = open(path, O_RDONLY | VMCLOCK_CLOEXEC);
	if (clock->read_fd < 0)
		return -errno;
	got = vmclock_pread(clock->read_fd, &copy, sizeof(copy), 0);
	if (got < 0)
		return -errno;
	clock->len = (size_t)got;
	return clock->len < VMCLOCK_MIN_SIZE ? -EBADMSG :
					       vmclock_identify(clock);
}

static inline int vmclock_open_fd(struct vmclock *clock, const char *path)
{
	size_t len = (size_t)sysconf(_SC_PAGESIZE);
	__u64 word;
	void *page;

	/* poll() is to tell of changes from here on */
	if (vmclock_pread(clock->fd, &word, sizeof(word), 0) < 0)
		return -errno;
	page = mmap(NULL, len, PROT_READ, MAP_SHARED, clock->fd, 0);
	if (page == MAP_FAILED)
		return errno == ENODEV || errno == EINVAL ?
		       vmclock_open_to_read(clock, path) : -errno;
	clock->page = (const struct vmclock_abi *)page;
	clock->len = len;
	return vmclock_identify(clock);
}

/**
 * vmclock_open() - open a device
 * @clock: becomes the reader
 * @path: the device; NULL: /dev/vmclock0
 *
 * That the page tells no time is no error here: it may begin to. Where the
 * device can't be mapped, because the CPU's pages are larger than its region,
 * each reading makes two system calls instead of none.
 *
 * Return: 0, or as open(2), mmap(2) and vmclock_attach() fail, negative; @clock
 * is then as after vmclock_close().
 */
static inline int vmclock_open(struct vmclock *clock, const char *path)
{
	int ret;

	vmclock_clear(clock);
	if (!path)
		path = "/dev/vmclock0";
	clock->fd = open(path, O_RDONLY | VMCLOCK_CLOEXEC);
	if (clock->fd < 0)
		return -errno;
	ret = vmclock_open_fd(clock, path);
	if (ret)
		vmclock_close(clock);
	return ret;
}

/**
 * vmclock_now() - the time
 * @clock: the device
 * @scale: VMCLOCK_TIME_UTC or VMCLOCK_TIME_TAI
 * @t: result; undefined on error
 *
 * Not before anything that the calling thread has loaded before. No system
 * call; VMCLOCK_TRIES attempts.
 *
 * Return: 0; -ENODATA if the page tells no time in that scale now, see
 * vmclock_why(); -EAGAIN if it was being changed all the time; -EBADF after
 * vmclock_close(). Where the device can't be mapped, as read(2) fails, too.
 */
static inline VMCLOCK_ALWAYS int
vmclock_now(const struct vmclock *clock, __u8 scale, struct vmclock_time *t)
{
	struct vmclock_words w;
	struct vmclock_bounds b;
	int ret;

	if (vmclock_short_way(clock, scale, false, &w, t))
		return 0;
	ret = vmclock_long_way(clock, scale, NULL, &b);
	if (ret && ret != -ERANGE)
		return ret;
	*t = b.time;
	return 0;
}

/**
 * vmclock_now_bounds() - the time, and where the true time must be
 * @clock: the device
 * @scale: VMCLOCK_TIME_UTC or VMCLOCK_TIME_TAI
 * @b: result; undefined on error
 *
 * In UTC the offset at @b->time is that of all three times, so that they are in
 * order also about a leap second.
 *
 * Return: as vmclock_now(); -ERANGE if the page tells the time but does not
 * bound its error: all of @b but @earliest and @latest is then valid.
 */
static inline VMCLOCK_ALWAYS int
vmclock_now_bounds(const struct vmclock *clock, __u8 scale,
		   struct vmclock_bounds *b)
{
	if (vmclock_short_bounds(clock, scale, b))
		return 0;
	return vmclock_long_way(clock, scale, NULL, b);
}

/**
 * vmclock_at() - the time at a counter value
 * @clock: the device
 * @scale: VMCLOCK_TIME_UTC or VMCLOCK_TIME_TAI
 * @counter: vmclock_counter() of earlier, in the same epoch
 * @b: result; undefined on error
 *
 * Return: as vmclock_now_bounds().
 */
static inline int vmclock_at(const struct vmclock *clock, __u8 scale,
			     __u64 counter, struct vmclock_bounds *b)
{
	return vmclock_long_way(clock, scale, &counter, b);
}

/**
 * vmclock_why() - why the page tells no time
 * @clock: the device
 * @scale: VMCLOCK_TIME_UTC or VMCLOCK_TIME_TAI
 *
 * Return: the reason, a constant string; NULL if it tells the time.
 */
static inline const char *vmclock_why(const struct vmclock *clock, __u8 scale)
{
	struct vmclock_params p;
	__u64 counter;

	switch (vmclock_copy(clock, NULL, &p, &counter)) {
	case 0:
		break;
	case -EAGAIN:
		return "page is being changed all the time";
	case -EBADF:
		return "device has been closed";
	default:
		return "device can't be read";
	}
	return vmclock_defect(clock, &p, scale);
}

/**
 * vmclock_strerror() - what an error means here, and what helps
 * @error: what a function returned, negative
 *
 * Return: a constant string, or strerror(3)'s.
 */
static inline const char *vmclock_strerror(int error)
{
	switch (error) {
	case -ENOENT:
		return "there is no such device: is ptp_vmclock loaded?";
	case -EACCES:
	case -EPERM:
		return "the device may not be opened: check its permissions";
	case -EBADMSG:
		return "it is no VMClock page";
	case -ENODATA:
		return "the page tells no time in this scale now";
	case -ERANGE:
		return "the time is known, but its error is not bounded";
	case -EAGAIN:
		return "the page was being changed all the time";
	case -EOPNOTSUPP:
		return "the hypervisor does not notify of changes: poll";
	default:
		return strerror(-error);
	}
}

/**
 * vmclock_to_timespec() - as clock_gettime(2) has it
 * @t: a time
 *
 * The right way for a time and for @earliest of struct vmclock_bounds; @latest
 * is for vmclock_to_timespec_up().
 *
 * Return: the time, rounded down to ns.
 */
static inline struct timespec vmclock_to_timespec(struct vmclock_time t)
{
	struct timespec ts;

	ts.tv_sec = (time_t)t.sec;
	ts.tv_nsec = (long)vmclock_frac_to_ns(t.frac);
	return ts;
}

/**
 * vmclock_to_timespec_up() - the first ns that is not before a time
 * @t: a time
 *
 * Return: the time, rounded up to ns.
 */
static inline struct timespec vmclock_to_timespec_up(struct vmclock_time t)
{
	vmclock_u128 ns = (vmclock_u128)t.frac * VMCLOCK_NSEC_PER_SEC +
			  VMCLOCK_U64_MAX;
	struct timespec ts;

	ts.tv_sec = (time_t)t.sec;
	ts.tv_nsec = (long)(ns >> 64);
	if (ts.tv_nsec == (long)VMCLOCK_NSEC_PER_SEC) {
		ts.tv_sec++;
		ts.tv_nsec = 0;
	}
	return ts;
}

/**
 * vmclock_bounds_to_timespec() - where the true time must be, in ns
 * @b: a reading with bounds
 * @earliest: its @earliest, rounded down
 * @latest: its @latest, rounded up
 */
static inline void vmclock_bounds_to_timespec(const struct vmclock_bounds *b,
					      struct timespec *earliest,
					      struct timespec *latest)
{
	*earliest = vmclock_to_timespec(b->earliest);
	*latest = vmclock_to_timespec_up(b->latest);
}

static VMCLOCK_COLD int vmclock_read_epoch(const struct vmclock *clock,
					   struct vmclock_epoch *epoch)
{
	struct vmclock_params p;
	__u64 counter = 0;
	int ret = vmclock_copy(clock, &counter, &p, &counter);

	if (ret)
		return ret;
	epoch->disruption_marker = p.disruption_marker;
	epoch->vm_generation =
		clock->id && p.flags & VMCLOCK_FLAG_VM_GEN_COUNTER_PRESENT ?
		p.vm_generation : 0;
	return 0;
}

/**
 * vmclock_get_epoch() - remember the present epoch
 * @clock: the device
 * @epoch: result; undefined on error
 *
 * Return: 0; -EAGAIN if the page was being changed all the time; -EBADF after
 * vmclock_close().
 */
static inline int vmclock_get_epoch(const struct vmclock *clock,
				    struct vmclock_epoch *epoch)
{
	const struct vmclock_abi *page = clock->page;
	__u64 generation, flags;
	int tries;
	__u32 seq;

	if (!clock->len || clock->read_fd >= 0)
		return vmclock_read_epoch(clock, epoch);
	for (tries = 0; tries < VMCLOCK_TRIES; tries++) {
		seq = __le32_to_cpu(VMCLOCK_READ(page->seq_count));
		/* pairs with vmclock_wmb() in vmclock_page_write_end() */
		vmclock_rmb();
		epoch->disruption_marker =
			VMCLOCK_WORD(page->disruption_marker);
		flags = VMCLOCK_WORD(page->flags);
		generation = clock->id ?
			     VMCLOCK_WORD(page->vm_generation_counter) : 0;
		epoch->vm_generation =
			flags & VMCLOCK_FLAG_VM_GEN_COUNTER_PRESENT ?
			generation : 0;
		if (!(seq & 1) &&
		    vmclock_page_same(page, seq, seq, epoch->disruption_marker))
			return 0;
		vmclock_relax();
	}
	return -EAGAIN;
}

/**
 * vmclock_disrupted() - whether an epoch is over
 * @clock: the device
 * @epoch: by vmclock_get_epoch()
 *
 * Return: 1 if the guest was moved, or goes on from a copy, since then; 0 if
 * not; -EAGAIN if the page was being changed all the time.
 */
static inline int vmclock_disrupted(const struct vmclock *clock,
				    const struct vmclock_epoch *epoch)
{
	struct vmclock_epoch now;
	int ret = vmclock_get_epoch(clock, &now);

	if (ret)
		return ret;
	return now.disruption_marker != epoch->disruption_marker ||
	       now.vm_generation != epoch->vm_generation;
}

/**
 * vmclock_wait() - sleep until the page changes
 * @clock: the device; one thread at a time, and one process: after fork(2) a
 *	child that wants to wait opens the device for itself
 * @timeout_ms: -1: for ever
 *
 * To be used in an event loop: poll() for POLLIN on @clock->fd, and then
 * vmclock_wait(@clock, 0). Changes that follow each other closely are one.
 *
 * Return: 1 if the page has changed since vmclock_open() or the last change
 * that was told; 0 if the time is over; -EOPNOTSUPP if the hypervisor does not
 * notify, or the page is not a device's; -ENODEV if the device is gone; -EINTR.
 */
static inline int vmclock_wait(const struct vmclock *clock, int timeout_ms)
{
	struct pollfd pfd;
	__u64 word;
	int ret;

	if (clock->fd < 0)
		return -EOPNOTSUPP;
	pfd.fd = clock->fd;
	pfd.events = POLLIN;
	pfd.revents = 0;
	ret = poll(&pfd, 1, timeout_ms);
	if (ret <= 0)
		return ret < 0 ? -errno : 0;
	if (pfd.revents & (POLLERR | POLLNVAL))
		return -ENODEV;
	if (!(pfd.revents & POLLIN))
		return -EOPNOTSUPP;
	/* before the caller looks at the page: a later change is another one */
	if (vmclock_pread(clock->fd, &word, sizeof(word), 0) < 0)
		return -errno;
	return 1;
}

#ifdef __cplusplus
#pragma GCC diagnostic pop
#endif

#endif /* _VMCLOCK_H */
