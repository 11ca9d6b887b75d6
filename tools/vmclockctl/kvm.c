// SPDX-License-Identifier: GPL-2.0
/*
 * What KVM says of a machine's TSC, in debugfs: offset and scaling ratio of
 * each virtual CPU. Used by view set-counter and by vmclock-qemu.
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

/* Without hardware for it there are no files for the ratio. */
static bool read_vcpu(const char *dir, const char *vcpu,
		      struct vmclock_view_translation *t)
{
	u64 frac_bits;

	*t = (struct vmclock_view_translation){
		.ratio = 1ULL << NO_SCALING_BITS,
		.frac_bits = NO_SCALING_BITS,
	};
	if (!read_number(dir, vcpu, "tsc-offset", (u64 *)&t->offset))
		return false;
	if (read_number(dir, vcpu, "tsc-scaling-ratio", (u64 *)&t->ratio) &&
	    read_number(dir, vcpu, "tsc-scaling-ratio-frac-bits", &frac_bits))
		t->frac_bits = frac_bits;
	return true;
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
	       a->frac_bits == b->frac_bits;
}

/**
 * kvm_translation() - how a machine's TSC comes from the host's
 * @pid: of the VMM
 * @t: result
 * @why: if there is none: the reason, of KVM_WHY bytes
 *
 * Return: CTL_OK, CTL_DENIED, CTL_ABSENT; CTL_FOUND if its CPUs don't agree,
 * for no page is right for all of them then.
 */
int kvm_translation(long long pid, struct vmclock_view_translation *t,
		    char *why)
{
	static char vcpus[VCPUS_MAX][FS_NAME];
	struct vmclock_view_translation other;
	char dir[PATH_MAX];
	int status = find_machine(pid, dir, why);
	size_t i, n;

	if (status)
		return status;
	n = fs_list(dir, "vcpu", vcpus, VCPUS_MAX);
	if (!n || !read_vcpu(dir, vcpus[0], t)) {
		snprintf(why, KVM_WHY,
			 "%.128s says nothing of the TSC of a virtual CPU", dir);
		return CTL_ABSENT;
	}
	for (i = 1; i < n; i++) {
		if (!read_vcpu(dir, vcpus[i], &other) || kvm_same(t, &other))
			continue;
		snprintf(why, KVM_WHY, "the TSCs of %s and %s differ (offset %lld and %lld): no page suits both",
			 vcpus[0], vcpus[i], (long long)t->offset,
			 (long long)other.offset);
		return CTL_FOUND;
	}
	return CTL_OK;
}
