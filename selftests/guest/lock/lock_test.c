// SPDX-License-Identifier: GPL-2.0
/*
 * lock_test: is CLOCK_TAI on the PTP clock of ptp_vmclock? Both are read at
 * the same counter value (PTP_SYS_OFFSET_PRECISE), after random naps.
 *
 *	lock_test [SECONDS [LIMIT_NS [WAIT_SECONDS]]]	60, 50 and 10
 *
 * Run in a guest whose page the hypervisor keeps live; exits with 4 (skip)
 * where there is no page or no lock.
 */
#include <time.h>
#include <unistd.h>

#include "ktap.h"
#include "ptp.h"

#define STATE	"/sys/devices/platform/timekeeping_reference/state"

/*
 * The kernel's own driver (up to 7.3 at least) takes the counter minus the
 * page's for a number without sign: where the page is newer than the reading,
 * its time is wrong by years.
 */
#define WILD_NS	1000000000000000LL
static bool kernels_driver;

static bool state_is(const char *wanted)
{
	char state[32] = "";
	FILE *f = fopen(STATE, "r");

	if (!f)
		return false;
	if (!fgets(state, sizeof(state), f))
		state[0] = '\0';
	fclose(f);
	state[strcspn(state, "\n")] = '\0';
	return !strcmp(state, wanted);
}

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec + t.tv_nsec * 1e-9;
}

static bool wait_for_lock(double seconds)
{
	double begin = now();

	while (now() - begin < seconds) {
		if (state_is("locked")) {
			ktap_note("locked after %.3f s", now() - begin);
			return true;
		}
		usleep(5000);
	}
	return false;
}

static int by_value(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

	return (x > y) - (x < y);
}

static void check_differences(int fd, double seconds, int64_t limit_ns)
{
	static int64_t size_ns[100000];
	double begin = now();
	int64_t diff_ns;
	size_t n = 0, wild = 0;
	int err = 0;

	while (now() - begin < seconds && n < 100000) {
		usleep(random() % 200000 + 1000);
		err = ptp_difference(fd, &diff_ns);
		/* a kernel that has just booted counts tsc-early */
		if (err == -ENODEV && now() - begin < 2)
			continue;
		if (err)
			break;
		if (kernels_driver && (diff_ns > WILD_NS || diff_ns < -WILD_NS))
			wild++;
		else
			size_ns[n++] = diff_ns < 0 ? -diff_ns : diff_ns;
	}
	if (!ktap_ok(n && !err, "PTP_SYS_OFFSET_PRECISE: %s", strerror(-err)))
		return;
	if (wild)
		ktap_note("%zu readings of the kernel's driver made no sense",
			  wild);
	qsort(size_ns, n, sizeof(*size_ns), by_value);
	ktap_note("%zu samples in %.0f s: p50 %lld p99 %lld max %lld ns", n,
		  now() - begin, (long long)size_ns[n / 2],
		  (long long)size_ns[n - 1 - n / 100],
		  (long long)size_ns[n - 1]);
	ktap_ok(size_ns[n - 1] <= limit_ns,
		"CLOCK_TAI stays within %lld ns of the PTP clock",
		(long long)limit_ns);
}

static void check_ntp_state(void)
{
	struct timex tx = {};
	int ret = adjtimex(&tx);

	ktap_ok(ret == TIME_OK && !(tx.status & STA_UNSYNC),
		"adjtimex: synchronised (%d, status %#x)", ret, tx.status);
	ktap_ok(tx.tai == 37, "adjtimex: TAI offset %d is the page's", tx.tai);
	ktap_ok(tx.offset == 0, "adjtimex: nothing left to slew");
}

int main(int argc, char **argv)
{
	double seconds = argc > 1 ? atof(argv[1]) : 60;
	int64_t limit_ns = argc > 2 ? atoll(argv[2]) : 50;
	double wait = argc > 3 ? atof(argv[3]) : 10;
	int fd = ptp_open();

	if (access(STATE, R_OK))
		ktap_skip_all("timekeeping_reference is not loaded");
	if (fd < 0)
		ktap_skip_all("no PTP clock of ptp_vmclock");
	kernels_driver = access("/sys/module/ptp_vmclock/version", R_OK);
	ktap_begin(0);
	if (ktap_ok(wait_for_lock(wait), "locks within %.0f s", wait)) {
		check_differences(fd, seconds, limit_ns);
		ktap_ok(state_is("locked"), "still locked");
		check_ntp_state();
	}
	return ktap_end();
}
