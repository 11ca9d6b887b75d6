// SPDX-License-Identifier: GPL-2.0
/*
 * Findings about who has the system clock, and how it does: the clocksource,
 * the lock's state, other programs that steer, the kernel's NTP state.
 */
#include "ctl.h"
#include "findings.h"
#include "text.h"

#define FAR_NS	1000000		/* a clock that nobody keeps, or a wrong one */

/* Programs that steer the clock; names as the kernel cuts them. */
static const char * const daemons[] = {
	"chronyd", "ntpd", "systemd-timesyn", "phc2sys", "openntpd", "ntpsec",
	"timemaster",
};

struct daemon {
	char pid[FS_NAME];
	char name[FS_NAME];
};

/* chronyd -x only looks. Arguments are separated by 0, which ends a string. */
static bool only_looks(const char *pid, const char *name)
{
	char path[PATH_MAX], args[512];
	size_t n, i;
	FILE *file;

	if (strcmp(name, "chronyd"))
		return false;
	file = fopen(fs_path(path, "/proc/%s/cmdline", pid), "r");
	if (!file)
		return false;
	n = fread(args, 1, sizeof(args) - 1, file);
	fclose(file);
	args[n] = 0;
	for (i = 0; i < n; i += strlen(args + i) + 1)
		if (!strcmp(args + i, "-x"))
			return true;
	return false;
}

static bool is_daemon(const char *pid, char *name)
{
	size_t i;

	fs_read(name, FS_NAME, "/proc/%s/comm", pid);
	for (i = 0; i < CTL_ARRAY_SIZE(daemons); i++)
		if (!strcmp(name, daemons[i]))
			return !only_looks(pid, name);
	return false;
}

static bool find_daemon(struct daemon *d)
{
	static char names[32768][FS_NAME];
	size_t i, n = fs_list("/proc", "", names, CTL_ARRAY_SIZE(names));

	for (i = 0; i < n; i++) {
		strcpy(d->pid, names[i]);
		if (names[i][0] >= '1' && names[i][0] <= '9' &&
		    is_daemon(d->pid, d->name))
			return true;
	}
	return false;
}

/* kvm-clock is made from the TSC; the lock sees through it, if it is stable. */
static bool is_followed(const struct facts *f, const char *source, u8 id)
{
	return id == VMCLOCK_COUNTER_X86_TSC && !strcmp(source, "kvm-clock") &&
	       strcmp(f->lock.attr[LOCK_REASON],
		      "the clocksource is not the reference's counter");
}

static void look_at_clocksource(struct findings *all, const struct facts *f,
				const struct device *d)
{
	const char *current = f->sources.current;
	u8 id = d->page.p.counter_id;
	const char *wanted = id == VMCLOCK_COUNTER_X86_TSC ? "tsc" :
			     "arch_sys_counter";

	if (!d->has_now || !current[0] || !strcmp(current, wanted) ||
	    is_followed(f, current, id))
		return;
	finding_add(all, f->lock.present ? ERROR : NOTE, "clocksource",
		    "the clocksource is %s, but the page counts %s: the system clock cannot be locked to it",
		    current, wanted);
	if (strstr(f->sources.available, wanted))
		finding_remedy(all, "echo %s > /sys/devices/system/clocksource/clocksource0/current_clocksource; for good: clocksource=%s on the kernel's command line",
			       wanted, wanted);
	else
		finding_remedy(all, "The kernel does not trust %s: the hypervisor has to say that it is constant (QEMU: -cpu host,+invtsc), or tsc=reliable on the kernel's command line",
			       wanted);
}

/* Somebody else may keep the clock; if not, it runs free. */
static void no_lock(struct findings *all, const struct daemon *daemon)
{
	if (daemon) {
		finding_add(all, NOTE, "no-lock",
			    "timekeeping_reference is not loaded; %s (pid %s) steers the clock",
			    daemon->name, daemon->pid);
		return;
	}
	finding_add(all, WARNING, "no-lock",
		    "timekeeping_reference is not loaded, and no NTP daemon runs: nothing keeps the system clock on the page");
	finding_remedy(all, "modprobe timekeeping_reference");
}

static void look_at_daemon(struct findings *all, const struct daemon *daemon)
{
	if (!daemon)
		return;
	finding_add(all, WARNING, "daemon-conflict",
		    "%s (pid %s) steers the clock as well: the lock yields to it as soon as it adjusts something",
		    daemon->name, daemon->pid);
	finding_remedy(all, "Stop one of them. The daemon: systemctl disable --now %s (chronyd: or let it only look, with -x). The lock: echo N > /sys/module/ptp_vmclock/parameters/lock",
		       !strcmp(daemon->name, "systemd-timesyn") ?
		       "systemd-timesyncd" : daemon->name);
}

static bool lock_is_off(void)
{
	char text[FS_TEXT];

	return !fs_read(text, sizeof(text),
			"/sys/module/ptp_vmclock/parameters/lock") &&
	       text[0] == 'N';
}

static void waiting(struct findings *all, const struct facts *f)
{
	const char *reason = f->lock.attr[LOCK_REASON];

	if (lock_is_off()) {
		finding_add(all, NOTE, "lock-off",
			    "the lock is switched off by ptp_vmclock's parameter");
		finding_remedy(all, "echo Y > /sys/module/ptp_vmclock/parameters/lock");
	} else if (!strcmp(reason, "acquiring")) {
		finding_add(all, NOTE, "lock-acquiring",
			    "the clock is on its way to the page");
	} else {
		finding_add(all, ERROR, "lock-waiting",
			    "the system clock is not locked: %s", reason);
		finding_remedy(all, "See the other findings for the cause; the lock follows by itself as soon as there is a usable page");
	}
}

static void yielded(struct findings *all, const struct facts *f)
{
	finding_add(all, ERROR, "lock-yielded",
		    "the lock has yielded: %s adjusted the clock",
		    f->lock.attr[LOCK_ADJUSTED_BY]);
	finding_remedy(all, "Stop that program from adjusting the clock, then: echo lock > /sys/devices/platform/timekeeping_reference/state (always so: echo reassert > /sys/module/timekeeping_reference/parameters/policy)");
}

static void lost(struct findings *all, const struct facts *f, const char *state)
{
	finding_add(all, ERROR, strcmp(state, "holdover") ?
		    "lock-unsynchronised" : "lock-holdover",
		    "the lock has lost its reference (%s): %s", state,
		    f->lock.attr[LOCK_REASON]);
	finding_remedy(all, "Look at the host; the clock goes on along its last line, its bound grows, and the lock comes back by itself");
}

static void look_at_kernel(struct findings *all, const struct facts *f,
			   const struct device *d)
{
	const struct kernel_clock *k = &f->kernel;
	bool known = d->page.p.flags & VMCLOCK_FLAG_TAI_OFFSET_VALID;

	if (k->error)
		return;
	if (!k->synchronised) {
		finding_add(all, ERROR, "kernel-unsynchronised",
			    "the clock is locked, but the kernel calls it unsynchronised");
		finding_remedy(all, "Some program set STA_UNSYNC: adjtimex --print, or timedatectl, shows it; the lock sets it right within 64 s");
	}
	if (d->has_now && known && d->now.scales.utc_valid &&
	    k->tai_offset_sec != d->now.scales.tai_offset_sec)
		finding_add(all, ERROR, "tai-offset",
			    "the kernel's TAI offset is %d s, the page's %d s",
			    k->tai_offset_sec, d->now.scales.tai_offset_sec);
}

static void look_at_state(struct findings *all, const struct facts *f,
			  const struct device *d)
{
	const char *state = f->lock.attr[LOCK_STATE];

	if (!strcmp(state, "locked"))
		look_at_kernel(all, f, d);
	else if (!strcmp(state, "waiting"))
		waiting(all, f);
	else if (!strcmp(state, "yielded"))
		yielded(all, f);
	else
		lost(all, f, state);
}

/* Neither the page's bound nor the coarseness of looking explains it. */
static void look_at_difference(struct findings *all, const struct device *d)
{
	const struct now *now = &d->now;
	char text[TEXT_SIZE];
	u64 size = now->diff.ns < 0 ? -(u64)now->diff.ns : (u64)now->diff.ns;

	if (!d->has_now || now->scale == SCALE_NONE ||
	    size <= FAR_NS + now->diff.uncertainty_ns)
		return;
	finding_add(all, ERROR, "clock-off", "%s is %s %s /dev/%s",
		    clock_name(now->scale), text_ns(text, size),
		    now->diff.ns < 0 ? "behind" : "ahead of", d->name);
	finding_remedy(all, "Lock it: modprobe timekeeping_reference; or let an NTP daemon follow the PTP clock");
}

/**
 * find_in_lock() - look at who keeps the system clock
 * @all: gets what is found
 * @f: the facts
 */
void find_in_lock(struct findings *all, const struct facts *f)
{
	const struct device *d = facts_guest(f);
	struct daemon daemon, *found = NULL;

	if (!d)
		return;
	if (find_daemon(&daemon))
		found = &daemon;
	look_at_clocksource(all, f, d);
	if (f->lock.present) {
		look_at_state(all, f, d);
		if (strcmp(f->lock.attr[LOCK_STATE], "yielded"))
			look_at_daemon(all, found);
	} else if (d->has_now) {
		no_lock(all, found);
	}
	if (!f->lock.present || !strcmp(f->lock.attr[LOCK_STATE], "locked"))
		look_at_difference(all, d);
}
