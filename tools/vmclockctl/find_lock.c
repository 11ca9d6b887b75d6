// SPDX-License-Identifier: GPL-2.0
/*
 * Findings about the discipline of the system clock: the clocksource, the
 * lock's state, other programs that set the clock, the kernel's NTP state.
 * No finding advises against the only clock that works.
 */
#include "ctl.h"
#include "findings.h"
#include "programs.h"
#include "text.h"

#define FAR_NS	1000000		/* a clock that nothing keeps, or a wrong one */

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

/* An NTP daemon may keep the clock; if none does, it runs free. */
static void no_lock(struct findings *all, const struct facts *f,
		    const struct running_program *steering)
{
	if (steering) {
		finding_add(all, NOTE, "no-lock",
			    "timekeeping_reference is not loaded; %s (pid %s) steers the clock",
			    steering->program->name, steering->pid);
		return;
	}
	finding_add(all, WARNING, "no-lock",
		    "timekeeping_reference is not loaded, and no NTP daemon runs: nothing keeps the system clock on the page");
	if (f->modules[MODULE_PTP].version[0] || f->modules[MODULE_FEED].loaded)
		finding_remedy(all, "modprobe timekeeping_reference");
	else
		finding_remedy(all, "The kernel's own driver cannot lock the clock: install vmclock-dkms, or let an NTP daemon follow the PTP clock");
}

/* For a page that will never tell time, or a lock that is switched off. */
static void no_discipline(struct findings *all, const struct facts *f,
			  const struct running_program *steering)
{
	if (steering || f->kernel.error || f->kernel.synchronized)
		return;
	finding_add(all, WARNING, "no-daemon",
		    "nothing keeps the system clock: the lock does not, and no NTP daemon runs");
	finding_remedy(all, "Run an NTP daemon: apt install chrony, or systemctl enable --now systemd-timesyncd");
}

static const char *unit_name(const struct running_program *r)
{
	return r->unit[0] ? r->unit : r->program->name;
}

static void daemon_conflict(struct findings *all, const struct device *d,
			    const struct running_program *r)
{
	const char *keep_off = r->program->keep_off;

	finding_add(all, WARNING, "daemon-conflict",
		    "%s (pid %s) steers the clock as well: the lock yields to it as soon as it sets a rate",
		    r->program->name, r->pid);
	finding_remedy(all, "Keep one of them. To keep the lock: systemctl disable --now %s%s%s. To keep %s: echo N > /sys/module/%s/parameters/lock",
		       unit_name(r), keep_off ? "; or " : "", keep_off ? keep_off : "",
		       r->program->name, device_module(d));
}

static void clock_setter(struct findings *all, const struct running_program *r)
{
	finding_add(all, NOTE, "clock-setter",
		    "%s (pid %s) may set the clock, for instance after a migration; that is not needed, and the lock undoes it",
		    r->program->name, r->pid);
	if (r->program->keep_off)
		finding_remedy(all, "%s", r->program->keep_off);
}

static void look_at_programs(struct findings *all, const struct device *d,
			     const struct programs *programs)
{
	size_t i;

	for (i = 0; i < programs->n; i++) {
		const struct running_program *r = &programs->list[i];

		if (r->program->steers)
			daemon_conflict(all, d, r);
		else
			clock_setter(all, r);
	}
}

static bool lock_is_off(const struct device *d)
{
	char text[FS_TEXT];

	return !fs_read(text, sizeof(text),
			"/sys/module/%s/parameters/lock", device_module(d)) &&
	       text[0] == 'N';
}

static void lock_off(struct findings *all, const struct device *d)
{
	finding_add(all, NOTE, "lock-off",
		    "the lock is switched off by %s's parameter",
		    device_module(d));
	finding_remedy(all, "echo Y > /sys/module/%s/parameters/lock",
		       device_module(d));
}

/* If the page tells no time, its own finding has said so already. */
static void waiting(struct findings *all, const struct facts *f,
		    const struct device *d)
{
	const char *reason = f->lock.attr[LOCK_REASON];

	if (!strcmp(reason, "acquiring")) {
		finding_add(all, NOTE, "lock-acquiring",
			    "the clock is on its way to the page");
	} else if (d->has_now) {
		finding_add(all, ERROR, "lock-waiting",
			    "the system clock is not locked: %s", reason);
		finding_remedy(all, "See the other findings for the cause; the lock follows as soon as there is a usable page");
	}
}

static void yielded(struct findings *all, const struct facts *f,
		    const struct running_program *steering)
{
	const char *task = f->lock.attr[LOCK_ADJUSTED_BY];

	if (steering)
		finding_add(all, WARNING, "lock-yielded",
			    "the lock has yielded to %s, and %s (pid %s) steers the clock",
			    task, steering->program->name, steering->pid);
	else
		finding_add(all, ERROR, "lock-yielded",
			    "the lock has yielded: %s adjusted the clock",
			    task);
	finding_remedy(all, "Stop that program, and the lock returns by itself; at once: echo lock > /sys/devices/platform/timekeeping_reference/state (always so: echo reassert > /sys/module/timekeeping_reference/parameters/policy)");
}

static void lost(struct findings *all, const struct facts *f, const char *state)
{
	finding_add(all, ERROR, strcmp(state, "holdover") ?
		    "lock-unsynchronized" : "lock-holdover",
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
	if (!k->synchronized) {
		finding_add(all, ERROR, "kernel-unsynchronized",
			    "the clock is locked, but the kernel calls it unsynchronized");
		finding_remedy(all, "Some program set STA_UNSYNC: adjtimex --print, or timedatectl, shows it; the lock sets it right within 64 s");
	}
	if (d->has_now && known && d->now.scales.utc_valid &&
	    k->tai_offset_sec != d->now.scales.tai_offset_sec)
		finding_add(all, ERROR, "tai-offset",
			    "the kernel's TAI offset is %d s, the page's %d s",
			    k->tai_offset_sec, d->now.scales.tai_offset_sec);
}

static void look_at_state(struct findings *all, const struct facts *f,
			  const struct device *d,
			  const struct running_program *steering)
{
	const char *state = f->lock.attr[LOCK_STATE];

	if (!strcmp(state, "locked"))
		look_at_kernel(all, f, d);
	else if (!strcmp(state, "waiting"))
		waiting(all, f, d);
	else if (!strcmp(state, "yielded"))
		yielded(all, f, steering);
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

/* The lock has the clock, or is about to take it. */
static bool lock_rules(const struct lock *lock)
{
	return !strcmp(lock->attr[LOCK_STATE], "locked") ||
	       !strcmp(lock->attr[LOCK_REASON], "acquiring");
}

static void look_at_lock(struct findings *all, const struct facts *f,
			 const struct device *d,
			 const struct programs *programs)
{
	const struct running_program *steering = programs_steering(programs);

	if (!f->lock.present) {
		if (d->has_now)
			no_lock(all, f, steering);
		return;
	}
	look_at_state(all, f, d, steering);
	if (lock_rules(&f->lock))
		look_at_programs(all, d, programs);
}

/**
 * find_in_lock() - look at the discipline of the system clock
 * @all: gets what is found
 * @f: the facts
 */
void find_in_lock(struct findings *all, const struct facts *f)
{
	const struct device *d = facts_guest(f);
	struct programs programs;

	if (!d)
		return;
	programs_read(&programs);
	look_at_clocksource(all, f, d);
	if (f->lock.present && lock_is_off(d)) {
		lock_off(all, d);
		no_discipline(all, f, programs_steering(&programs));
	} else if (device_disruptions_only(d)) {
		no_discipline(all, f, programs_steering(&programs));
	} else {
		look_at_lock(all, f, d, &programs);
	}
	if (!f->lock.present || !strcmp(f->lock.attr[LOCK_STATE], "locked"))
		look_at_difference(all, d);
}
