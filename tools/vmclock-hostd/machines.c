// SPDX-License-Identifier: GPL-2.0
/*
 * The machines of KVM on this host, and the views that they have mapped: each
 * view's translation is kept that of its machine, and withdrawn with it. Called
 * by main.c and events.c.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <linux/sockios.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "ctl.h"
#include "hostd.h"
#include "maps.h"
#include "vmclock_abi.h"

#define KVM_DIR		"/sys/kernel/debug/kvm"
#define BELLS		"/run/vmclock-host"
#define LOOK_FIRST_MS	1
#define LOOK_IDLE_MS	300000	/* where KVM's changes are events */
#define LOOK_BLIND_MS	500	/* where they aren't */
#define LOOK_START_MS	20	/* until a machine runs for the first time */

/**
 * struct machine - a machine of KVM
 * @name: its folder in debugfs, PID-FD
 * @pid: its process; 0: this place is free
 * @view: name of its view; empty: it has none yet
 * @fd: that view
 * @changed: eventfd of the view; -1: it has no doorbell
 * @bell: socket of the doorbell; -1: none
 * @seen: what KVM has said
 * @t: what the view has
 * @set: what it was last given by us
 * @due_ms: when it is looked at, CLOCK_MONOTONIC
 * @wait_ms: from that look to the next
 * @disputed: another machine has mapped the view as well
 */
struct machine {
	char name[FS_NAME], view[FS_NAME];
	pid_t pid;
	int fd, changed, bell;
	struct kvm_history seen;
	struct vmclock_view_translation t, set;
	int64_t due_ms;
	int wait_ms;
	bool disputed;
};

static struct machine machines[MACHINES_MAX];
static size_t used;	/* places that were ever in use */
static bool missed;	/* a machine that there was no place for */

/* Those that are in no hurry come together. */
static void look_after(struct machine *m, int ms)
{
	m->wait_ms = ms;
	m->due_ms = now_ms() + ms;
	if (ms >= 1000)
		m->due_ms -= m->due_ms % 1000;
}

/* A number that a line of a process's status has. */
static long long status_of(long long task, const char *what)
{
	char path[PATH_MAX], line[256];
	size_t n = strlen(what);
	long long value = -1;
	FILE *f = fopen(fs_path(path, "/proc/%lld/status", task), "re");

	while (f && value < 0 && fgets(line, sizeof(line), f))
		if (!strncmp(line, what, n) && line[n] == ':')
			value = atoll(line + n + 1);
	if (f)
		fclose(f);
	return value;
}

/* --- views -------------------------------------------------------------- */

/*
 * What it has already, as after a restart, is no change. The kernel may have
 * withdrawn it since, or another program set it.
 */
static void get_translation(struct machine *m)
{
	if (ioctl(m->fd, VMCLOCK_VIEW_GET_TRANSLATION, &m->t))
		memset(&m->t, 0, sizeof(m->t));
}

static void set_translation(struct machine *m,
			    const struct vmclock_view_translation *t)
{
	if (kvm_same(t, &m->t))
		return;
	if (ioctl(m->fd, VMCLOCK_VIEW_SET_TRANSLATION, t)) {
		say("%s: cannot change the view: %s", m->view, strerror(errno));
		return;
	}
	m->t = *t;
	m->set = *t;
	counters.changes++;
	counters.withdrawn += !t->frac_bits;
}

static void withdraw(struct machine *m, uint32_t reason)
{
	const struct vmclock_view_translation none = { .reason = reason };

	set_translation(m, &none);
}

/* QEMU listens, so that it outlives us: at BELLS/VIEW.bell. */
static int open_bell(const char *view)
{
	struct sockaddr_un a = { .sun_family = AF_UNIX };
	char path[PATH_MAX];
	int fd;

	fs_path(path, BELLS "/%s.bell", view);
	if (strlen(path) >= sizeof(a.sun_path))
		return -1;
	strcpy(a.sun_path, path);
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd >= 0 && !connect(fd, (struct sockaddr *)&a, sizeof(a)))
		return fd;
	if (fd >= 0)
		close(fd);
	return -1;
}

static void wire_bell(struct machine *m)
{
	struct vmclock_view_flags flags = {
		.mask = VMCLOCK_FLAG_NOTIFICATION_PRESENT,
		.flags = VMCLOCK_FLAG_NOTIFICATION_PRESENT,
	};
	struct vmclock_view_eventfd e = { .fd = -1 };

	m->bell = open_bell(m->view);
	if (m->bell < 0)
		return;
	m->changed = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	e.fd = m->changed;
	if (m->changed < 0 || ioctl(m->fd, VMCLOCK_VIEW_SET_EVENTFD, &e) ||
	    ioctl(m->fd, VMCLOCK_VIEW_SET_FLAGS, &flags))
		say("%s: cannot wire the doorbell: %s", m->view,
		    strerror(errno));
}

static void unwire_bell(struct machine *m)
{
	struct vmclock_view_flags flags = {
		.mask = VMCLOCK_FLAG_NOTIFICATION_PRESENT,
	};

	if (m->bell < 0)
		return;
	ioctl(m->fd, VMCLOCK_VIEW_SET_FLAGS, &flags);
	close(m->bell);
	close(m->changed);
	m->bell = -1;
	m->changed = -1;
}

/* One byte is one notification; one that QEMU has not taken will do for two. */
static void ring(struct machine *m)
{
	uint64_t changes;
	int unread = 0;

	if (read(m->changed, &changes, sizeof(changes)) < 0 ||
	    ioctl(m->bell, SIOCOUTQ, &unread) || unread)
		return;
	if (send(m->bell, "x", 1, MSG_NOSIGNAL) == 1)
		counters.rings++;
	else if (errno != EAGAIN)
		unwire_bell(m);
}

/* A view that vmclock-qemu keeps, as long as it lives. */
static bool is_kept(const char *view)
{
	char name[FS_NAME];
	long pid;

	return sscanf(view, "qemu-%ld-", &pid) == 1 &&
	       !fs_read(name, sizeof(name), "/proc/%ld/comm", pid) &&
	       !strcmp(name, "vmclock-qemu");
}

/* A view that belongs to a user is for that user's machines. */
static bool may_have(const struct machine *m, const char *view)
{
	char path[PATH_MAX];
	struct stat st;

	fs_path(path, "/dev/" VMCLOCK_VIEW_NODE_PREFIX "%s", view);
	if (stat(path, &st))
		return false;
	return !st.st_uid || st.st_uid == getuid() ||
	       st.st_uid == (uid_t)status_of(m->pid, "Uid");
}

/* With two machines on a view no line is right: it then tells no time. */
static bool dispute(const char *view)
{
	bool found = false;
	size_t i;

	for (i = 0; i < used; i++) {
		if (!machines[i].pid || strcmp(machines[i].view, view))
			continue;
		if (!machines[i].disputed)
			say("%s: process %d is not alone on it; the page tells no time; remedy: a view for each machine",
			    view, machines[i].pid);
		machines[i].disputed = true;
		withdraw(&machines[i], VMCLOCK_UNKNOWN_DISPUTED);
		counters.disputes++;
		found = true;
	}
	return found;
}

static bool find_view(struct machine *m)
{
	char view[FS_NAME], path[PATH_MAX];

	if (maps_view(m->pid, view) != 1 || is_kept(view) || !may_have(m, view))
		return false;
	m->fd = open(fs_path(path, "/dev/" VMCLOCK_VIEW_NODE_PREFIX "%s", view),
		     O_RDWR | O_CLOEXEC);
	if (m->fd < 0) {
		say("%s: cannot open the view: %s", view, strerror(errno));
		return false;
	}
	get_translation(m);
	m->seen.t = m->t;
	m->disputed = dispute(view);
	strcpy(m->view, view);
	if (m->disputed)
		withdraw(m, VMCLOCK_UNKNOWN_DISPUTED);
	wire_bell(m);
	say("%s: followed for process %d", view, m->pid);
	return true;
}

/* --- machines ----------------------------------------------------------- */

static void forget(struct machine *m)
{
	size_t i, others = 0;

	if (m->view[0]) {
		get_translation(m);
		if (m->t.frac_bits)	/* else the kernel has, and says why */
			withdraw(m, VMCLOCK_UNKNOWN_UNSET);
		unwire_bell(m);
		close(m->fd);
		say("%s: its machine is gone", m->view);
	}
	m->pid = 0;
	for (i = 0; i < used; i++)
		others += machines[i].pid && !strcmp(machines[i].view, m->view);
	for (i = 0; others == 1 && i < used; i++)
		if (machines[i].pid && !strcmp(machines[i].view, m->view))
			machines[i].disputed = false;
	m->view[0] = 0;
}

static struct machine *find(const char *name)
{
	size_t i;

	for (i = 0; i < used; i++)
		if (machines[i].pid && !strcmp(machines[i].name, name))
			return &machines[i];
	return NULL;
}

/**
 * machines_found() - there is a folder of KVM's
 * @name: its name; what isn't TASK-FD, or known, is ignored
 */
void machines_found(const char *name)
{
	struct machine *m = machines;
	long long task, owner;
	int fd, end = 0;

	if (sscanf(name, "%lld-%d%n", &task, &fd, &end) != 2 || name[end] ||
	    find(name))
		return;
	while (m < machines + used && m->pid)
		m++;
	if (m == machines + MACHINES_MAX) {
		if (!missed)
			say("more than %d machines", MACHINES_MAX);
		missed = true;
		return;
	}
	used += m == machines + used;
	owner = status_of(task, "Tgid");
	*m = (struct machine){ .pid = owner > 0 ? owner : task, .fd = -1,
			       .changed = -1, .bell = -1 };
	snprintf(m->name, sizeof(m->name), "%s", name);
	snprintf(m->seen.dir, sizeof(m->seen.dir), KVM_DIR "/%s", name);
	look_after(m, 0);
}

/**
 * machines_scan() - find those that are there already
 */
void machines_scan(void)
{
	static char names[2 * MACHINES_MAX][FS_NAME];
	size_t i, n = fs_list(KVM_DIR, "", names, 2 * MACHINES_MAX);

	for (i = 0; i < n; i++)
		machines_found(names[i]);
}

/*
 * A machine that comes by migration has a counter that isn't its own until it
 * runs: no CPU has left its guest then.
 */
static bool has_run(const struct machine *m)
{
	char text[FS_TEXT];

	return fs_read(text, sizeof(text), "%s/exits", m->seen.dir) ||
	       strcmp(text, "0");
}

/* Looks come seldom by and by: nothing changes, or it has no view. */
static int wait_after(const struct machine *m)
{
	int most = events_traced() ? LOOK_IDLE_MS : LOOK_BLIND_MS;
	int next = m->wait_ms ? 2 * m->wait_ms : LOOK_FIRST_MS;

	return next < most ? next : most;
}

/*
 * The kernel has withdrawn it, and KVM still shows what was: it changes it when
 * the machine runs.
 */
static bool is_stale(const struct machine *m,
		     const struct vmclock_view_translation *t)
{
	return m->t.reason == VMCLOCK_UNKNOWN_RESTARTED && kvm_same(t, &m->set);
}

static void look(struct machine *m)
{
	struct vmclock_view_translation t = { 0 };
	char why[KVM_WHY];
	int status;

	counters.looks++;
	if (!fs_exists("%s", m->seen.dir)) {
		forget(m);
		return;
	}
	look_after(m, wait_after(m));
	if (!m->view[0] && !find_view(m))
		return;
	get_translation(m);
	if (!has_run(m) && !m->t.frac_bits) {
		look_after(m, LOOK_START_MS);
		return;
	}
	status = kvm_read(&m->seen, m->seen.dir, &t, why);
	if (status && m->t.frac_bits)
		say("%s: the page tells no time: %s", m->view, why);
	if (!m->disputed && !kvm_same(&t, &m->t)) {
		if (!is_stale(m, &t))
			set_translation(m, &t);
		look_after(m, LOOK_FIRST_MS);
	}
	if (m->bell < 0)
		wire_bell(m);
}

/**
 * machines_look() - look at those whose time has come
 *
 * Return: milliseconds to the next one's; -1: there is none.
 */
int64_t machines_look(void)
{
	int64_t next = -1, left, now = now_ms();
	size_t i;

	for (i = 0; i < used; i++) {
		if (machines[i].pid && machines[i].due_ms <= now)
			look(&machines[i]);
		if (!machines[i].pid)
			continue;
		left = machines[i].due_ms > now ? machines[i].due_ms - now : 0;
		if (next < 0 || left < next)
			next = left;
	}
	if (!missed || machines_count(false) == MACHINES_MAX)
		return next;
	missed = false;
	machines_scan();
	return 0;
}

/**
 * machines_changed() - KVM has set a counter, or a folder is gone
 * @thread: by which thread; 0: any
 */
void machines_changed(pid_t thread)
{
	long long pid = thread ? status_of(thread, "Tgid") : -1;
	size_t i;

	for (i = 0; i < used; i++)
		if (machines[i].pid && (pid < 0 || machines[i].pid == pid))
			look_after(&machines[i], 0);
}

/**
 * machines_poll() - what to poll for doorbells
 * @fds: where
 * @max: at most so many
 *
 * Return: how many.
 */
size_t machines_poll(struct pollfd *fds, size_t max)
{
	size_t i, n = 0;

	for (i = 0; i < used && n < max; i++)
		if (machines[i].pid && machines[i].changed >= 0)
			fds[n++] = (struct pollfd){ .fd = machines[i].changed,
						    .events = POLLIN };
	return n;
}

/**
 * machines_ring() - ring the doorbells of what has changed
 * @fds: polled
 * @n: how many
 */
void machines_ring(const struct pollfd *fds, size_t n)
{
	size_t i, k;

	for (k = 0; k < n; k++)
		for (i = 0; fds[k].revents && i < used; i++)
			if (machines[i].pid && machines[i].changed == fds[k].fd)
				ring(&machines[i]);
}

/**
 * machines_count() - how many there are
 * @followed: that have a view
 *
 * Return: how many.
 */
size_t machines_count(bool followed)
{
	size_t i, n = 0;

	for (i = 0; i < used; i++)
		n += machines[i].pid && (!followed || machines[i].view[0]);
	return n;
}
