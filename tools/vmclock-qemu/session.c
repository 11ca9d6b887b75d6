// SPDX-License-Identifier: GPL-2.0
/*
 * What one QEMU needs of this host: a view, its doorbell and the monitor's
 * socket, and the table. Called by main.c before QEMU is started and after it
 * has ended.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include "fs.h"
#include "session.h"
#include "table.h"
#include "vmclock_abi.h"

#define HOSTD	"/run/vmclock-host/hostd"
#define HOSTD_WAIT_S	10

static const char *remedy(int error)
{
	switch (error) {
	case ENOENT:
	case ENXIO:
		return "; remedy: modprobe vmclock_host";
	case EACCES:
	case EPERM:
		return "; remedy: systemctl start vmclock-hostd, or run it as root, or use --view with a view that you may write to";
	case ENOSPC:
	case EDQUOT:
		return "; remedy: vmclockctl view list, vmclockctl view delete NAME";
	default:
		return "";
	}
}

/*
 * A name that no other process has, in whatever namespace. What is there by
 * that name all the same is left alone: it may be another machine's.
 */
static int create_named(struct session *s, int host)
{
	struct vmclock_view_create create = { 0 };
	unsigned int random;

	if (getrandom(&random, sizeof(random), 0) != sizeof(random))
		return -1;
	snprintf(s->name, sizeof(s->name), "qemu-%d-%08x", getpid(), random);
	memcpy(create.name, s->name, strlen(s->name));
	return ioctl(host, VMCLOCK_HOST_CREATE_VIEW, &create);
}

static int connect_to_hostd(void)
{
	struct sockaddr_un a = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
	struct timeval wait = { .tv_sec = HOSTD_WAIT_S };
	char path[PATH_MAX];

	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &wait, sizeof(wait));
	setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &wait, sizeof(wait));
	snprintf(a.sun_path, sizeof(a.sun_path), "%.*s",
		 (int)sizeof(a.sun_path) - 1, fs_path(path, HOSTD));
	if (fd >= 0 && !connect(fd, (struct sockaddr *)&a, sizeof(a)) &&
	    send(fd, "node", 4, MSG_NOSIGNAL) == 4)
		return fd;
	if (fd >= 0)
		close(fd);
	return -1;
}

/* The view's descriptor, with text beside it; -1: text may say why. */
static int receive(int hostd, char *text, size_t size)
{
	char control[CMSG_SPACE(sizeof(int))] = { 0 };
	struct iovec part = { .iov_base = text, .iov_len = size - 1 };
	struct msghdr message = {
		.msg_iov = &part, .msg_iovlen = 1,
		.msg_control = control, .msg_controllen = sizeof(control),
	};
	ssize_t n = recvmsg(hostd, &message, MSG_CMSG_CLOEXEC);
	struct cmsghdr *header = CMSG_FIRSTHDR(&message);
	int fd;

	text[n > 0 ? n : 0] = 0;
	if (n <= 0 || !header || header->cmsg_type != SCM_RIGHTS)
		return -1;
	memcpy(&fd, CMSG_DATA(header), sizeof(fd));
	return fd;
}

/*
 * Where vmclock-hostd runs it makes the view, for a user without privileges as
 * well, follows the machine's counter, and removes the view after this process.
 */
static bool ask_hostd(struct session *s)
{
	int hostd = connect_to_hostd();
	char text[128];

	if (hostd < 0)
		return false;
	s->view = receive(hostd, text, sizeof(text));
	close(hostd);
	if (s->view < 0) {
		complain("vmclock-hostd gives no view: %s",
			 *text ? text : "no answer");
		return false;
	}
	snprintf(s->page, sizeof(s->page), "/dev/" VMCLOCK_VIEW_NODE_PREFIX
		 "%s", text + strlen("ok "));
	s->served = true;
	return true;
}

/*
 * KVM's directories in debugfs have the numbers that processes have on the
 * host: in a PID namespace they would be another machine's.
 */
static void check_namespace(void)
{
	FILE *f = fopen("/proc/self/status", "re");
	unsigned int pid;
	char line[256];

	while (f && fgets(line, sizeof(line), f))
		if (sscanf(line, "NSpid: %*u %u", &pid) == 1)
			die(EXIT_SETUP, "in a PID namespace (a container) it is not known which machine of KVM's is this one; remedy: run it on the host, or --print, and vmclock-hostd there");
	if (f)
		fclose(f);
}

static void create_view(struct session *s)
{
	int host = open("/dev/vmclock_host", O_RDWR | O_CLOEXEC);

	if (host < 0)
		die(EXIT_SETUP, "cannot open /dev/vmclock_host: %s%s",
		    strerror(errno), remedy(errno));
	do {
		s->view = create_named(s, host);
	} while (s->view < 0 && errno == EEXIST);
	if (s->view < 0)
		die(EXIT_SETUP, "cannot create a view: %s%s", strerror(errno),
		    errno == ENOTTY ? "; remedy: a newer vmclock_host" :
		    remedy(errno));
	close(host);
	snprintf(s->page, sizeof(s->page), "/dev/" VMCLOCK_VIEW_NODE_PREFIX
		 "%s", s->name);
}

static void open_view(struct session *s, const char *name)
{
	snprintf(s->page, sizeof(s->page), "/dev/" VMCLOCK_VIEW_NODE_PREFIX
		 "%s", name);
	s->view = open(s->page, O_RDWR | O_CLOEXEC);
	if (s->view < 0)
		die(EXIT_SETUP, "cannot open %s: %s%s%s", s->page,
		    strerror(errno), errno == ENOENT ?
		    "; remedy: vmclockctl view create " : remedy(errno),
		    errno == ENOENT ? name : "");
}

/* Somebody else's view, which stays, is now no machine's any more. */
static void leave_view(const struct session *s)
{
	struct vmclock_view_eventfd e = { .fd = -1 };
	struct vmclock_view_translation t = { 0 };

	if (ioctl(s->view, VMCLOCK_VIEW_SET_EVENTFD, &e) ||
	    ioctl(s->view, VMCLOCK_VIEW_SET_TRANSLATION, &t))
		complain("cannot leave %s: %s", s->page, strerror(errno));
}

/**
 * session_end() - remove the view, or leave somebody else's
 * @s: the session
 */
void session_end(const struct session *s)
{
	struct vmclock_view_name name = { 0 };
	int host;

	if (s->view < 0 || s->served)
		return;
	if (!s->name[0]) {
		leave_view(s);
		return;
	}
	host = open("/dev/vmclock_host", O_RDWR | O_CLOEXEC);
	memcpy(name.name, s->name, strlen(s->name));
	if (host < 0 || ioctl(host, VMCLOCK_HOST_REMOVE_VIEW, &name))
		complain("cannot remove the view %s: %s", s->name,
			 strerror(errno));
	if (host >= 0)
		close(host);
}

/**
 * session_give_up() - end the program for an error after the view was made
 * @s: the session
 * @what: what went wrong; errno says why
 */
void session_give_up(const struct session *s, const char *what)
{
	complain("%s: %s", what, strerror(errno));
	session_end(s);
	exit(EXIT_SETUP);
}

static void set_flags(const struct session *s, bool doorbell)
{
	struct vmclock_view_flags flags = {
		.mask = VMCLOCK_FLAG_NOTIFICATION_PRESENT,
		.flags = doorbell ? VMCLOCK_FLAG_NOTIFICATION_PRESENT : 0,
	};

	if (ioctl(s->view, VMCLOCK_VIEW_SET_FLAGS, &flags))
		session_give_up(s, "flags of the view");
}

static void set_generation(const struct session *s, uint64_t generation)
{
	struct vmclock_view_generation g = {
		.value = generation,
		.flags = VMCLOCK_GENERATION_SET,
	};

	if (ioctl(s->view, VMCLOCK_VIEW_SET_GENERATION, &g))
		session_give_up(s, "generation of the view");
}

/* One end for QEMU, which inherits it. */
static void pair(const struct session *s, int fd[2])
{
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fd) ||
	    fcntl(fd[0], F_SETFL, O_NONBLOCK) ||
	    fcntl(fd[1], F_SETFD, 0))
		session_give_up(s, "sockets for QEMU");
}

static void wire_doorbell(struct session *s)
{
	struct vmclock_view_eventfd e;

	s->changed = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	e = (struct vmclock_view_eventfd){ .fd = s->changed };
	if (s->changed < 0 || ioctl(s->view, VMCLOCK_VIEW_SET_EVENTFD, &e))
		session_give_up(s, "eventfd of the view");
	pair(s, s->bell);
	snprintf(s->doorbell, sizeof(s->doorbell), "socket,fd=%d", s->bell[1]);
}

/**
 * session_begin() - make the view, and wire it
 * @s: the session, without anything yet
 * @o: what is wanted
 */
void session_begin(struct session *s, const struct options *o)
{
	if (o->view || !ask_hostd(s))
		check_namespace();
	if (o->view)
		open_view(s, o->view);
	else if (!s->served)
		create_view(s);
	if (o->set_generation)
		set_generation(s, o->generation);
	set_flags(s, !o->no_doorbell);
	if (!o->no_doorbell)
		wire_doorbell(s);
	pair(s, s->qmp);
	snprintf(s->monitor, sizeof(s->monitor), "socket,id=vmclock-qmp,fd=%d",
		 s->qmp[1]);
}

/**
 * session_table() - write the table, if there is to be one
 * @s: the session; its table is then set
 * @o: what is wanted
 */
void session_table(struct session *s, const struct options *o)
{
	char what[PATH_MAX + 32] = "memory for the table";
	int fd, error;

	if (o->no_table)
		return;
	if (o->table)
		snprintf(what, sizeof(what), "cannot write the table %s",
			 o->table);
	if (o->table)
		fd = open(o->table, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC,
			  0644);
	else
		fd = memfd_create("vmclock-ssdt", 0);
	if (fd < 0)
		session_give_up(s, what);
	error = table_write(fd, o->ivshmem, o->address, o->slot);
	if (error) {
		errno = -error;
		session_give_up(s, "writing the table");
	}
	if (o->table)
		snprintf(s->table, sizeof(s->table), "%s", o->table);
	else
		snprintf(s->table, sizeof(s->table), "/proc/self/fd/%d", fd);
}
