// SPDX-License-Identifier: GPL-2.0
/*
 * The ways of a machine to end, restart, pause, move, or be cloned, on a view
 * of one name: the next machine there, which has another counter, never finds a
 * time over the counter of the one before.
 */
#include "views.h"

#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>

#define NAME		"ways"
#define RATIO		(1ULL << 48)
#define NOBODY		65534

static u64 last_offset;

/* ---- a machine's process ------------------------------------------------- */

static const struct vmclock_abi *machine_page;
static int machine_fd;

static void *hold_on(void *unused)
{
	usleep(20000);
	_exit(0);
	return unused;
}

static int end_signal;

static void by_signal(void)
{
	raise(end_signal);
}

static void by_exit(void)
{
	exit(0);
}

static void by_fault(void)
{
	*(volatile int *)machine_page = 1;
}

static void by_exec(void)
{
	execl("/bin/true", "true", NULL);
}

static void by_cpu_limit(void)
{
	setrlimit(RLIMIT_CPU, &(struct rlimit){ 1, 1 });
	for (;;)
		;
}

static void by_unmap(void)
{
	munmap((void *)machine_page, page_size);
	close(machine_fd);
}

static void by_map_over(void)
{
	mmap((void *)machine_page, page_size, PROT_READ, MAP_PRIVATE |
	     MAP_ANONYMOUS | MAP_FIXED, -1, 0);
	close(machine_fd);
}

static void by_close(void)
{
	close(machine_fd);
	_exit(0);
}

static void by_move(void)
{
	void *to = mmap(NULL, page_size, PROT_NONE, MAP_PRIVATE |
			MAP_ANONYMOUS, -1, 0);

	mremap((void *)machine_page, page_size, page_size,
	       MREMAP_MAYMOVE | MREMAP_FIXED, to);
	_exit(0);
}

static void by_protect(void)
{
	mprotect((void *)machine_page, page_size, PROT_NONE);
	_exit(0);
}

static void by_drop(void)
{
	madvise((void *)machine_page, page_size, MADV_DONTNEED);
	_exit(0);
}

static void by_thread(void)
{
	pthread_t t;

	pthread_create(&t, NULL, hold_on, NULL);
	pthread_exit(NULL);
}

static void by_nobody(void)
{
	if (setuid(NOBODY))
		perror("setuid");
	_exit(0);
}

static void by_chroot(void)
{
	if (chroot("/proc"))
		perror("chroot");
	_exit(0);
}

static void by_namespace(void)
{
	unshare(CLONE_NEWNS | CLONE_NEWPID | CLONE_NEWNET);
	_exit(0);
}

/* The child has the descriptor, and not the mapping. */
static void by_child(void)
{
	if (!fork()) {
		usleep(200000);
		_exit(0);
	}
	_exit(0);
}

static void by_exec_child(void)
{
	if (!vfork())
		execl("/bin/true", "true", NULL);
	_exit(0);
}

static void by_map_twice(void)
{
	munmap((void *)map(machine_fd), page_size);
	map(machine_fd);
	_exit(0);
}

static void by_stop(void)
{
	raise(SIGSTOP);
}

static void by_wait(void)
{
	pause();
}

/* ---- what surrounds it --------------------------------------------------- */

struct machine {
	pid_t pid;
	int tell, hear;		/* pipes */
};

static char hear(const struct machine *m)
{
	char byte = '?';

	return read(m->hear, &byte, 1) == 1 ? byte : '?';
}

/*
 * A machine's process: maps the view of that name, says whether it could, and
 * whether it finds a time there; told so, goes on to its end, or waits for it.
 */
static void run(const struct machine *m, void (*end)(void))
{
	struct vmclock_params p;
	char byte = 'r';

	machine_fd = open_node(NAME, O_RDONLY);
	machine_page = map(machine_fd);
	if (machine_page)
		get(machine_page, &p);
	else
		byte = errno == EBUSY ? 'b' : '?';
	if (machine_page && p.status == VMCLOCK_STATUS_UNKNOWN &&
	    !p.line.period_frac)
		byte = 'u';
	write(m->tell, &byte, 1);
	if (machine_page && read(m->hear, &byte, 1) == 1)
		end();
	write(m->tell, "e", 1);
	pause();
}

static struct machine start(void (*end)(void))
{
	struct machine m;
	int to[2], from[2];

	pipe(to);
	pipe(from);
	m.pid = fork();
	if (!m.pid) {
		setrlimit(RLIMIT_CORE, &(struct rlimit){ 0, 0 });
		close(to[1]);
		close(from[0]);
		run(&(struct machine){ .tell = from[1], .hear = to[0] }, end);
		_exit(1);
	}
	close(to[0]);
	close(from[1]);
	m.tell = to[1];
	m.hear = from[0];
	return m;
}

/* A process that was waited for already has the number 0. */
static void finish(const struct machine *m)
{
	if (m->pid) {
		kill(m->pid, SIGKILL);
		waitpid(m->pid, NULL, 0);
	}
	close(m->tell);
	close(m->hear);
}

/* The next machine finds a view without a time: 'u'. */
static char next_finds(void)
{
	struct machine m = start(by_wait);
	char found = hear(&m);

	finish(&m);
	return found;
}

static bool set_next(int fd)
{
	return !translate(fd, RATIO, 48, last_offset += 1000000007);
}

static bool has_last(int fd)
{
	struct vmclock_view_translation t;

	return !ioctl(fd, VMCLOCK_VIEW_GET_TRANSLATION, &t) &&
	       t.frac_bits == 48 && t.offset == last_offset;
}

/* Ends by itself, after being told so. */
static bool ends(int fd, void (*end)(void))
{
	struct machine m = start(end);
	bool well = hear(&m) == 'u' && set_next(fd) && next_finds() == 'b' &&
		    has_last(fd);

	write(m.tell, "g", 1);
	hear(&m);	/* it said that it is over, or is gone */
	if (waitpid(m.pid, NULL, WNOHANG) == m.pid)
		m.pid = 0;
	usleep(1000);
	well &= next_finds() == 'u';
	finish(&m);
	return well;
}

static bool stops_and_goes_on(int fd)
{
	struct machine m = start(by_stop);
	u64 marker, after;
	bool well = hear(&m) == 'u' && set_next(fd);
	struct vmclock_abi page;

	pread(fd, &page, sizeof(page), 0);
	marker = page.disruption_marker;
	write(m.tell, "g", 1);
	waitpid(m.pid, NULL, WUNTRACED);
	well &= has_last(fd) && next_finds() == 'b';
	kill(m.pid, SIGCONT);
	well &= hear(&m) == 'e' && has_last(fd);
	pread(fd, &page, sizeof(page), 0);
	after = page.disruption_marker;
	finish(&m);
	return well && marker == after && next_finds() == 'u';
}

static bool is_killed_while_stopped(int fd)
{
	struct machine m = start(by_stop);
	bool well = hear(&m) == 'u' && set_next(fd);

	write(m.tell, "g", 1);
	waitpid(m.pid, NULL, WUNTRACED);
	finish(&m);
	return well && next_finds() == 'u';
}

/* Its CPUs begin again: another offset, in one life of the process. */
static bool reboots(int fd)
{
	struct machine m = start(by_wait);
	struct vmclock_abi a, b;
	bool well = hear(&m) == 'u' && set_next(fd);

	pread(fd, &a, sizeof(a), 0);
	well &= set_next(fd);
	pread(fd, &b, sizeof(b), 0);
	finish(&m);
	return well && a.disruption_marker != b.disruption_marker &&
	       next_finds() == 'u';
}

/* Its state is another's: no time until the counter is known again. */
static bool is_restored(int fd)
{
	struct machine m = start(by_wait);
	struct vmclock_view_generation g = { .flags = 0 };
	struct vmclock_abi a, b;
	bool well = hear(&m) == 'u' && set_next(fd);

	pread(fd, &a, sizeof(a), 0);
	well &= !translate(fd, 0, 0, 0) && next_finds() == 'b' &&
		!ioctl(fd, VMCLOCK_VIEW_SET_GENERATION, &g) && set_next(fd);
	pread(fd, &b, sizeof(b), 0);
	finish(&m);
	return well && a.vm_generation_counter != b.vm_generation_counter &&
	       next_finds() == 'u';
}

/* The program that sets the counter ends: the machine goes on. */
static bool outlives_its_setter(int fd)
{
	struct machine m = start(by_wait);
	bool well = hear(&m) == 'u';
	int status;
	pid_t pid;

	last_offset += 5;
	pid = fork();
	if (!pid) {
		translate(open_node(NAME, O_RDWR), RATIO, 48, last_offset);
		raise(SIGKILL);
	}
	waitpid(pid, &status, 0);
	well &= has_last(fd);
	finish(&m);
	return well && next_finds() == 'u';
}

/* The next one doesn't wait until it has gone. */
static bool restarts_in_a_hurry(int fd)
{
	struct machine m = start(by_wait);
	bool well = hear(&m) == 'u' && set_next(fd);
	char found;

	kill(m.pid, SIGKILL);
	do {
		found = next_finds();
	} while (found == 'b');
	finish(&m);
	return well && found == 'u';
}

/* Somebody reads the page in between, as vmclockctl does. */
static bool is_read_in_between(int fd)
{
	struct machine m = start(by_wait);
	bool well = hear(&m) == 'u' && set_next(fd);
	struct vmclock_abi page;
	int ro = open_node(NAME, O_RDONLY);

	well &= read(ro, &page, sizeof(page)) == sizeof(page);
	close(ro);
	well &= has_last(fd);
	finish(&m);
	return well && next_finds() == 'u';
}

/* The node goes and comes again: the old machine keeps what it has. */
static bool is_named_again(int *fd)
{
	struct machine m = start(by_wait), second;
	bool well = hear(&m) == 'u' && set_next(*fd);
	int old = *fd;

	remove_view(NAME);
	*fd = create(NAME);
	second = start(by_wait);
	well &= hear(&second) == 'u' && has_last(old);
	finish(&m);
	finish(&second);
	close(old);
	return well && next_finds() == 'u';
}

/* Moved on this host: the destination has another view. */
static bool moves(int fd)
{
	struct machine m = start(by_wait);
	bool well = hear(&m) == 'u' && set_next(fd);
	int other = create("");
	const struct vmclock_abi *page = map(other);
	struct vmclock_params p;

	well &= !translate(other, RATIO, 48, 77);
	finish(&m);
	get(page, &p);
	well &= p.line.period_frac != 0;
	munmap((void *)page, page_size);
	close(other);
	return well && next_finds() == 'u';
}

/*
 * A process that insists on handing the mapping on, which newer kernels refuse:
 * it is one machine still.
 */
static bool is_inherited(int fd)
{
	const struct vmclock_abi *page = map(fd);
	bool well = page && set_next(fd), inherited;
	pid_t pid;

	inherited = !madvise((void *)page, page_size, MADV_DOFORK);
	pid = fork();
	if (!pid) {
		pause();
		_exit(0);
	}
	munmap((void *)page, page_size);
	well &= has_last(fd) == inherited &&
		next_finds() == (inherited ? 'b' : 'u');
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	return well && next_finds() == 'u';
}

static unsigned int count_ends(int fd, unsigned int *all)
{
	static const int signals[] = {
		SIGTERM, SIGKILL, SIGHUP, SIGQUIT, SIGPIPE, SIGTRAP, SIGABRT,
		SIGALRM,
	};
	static void (* const ends_by[])(void) = {
		by_exit, by_fault, by_exec, by_cpu_limit, by_unmap, by_map_over,
		by_close, by_move, by_protect, by_drop, by_thread, by_nobody,
		by_chroot, by_namespace, by_child, by_exec_child, by_map_twice,
	};
	unsigned int i, well = 0;

	for (i = 0; i < sizeof(signals) / sizeof(*signals); i++, ++*all) {
		end_signal = signals[i];
		if (ends(fd, by_signal))
			well++;
		else
			ktap_note("signal %d: wrong", end_signal);
	}
	for (i = 0; i < sizeof(ends_by) / sizeof(*ends_by); i++, ++*all) {
		if (ends(fd, ends_by[i]))
			well++;
		else
			ktap_note("end %u: wrong", i);
	}
	return well;
}

static unsigned int count_fates(int fd, unsigned int *all)
{
	static bool (* const fates[])(int fd) = {
		stops_and_goes_on, is_killed_while_stopped, reboots,
		is_restored, outlives_its_setter, restarts_in_a_hurry,
		is_read_in_between, moves, is_inherited,
	};
	unsigned int i, well = 0;

	for (i = 0; i < sizeof(fates) / sizeof(*fates); i++, ++*all) {
		if (fates[i](fd))
			well++;
		else
			ktap_note("fate %u: wrong", i);
	}
	return well;
}

void test_ways(void)
{
	int fd = create(NAME);
	unsigned int all = 1, well = count_ends(fd, &all);

	well += count_fates(fd, &all);
	well += is_named_again(&fd);
	ktap_ok(well == all,
		"%u of %u ways to end, restart, pause, move, be cloned: no machine has another's counter",
		well, all);
	close(fd);
	remove_view(NAME);
}
