// SPDX-License-Identifier: GPL-2.0
/*
 * Plays the hypervisor of a guest under software emulation: starts the VM,
 * keeps its VMClock page live and does what the scenario says.
 *
 *	vclk_writer check SCENARIO
 *	vclk_writer run -p PAGE -b BELL -q QMP -s STATUS -a ANCHOR [SCENARIO]
 *
 * PAGE is the page's backing file, BELL a FIFO of which each byte makes a
 * notification, QMP the monitor's socket of a QEMU that waits (-S), STATUS a
 * file in which the guest says that its script begins, ANCHOR a file that
 * keeps a pair of clock readings from one run to the next.
 *
 * QEMU's emulation sets the guest's TSC to 0 when the VM is started, and lets
 * it advance with this machine's: guest = host - start, with the start known to
 * less than a millisecond. That constant only moves the whole line.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <x86intrin.h>

#include "vclk_hv/scenario.h"

#define NSEC_PER_SEC	1000000000LL
#define TEXT_MAX	65536

static const char *page_path, *bell_path, *qmp_path, *status_path, *anchor_path;
static struct hv hv;
static FILE *qmp;
static u64 vm_start;		/* this machine's TSC where the guest's is 0 */
static u64 vm_stopped;		/* the guest's TSC while the VM stands */
static bool vm_stands = true;

static void fail(const char *what)
{
	fprintf(stderr, "bed: vclk_writer: %s: %s\n", what, strerror(errno));
	exit(1);
}

/* --- clocks ----------------------------------------------------------- */

static u64 tsc(void)
{
	u64 t;

	_mm_lfence();
	t = __rdtsc();
	_mm_lfence();
	return t;
}

static u64 clock_ns(clockid_t id)
{
	struct timespec t;

	clock_gettime(id, &t);
	return t.tv_sec * NSEC_PER_SEC + t.tv_nsec;
}

struct reading {
	u64 tsc, ns;
};

/* the tightest of a few readings of the clock between two of the TSC */
static struct reading read_clock(clockid_t id)
{
	struct reading best = { 0 };
	u64 a, b, ns, width = U64_MAX;
	int i;

	for (i = 0; i < 50; i++) {
		a = tsc();
		ns = clock_ns(id);
		b = tsc();
		if (b - a < width) {
			width = b - a;
			best = (struct reading){ a + width / 2, ns };
		}
	}
	return best;
}

static void sleep_ns(u64 ns)
{
	struct timespec t = { ns / NSEC_PER_SEC, ns % NSEC_PER_SEC };

	nanosleep(&t, NULL);
}

/* --- the true rate of the TSC ----------------------------------------- */

static bool read_anchor(struct reading *r, const char *boot)
{
	char id[64] = "";
	FILE *f = fopen(anchor_path, "r");
	bool ok = f && fscanf(f, "%63s %llu %llu", id,
			      (unsigned long long *)&r->tsc,
			      (unsigned long long *)&r->ns) == 3 &&
		  !strcmp(id, boot);

	if (f)
		fclose(f);
	return ok;
}

static void write_anchor(struct reading r, const char *boot)
{
	char temp[4096];
	FILE *f;

	snprintf(temp, sizeof(temp), "%s.%d", anchor_path, (int)getpid());
	f = fopen(temp, "w");
	if (!f)
		return;
	fprintf(f, "%s %llu %llu\n", boot, (unsigned long long)r.tsc,
		(unsigned long long)r.ns);
	if (!fclose(f))
		rename(temp, anchor_path);
}

static void boot_id(char *id, size_t size)
{
	FILE *f = fopen("/proc/sys/kernel/random/boot_id", "r");

	if (!f || !fgets(id, size, f))
		fail("/proc/sys/kernel/random/boot_id");
	id[strcspn(id, "\n")] = 0;
	fclose(f);
}

/*
 * Against CLOCK_MONOTONIC_RAW, which is not steered. A reading that an earlier
 * run left gives a long base; it is dropped when it differs by 20 ppm from a
 * short measurement, as after a suspend. That one lasts 50 ms; brackets of some
 * 100 ns make it good to 5 ppm.
 */
static void calibrate(void)
{
	struct reading old = { 0 }, first, last;
	char boot[64];
	double rate, old_rate;

	boot_id(boot, sizeof(boot));
	first = read_clock(CLOCK_MONOTONIC_RAW);
	sleep_ns(50000000);
	last = read_clock(CLOCK_MONOTONIC_RAW);
	rate = (double)(last.ns - first.ns) / (last.tsc - first.tsc);
	if (read_anchor(&old, boot) && old.tsc < first.tsc) {
		old_rate = (double)(last.ns - old.ns) / (last.tsc - old.tsc);
		if (old_rate / rate < 1 + 20e-6 && old_rate / rate > 1 - 20e-6)
			first = old;
	}
	if (first.tsc != old.tsc)
		write_anchor(first, boot);
	hv_set_rate(&hv, last.ns - first.ns, last.tsc - first.tsc);
}

/* --- the guest -------------------------------------------------------- */

static int qmp_connect(void)
{
	struct sockaddr_un addr = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0), tries;

	if (strlen(qmp_path) >= sizeof(addr.sun_path)) {
		errno = ENAMETOOLONG;
		fail(qmp_path);
	}
	strcpy(addr.sun_path, qmp_path);
	for (tries = 0; tries < 2000; tries++) {
		if (!connect(fd, (struct sockaddr *)&addr, sizeof(addr)))
			return fd;
		sleep_ns(5000000);
	}
	fail(qmp_path);
	return -1;
}

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

/* the guest's TSC goes on from where it stood */
static void start_vm(void)
{
	vm_start = tsc() - vm_stopped;
	vm_stands = false;
	qmp_command("cont", "");
}

static void stop_vm(void)
{
	if (vm_stands)
		return;
	vm_stopped = tsc() - vm_start;
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
	begin = tsc();
	if (verb == HV_STOP)
		sleep_ns(stop_ns);
	else
		qmp_command("human-monitor-command", verb == HV_SAVE ?
			    "\"command-line\":\"savevm bed\"" :
			    "\"command-line\":\"loadvm bed\"");
	return hv_elapsed_ns(&hv, hv.first + (tsc() - begin));
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

/* one byte is one notification; one that is still unread will do for two */
static void ring(int bell)
{
	int unread = 0;

	if (bell < 0 || ioctl(bell, FIONREAD, &unread) || unread)
		return;
	if (write(bell, "x", 1) != 1 && errno != EAGAIN)
		fail(bell_path);
}

static struct vmclock_abi *map_page(void)
{
	int fd = open(page_path, O_RDWR | O_CLOEXEC);
	void *p = fd < 0 ? MAP_FAILED :
		  mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);

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

	qmp = fdopen(qmp_connect(), "r+");
	qmp_expect("QMP");
	qmp_command("qmp_capabilities", "");
	calibrate();
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
	int bell = open(bell_path, O_RDWR | O_NONBLOCK | O_CLOEXEC);
	pid_t qemu;
	u64 now;

	begin(page);
	qemu = qemu_pid(fileno(qmp));
	for (;;) {
		now = tsc() - vm_start;
		if (hv.start_ns == HV_NEVER && guest_started())
			hv_start(&hv, now);
		if (hv_step(&hv, page, now))
			ring(bell);
		if (vm_stands)
			start_vm();
		stall(qemu);
		sleep_until(hv_next_ns(&hv),
			    hv_elapsed_ns(&hv, tsc() - vm_start),
			    hv.start_ns == HV_NEVER ? 5000000 : NSEC_PER_SEC);
	}
}

static int usage(void)
{
	fputs("usage: vclk_writer check SCENARIO\n"
	      "       vclk_writer run -p PAGE -b BELL -q QMP -s STATUS -a ANCHOR [SCENARIO]\n",
	      stderr);
	return 2;
}

static bool options(int argc, char **argv)
{
	int c;

	while ((c = getopt(argc, argv, "p:b:q:s:a:")) > 0) {
		switch (c) {
		case 'p':
			page_path = optarg;
			break;
		case 'b':
			bell_path = optarg;
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
	return page_path && bell_path && qmp_path && status_path && anchor_path;
}

int main(int argc, char **argv)
{
	if (argc < 2)
		return usage();
	hv_init(&hv);
	if (!strcmp(argv[1], "check") && argc == 3)
		return !read_scenario(argv[2]);
	if (strcmp(argv[1], "run") || !options(argc - 1, argv + 1))
		return usage();
	if (optind + 1 < argc && !read_scenario(argv[optind + 1]))
		return 1;
	prctl(PR_SET_PDEATHSIG, SIGTERM);
	prctl(PR_SET_TIMERSLACK, 1);
	run();
	return 0;
}
