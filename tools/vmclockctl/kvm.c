// SPDX-License-Identifier: GPL-2.0
/*
 * What KVM says of a machine's TSC, in debugfs: offset and scaling ratio of
 * each virtual CPU. Used by view set-counter, vmclock-qemu and vmclock-hostd.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "ctl.h"
#include "fs.h"
#include "kvm.h"

#define KVM_DIR		"/sys/kernel/debug/kvm"
#define NO_SCALING_BITS	48
#define VCPUS_MAX	1024
#define TASKS_MAX	4096
#define SPREAD_MAX	20000	/* counts to either side: some microseconds */
#define CATCH_UP_SEEN	3	/* changes, look for look */
#define CATCH_UP_MAX	6
#define NESTED_TRIES	100

/* Numbers there are decimal, offsets with a sign. */
static bool read_number(const char *dir, const char *vcpu, const char *name,
			u64 *value)
{
	char text[FS_TEXT], *end;

	if (fs_read(text, sizeof(text), "%s/%s/%s", dir, vcpu, name))
		return false;
	errno = 0;
	*value = text[0] == '-' ? (u64)strtoll(text, &end, 10) :
		 strtoull(text, &end, 10);
	return !errno && end != text && !*end;
}

enum vcpu { VCPU_KNOWN, VCPU_NESTED, VCPU_SILENT };

/*
 * While a virtual CPU runs a machine of the guest's own, KVM shows that one's
 * offset. It may begin to do so at any time, so what surrounds it is read, too.
 * Kernels before 5.16 don't say whether it does.
 *
 * Without hardware for it there are no files for the ratio.
 */
static enum vcpu read_vcpu(const char *dir, const char *vcpu,
			   struct vmclock_view_translation *t, bool *scales)
{
	u64 before = 0, after = 0, offset, frac_bits;

	*t = (struct vmclock_view_translation){
		.ratio = 1ULL << NO_SCALING_BITS,
		.frac_bits = NO_SCALING_BITS,
	};
	read_number(dir, vcpu, "guest_mode", &before);
	if (!read_number(dir, vcpu, "tsc-offset", (u64 *)&t->offset))
		return VCPU_SILENT;
	*scales = read_number(dir, vcpu, "tsc-scaling-ratio",
			      (u64 *)&t->ratio) &&
		  read_number(dir, vcpu, "tsc-scaling-ratio-frac-bits",
			      &frac_bits);
	if (*scales)
		t->frac_bits = frac_bits;
	read_number(dir, vcpu, "guest_mode", &after);
	if (before || after || !read_number(dir, vcpu, "tsc-offset", &offset) ||
	    offset != t->offset)
		return VCPU_NESTED;
	return VCPU_KNOWN;
}

/* Machines that one task has made: their folders are named TASK-FD. */
static size_t machines_of(const char *task, char *name)
{
	char prefix[FS_NAME + 1], names[2][FS_NAME];
	size_t n;

	snprintf(prefix, sizeof(prefix), "%.*s-", FS_NAME - 1, task);
	n = fs_list(KVM_DIR, prefix, names, 2);
	if (n)
		strcpy(name, names[0]);
	return n;
}

/* KVM takes the thread that made the machine, which need not be the first. */
static size_t machines_of_process(long long pid, char *name)
{
	static char tasks[TASKS_MAX][FS_NAME];
	char dir[PATH_MAX], self[FS_NAME];
	size_t i, tasks_n, n;

	snprintf(self, sizeof(self), "%lld", pid);
	n = machines_of(self, name);
	snprintf(dir, sizeof(dir), "/proc/%lld/task", pid);
	tasks_n = fs_list(dir, "", tasks, TASKS_MAX);
	for (i = 0; i < tasks_n; i++)
		if (tasks[i][0] != '.' && strcmp(tasks[i], self))
			n += machines_of(tasks[i], name);
	return n;
}

static int find_machine(long long pid, char dir[PATH_MAX], char *why)
{
	char name[FS_NAME];
	size_t n;

	if (!fs_exists(KVM_DIR)) {
		snprintf(why, KVM_WHY, KVM_DIR " cannot be seen: it needs root, a mounted debugfs (mount -t debugfs none /sys/kernel/debug), and the module kvm");
		return CTL_DENIED;
	}
	n = machines_of_process(pid, name);
	if (n != 1) {
		snprintf(why, KVM_WHY, "process %lld has %s: " KVM_DIR "/%lld-*, and those of its threads",
			 pid, n ? "more than one machine of KVM, so it is not known which is meant; give --offset, --ratio and --frac-bits" :
				  "no machine of KVM", pid);
		return CTL_ABSENT;
	}
	snprintf(dir, PATH_MAX, KVM_DIR "/%s", name);
	return CTL_OK;
}

/**
 * kvm_same() - whether two translations are the same
 * @a: one
 * @b: the other
 *
 * Return: true if they are.
 */
bool kvm_same(const struct vmclock_view_translation *a,
	      const struct vmclock_view_translation *b)
{
	return a->ratio == b->ratio && a->offset == b->offset &&
	       a->frac_bits == b->frac_bits && a->spread == b->spread &&
	       a->reason == b->reason;
}

/**
 * struct look - what the virtual CPUs of a machine say
 * @t: of the first one that is known
 * @first: its name
 * @min: least difference of the others' offsets to its own
 * @max: largest
 * @known: how many are known
 * @nested: how many run a machine of the guest's own
 * @scales: KVM has hardware for the ratio
 */
struct look {
	struct vmclock_view_translation t;
	char first[FS_NAME];
	s64 min, max;
	size_t known, nested;
	bool scales;
};

static bool differ(const struct look *l, const char *vcpu,
		   const struct vmclock_view_translation *t, char *why)
{
	if (t->ratio == l->t.ratio && t->frac_bits == l->t.frac_bits &&
	    l->max - l->min <= 2 * SPREAD_MAX)
		return false;
	snprintf(why, KVM_WHY, "the TSCs of %.32s and %.32s differ (offset %lld and %lld): no page suits both",
		 l->first, vcpu, (long long)l->t.offset, (long long)t->offset);
	return true;
}

static int look_at(struct look *l, const char *dir, char *why)
{
	static char vcpus[VCPUS_MAX][FS_NAME];
	struct vmclock_view_translation t;
	size_t i, n = fs_list(dir, "vcpu", vcpus, VCPUS_MAX);
	enum vcpu said;
	s64 difference;

	*l = (struct look){ .known = 0 };
	for (i = 0; i < n; i++) {
		said = read_vcpu(dir, vcpus[i], &t, &l->scales);
		if (said != VCPU_KNOWN) {
			l->nested += said == VCPU_NESTED;
			continue;
		}
		if (!l->known++) {
			l->t = t;
			strcpy(l->first, vcpus[i]);
		}
		difference = (s64)(t.offset - l->t.offset);
		if (difference < l->min)
			l->min = difference;
		if (difference > l->max)
			l->max = difference;
		if (differ(l, vcpus[i], &t, why))
			return CTL_FOUND;
	}
	if (l->known || l->nested)
		return CTL_OK;
	snprintf(why, KVM_WHY,
		 "%.128s says nothing of the TSC of a virtual CPU", dir);
	return CTL_ABSENT;
}

/* A power of two, so that it seldom changes. */
static u32 spread_of(s64 range)
{
	u32 spread = 1;

	while (spread < range - range / 2)
		spread *= 2;
	return range ? spread : 0;
}

/*
 * CPUs a little apart have the line in their midst, and a spread. Another
 * midst, since another one runs a machine of its own at the moment, is no
 * change.
 */
static void take(struct kvm_history *h, const struct look *l)
{
	s64 away = (s64)(h->t.offset - l->t.offset);
	bool apart = l->max - l->min || l->nested;

	if (apart && h->t.frac_bits == l->t.frac_bits &&
	    h->t.ratio == l->t.ratio && away >= l->max - h->t.spread &&
	    away <= l->min + h->t.spread)
		return;
	h->t = l->t;
	h->t.offset += l->min + (l->max - l->min) / 2;
	h->t.spread = spread_of(l->max - l->min);
}

/*
 * Without hardware to scale the counter, KVM makes a machine of another
 * frequency catch up by ever new offsets.
 */
static bool catches_up(struct kvm_history *h, const struct look *l,
		       bool changed)
{
	if (l->scales)
		h->changes = 0;
	else if (changed && h->changes < CATCH_UP_MAX)
		h->changes++;
	else if (!changed && h->changes)
		h->changes--;
	return h->changes >= CATCH_UP_SEEN;
}

/**
 * kvm_read() - how a machine's TSC comes from the host's, followed
 * @h: what was seen before; zeroed before the first time
 * @dir: the machine's folder in debugfs
 * @t: result; while all CPUs run machines of the guest's own: as before. If
 *	there is none, the reason
 * @why: if there is none: the reason in words, of KVM_WHY bytes
 *
 * Return: CTL_OK, CTL_ABSENT; CTL_FOUND if its CPUs don't agree, or KVM changes
 * the offset all the time, for then no page is right.
 */
int kvm_read(struct kvm_history *h, const char *dir,
	     struct vmclock_view_translation *t, char *why)
{
	struct vmclock_view_translation last = h->t;
	struct look l;
	int status = look_at(&l, dir, why);

	memset(t, 0, sizeof(*t));
	if (status == CTL_FOUND)
		t->reason = VMCLOCK_UNKNOWN_CPUS_DIFFER;
	if (status)
		return status;
	if (l.known)
		take(h, &l);
	if (last.frac_bits &&
	    catches_up(h, &l, l.known && !kvm_same(&last, &h->t))) {
		snprintf(why, KVM_WHY, "KVM changes the offset of the TSC all the time, as it does for another tsc-frequency than the host's on a CPU that can't scale: no page suits that");
		t->reason = VMCLOCK_UNKNOWN_CHANGES;
		return CTL_FOUND;
	}
	if (h->t.frac_bits) {
		*t = h->t;
		return CTL_OK;
	}
	t->reason = VMCLOCK_UNKNOWN_NESTED;
	snprintf(why, KVM_WHY, "all virtual CPUs run machines of the guest's own, and then KVM shows those machines' TSC");
	return CTL_FOUND;
}

/**
 * kvm_follow() - kvm_read() of a process's machine
 * @h: what was seen before; zeroed before the first time
 * @pid: of the VMM
 * @t: result
 * @why: if there is none: the reason, of KVM_WHY bytes
 *
 * Return: as kvm_read(), and CTL_DENIED.
 */
int kvm_follow(struct kvm_history *h, long long pid,
	       struct vmclock_view_translation *t, char *why)
{
	int status = h->dir[0] && fs_exists("%s", h->dir) ? CTL_OK :
		     find_machine(pid, h->dir, why);

	if (status)
		h->dir[0] = 0;
	return status ? status : kvm_read(h, h->dir, t, why);
}

/**
 * kvm_translation() - kvm_follow() without a history
 * @pid: of the VMM
 * @t: result
 * @why: if there is none: the reason, of KVM_WHY bytes
 *
 * Return: as kvm_follow().
 */
int kvm_translation(long long pid, struct vmclock_view_translation *t,
		    char *why)
{
	struct kvm_history h = { .changes = 0 };
	unsigned int tries = NESTED_TRIES;
	int status;

	do {	/* they come back to the guest itself now and then */
		status = kvm_follow(&h, pid, t, why);
	} while (status == CTL_FOUND && !h.t.frac_bits && --tries);
	return status;
}
