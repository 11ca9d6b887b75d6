// SPDX-License-Identifier: GPL-2.0
/*
 * While QEMU runs: passes on that the page has changed, keeps the view's
 * translation that of the machine, forwards signals. Called by main.c; one
 * thread, which sleeps when there is nothing to do.
 */
#include <errno.h>
#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "background.h"
#include "kvm.h"
#include "session.h"
#include "vmclock/counter.h"
#include "watch.h"

/*
 * KVM tells nobody that a machine's counter was set, so it is asked: at once
 * when QEMU has said that the machine runs again, in between seldom. Before it
 * runs for the first time its counter isn't set: with what KVM has until then,
 * a machine that comes by migration would have a wrong time to begin with.
 */
#define ASK_FIRST_MS	1
#define ASK_LAST_MS	500
#define RESUMED_ASKS	6	/* for so long vmclock-hostd may not know yet */
#define COMPLAIN_AFTER	60	/* questions, half a minute: QEMU starts */

/**
 * struct follower - the translation, followed
 * @t: what the view has; all zero: none
 * @known: what it had last that was not zero
 * @seen: what KVM has said
 * @wait_ms: from one question to the next
 * @due_ms: when it is time for that one, CLOCK_MONOTONIC
 * @began: the machine has run here, or can't be asked
 * @runs: it isn't stopped
 * @resumed: it was a moment ago, or is now, and there was no reset since
 * @late: questions since it runs again, of those that are ASK_LAST_MS apart
 * @asked: how often in vain
 * @rest: of a line of QMP that is not complete, and its size
 */
struct follower {
	struct vmclock_view_translation t;
	struct vmclock_view_translation known;
	struct kvm_history seen;
	int wait_ms;
	int64_t due_ms;
	bool began;
	bool runs;
	bool resumed;
	unsigned int late;
	unsigned int asked;
	char rest[4096];
	size_t size;
};

/* One byte is one notification; one that is still unread will do for two. */
static void ring(const struct watch *w)
{
	uint64_t changes;
	int unread = 0;

	if (read(w->changed, &changes, sizeof(changes)) < 0 ||
	    ioctl(w->unread, FIONREAD, &unread) || unread)
		return;
	if (write(w->bell, "x", 1) != 1 && errno != EAGAIN)
		complain("cannot ring the doorbell: %s", strerror(errno));
}

/* The product has at most 64 + 63 bits. */
static uint64_t translate(const struct vmclock_view_translation *t,
			  uint64_t counter)
{
	return (uint64_t)((unsigned __int128)counter * t->ratio >>
			  t->frac_bits) + t->offset;
}

/*
 * A counter that went back while the machine stood still is that of an earlier
 * state: the machine goes on from a copy.
 */
static bool restored(const struct follower *f,
		     const struct vmclock_view_translation *t)
{
	uint64_t now = vmclock_counter();

	return f->resumed && f->known.frac_bits && t->frac_bits &&
	       (int64_t)(translate(t, now) - translate(&f->known, now)) < 0;
}

static void set_translation(const struct watch *w, struct follower *f,
			    const struct vmclock_view_translation *t)
{
	struct vmclock_view_generation g = { 0 };

	if ((restored(f, t) &&
	     ioctl(w->view, VMCLOCK_VIEW_SET_GENERATION, &g)) ||
	    (!w->served && ioctl(w->view, VMCLOCK_VIEW_SET_TRANSLATION, t)))
		complain("cannot change the view: %s", strerror(errno));
	f->t = *t;
	if (t->frac_bits)
		f->known = *t;
}

static int64_t now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000LL + t.tv_nsec / 1000000;
}

static void ask_after(struct follower *f, int ms)
{
	f->wait_ms = ms < ASK_LAST_MS ? ms : ASK_LAST_MS;
	f->due_ms = now_ms() + f->wait_ms;
}

static void ask_now(struct follower *f)
{
	f->wait_ms = ASK_FIRST_MS;
	f->due_ms = now_ms();
}

static int read_translation(const struct watch *w, struct follower *f,
			    struct vmclock_view_translation *t, char *why)
{
	if (!w->served)
		return kvm_follow(&f->seen, w->pid, t, why);
	snprintf(why, KVM_WHY, "vmclock-hostd knows no counter of this machine");
	return ioctl(w->view, VMCLOCK_VIEW_GET_TRANSLATION, t) ||
	       !t->frac_bits;
}

/* A machine whose CPUs don't agree has no page that suits it. */
static void ask(const struct watch *w, struct follower *f)
{
	struct vmclock_view_translation t = { 0 };
	char why[KVM_WHY];
	int status;

	ask_after(f, f->wait_ms * 2);
	if (!f->began)
		return;
	status = read_translation(w, f, &t, why);
	f->asked = status ? f->asked + 1 : 0;
	if (f->asked == COMPLAIN_AFTER)
		complain("the guest gets no time: %s", why);
	if (!kvm_same(&t, &f->t))
		set_translation(w, f, &t);
	if (f->runs && f->wait_ms == ASK_LAST_MS && ++f->late > RESUMED_ASKS)
		f->resumed = false;
}

/* Events, and the answer to query-status. */
static void heard(struct follower *f, const char *line)
{
	if (strstr(line, "\"event\": \"RESET\"")) {
		f->resumed = false;
	} else if (strstr(line, "\"event\": \"STOP\"")) {
		f->runs = false;
		f->resumed = true;
		f->late = 0;
	} else if (strstr(line, "\"event\": \"RESUME\"") ||
		   strstr(line, "\"running\": true")) {
		f->began = true;
		f->runs = true;
	} else {
		return;
	}
	ask_now(f);
}

/* Events are short; what is longer than a buffer is none. */
static bool listen_to(const struct watch *w, struct follower *f)
{
	ssize_t n = read(w->qmp, f->rest + f->size,
			 sizeof(f->rest) - 1 - f->size);
	char *line = f->rest, *end;

	if (n <= 0)
		return n < 0 && (errno == EINTR || errno == EAGAIN);
	f->size += n;
	f->rest[f->size] = 0;
	while ((end = strchr(line, '\n'))) {
		*end = 0;
		heard(f, line);
		line = end + 1;
	}
	f->size = strlen(line);
	if (f->size == sizeof(f->rest) - 1)
		f->size = 0;
	memmove(f->rest, line, f->size);
	return true;
}

/* A QEMU that has put itself into the background: another process goes on. */
static bool goes_on(struct watch *w, int status)
{
	pid_t child;

	if (!background_is_waited_for() || status)
		return false;
	child = background_child();
	if (child)
		w->pid = child;
	background_ready();
	return child;
}

/*
 * A signal that the terminal sends comes to QEMU by itself. Returns whether
 * QEMU has ended.
 */
static bool take_signal(struct watch *w, int *status)
{
	struct signalfd_siginfo s;

	if (read(w->signals, &s, sizeof(s)) != sizeof(s))
		return false;
	if (s.ssi_signo == SIGCHLD)
		return waitpid(w->pid, status, WNOHANG) == w->pid &&
		       !goes_on(w, *status);
	if (s.ssi_code != SI_KERNEL)
		kill(w->pid, s.ssi_signo);
	return false;
}

/**
 * watch_qemu() - until QEMU ends
 * @w: the QEMU
 *
 * Return: its status, as of waitpid().
 */
int watch_qemu(struct watch *w)
{
	static const char hello[] = "{\"execute\": \"qmp_capabilities\"}\n"
				    "{\"execute\": \"query-status\"}\n";
	struct follower f = { .runs = false };
	struct pollfd fds[] = {
		{ .fd = w->signals, .events = POLLIN },
		{ .fd = -1, .events = POLLIN },
		{ .fd = w->qmp, .events = POLLIN },
	};
	int64_t wait_ms;
	int status;

	ask_after(&f, ASK_FIRST_MS);
	/* a QEMU that is gone already is seen by SIGCHLD */
	send(w->qmp, hello, sizeof(hello) - 1, MSG_NOSIGNAL);
	for (;;) {
		wait_ms = f.due_ms - now_ms();
		if (wait_ms <= 0) {
			ask(w, &f);
			continue;
		}
		/* rung sooner, a guest that is restored sees the old time */
		fds[1].fd = f.runs ? w->changed : -1;
		if (poll(fds, 3, wait_ms) <= 0)
			continue;
		if (fds[0].revents && take_signal(w, &status))
			return status;
		if (fds[1].revents)
			ring(w);
		if (fds[2].revents && !listen_to(w, &f)) {
			fds[2].fd = -1;
			f.began = true;
			f.runs = true;
		}
	}
}
