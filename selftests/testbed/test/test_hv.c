// SPDX-License-Identifier: GPL-2.0
/*
 * The bed's own hypervisor, driven over a made-up counter of 1 GHz and seen
 * through its page: what a scenario says is what the page shows, and a line
 * that is anchored anew goes on exactly. Prints TAP.
 */
#include "ktap.h"
#include "vclk_hv/scenario.h"

#define SEC	1000000000ULL
#define T0	1767225637

static struct hv hv;
static struct vmclock_abi page;

static bool begin(const char *text)
{
	struct scn s;

	memset(&page, 0, sizeof(page));
	hv_init(&hv, VMCLOCK_COUNTER_X86_TSC);
	hv_set_rate(&hv, 1, 1);
	if (!scn_parse(&s, text, strlen(text), &hv))
		return false;
	hv_begin(&hv, &page, 0, (struct vmclock_time){ .sec = T0 });
	return true;
}

/* a step every 10 ms, the last at @to; returns the number of notifications */
static int steps(u64 from, u64 to)
{
	int rings = 0;
	u64 now;

	for (now = from; now <= to; now += SEC / 100)
		rings += hv_step(&hv, &page, now);
	return rings;
}

/* time of the page's line at @counter, ns after T0 */
static s64 page_ns(u64 counter)
{
	struct vmclock_params p;

	if (vmclock_page_read(&page, sizeof(page), &p))
		return S64_MIN;
	p.line.time.sec -= T0;
	return vmclock_time_to_ns(vmclock_line_at(&p.line, counter));
}

/* from the start to the end of @seconds; -1 if the scenario is refused */
static int play(const char *text, u64 seconds)
{
	return begin(text) ? steps(0, seconds * SEC) : -1;
}

static bool near(s64 a, s64 b)
{
	return a - b <= 1 && b - a <= 1;
}

/* A line of 37 ppm, anchored 10^4 times at odd moments and once: same bits. */
static void test_exact(void)
{
	struct hv once;
	u64 c = 12345;

	begin("freq +37.123ppm");
	once = hv;
	for (int i = 0; i < 10000; i++) {
		c += 1234567 + i * 7919;
		hv_move(&hv, c);
	}
	hv_move(&once, c);
	ktap_ok(once.tai.sec == hv.tai.sec && once.tai.frac == hv.tai.frac &&
		once.rest == hv.rest, "a line anchored anew goes on exactly");
}

/* 2.596122 GHz: the period is right to 2^-62 of itself */
static void test_rate(void)
{
	hv_init(&hv, VMCLOCK_COUNTER_X86_TSC);
	hv_set_rate(&hv, SEC, 2596122000ULL);
	hv.counter = 0;
	hv_move(&hv, 2596122000ULL * 1000000);
	ktap_ok(hv.tai.sec == 999999 && -hv.tai.frac < 10000000,
		"a million seconds at 2596.122 MHz");
}

static void test_line(void)
{
	play("at 1s freq +40ppm", 11);
	ktap_ok(near(page_ns(11 * SEC), 11 * SEC + 400000), "freq +40ppm");
	play("freq -3.5ppb", 10);
	ktap_ok(near(page_ns(10 * SEC), 10 * SEC - 35), "freq -3.5ppb");
	play("every 1s from 0s until 5s freq +5ppm,-5ppm", 6);
	ktap_ok(near(page_ns(6 * SEC), 6 * SEC), "every: two values take turns");
	play("every 1s until 2s phase +1ms", 9);
	ktap_ok(near(page_ns(9 * SEC), 9 * SEC + 2000000), "every: until");
	play("at 2s phase -5.25ms", 3);
	ktap_ok(near(page_ns(3 * SEC), 3 * SEC - 5250000), "phase -5.25ms");
	play("time utc 1767225600", 1);
	ktap_ok(near(page_ns(SEC), SEC), "time utc");
	play("type utc", 1);
	ktap_ok(near(page_ns(SEC), SEC - 37 * SEC), "type utc is 37 s behind");
	play("type monotonic", 1);
	ktap_ok(near(page_ns(SEC) + T0 * (s64)SEC, SEC), "type monotonic begins at 0");
}

static void test_fields(void)
{
	play("status unreliable\nleap pre_pos\nat 1s disrupt\nat 1s generation\n"
	     "tai_offset none\nsmearing utc_sls\nflags +time_monotonic\n"
	     "bounds est 1us max 5us rate 500ppm", 2);
	ktap_ok(page.clock_status == VMCLOCK_STATUS_UNRELIABLE, "status");
	ktap_ok(page.leap_indicator == VMCLOCK_LEAP_PRE_POS, "leap");
	ktap_ok(page.disruption_marker == cpu_to_le64(2), "disrupt");
	ktap_ok(page.vm_generation_counter == cpu_to_le64(2), "generation");
	ktap_ok(page.leap_second_smearing_hint == VMCLOCK_SMEARING_UTC_SLS,
		"smearing");
	ktap_ok(page.flags == cpu_to_le64(VMCLOCK_FLAG_TIME_MONOTONIC |
					  VMCLOCK_FLAG_VM_GEN_COUNTER_PRESENT |
					  VMCLOCK_FLAG_NOTIFICATION_PRESENT |
					  VMCLOCK_FLAG_TIME_ESTERROR_VALID |
					  VMCLOCK_FLAG_TIME_MAXERROR_VALID |
					  VMCLOCK_FLAG_PERIOD_MAXERROR_VALID),
		"flags, with those of bounds and tai_offset");
	ktap_ok(page.time_maxerror_nanosec == cpu_to_le64(5000) &&
		page.time_esterror_nanosec == cpu_to_le64(1000) &&
		page.counter_period_maxerror_rate_frac_sec ==
		cpu_to_le64(hv.true_period / 2000), "bounds");
}

static void test_trouble(void)
{
	play("at 1s stuck 2s\nat 1s freq +1ppm", 2);
	ktap_ok(page_ns(0) == S64_MIN, "stuck: the sequence count is odd");
	steps(2 * SEC, 4 * SEC);
	ktap_ok(near(page_ns(4 * SEC), 4 * SEC + 3000), "stuck: and goes on");
	play("at 1s silence 2s\nat 1s phase 1ms", 2);
	ktap_ok(near(page_ns(2 * SEC), 2 * SEC), "silence: nothing is written");
	steps(2 * SEC, 4 * SEC);
	ktap_ok(near(page_ns(4 * SEC), 4 * SEC + 1000000), "silence: ends");
	play("garbage magic", 1);
	ktap_ok(page.magic != cpu_to_le32(VMCLOCK_MAGIC), "garbage magic");
	play("garbage period\nat 2s garbage none", 1);
	ktap_ok(!page.counter_period_frac_sec, "garbage period");
	steps(SEC, 3 * SEC);
	ktap_ok(near(page_ns(3 * SEC), 3 * SEC), "garbage none");
	play("garbage random", 1);
	ktap_ok(page.magic != cpu_to_le32(VMCLOCK_MAGIC) &&
		!(page.seq_count & cpu_to_le32(1)), "garbage random");
}

static void test_notification(void)
{
	ktap_ok(play("", 1) == 10, "a notification for each publication");
	ktap_ok(!play("notify off", 1), "notify off");
	ktap_ok(!play("flags -notification", 1), "flags -notification");
	ktap_ok(play("interval 0s\nat 500ms ring", 1) == 1, "ring");
	begin("start guest\nat 1s disrupt\nat 0s leap pre_neg");
	steps(0, 5 * SEC);
	ktap_ok(page.disruption_marker == cpu_to_le64(1) &&
		page.leap_indicator == VMCLOCK_LEAP_PRE_NEG,
		"start guest: only the state at 0 is there before");
	hv_start(&hv, 5 * SEC);
	steps(5 * SEC, 7 * SEC);
	ktap_ok(page.disruption_marker == cpu_to_le64(2), "start guest: then");
}

static void test_refused(void)
{
	static const char * const bad[] = {
		"freq", "freq 3s", "freq +1ppm,", "freq 1ppm 2ppm", "at", "at 1",
		"at 1s", "at -1s ring", "status fine", "stuck -1s", "flags x",
		"flags +x", "bounds est", "every 10us ring", "tai_offset 99999",
		"time gps 5", "start never", "garbage", "freq 600000ppm",
		"phase 99999999999h", "reboot",
	};
	unsigned int i;

	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		ktap_ok(!begin(bad[i]), "refused: %s", bad[i]);
}

int main(void)
{
	ktap_begin(0);
	test_exact();
	test_rate();
	test_line();
	test_fields();
	test_trouble();
	test_notification();
	test_refused();
	return ktap_end();
}
