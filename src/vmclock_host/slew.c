// SPDX-License-Identifier: GPL-2.0
/*
 * Daemons correct an offset by running the clock at another frequency for some
 * time. What the kernel sees is a change of the frequency and, within 0.1 ms, a
 * report. When the offset is gone there is another change of the frequency,
 * without a report.
 *
 * The base frequency, which the clock has between slews, is taken to be the one
 * that was in force for the longest time of late. A frequency that is off it by
 * s slews the clock. The maximum error that chronyd reports contains the offset
 * (sys_generic.c since chrony 2.0). That of ntpd-rs does not, but ntpd-rs slews
 * an offset in half of the interval of its reports, or by 200 ppm. Hence the
 * offset is taken for s * interval / 2, and for s * 1 s at least. Above 200 ppm
 * (SLEW_LIMIT32) it is no longer estimated.
 *
 * chronyd also reports what has become of its last report, whenever it has
 * measured a source, and therefore just before it changes the frequency. Only a
 * report that comes with another frequency is an update.
 *
 * How well a daemon knows the frequency it doesn't tell. chronyd's first one,
 * of measurements in some seconds, may be wrong by tens of ppm until the next
 * update. So a base frequency is doubted by DOUBT32 at first. By later updates
 * the doubt becomes a DOUBT_PART of what it was, but it is never less than the
 * last two base frequencies differ.
 *
 * A frequency that the daemon found and left alone, or left for a slew only, is
 * not its word, and the doubt about it stays. ntpd-rs leaves it alone for two
 * minutes. Its offset is a mean of them, so it is old, and is slewed for up to
 * 50 s at 200 ppm. Until the doubt is below SMALL_DOUBT32 the offset may be off
 * by LAG_NS.
 *
 * The doubt about such a frequency falls if nothing changes the rate for some
 * time, and no report from its beginning to its end has an error of more than
 * LAG_NS. At either end the clock was off by 2 * LAG_NS at most, hence the rate
 * is off by 4 * LAG_NS / time at most: 18 ppm after an hour.
 */
#include "slew.h"

/* A clock whose frequency is off by more, 200 ppm, is slewed: / 2^32 */
#define SLEW_LIMIT32	((u32)((1ULL << 32) / 5000))
/* One that is off by more is no base frequency yet, 100 ppm: / 2^32 */
#define FAR32		(SLEW_LIMIT32 / 2)
/* By which the kernel's own maximum error grows, 500 ppm: / 2^32 */
#define DOUBT32		((u32)((1ULL << 32) / 2000))
#define DOUBT_PART	8
/* The offset isn't in doubt any more. */
#define SMALL_DOUBT32	(DOUBT32 / DOUBT_PART)
/* Bounds have room if they may grow by as many times the mean slew. */
#define TURN_MEANS	64
/* That is the mean of so many updates. */
#define MEAN_UPDATES	8
/* A slew counts as this part of the time at most, for a growth of 1000 ppm. */
#define MEAN_PART	(1000 * TURN_MEANS)
/* A shorter time tells neither a base frequency nor a mean. */
#define SHORTEST_NS	(VMCLOCK_NSEC_PER_SEC / 2)
/* A base frequency holds for this long at least. */
#define BASE_NS		(32 * VMCLOCK_NSEC_PER_SEC)
/* What BASE_NS make of DOUBT32 */
#define LAG_NS		(BASE_NS / 2000)
/* The interval of a first report, at most: chronyd's longest one by default */
#define FIRST_NS	(1024 * VMCLOCK_NSEC_PER_SEC)
/* If there is no base frequency for this long, a far one is taken. */
#define FAST_NS		(1000 * VMCLOCK_NSEC_PER_SEC)

/*
 * The difference of two frequencies, of the time / 2^32. They are below 2^34,
 * since a kernel's tick is off by 10 % at most.
 */
static u32 frequency_difference32(s64 a_ppm16, s64 b_ppm16)
{
	u64 off = a_ppm16 < b_ppm16 ? b_ppm16 - a_ppm16 : a_ppm16 - b_ppm16;

	/* 2^32 / (1000000 * 2^16), reduced */
	return div64_u64(off * 1024, 15625);
}

/* By how much the clock is slewed; 0 if the base frequency isn't known. */
static u32 slew_rate32(const struct slew *s)
{
	return s->known ? frequency_difference32(s->now.ppm16, s->base_ppm16) :
			  0;
}

/**
 * slew_by32() - by how much the clock is slewed, and to which side
 * @s: the slew
 *
 * Return: part of the time / 2^32, positive if the clock is slewed forward; 0
 * if the base frequency isn't known.
 */
s64 slew_by32(const struct slew *s)
{
	s64 rate32 = slew_rate32(s);

	return s->now.ppm16 < s->base_ppm16 ? -rate32 : rate32;
}

/* Remember the frequency in force, if it was so for the longest time. */
static void slew_account(struct slew *s, u64 ns)
{
	s64 age_ns = ns - s->now.since_ns;

	if (age_ns < (s64)s->longest_ns ||
	    (slew_rate32(s) > FAR32 && ns - s->based_ns < FAST_NS))
		return;
	s->longest_ns = age_ns;
	s->longest_ppm16 = s->now.ppm16;
}

/* The doubt about a frequency that is left alone */
static u32 alone_doubt32(const struct slew *s, u64 ns)
{
	u64 alone_ns = s->alone_ns ? ns - s->alone_ns : 0;

	if (alone_ns <= 4 * BASE_NS)
		return s->doubt32;
	return min(s->doubt32,
		   (u32)div64_u64((4 * LAG_NS) << 32, alone_ns) + 1);
}

/* The doubt about another base frequency, which was in force for longest. */
static u32 next_doubt32(const struct slew *s, u64 ns)
{
	if (!s->known || s->change32 > DOUBT32)
		return DOUBT32;
	if (s->change32 && !s->trusted && s->longest_ppm16 == s->found_ppm16)
		return DOUBT32;
	return max(s->change32, alone_doubt32(s, ns));
}

/*
 * Is another base frequency to be taken? The first one is when it has been in
 * force for a while. After BASE_NS any will do, for there are daemons that
 * change the frequency all the time.
 */
static bool slew_base_is_due(const struct slew *s, u64 ns)
{
	if (ns - s->based_ns >= BASE_NS)
		return s->longest_ns;
	return !s->known && s->longest_ns >= SHORTEST_NS;
}

static void slew_update_base(struct slew *s, u64 ns)
{
	slew_account(s, ns);
	if (!s->based_ns)
		s->based_ns = ns;
	if (!slew_base_is_due(s, ns))
		return;
	s->change32 = frequency_difference32(s->longest_ppm16, s->base_ppm16);
	s->doubt32 = next_doubt32(s, ns);
	s->base_ppm16 = s->longest_ppm16;
	if (!s->known)
		s->found_ppm16 = s->base_ppm16;
	s->steered &= s->known;
	s->trusted &= s->known;
	s->known = true;
	s->longest_ns = 0;
	s->based_ns = ns;
	s->now.since_ns = ns;
}

/* What the frequency moves the clock by in some time */
static u64 slew_moves_ns(const struct slew *s, u64 ns)
{
	return ((unsigned __int128)ns * slew_rate32(s)) >> 32;
}

/**
 * slew_frequency() - the frequency in force
 * @s: the slew
 * @now: the frequency; it may be the same as before
 */
void slew_frequency(struct slew *s, struct slew_frequency now)
{
	if (now.ppm16 == s->now.ppm16 && s->now.since_ns)
		return;
	if (s->now.since_ns)
		slew_account(s, now.since_ns);
	if (!slew_is_fast(s))
		s->slewed_ns += slew_moves_ns(s, now.since_ns - s->begun_ns);
	s->begun_ns = now.since_ns;
	s->now = now;
	s->alone_ns = 0;
	if (!s->known || s->steered)
		return;
	s->steered = true;
	s->longest_ns = 0;
	s->based_ns = now.since_ns;
}

/* An update: the daemon has had time to see that its frequency is right. */
static void slew_doubt_less(struct slew *s, u64 ns)
{
	if (!s->known || !s->steered || ns - s->doubted_ns < BASE_NS ||
	    (!s->trusted && s->base_ppm16 == s->found_ppm16))
		return;
	s->doubt32 = max(s->change32, s->doubt32 / DOUBT_PART);
	s->doubted_ns = ns;
	s->trusted |= s->doubt32 < SMALL_DOUBT32;
}

/* The machine may have been up for months before the first report. */
static u64 interval_ns(u64 from_ns, u64 ns)
{
	return from_ns ? ns - from_ns : min(ns, FIRST_NS);
}

/* Remember what was slewed since the last update, and will be by the kernel. */
static void slew_learn(struct slew *s, u64 ns, u64 pending_ns)
{
	u64 time_ns = interval_ns(s->updated_ns, ns);

	if (time_ns < SHORTEST_NS)
		return;
	s->moved_ns += min(s->slewed_ns + pending_ns, time_ns / MEAN_PART) -
		       s->moved_ns / MEAN_UPDATES;
	s->lasted_ns += time_ns - s->lasted_ns / MEAN_UPDATES;
	s->updated_ns = ns;
	s->slewed_ns = 0;
}

/**
 * slew_report() - a daemon reports the error of the clock
 * @s: the slew
 * @report: the report
 * @pending_ns: offset that the kernel slews by itself, ns
 *
 * Return: the offset that the frequency may be about to remove, or that the
 * daemon may not have seen, ns, besides the reported error.
 */
u64 slew_report(struct slew *s, const struct errors_report *report,
		u64 pending_ns)
{
	u64 ns = report->ns;
	u64 half_ns = interval_ns(report->previous_ns, ns) / 2;
	u64 lag_ns, offset_ns;

	if (!s->known || !s->alone_ns)
		s->alone_ns = ns;
	if (report->maxerror_ns > LAG_NS || pending_ns)
		s->alone_ns = 0;
	slew_update_base(s, ns);
	offset_ns = slew_moves_ns(s, max(half_ns, VMCLOCK_NSEC_PER_SEC));
	if (report->update || pending_ns) {
		slew_doubt_less(s, ns);
		slew_learn(s, ns, pending_ns);
	}
	lag_ns = s->trusted || slew_doubt32(s) < SMALL_DOUBT32 ? 0 : LAG_NS;
	return lag_ns + (slew_is_fast(s) ? 0 : offset_ns);
}

/**
 * slew_is_fast() - whether the frequency is too far off for an estimate
 * @s: the slew
 *
 * Return: true if it is off by more than SLEW_LIMIT32; false if the base
 * frequency isn't known.
 */
bool slew_is_fast(const struct slew *s)
{
	return slew_rate32(s) > SLEW_LIMIT32;
}

/**
 * slew_doubt32() - by how much the clock's rate may be wrong, without a slew
 * @s: the slew
 *
 * Return: part of the time / 2^32.
 */
u32 slew_doubt32(const struct slew *s)
{
	return s->known ? s->doubt32 : DOUBT32;
}

/**
 * slew_turn32() - by how much the rate may turn back
 * @s: the slew
 *
 * Return: part of the time / 2^32.
 */
u32 slew_turn32(const struct slew *s)
{
	/* below 2^48 if the updates are less than a year apart */
	u64 turn_ns = TURN_MEANS * s->moved_ns;

	return div64_u64(turn_ns << 16, (s->lasted_ns >> 16) + 1);
}
