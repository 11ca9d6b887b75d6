// SPDX-License-Identifier: GPL-2.0
/* What becomes of a view when its machine ends, and of its mappings. */
#include "views.h"

#include <signal.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/wait.h>

static bool is_unknown(const struct vmclock_abi *page)
{
	struct vmclock_params p;

	get(page, &p);
	return p.status == VMCLOCK_STATUS_UNKNOWN && !p.line.period_frac;
}

/*
 * A machine's process: maps the view, and ends by a signal, or at once. Return:
 * whether it could.
 */
static bool run_machine(int fd, int signal)
{
	int pipe_fd[2], status;
	char byte = '-';
	pid_t pid;

	if (pipe(pipe_fd))
		return false;
	pid = fork();
	if (!pid) {
		const struct vmclock_abi *page = map(fd);

		write(pipe_fd[1], page ? "m" : "-", 1);
		if (!signal)
			_exit(0);
		pause();
	}
	read(pipe_fd[0], &byte, 1);
	if (signal)
		kill(pid, signal);
	waitpid(pid, &status, 0);
	close(pipe_fd[0]);
	close(pipe_fd[1]);
	return byte == 'm';
}

/* With the last mapping of a view the machine is gone, and its counter. */
void test_machine_gone(void)
{
	static const int signals[] = { SIGKILL, SIGTERM, 0 };
	int fd = create("gone"), i, gone = 0;
	struct vmclock_view_translation t;
	const struct vmclock_abi *first, *second;
	struct vmclock_params a, b;

	for (i = 0; i < 30; i++) {
		translate(fd, 1ULL << 48, 48, i);
		run_machine(fd, signals[i % 3]);
		gone += !ioctl(fd, VMCLOCK_VIEW_GET_TRANSLATION, &t) &&
			!t.frac_bits && !t.offset &&
			t.reason == VMCLOCK_UNKNOWN_GONE;
	}
	ktap_ok(gone == 30, "a machine's counter goes with it (%d of 30)", gone);
	first = map(fd);
	translate(fd, 1ULL << 48, 48, 7);
	second = map(fd);
	get(first, &a);
	munmap((void *)second, page_size);
	ktap_ok(second && !run_machine(fd, SIGKILL),
		"another process can't map it meanwhile");
	get(first, &b);
	ktap_ok(!is_unknown(first) &&
		a.disruption_marker == b.disruption_marker,
		"a second mapping that goes disturbs nothing");
	munmap((void *)first, page_size);
	first = map(fd);
	get(first, &b);
	ktap_ok(is_unknown(first) &&
		a.disruption_marker != b.disruption_marker,
		"the next machine begins without a counter");
	translate(fd, 1ULL << 48, 48, 8);
	ktap_ok(!madvise((void *)first, page_size, MADV_DONTNEED) &&
		!is_unknown(first), "a page that was dropped comes back");
	ktap_ok(mremap((void *)first, page_size, 2 * page_size,
		       MREMAP_MAYMOVE) == MAP_FAILED,
		"a mapping can't grow");
	ktap_ok(mprotect((void *)first, page_size, PROT_READ | PROT_EXEC) ==
		-1 && mmap(NULL, page_size, PROT_READ | PROT_EXEC, MAP_SHARED,
			   fd, 0) == MAP_FAILED, "nor be executed");
	munmap((void *)first, page_size);
	close(fd);
	remove_view("gone");
}

#define CLOCKSOURCE	"/sys/devices/system/clocksource/clocksource0/current_clocksource"

static bool use_clocksource(const char *name)
{
	int fd = open(CLOCKSOURCE, O_WRONLY);
	bool used = write(fd, name, strlen(name)) > 0;

	close(fd);
	usleep(100000);
	return used;
}

/*
 * The host's counter begins again, as it may in a suspend. Here a clocksource
 * that is behind the counter takes its place, by more than an emulator pauses
 * since the timekeeper's last update. Meanwhile times are wrong by as much.
 */
void test_counter_restarted(void)
{
	int fd = create("");
	const struct vmclock_abi *page = map(fd);
	struct vmclock_view_translation t;
	struct vmclock_params before, after;

	translate(fd, 1ULL << 48, 48, 5);
	get(page, &before);
	if (system("modprobe tsc_twin behind=2000000000 2> /dev/null") ||
	    !use_clocksource("tsc-twin")) {
		ktap_skip("restart", "no tsc_twin");
		goto out;
	}
	get(page, &after);
	ktap_ok(!is_unknown(own) && is_unknown(page) &&
		before.disruption_marker != after.disruption_marker &&
		!ioctl(fd, VMCLOCK_VIEW_GET_TRANSLATION, &t) &&
		t.reason == VMCLOCK_UNKNOWN_RESTARTED,
		"the host's counter begins again: no machine's is known");
	translate(fd, 1ULL << 48, 48, 6);
	ktap_ok(!is_unknown(page), "until it is set again");
	use_clocksource("tsc");
	ktap_ok(!is_unknown(page), "it goes on after a change that is none");
	system("modprobe -r tsc_twin");
out:
	munmap((void *)page, page_size);
	close(fd);
}
