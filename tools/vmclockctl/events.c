// SPDX-License-Identifier: GPL-2.0
/*
 * vmclockctl watch --events: disruptions, generations and states as lines, when
 * they come. A device that notifies wakes us, and so do the kernel's uevents;
 * what has changed is found by looking, so that nothing depends on a message.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/netlink.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "facts.h"
#include "json.h"
#include "text.h"
#include "watch.h"

#define UEVENT_GROUP_KERNEL	1

/**
 * struct watched - a device as it was seen last
 */
struct watched {
	char name[FS_NAME];
	int fd;			/* to wait at; -1 for none */
	int error;
	struct page_copy page;
};

struct watcher {
	const struct watching *arguments;
	long long events;
	struct watched devices[FACTS_DEVICES];
	size_t n_devices;
	struct lock lock;
	int uevents;
};

static void print_event(const char *source, const char *event, const char *from,
			const char *to)
{
	char text[TEXT_SIZE];

	printf("%s %s %s: %s -> %s\n", text_now(text), source, event,
	       from, to);
}

static void json_event(const char *source, const char *event, const char *from,
		       const char *to)
{
	json_begin("event");
	json_string("source", source);
	json_string("event", event);
	json_string("from", from);
	json_string("to", to);
	json_finish();
}

static void event(struct watcher *w, const char *source, const char *name,
		  const char *from, const char *to)
{
	if (!strcmp(from, to))
		return;
	if (w->arguments->json)
		json_event(source, name, from, to);
	else
		print_event(source, name, from, to);
	w->events++;
}

static void event_hex(struct watcher *w, const char *source, const char *name,
		      u64 from, u64 to)
{
	char a[TEXT_SIZE], b[TEXT_SIZE];

	snprintf(a, sizeof(a), "0x%llx", from);
	snprintf(b, sizeof(b), "0x%llx", to);
	event(w, source, name, a, b);
}

static const char *state(const struct watched *d)
{
	if (d->error)
		return page_load_error(d->error);
	if (d->page.defect)
		return d->page.defect;
	return d->page.time_defect ? d->page.time_defect : "ok";
}

static const char *warning(const struct vmclock_params *p)
{
	if (p->flags & VMCLOCK_FLAG_DISRUPTION_IMMINENT)
		return "disruption within an hour";
	if (p->flags & VMCLOCK_FLAG_DISRUPTION_SOON)
		return "disruption within a day";
	return "none";
}

/* Only of what is a page: the fields of anything else mean nothing. */
static void page_events(struct watcher *w, const char *name,
			const struct vmclock_params *old,
			const struct vmclock_params *p)
{
	char a[TEXT_SIZE], b[TEXT_SIZE];

	event_hex(w, name, "disruption", old->disruption_marker,
		  p->disruption_marker);
	if (p->flags & old->flags & VMCLOCK_FLAG_VM_GEN_COUNTER_PRESENT)
		event_hex(w, name, "generation", old->vm_generation,
			  p->vm_generation);
	event(w, name, "status", text_status(a, old->status),
	      text_status(b, p->status));
	event(w, name, "leap", text_leap(a, old->leap), text_leap(b, p->leap));
	snprintf(a, sizeof(a), "%d", old->tai_offset_sec);
	snprintf(b, sizeof(b), "%d", p->tai_offset_sec);
	event(w, name, "tai-offset", a, b);
	event(w, name, "warning", warning(old), warning(p));
}

static void look_at_device(struct watcher *w, struct watched *d)
{
	struct watched old = *d;
	char path[PATH_MAX];

	if (d->fd >= 0)
		d->error = -page_load(d->fd, 0, &d->page);
	else
		d->error = -page_load_file(fs_path(path, "/dev/%s", d->name), 0,
					   &d->page);
	event(w, d->name, "state", state(&old), state(d));
	if (d->error || d->page.defect) {
		d->page.p = old.page.p;	/* the next good one differs from it */
		return;
	}
	page_events(w, d->name, &old.page.p, &d->page.p);
}

static void look_at_lock(struct watcher *w)
{
	struct lock old = w->lock;

	lock_read(&w->lock);
	event(w, "lock", "state", old.present ? old.attr[LOCK_STATE] : "absent",
	      w->lock.present ? w->lock.attr[LOCK_STATE] : "absent");
	if (w->lock.present && old.present) {
		event(w, "lock", "reason", old.attr[LOCK_REASON],
		      w->lock.attr[LOCK_REASON]);
		event(w, "lock", "steps", old.attr[LOCK_STEPS],
		      w->lock.attr[LOCK_STEPS]);
	}
}

/* Only a device can be waited for; a file would always be ready. */
static int open_device(const char *name)
{
	char path[PATH_MAX];
	struct stat st;
	int fd = open(fs_path(path, "/dev/%s", name),
		      O_RDONLY | O_CLOEXEC | O_NONBLOCK);

	if (fd >= 0 && (fstat(fd, &st) || !S_ISCHR(st.st_mode))) {
		close(fd);
		return -1;
	}
	return fd;
}

static int open_uevents(void)
{
	struct sockaddr_nl a = {
		.nl_family = AF_NETLINK, .nl_groups = UEVENT_GROUP_KERNEL,
	};
	int fd = socket(AF_NETLINK, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK,
			NETLINK_KOBJECT_UEVENT);

	if (fd >= 0 && bind(fd, (struct sockaddr *)&a, sizeof(a))) {
		close(fd);
		return -1;
	}
	return fd;
}

static void begin(struct watcher *w)
{
	static struct facts f;
	size_t i;

	facts_read(&f);
	w->lock = f.lock;
	w->n_devices = f.n_devices;
	for (i = 0; i < f.n_devices; i++) {
		struct watched *d = &w->devices[i];

		strcpy(d->name, f.devices[i].name);
		d->error = f.devices[i].error;
		d->page = f.devices[i].page;
		d->fd = open_device(d->name);
	}
	w->uevents = *fs_root() ? -1 : open_uevents();
}

/* What they say is not needed: they are a reason to look. */
static void drain(int fd)
{
	char buf[4096];

	while (recv(fd, buf, sizeof(buf), 0) > 0)
		;
}

/*
 * A device that does not notify is always ready, with POLLHUP: it is looked at
 * once in an interval. So is everything else, for a line may have been missed.
 */
static bool wait_for_change(struct watcher *w)
{
	struct pollfd fds[FACTS_DEVICES + 1];
	long ms = w->arguments->interval_ms;
	size_t i;

	for (i = 0; i < w->n_devices; i++) {
		bool notifies = w->devices[i].page.p.flags &
				VMCLOCK_FLAG_NOTIFICATION_PRESENT;

		fds[i].fd = notifies && !w->devices[i].error ?
			    w->devices[i].fd : -1;
		fds[i].events = POLLIN;
	}
	fds[i].fd = w->uevents;
	fds[i].events = POLLIN;
	if (ctl_stop)
		return false;
	if (poll(fds, i + 1, ms) > 0 && fds[i].fd >= 0 && fds[i].revents)
		drain(w->uevents);
	for (i = 0; i < w->n_devices; i++)
		if (fds[i].fd >= 0 && fds[i].revents & (POLLHUP | POLLERR))
			return ctl_sleep_ms(ms);
	return !ctl_stop;
}

static void finish(struct watcher *w)
{
	size_t i;

	for (i = 0; i < w->n_devices; i++)
		if (w->devices[i].fd >= 0)
			close(w->devices[i].fd);
	if (w->uevents >= 0)
		close(w->uevents);
}

/**
 * watch_events() - print events until it is ended
 * @arguments: of watch
 *
 * Return: CTL_OK; CTL_ABSENT if there is nothing to watch; CTL_FAILED if the
 * output is closed.
 */
int watch_events(const struct watching *arguments)
{
	struct watcher w = { .arguments = arguments };
	size_t i;

	begin(&w);
	if (!w.n_devices && !w.lock.present) {
		finish(&w);
		ctl_error("there is neither a VMClock device nor timekeeping_reference to watch; vmclockctl doctor says why");
		return CTL_ABSENT;
	}
	while (wait_for_change(&w)) {
		for (i = 0; i < w.n_devices; i++)
			look_at_device(&w, &w.devices[i]);
		look_at_lock(&w);
		if (fflush(stdout) ||
		    (arguments->count && w.events >= arguments->count))
			break;
	}
	finish(&w);
	return ferror(stdout) ? CTL_FAILED : CTL_OK;
}
