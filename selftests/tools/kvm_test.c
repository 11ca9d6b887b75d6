// SPDX-License-Identifier: GPL-2.0
/*
 * What is made of KVM's files in debugfs, which are files below a directory
 * here. The argument is that directory, empty. In TAP.
 */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "fs.h"
#include "kvm.h"
#include "maps.h"

static const char *root;
static struct kvm_history history;
static struct vmclock_view_translation t;
static char why[KVM_WHY];
static unsigned int count, failed;

static void ok(bool well, const char *name)
{
	printf("%sok %u - %s\n", well ? "" : "not ", ++count, name);
	failed += !well;
	if (!well)
		printf("# offset %lld, ratio %llu, %u bits, %s\n",
		       (long long)t.offset, t.ratio, t.frac_bits, why);
}

/* Text for a file, with what directories it needs. */
__attribute__((format(printf, 2, 3)))
static void put(const char *path, const char *format, ...)
{
	char full[PATH_MAX], *slash;
	va_list list;
	FILE *f;

	snprintf(full, sizeof(full), "%s%s", root, path);
	for (slash = full + 1; (slash = strchr(slash, '/')); slash++) {
		*slash = 0;
		mkdir(full, 0755);
		*slash = '/';
	}
	f = fopen(full, "w");
	if (!f)
		exit(1);
	va_start(list, format);
	vfprintf(f, format, list);
	va_end(list);
	fclose(f);
}

static void vcpu(unsigned int n, long long offset, int guest_mode)
{
	char path[128];

	snprintf(path, sizeof(path), "/sys/kernel/debug/kvm/42-11/vcpu%u/tsc-offset", n);
	put(path, "%lld\n", offset);
	snprintf(path, sizeof(path), "/sys/kernel/debug/kvm/42-11/vcpu%u/guest_mode", n);
	if (guest_mode >= 0)
		put(path, "%d\n", guest_mode);
}

static void ratio(unsigned long long value)
{
	put("/sys/kernel/debug/kvm/42-11/vcpu0/tsc-scaling-ratio", "%llu\n", value);
	put("/sys/kernel/debug/kvm/42-11/vcpu0/tsc-scaling-ratio-frac-bits", "48\n");
}

static int look(void)
{
	memset(&t, 0, sizeof(t));
	why[0] = 0;
	return kvm_follow(&history, 42, &t, why);
}

static bool looks(long long offset)
{
	return !look() && (long long)t.offset == offset && t.frac_bits == 48;
}

static bool says(int status, const char *text)
{
	return look() == status && strstr(why, text);
}

static void nested(void)
{
	vcpu(0, -1000000, -1);
	ok(looks(-1000000), "a kernel that doesn't tell guest mode");
	vcpu(0, -1000000, 0);
	vcpu(1, -7000000, 1);
	ok(looks(-1000000), "a CPU that runs a machine of the guest's own doesn't count");
	vcpu(0, -7000000, 1);
	ok(looks(-1000000), "if all do, the translation stays what it was");
	vcpu(0, -2000000, 0);
	ok(looks(-2000000), "back in the guest, what it has now counts");
	vcpu(0, -7000000, 1);
	memset(&history, 0, sizeof(history));
	ok(says(1, "machines of the guest's own") &&
	   t.reason == VMCLOCK_UNKNOWN_NESTED, "never seen in the guest: not known");
}

static void apart(void)
{
	vcpu(0, -1000, 0);
	vcpu(1, -1100, 0);
	ok(looks(-1050) && t.spread == 64, "CPUs a little apart have their midst, and a spread");
	vcpu(1, -1100, 1);
	ok(looks(-1050), "... which stays while one is elsewhere");
	vcpu(1, -1110, 0);
	ok(looks(-1050), "... and within the spread");
	vcpu(1, -1300, 0);
	ok(looks(-1150) && t.spread == 256, "CPUs further apart have a larger one");
	look();		/* without a change, which ends the series of changes */
	vcpu(1, -50000, 0);
	ok(says(1, "vcpu0 and vcpu1 differ") && !t.frac_bits &&
	   t.reason == VMCLOCK_UNKNOWN_CPUS_DIFFER, "beyond a limit they have none");
	vcpu(1, -1000, 0);
	ok(looks(-1000) && !t.spread, "CPUs that agree again have theirs");
	vcpu(0, 9223372036854775807, 0);
	vcpu(1, -9223372036854775807 - 1, 0);
	ok(looks(9223372036854775807), "differences are modulo 2^64");
	vcpu(0, -3000, 0);
	vcpu(1, -3000, 0);
	ratio(1ULL << 47);
	ok(says(1, "differ"), "other ratios");
	ratio(1ULL << 48);
}

static void catch_up(void)
{
	char path[PATH_MAX];
	unsigned int i;

	remove(fs_path(path, "/sys/kernel/debug/kvm/42-11/vcpu0/tsc-scaling-ratio"));
	memset(&history, 0, sizeof(history));
	for (i = 0; i < 3; i++) {
		vcpu(0, 1000000 * i, 0);
		vcpu(1, 1000000 * i, 0);
		look();
	}
	ok(looks(2000000), "two changes in a row are a restore");
	for (i = 3; i < 7; i++) {
		vcpu(0, 1000000 * i, 0);
		vcpu(1, 1000000 * i, 0);
		look();
	}
	ok(strstr(why, "changes the offset"), "changes without end are no line");
	for (i = 0; i < 6; i++)
		look();
	ok(looks(6000000), "when they have ended it is known again");
}

static void machines(void)
{
	char name[FS_NAME];

	put("/proc/50/maps", "7f00-7f01 r--s 00000000 00:06 9 /dev/vmclock-view-web\n7f01-7f02 rw-p 0 00:00 0 [heap]\n");
	put("/proc/51/maps", "7f00-7f01 r--s 00000000 00:06 9 /dev/vmclock-view-web2\n");
	ok(maps_view(50, name) == 1 && !strcmp(name, "web"), "the view that a process has mapped");
	ok(!maps_other(50, "web") && maps_other(51, "web") == 50, "... and another process");
	put("/proc/51/maps", "7f00-7f01 r--s 00000000 00:06 9 /dev/vmclock-view-a\n7f02-7f03 r--s 00000000 00:06 8 /dev/vmclock-view-b\n");
	ok(maps_view(51, name) == 2, "two views of one process");
}

int main(int argc, char **argv)
{
	if (argc != 2)
		return 2;
	root = argv[1];
	fs_set_root(root);
	nested();
	memset(&history, 0, sizeof(history));
	apart();
	catch_up();
	machines();
	printf("1..%u\n", count);
	return !!failed;
}
