// SPDX-License-Identifier: GPL-2.0
/* Several users: what each may do with the views of the others. */
#include "views.h"

#include <grp.h>
#include <sched.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>

#define ALICE	1001
#define BOB	1002

/*
 * Run @as_user as another one, who has the device open as if it were given to
 * a group. Return: whether it returned true.
 */
static bool as(unsigned int uid, bool (*as_user)(void))
{
	int status;
	pid_t pid = fork();

	if (!pid) {
		if (setgroups(0, NULL) || setgid(uid) || setuid(uid))
			_exit(2);
		_exit(!as_user());
	}
	return waitpid(pid, &status, 0) == pid && !status;
}

static void write_map(const char *path, unsigned int id)
{
	char text[32];
	int fd = open(path, O_WRONLY);

	write(fd, text, snprintf(text, sizeof(text), "0 %u 1", id));
	close(fd);
}

/*
 * The caller's user in a container: a namespace of users, of which he is root,
 * and of processes, of which the caller's child is the first. Return: whether
 * @as_root returned true there.
 */
static bool in_container(bool (*as_root)(void))
{
	unsigned int uid = getuid();
	int status = -1;

	if (unshare(CLONE_NEWUSER | CLONE_NEWPID | CLONE_NEWNS |
		    CLONE_NEWNET | CLONE_NEWIPC))
		return false;
	/* a process that was root's can't write its own otherwise */
	prctl(PR_SET_DUMPABLE, 1);
	write_map("/proc/self/uid_map", uid);
	if (!fork())
		_exit(getuid() || getpid() != 1 || !as_root());
	wait(&status);
	return !status;
}

static bool has_mode(const char *name, unsigned int uid, unsigned int mode)
{
	char path[128];
	struct stat st;

	snprintf(path, sizeof(path), NODE "%s", name);
	return !stat(path, &st) && st.st_uid == uid && st.st_gid == uid &&
	       (st.st_mode & 07777) == mode;
}

static bool refused(int ret, int error)
{
	return ret == -1 && errno == error;
}

/* Bob has a right to what is his, and none to Alice's or root's. */
static bool is_shut_out(void)
{
	struct vmclock_view_translation t;
	int own_fd = create("");

	return own_fd >= 0 && !translate(own_fd, 1ULL << 32, 32, 3) &&
	       refused(create("bob"), EPERM) &&
	       refused(create_for("", ALICE, 0), EINVAL) &&
	       refused(open_node("alice", O_RDONLY), EACCES) &&
	       refused(open_node("alice", O_RDWR), EACCES) &&
	       refused(open_node("root", O_RDONLY), EACCES) &&
	       refused(remove_view("alice"), EPERM) &&
	       refused(remove_view("root"), EPERM) &&
	       refused(open_node("public", O_RDWR), EACCES) &&
	       refused(ioctl(open_node("public", O_RDONLY),
			     VMCLOCK_VIEW_GET_TRANSLATION, &t), EPERM);
}

static bool is_at_home(void)
{
	struct vmclock_view_translation t;
	int fd = open_node("alice", O_RDWR);

	return fd >= 0 && !translate(fd, 1ULL << 32, 32, 5) &&
	       !ioctl(fd, VMCLOCK_VIEW_GET_TRANSLATION, &t) && t.offset == 5 &&
	       !remove_view("alice");
}

static bool is_shut_out_of_container(void)
{
	return in_container(is_shut_out);
}

static bool is_at_home_in_container(void)
{
	return in_container(is_at_home);
}

/* Takes all that there is for one user, and wears out what he has. */
static bool takes_all(void)
{
	static int fd[4000];
	int i, n = 0;

	while (n < 4000 && (fd[n] = create("")) >= 0)
		n++;
	if (errno != EDQUOT || !n)
		return false;
	for (i = 0; i < 100000; i++)
		ioctl(fd[i % n], VMCLOCK_VIEW_DISRUPT);
	return true;
}

static bool takes_all_in_container(void)
{
	return in_container(takes_all);
}

/* What root's machine has of all that. */
static void test_hostile(const struct vmclock_abi *page, int fd)
{
	int event = eventfd(0, EFD_NONBLOCK), other;
	struct vmclock_params before, after;

	set_eventfd(fd, event);
	get(page, &before);
	ktap_ok(as(BOB, takes_all), "a user takes all he can have: EDQUOT");
	ktap_ok(as(BOB, takes_all_in_container),
		"the same as root of a container: EDQUOT");
	get(page, &after);
	ktap_ok(before.disruption_marker == after.disruption_marker &&
		(before.seq != after.seq || !events(event)),
		"another's page isn't changed, nor its machine woken up");
	other = create("");
	ktap_ok(other >= 0, "there is room for others");
	change_frequency();
	ktap_ok(is_ready(event, PATIENCE_MS), "whose pages follow");
	close(other);
	close(event);
}

void test_users(void)
{
	int alice = create_for("alice", ALICE, 0600);
	int root = create("root"), public = create_for("public", 0, 0644);
	const struct vmclock_abi *page = map(root);
	struct vmclock_params before, after;

	ktap_ok(alice >= 0 && has_mode("alice", ALICE, 0600) &&
		has_mode("root", 0, 0600) && has_mode("public", 0, 0644),
		"views have an owner, a group and a mode");
	translate(root, 1ULL << 48, 48, 7);
	get(page, &before);
	ktap_ok(as(BOB, is_shut_out),
		"a user reads, changes and removes no other's");
	ktap_ok(as(BOB, is_shut_out_of_container),
		"nor does he as root of a container");
	ktap_ok(as(ALICE, is_at_home_in_container) && !node_exists("alice"),
		"the owner does, in another container");
	close(alice);
	alice = create_for("alice", ALICE, 0600);
	ktap_ok(as(ALICE, is_at_home) && !node_exists("alice"),
		"the owner does");
	get(page, &after);
	ktap_ok(before.disruption_marker == after.disruption_marker,
		"and another's page isn't changed by it");
	test_hostile(page, root);
	ktap_ok(!remove_view("root") && !remove_view("public"),
		"root removes what there is");
	munmap((void *)page, page_size);
	close(alice);
	close(root);
	close(public);
}
