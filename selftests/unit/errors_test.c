// SPDX-License-Identifier: GPL-2.0
/*
 * What vmclock_host makes of single reports: errors.c and slew.c. The lives of
 * whole daemons are in daemons_test.c.
 */
#include "host_errors.h"

/*
 * What a page of a clock of 1 GHz says @age_s after a report of 1 ms, and of
 * @pending_ns that the kernel slews. There have been @reports, each with
 * another frequency.
 */
static u64 maxerror_after(u64 age_s, u64 pending_ns, unsigned int reports)
{
	struct slew_frequency frequency = { .since_ns = 1 };
	struct errors_report report = { .maxerror_ns = 1000000 };
	struct vmclock_line line = {
		.period_frac = (u64)(0x1p93 / 1e9), .period_shift = 29,
	};
	struct errors e = { .slewed_ns = 0 };

	errors_begin(&e, &line, DRIFT32);
	while (report.seq++ < reports) {
		report.previous_ns = report.ns;
		report.ns = report.seq * 64000000000ULL;
		report.counter = report.ns;
		errors_report(&e, &report, frequency, pending_ns, report.ns);
		report.update = true;
		frequency.ppm16++;
		frequency.since_ns = (report.seq + 1) * 64000000000ULL;
	}
	vmclock_line_move(&line, report.counter + age_s * 1000000000);
	errors_take(&e, &line);
	return e.bounds.maxerror_ns;
}

/*
 * A machine was up for a year when the first daemon changed its frequency by
 * 10 ppm. Return: the error then, ns, that isn't what the daemon reported.
 */
static u64 error_after_year(void)
{
	const u64 ns = 365 * 86400 * VMCLOCK_NSEC_PER_SEC;
	struct slew s = { .known = false };

	slew_frequency(&s, (struct slew_frequency){ .since_ns = 1 });
	slew_frequency(&s, (struct slew_frequency){ 10 << 16, ns });
	return slew_report(&s, &(struct errors_report){
		.ns = ns, .update = true,
	}, 0);
}

/* A page adds a little more: SPARE_NS and SPARE_PART of bounds.c. */
static void test_sum(void)
{
	u64 plain = maxerror_after(0, 0, 6);
	u64 later = maxerror_after(1000, 0, 6);

	ktap_ok(plain >= 1000000 && plain < 1100000,
		"what is reported (%llu ns)", (unsigned long long)plain);
	ktap_ok(maxerror_after(0, 500000, 6) >= plain + 500000,
		"and what the kernel slews");
	ktap_ok(later >= plain + 1000 * 2999 && later < plain + 1000 * 15000,
		"and what the clock drifts by (%llu ns after 1000 s)",
		(unsigned long long)later);
	ktap_ok(maxerror_after(1000, 0, 1) >= plain + 1000 * 499999,
		"or may drift by if its frequency is new");
	ktap_ok(error_after_year() < 100000000,
		"a first report of a machine that is up for a year");
}

/* A report, of which @hz come a second, and a frequency that @changes. */
static void report_often(struct errors *e, struct errors_report *report,
			 unsigned int hz, unsigned int reports, bool changes)
{
	struct slew_frequency frequency = { .ppm16 = 20 << 16, .since_ns = 1 };

	while (reports--) {
		report->seq++;
		report->previous_ns = report->ns;
		report->ns += VMCLOCK_NSEC_PER_SEC / hz;
		report->counter = report->ns;
		report->update = changes;
		if (changes) {
			frequency.ppm16 ^= 1;
			frequency.since_ns = report->ns;
		}
		errors_report(e, report, frequency, 0, report->ns);
	}
}

/* phc2sys changes the frequency with each report; another one follows it. */
static void test_doubt(void)
{
	struct errors_report report = { .ns = 1, .maxerror_ns = 1000 };
	struct vmclock_line line = { .period_frac = 1ULL << 63 };
	const u32 doubt32 = DRIFT32 * 33;
	struct errors e = { .slewed_ns = 0 };

	errors_begin(&e, &line, DRIFT32);
	report_often(&e, &report, 8, 8 * 300, true);
	ktap_ok(slew_doubt32(&e.slew) < DRIFT32,
		"8 frequencies a second: doubted for some minutes");
	report.seq = 0;
	errors_report(&e, &report, e.slew.now, 0, report.ns);
	report_often(&e, &report, 1, 2, false);
	ktap_ok(slew_doubt32(&e.slew) >= doubt32,
		"a daemon that comes after it: doubted again");
	report.maxerror_ns = 17000000;
	report_often(&e, &report, 1, 300, false);
	ktap_ok(slew_doubt32(&e.slew) >= doubt32,
		"a frequency that it leaves alone: as long as errors are large");
	report.maxerror_ns = 1000;
	report_often(&e, &report, 1, 300, false);
	errors_report(&e, &report, e.slew.now, 1, report.ns);
	report_often(&e, &report, 1, 3 * 3600 - 300, false);
	ktap_ok(slew_doubt32(&e.slew) > DRIFT32 * 2 / 5,
		"the time before the kernel slewed doesn't count");
	report_often(&e, &report, 1, 400, false);
	ktap_ok(slew_doubt32(&e.slew) < DRIFT32 * 2 / 5,
		"doubted by 6 ppm after 3 hours");
	errors_report(&e, &report, e.slew.now, 1, report.ns);
	report_often(&e, &report, 1, 400, false);
	ktap_ok(slew_doubt32(&e.slew) < DRIFT32 * 2 / 5,
		"and no more when the kernel has slewed again");
}

/* A frequency that chronyd set is its word when it sets the next one. */
static void test_word(void)
{
	struct errors_report report = { .ns = VMCLOCK_NSEC_PER_SEC };
	struct slew s = { .known = false };

	slew_frequency(&s, (struct slew_frequency){ .since_ns = 1 });
	slew_report(&s, &report, 0);
	slew_frequency(&s, (struct slew_frequency){ 65536, 2 * report.ns });
	for (report.update = true; report.ns < 120 * VMCLOCK_NSEC_PER_SEC;
	     report.update = false) {
		slew_report(&s, &report, 0);
		report.ns += 37 * VMCLOCK_NSEC_PER_SEC;
	}
	ktap_ok(slew_doubt32(&s) >= DRIFT32 * 33,
		"chronyd's first frequency: doubted until it sets another one");
	slew_frequency(&s, (struct slew_frequency){ 65537, report.ns });
	report.update = true;
	slew_report(&s, &report, 0);
	ktap_ok(slew_doubt32(&s) < DRIFT32 * 5, "and less from then on");
}

enum outcome { UNBOUNDED, DISRUPTED, NESTED };

static enum outcome take(struct errors *e, struct vmclock_line *line,
			 struct errors_report *report, u64 later_s)
{
	bool nests = true;

	report->seq++;
	report->ns += later_s * VMCLOCK_NSEC_PER_SEC;
	report->counter = report->ns;
	errors_report(e, report, (struct slew_frequency){ .since_ns = 1 }, 0,
		      report->ns + ERRORS_EARLY_NS);
	vmclock_line_move(line, report->counter);
	if (errors_differ(e, report->counter))
		nests = errors_take(e, line);
	return !e->bounds.valid ? UNBOUNDED : nests ? NESTED : DISRUPTED;
}

/*
 * Program 1 has reported 1 ms, as an update if it @steers. Then @program
 * reports 2.4 s, as an @update or not. What becomes of the bound, and in *@then
 * what does after @later_s, if @then_ms are reported then.
 */
static enum outcome revoked(bool steers, int program, bool update, u64 later_s,
			    u64 then_ms, enum outcome *then)
{
	struct errors_report report = {
		.program = 1, .update = steers, .maxerror_ns = 1000000,
	};
	struct vmclock_line line = {
		.period_frac = (u64)(0x1p93 / 1e9), .period_shift = 29,
	};
	struct errors e = { .slewed_ns = 0 };
	enum outcome first;

	errors_begin(&e, &line, DRIFT32);
	take(&e, &line, &report, 4);
	report.program = program;
	report.update = update;
	report.maxerror_ns = 2400000000;
	first = take(&e, &line, &report, 2);
	report.update = then_ms < 2400;
	report.maxerror_ns = then_ms * 1000000;
	*then = take(&e, &line, &report, later_s);
	return first;
}

/*
 * Program 1 has updated, with an error of 1 ms. Is a report of @program, of
 * @maxerror_ns, taken @late_ns after it?
 */
static bool taken(int program, bool update, u64 maxerror_ns, u64 late_ns)
{
	struct slew_frequency frequency = { .since_ns = 1 };
	struct errors_report report = {
		.seq = 1, .program = 1, .update = true, .ns = 1000000000,
		.maxerror_ns = 1000000,
	};
	struct vmclock_line line = { .period_frac = 1ULL << 63 };
	struct errors e = { .slewed_ns = 0 };

	errors_begin(&e, &line, DRIFT32);
	errors_report(&e, &report, frequency, 0, report.ns);
	errors_take(&e, &line);
	report.seq++;
	report.program = program;
	report.update = update;
	report.maxerror_ns = maxerror_ns;
	errors_report(&e, &report, frequency, 0, report.ns + late_ns);
	return e.report.seq == report.seq;
}

static void test_early(void)
{
	ktap_ok(!taken(1, false, 1000000, ERRORS_EARLY_NS - 1),
		"what has become of a report is not taken at once");
	ktap_ok(taken(1, false, 1000000, ERRORS_EARLY_NS), "it is later");
	ktap_ok(taken(1, false, 2400000000, 0), "at once if it is a wide one");
	ktap_ok(taken(1, true, 1000000, 0) && taken(2, false, 1000000, 0),
		"an update is at once, or what another program reports");
}

/* What a page says of an error of 10 ms, @interval_s after a report, us */
static u64 said_us(u64 interval_s, bool update)
{
	struct slew_frequency frequency = { .since_ns = 1 };
	struct errors_report report = {
		.seq = 1, .program = 1, .update = true, .ns = 1000000000,
		.maxerror_ns = 1000000000,
	};
	struct vmclock_line line = {
		.period_frac = (u64)(0x1p93 / 1e9), .period_shift = 29,
	};
	struct errors e = { .slewed_ns = 0 };

	errors_begin(&e, &line, DRIFT32);
	errors_report(&e, &report, frequency, 0, report.ns);
	report.seq++;
	report.update = update;
	report.maxerror_ns = 10000000;
	report.previous_ns = report.ns;
	report.ns += interval_s * VMCLOCK_NSEC_PER_SEC;
	report.counter = report.ns;
	errors_report(&e, &report, frequency, 0, report.ns + ERRORS_EARLY_NS);
	vmclock_line_move(&line, report.counter);
	errors_take(&e, &line);
	return e.bounds.maxerror_ns / 1000;
}

static void test_room(void)
{
	const u64 usual_us = said_us(64, true);

	ktap_ok(said_us(16, true) == usual_us + 80,
		"a page leaves room for a correction at a short interval");
	ktap_ok(said_us(64, false) == usual_us + 200,
		"and after a report that is no update");
}

/* What chronyd says of its first update, before it updates the clock again */
static void test_revoked(void)
{
	enum outcome then;

	ktap_ok(revoked(true, 1, false, 2, 1, &then) == UNBOUNDED,
		"a report that its daemon revokes, no bound");
	ktap_ok(then == NESTED, "the next update is no disruption");
	ktap_ok(revoked(true, 1, false, 127, 2500, &then) == UNBOUNDED &&
		then == UNBOUNDED, "until then no bound");
	ktap_ok(revoked(true, 1, false, 128, 2500, &then) == UNBOUNDED &&
		then == DISRUPTED, "for some time");
	ktap_ok(revoked(true, 1, true, 2, 1, &then) == UNBOUNDED &&
		then == NESTED, "also if it came with another frequency");
	ktap_ok(revoked(true, 2, false, 2, 1, &then) == DISRUPTED,
		"another program's report that revokes is a disruption");
	ktap_ok(revoked(false, 1, false, 2, 1, &then) == DISRUPTED,
		"and that of a program that only reports");
}

int main(int argc, char **argv)
{
	unit_begin(argc, argv, 1);
	test_sum();
	test_doubt();
	test_word();
	test_early();
	test_room();
	test_revoked();
	return ktap_end();
}
