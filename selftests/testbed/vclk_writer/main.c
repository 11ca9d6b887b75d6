// SPDX-License-Identifier: GPL-2.0
/*
 * Plays the hypervisor of a guest under software emulation: starts the VM,
 * keeps its VMClock page live and does what the scenario says.
 *
 *	vclk_writer check SCENARIO
 *	vclk_writer run -p FILE [-o OFFSET] BELL [-c NS] -q QMP -s STATUS
 *		    -a ANCHOR [SCENARIO]
 *
 * FILE has the page at OFFSET (0), BELL is "-b FIFO" or "-t SOCKET -l LINE" (see
 * bell.c), QMP the monitor's socket of a QEMU that waits (-S), STATUS a
 * file in which the guest says that its script begins, ANCHOR a file that
 * keeps a pair of clock readings from one run to the next. NS: an arm64 guest,
 * whose counter has that period.
 *
 * QEMU's emulation sets the guest's counter to 0 when the VM is started, and
 * lets it advance with this machine's TSC (x86-64) or CLOCK_MONOTONIC (arm64):
 * guest = host - start, with the start known to less than a millisecond. That
 * constant only moves the whole line.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>

#include "bell.h"
#include "counter.h"
#include "vclk_hv/scenario.h"

#define TEXT_MAX	65536

static const char *page_path, *qmp_path, *status_path;
static off_t page_offset;
static struct hv hv;
static FILE *qmp;
static u64 vm_start;		/* counter() where the guest's is 0 */
static u64 vm_stopped;		/* the guest's while the VM stands */
static bool vm_stands = true;

void fail(const char *what)
{
	fprintf(stderr, "bed: vclk_writer: %s: %s\n", what, strerror(errno));
	exit(1);
}

/* --- the guest -------------------------------------------------------- */

/* the next line of the monitor that has @word in it */
static const char *qmp_expect(const char *word)
{
	static char line[4096];

	while (fgets(line, sizeof(line), qmp))
		if (strstr(line, word))
			return line;
	fail("the monitor hung up");
	return NULL;
}

/* a command that returns nothing; events may come before its answer */
static void qmp_command(const char *name, const char *arguments)
{
	static int id;
	char answer[32];
	const char *line;

	snprintf(answer, sizeof(answer), "\"id\": %d", ++id);
	fprintf(qmp, "{\"execute\":\"%s\",\"arguments\":{%s},\"id\":%d}\n",
		name, arguments, id);
	fflush(qmp);
	line = qmp_expect(answer);
	if (strstr(line, "\"return\": {}") || strstr(line, "\"return\": \"\""))
		return;
	fprintf(stderr, "bed: vclk_writer: %s %s: %s", name, arguments, line);
	exit(1);
}

/* the guest's counter goes on from where it stood */
static void start_vm(void)
{
	vm_start = counter() - vm_stopped;
	vm_stands = false;
	qmp_command("cont", "");
}

static void stop_vm(void)
{
	if (vm_stands)
		return;
	vm_stopped = counter() - vm_start;
	vm_stands = true;
	qmp_command("stop", "");
}

/*
 * For hv->vm. QEMU's emulation doesn't set the TSC back when it restores a VM
 * that it has saved: it stands meanwhile, and goes on.
 */
static u64 do_to_vm(enum hv_verb verb, u64 stop_ns)
{
	u64 begin;

	if (verb == HV_BUTTON) {
		qmp_command("system_powerdown", "");
		return 0;
	}
	stop_vm();
	begin = counter();
	if (verb == HV_STOP)
		sleep_ns(stop_ns);
	else
		qmp_command("human-monitor-command", verb == HV_SAVE ?
			    "\"command-line\":\"savevm bed\"" :
			    "\"command-line\":\"loadvm bed\"");
	return hv_elapsed_ns(&hv, hv.first + (counter() - begin));
}

/* the guest's script begins: its init has written a line to its status port */
static bool guest_started(void)
{
	char text[256];
	int fd = open(status_path, O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? -1 : read(fd, text, sizeof(text) - 1);

	if (fd >= 0)
		close(fd);
	if (n <= 0)
		return false;
	text[n] = 0;
	return strstr(text, "start\n");
}

/* the process at the monitor's other end */
static pid_t qemu_pid(int qmp)
{
	struct ucred peer;
	socklen_t len = sizeof(peer);

	if (getsockopt(qmp, SOL_SOCKET, SO_PEERCRED, &peer, &len))
		fail("QEMU's process");
	return peer.pid;
}

/*
 * The guest's TSC is this machine's, and goes on while QEMU's process is
 * stopped: its CPUs have been taken away. The monitor's stop would stop the
 * TSC with them.
 */
static void stall(pid_t qemu)
{
	if (!hv.stall_ns)
		return;
	kill(qemu, SIGSTOP);
	sleep_ns(hv.stall_ns);
	kill(qemu, SIGCONT);
	hv.stall_ns = 0;
}

static struct vmclock_abi *map_page(void)
{
	int fd = open(page_path, O_RDWR | O_CLOEXEC);
	void *p = fd < 0 ? MAP_FAILED :
		  mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd,
		       page_offset);

	if (p == MAP_FAILED)
		fail(page_path);
	close(fd);
	return p;
}

/* --- programs --------------------------------------------------------- */

static bool read_scenario(const char *path)
{
	static char text[TEXT_MAX];
	struct scn s;
	FILE *f = fopen(path, "r");
	size_t len;

	if (!f) {
		fprintf(stderr, "bed: %s: %s\n", path, strerror(errno));
		return false;
	}
	len = fread(text, 1, sizeof(text), f);
	fclose(f);
	if (len == sizeof(text)) {
		fprintf(stderr, "bed: %s: longer than 64 KiB\n", path);
		return false;
	}
	if (scn_parse(&s, text, len, &hv))
		return true;
	fprintf(stderr, "bed: %s:%u: '%s' %s\n", path, s.line, s.word, s.error);
	return false;
}

/* sleep until there is something to do, at most @max_ns */
static void sleep_until(u64 next_ns, u64 now_ns, u64 max_ns)
{
	u64 ns = next_ns > now_ns ? next_ns - now_ns : 0;

	sleep_ns(ns < max_ns ? ns : max_ns);
}

static void begin(struct vmclock_abi *page)
{
	struct reading utc;

	qmp = fdopen(connect_to(qmp_path), "r+");
	qmp_expect("QMP");
	qmp_command("qmp_capabilities", "");
	calibrate(&hv);
	utc = read_clock(CLOCK_REALTIME);
	hv.vm = do_to_vm;
	hv_begin(&hv, page, 0, vmclock_time_from_ns(utc.ns + HV_TAI_UTC_SEC *
						    NSEC_PER_SEC));
	start_vm();
}

/* A VM that was stopped goes on once the page says what it must know. */
static void run(void)
{
	struct vmclock_abi *page = map_page();
	pid_t qemu;
	u64 now;

	begin(page);
	open_bell();
	qemu = qemu_pid(fileno(qmp));
	for (;;) {
		now = counter() - vm_start;
		if (hv.start_ns == HV_NEVER && guest_started())
			hv_start(&hv, now);
		if (hv_step(&hv, page, now))
			ring();
		if (vm_stands)
			start_vm();
		stall(qemu);
		sleep_until(hv_next_ns(&hv),
			    hv_elapsed_ns(&hv, counter() - vm_start),
			    hv.start_ns == HV_NEVER ? 5000000 : NSEC_PER_SEC);
	}
}

static int usage(void)
{
	fputs("usage: vclk_writer check SCENARIO\n"
	      "       vclk_writer run -p FILE [-o OFFSET] BELL [-c NS] -q QMP -s STATUS -a ANCHOR [SCENARIO]\n",
	      stderr);
	return 2;
}

static bool options(int argc, char **argv)
{
	int c;

	while ((c = getopt(argc, argv, "p:o:b:t:l:c:q:s:a:")) > 0) {
		switch (c) {
		case 'p':
			page_path = optarg;
			break;
		case 'b':
			bell_path = optarg;
			break;
		case 'o':
			page_offset = strtoull(optarg, NULL, 10);
			break;
		case 't':
			bell_socket = optarg;
			break;
		case 'l':
			bell_line = optarg;
			break;
		case 'c':
			counter_ns = strtoull(optarg, NULL, 10);
			break;
		case 'q':
			qmp_path = optarg;
			break;
		case 's':
			status_path = optarg;
			break;
		case 'a':
			anchor_path = optarg;
			break;
		default:
			return false;
		}
	}
	return page_path && qmp_path && status_path && anchor_path &&
	       (bell_socket ? bell_line : bell_path);
}

int main(int argc, char **argv)
{
	if (argc < 2)
		return usage();
	hv_init(&hv, VMCLOCK_COUNTER_X86_TSC);
	if (!strcmp(argv[1], "check") && argc == 3)
		return !read_scenario(argv[2]);
	if (strcmp(argv[1], "run") || !options(argc - 1, argv + 1))
		return usage();
	if (counter_ns)
		hv_init(&hv, VMCLOCK_COUNTER_ARM_VCNT);
	if (optind + 1 < argc && !read_scenario(argv[optind + 1]))
		return 1;
	prctl(PR_SET_PDEATHSIG, SIGTERM);
	prctl(PR_SET_TIMERSLACK, 1);
	run();
	return 0;
}
