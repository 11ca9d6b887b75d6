// SPDX-License-Identifier: GPL-2.0
/*
 * The socket, where VMMs without privileges ask for a view and get its
 * descriptor, and anyone who may connect for metrics. A packet is a request,
 * and so is the answer. Called by main.c.
 *
 *	view			ok, with a descriptor
 *	view notification	the same; the page says that it notifies
 *	node			ok NAME, with a descriptor; the view has a node
 *	metrics			text, as Prometheus reads it
 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <unistd.h>

#include "hostd.h"
#include "vmclock_abi.h"

#define VIEWS_OF_USER	256	/* but root's */
#define FIRST_FD	3	/* of systemd's */
#define ASKED		"asked-"	/* -PID-RANDOM: a view with a node */

struct client {
	int fd;			/* 0: free */
	struct ucred peer;
};

/* A process that has got a view, until it ends. */
struct holder {
	int pidfd;		/* 0: free */
	uid_t uid;
	char view[VMCLOCK_VIEW_NAME_SIZE];	/* to be removed; empty: none */
};

static int listener = -1;
static struct client clients[CLIENTS_MAX];
static size_t next_client;
static struct holder holders[HOLDERS_MAX];

static bool address(struct sockaddr_un *a, const char *path)
{
	*a = (struct sockaddr_un){ .sun_family = AF_UNIX };
	errno = ENAMETOOLONG;
	if (strlen(path) >= sizeof(a->sun_path))
		return false;
	strcpy(a->sun_path, path);
	return true;
}

/* By systemd as well, for a daemon that it will start. */
static bool is_taken(const struct sockaddr_un *a)
{
	int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
	bool taken = fd >= 0 &&
		     !connect(fd, (const struct sockaddr *)a, sizeof(*a));

	if (fd >= 0)
		close(fd);
	return taken;
}

static void listen_at(const char *path)
{
	const char *pid = getenv("LISTEN_PID");
	struct sockaddr_un a;
	struct stat st;
	mode_t mask;

	if (pid && atoi(pid) == getpid()) {
		listener = FIRST_FD;
		fcntl(listener, F_SETFD, FD_CLOEXEC);
		return;
	}
	listener = socket(AF_UNIX,
			  SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	mask = umask(0177);
	if (address(&a, path) && is_taken(&a)) {
		say("there is one that listens on %s; remedy: systemctl stop vmclock-hostd.socket vmclock-hostd.service",
		    path);
		exit(1);
	}
	if (!stat(path, &st) && S_ISSOCK(st.st_mode))
		unlink(path);
	if (listener < 0 || !address(&a, path) ||
	    bind(listener, (struct sockaddr *)&a, sizeof(a)) ||
	    listen(listener, CLIENTS_MAX)) {
		say("cannot listen on %s: %s", path, strerror(errno));
		exit(1);
	}
	umask(mask);
}

/* --- metrics ------------------------------------------------------------ */

static size_t gauge(char *to, size_t size, const char *name, const char *help,
		    uint64_t value)
{
	return snprintf(to, size,
			"# TYPE vmclock_hostd_%s gauge\n# HELP vmclock_hostd_%s %s\nvmclock_hostd_%s %" PRIu64 "\n",
			name, name, help, name, value);
}

static size_t total(char *to, size_t size, const char *name, const char *help,
		    uint64_t value)
{
	return snprintf(to, size,
			"# TYPE vmclock_hostd_%s_total counter\n# HELP vmclock_hostd_%s_total %s\nvmclock_hostd_%s_total %" PRIu64 "\n",
			name, name, help, name, value);
}

static size_t write_metrics(char *to, size_t size)
{
	const struct counters *c = &counters;
	size_t n = 0;

	n += gauge(to + n, size - n, "machines", "Machines of KVM.", machines_count(false));
	n += gauge(to + n, size - n, "views", "Machines whose view is followed.", machines_count(true));
	n += gauge(to + n, size - n, "traced", "1: KVM tells of changes; 0: they are looked for.", events_traced());
	n += total(to + n, size - n, "looks", "Looks at a machine.", c->looks);
	n += total(to + n, size - n, "changes", "Changes of a view's translation.", c->changes);
	n += total(to + n, size - n, "withdrawn", "Translations that were withdrawn.", c->withdrawn);
	n += total(to + n, size - n, "disputes", "Machines that mapped another one's view.", c->disputes);
	n += total(to + n, size - n, "events", "Events of KVM's.", c->events);
	n += total(to + n, size - n, "rings", "Doorbells that were rung.", c->rings);
	n += total(to + n, size - n, "requests", "Requests for a view.", c->requests);
	n += total(to + n, size - n, "refused", "Requests that were refused.", c->refused);
	return n;
}

/* --- views -------------------------------------------------------------- */

static size_t count_views(uid_t uid)
{
	size_t i, n = 0;

	for (i = 0; i < HOLDERS_MAX; i++)
		n += holders[i].pidfd && holders[i].uid == uid;
	return n;
}

static struct holder *hold(pid_t pid, uid_t uid, const char **why)
{
	struct holder *h = holders;

	*why = "too many views of this user";
	if (uid && count_views(uid) >= VIEWS_OF_USER)
		return NULL;
	*why = "too many views";
	while (h < holders + HOLDERS_MAX && h->pidfd)
		h++;
	if (h == holders + HOLDERS_MAX)
		return NULL;
	*h = (struct holder){ .uid = uid };
	h->pidfd = syscall(SYS_pidfd_open, pid, 0);
	if (h->pidfd > 0)
		return h;
	*why = strerror(errno);
	h->pidfd = 0;
	return NULL;
}

/* For the kernel, too, it is that user's. */
static int call_host(uid_t uid, unsigned long request, void *argument)
{
	char path[PATH_MAX];
	int host = open(fs_path(path, "/dev/vmclock_host"), O_RDWR | O_CLOEXEC);
	int ret = -1, error;

	if (host < 0)
		return -errno;
	if (!seteuid(uid))
		ret = ioctl(host, request, argument);
	error = errno;
	if (seteuid(0) && !getuid())
		abort();
	close(host);
	return ret < 0 ? -error : ret;
}

static void remove_node(const char *view)
{
	struct vmclock_view_name name = { 0 };

	memcpy(name.name, view, strlen(view));
	call_host(getuid(), VMCLOCK_HOST_REMOVE_VIEW, &name);
}

static void let_go(struct holder *h)
{
	if (h->view[0])
		remove_node(h->view);
	close(h->pidfd);
	h->pidfd = 0;
}

static int create_view(const struct ucred *peer, uint64_t flags)
{
	struct vmclock_view_create create = { .flags = flags };

	return call_host(peer->uid, VMCLOCK_HOST_CREATE_VIEW, &create);
}

/* A node takes privileges to make; it is the user's then. */
static int create_node(const struct ucred *peer, struct holder *h)
{
	struct vmclock_view_create create = {
		.options = VMCLOCK_VIEW_UID | VMCLOCK_VIEW_GID,
		.uid = peer->uid,
		.gid = peer->gid,
	};
	unsigned int number;
	int fd;

	if (getrandom(&number, sizeof(number), 0) != sizeof(number))
		return -EIO;
	snprintf(h->view, sizeof(h->view), ASKED "%d-%08x", peer->pid, number);
	memcpy(create.name, h->view, strlen(h->view));
	fd = call_host(getuid(), VMCLOCK_HOST_CREATE_VIEW, &create);
	if (fd < 0)
		h->view[0] = 0;
	return fd;
}

/* A process that has the number of the one that asked may be another user's. */
static void adopt_node(const char *view)
{
	pid_t pid = atoi(view + strlen(ASKED));
	struct stat node, process;
	struct holder *h = NULL;
	char path[PATH_MAX];
	const char *why;

	if (strlen(view) >= VMCLOCK_VIEW_NAME_SIZE ||
	    stat(fs_path(path, "/dev/" VMCLOCK_VIEW_NODE_PREFIX "%s", view),
		 &node))
		return;
	snprintf(path, sizeof(path), "/proc/%d", pid);
	if (!stat(path, &process) && process.st_uid == node.st_uid)
		h = hold(pid, node.st_uid, &why);
	if (h)
		strcpy(h->view, view);
	else
		remove_node(view);
}

/* Nodes that were made before a restart go with their processes, too. */
static void adopt_nodes(void)
{
	static char names[HOLDERS_MAX][FS_NAME];
	static const char prefix[] = VMCLOCK_VIEW_NODE_PREFIX ASKED;
	size_t i, n = fs_list("/dev", prefix, names, HOLDERS_MAX);

	for (i = 0; i < n; i++)
		adopt_node(names[i] + strlen(VMCLOCK_VIEW_NODE_PREFIX));
}

/**
 * requests_open() - listen
 * @path: of the socket, unless systemd has made one
 */
void requests_open(const char *path)
{
	listen_at(path);
	adopt_nodes();
}

static void answer(const struct client *c, const char *text, size_t size,
		   int fd)
{
	char control[CMSG_SPACE(sizeof(fd))] = { 0 };
	struct iovec part = { .iov_base = (void *)text, .iov_len = size };
	struct msghdr message = { .msg_iov = &part, .msg_iovlen = 1 };
	struct cmsghdr *header;

	if (fd >= 0) {
		message.msg_control = control;
		message.msg_controllen = sizeof(control);
		header = CMSG_FIRSTHDR(&message);
		header->cmsg_level = SOL_SOCKET;
		header->cmsg_type = SCM_RIGHTS;
		header->cmsg_len = CMSG_LEN(sizeof(fd));
		memcpy(CMSG_DATA(header), &fd, sizeof(fd));
	}
	sendmsg(c->fd, &message, MSG_NOSIGNAL | MSG_DONTWAIT);
}

static void refuse(const struct client *c, const char *why)
{
	char text[128];

	counters.refused++;
	answer(c, text, snprintf(text, sizeof(text), "error: %s", why), -1);
}

static void give_view(const struct client *c, bool node, uint64_t flags)
{
	char text[VMCLOCK_VIEW_NAME_SIZE + 8];
	const char *why;
	struct holder *h = hold(c->peer.pid, c->peer.uid, &why);
	int fd;

	counters.requests++;
	if (!h) {
		refuse(c, why);
		return;
	}
	fd = node ? create_node(&c->peer, h) : create_view(&c->peer, flags);
	if (fd < 0) {
		let_go(h);
		refuse(c, strerror(-fd));
		return;
	}
	answer(c, text, snprintf(text, sizeof(text), node ? "ok %s" : "ok",
				 h->view), fd);
	close(fd);
}

static void serve_client(struct client *c)
{
	static char text[8192];
	char request[64];
	ssize_t n = recv(c->fd, request, sizeof(request) - 1, MSG_DONTWAIT);

	if (n <= 0) {
		close(c->fd);
		c->fd = 0;
		return;
	}
	request[n] = 0;
	if (!strcmp(request, "view"))
		give_view(c, false, 0);
	else if (!strcmp(request, "view notification"))
		give_view(c, false, VMCLOCK_FLAG_NOTIFICATION_PRESENT);
	else if (!strcmp(request, "node"))
		give_view(c, true, 0);
	else if (!strcmp(request, "metrics"))
		answer(c, text, write_metrics(text, sizeof(text)), -1);
	else
		refuse(c, "a request is \"view\", \"view notification\", \"node\" or \"metrics\"");
}

/* One that stays too long makes room for another. */
static void take_client(void)
{
	struct client *c = &clients[next_client++ % CLIENTS_MAX];
	socklen_t size = sizeof(c->peer);

	if (c->fd)
		close(c->fd);
	c->fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
	if (c->fd < 0) {
		c->fd = 0;
		return;
	}
	if (getsockopt(c->fd, SOL_SOCKET, SO_PEERCRED, &c->peer, &size)) {
		close(c->fd);
		c->fd = 0;
	}
}

/* --- polling ------------------------------------------------------------ */

/**
 * requests_poll() - what to poll
 * @fds: where
 *
 * Return: how many.
 */
size_t requests_poll(struct pollfd *fds)
{
	size_t i, n = 0;

	fds[n++] = (struct pollfd){ .fd = listener, .events = POLLIN };
	for (i = 0; i < CLIENTS_MAX; i++)
		if (clients[i].fd)
			fds[n++] = (struct pollfd){ .fd = clients[i].fd,
						    .events = POLLIN };
	for (i = 0; i < HOLDERS_MAX; i++)
		if (holders[i].pidfd)
			fds[n++] = (struct pollfd){ .fd = holders[i].pidfd,
						    .events = POLLIN };
	return n;
}

static void serve_descriptor(int fd)
{
	size_t i;

	for (i = 0; i < CLIENTS_MAX; i++)
		if (clients[i].fd == fd)
			serve_client(&clients[i]);
	for (i = 0; i < HOLDERS_MAX; i++)
		if (holders[i].pidfd == fd)
			let_go(&holders[i]);
}

/**
 * requests_serve() - serve those that have come
 * @fds: of requests_poll(), polled
 * @n: how many
 */
void requests_serve(const struct pollfd *fds, size_t n)
{
	size_t i;

	for (i = 1; i < n; i++)
		if (fds[i].revents)
			serve_descriptor(fds[i].fd);
	if (n && fds[0].revents)
		take_client();
}

/**
 * requests_ask() - ask the one that runs
 * @path: its socket
 * @what: the request; the answer goes to stdout
 *
 * Return: exit status.
 */
int requests_ask(const char *path, const char *what)
{
	int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
	struct sockaddr_un a;
	char text[8192];
	ssize_t n = -1;

	if (fd >= 0 && address(&a, path) &&
	    !connect(fd, (struct sockaddr *)&a, sizeof(a)) &&
	    send(fd, what, strlen(what), MSG_NOSIGNAL) >= 0)
		n = recv(fd, text, sizeof(text), 0);
	if (n <= 0) {
		say("%s: %s; remedy: systemctl start vmclock-hostd", path,
		    strerror(errno));
		return 1;
	}
	fwrite(text, 1, n, stdout);
	return fflush(stdout) ? 1 : 0;
}
