// SPDX-License-Identifier: GPL-2.0
/*
 * Times, intervals and the ABI's numbers in words. The words are those of
 * docs/ABI/sysfs-ptp_vmclock; a number without a name is shown as a number.
 */
#include <time.h>

#include "ctl.h"
#include "text.h"

/**
 * text_time() - a moment as ISO 8601, to the nanosecond
 * @text: result
 * @t: seconds since 1970 of any scale
 * @leap: VMCLOCK_LEAP_POS shows the second as 60
 *
 * Return: @text; the bare number for what no calendar has.
 */
const char *text_time(char text[TEXT_SIZE], struct vmclock_time t, u8 leap)
{
	time_t sec = t.sec;
	struct tm tm;
	size_t n;

	if (!gmtime_r(&sec, &tm)) {
		snprintf(text, TEXT_SIZE, "%lld.%09u s", t.sec,
			 vmclock_frac_to_ns(t.frac));
		return text;
	}
	n = strftime(text, TEXT_SIZE, "%Y-%m-%dT%H:%M:", &tm);
	if (leap == VMCLOCK_LEAP_POS)
		tm.tm_sec++;
	snprintf(text + n, TEXT_SIZE - n, "%02d.%09u", tm.tm_sec,
		 vmclock_frac_to_ns(t.frac));
	return text;
}

/**
 * text_utc() - a moment of UTC: text_time() with the zone
 * @text: result
 * @t: seconds since 1970
 * @leap: VMCLOCK_LEAP_POS shows the second as 60
 *
 * Return: @text.
 */
const char *text_utc(char text[TEXT_SIZE], struct vmclock_time t, u8 leap)
{
	text_time(text, t, leap);
	if (strchr(text, 'T'))
		strcat(text, "Z");
	return text;
}

/**
 * text_now() - this moment by the system clock
 * @text: result
 *
 * Return: @text, in UTC.
 */
const char *text_now(char text[TEXT_SIZE])
{
	struct timespec ts;
	struct vmclock_time now;

	clock_gettime(CLOCK_REALTIME, &ts);
	now = vmclock_time_from_ns(ts.tv_nsec);
	now.sec += ts.tv_sec;
	return text_utc(text, now, 0);
}

/**
 * text_ps() - an interval with the unit that fits it
 * @text: result
 * @ps: picoseconds
 *
 * Return: @text, with four digits.
 */
const char *text_ps(char text[TEXT_SIZE], __int128 ps)
{
	static const char * const units[] = { "ps", "ns", "us", "ms", "s" };
	double value = ps;
	size_t i;

	for (i = 0; i + 1 < CTL_ARRAY_SIZE(units) &&
	     (value >= 999.95 || value <= -999.95); i++)
		value /= 1000;
	if (i)
		snprintf(text, TEXT_SIZE, "%.4g %s", value, units[i]);
	else
		snprintf(text, TEXT_SIZE, "%.0f %s", value, units[i]);
	if (i + 1 == CTL_ARRAY_SIZE(units) && (value > 9999 || value < -9999))
		snprintf(text, TEXT_SIZE, "%.0f s", value);
	return text;
}

/**
 * text_ns() - text_ps() of nanoseconds
 * @text: result
 * @ns: nanoseconds
 *
 * Return: @text.
 */
const char *text_ns(char text[TEXT_SIZE], s64 ns)
{
	return ns ? text_ps(text, (__int128)ns * 1000) :
	       strcpy(text, "0 ns");
}

/**
 * text_bound() - an error bound
 * @text: result
 * @ns: nanoseconds; U64_MAX for none
 *
 * Return: @text.
 */
const char *text_bound(char text[TEXT_SIZE], u64 ns)
{
	if (ns == U64_MAX)
		return strcpy(text, "unknown");
	return text_ps(text, (__int128)ns * 1000);
}

static const char *name(char text[TEXT_SIZE], const char * const *names,
			size_t n, u8 value)
{
	if (value < n)
		return names[value];
	snprintf(text, TEXT_SIZE, "%u", value);
	return text;
}

const char *text_counter(char text[TEXT_SIZE], u8 id)
{
	static const char * const names[] = { "arm-vcnt", "x86-tsc" };

	if (id == VMCLOCK_COUNTER_INVALID)
		return "none";
	return name(text, names, CTL_ARRAY_SIZE(names), id);
}

const char *text_time_type(char text[TEXT_SIZE], u8 type)
{
	static const char * const names[] = {
		"utc", "tai", "monotonic", "smeared", "maybe-smeared",
	};

	return name(text, names, CTL_ARRAY_SIZE(names), type);
}

const char *text_status(char text[TEXT_SIZE], u8 status)
{
	static const char * const names[] = {
		"unknown", "initializing", "synchronized", "freerunning",
		"unreliable",
	};

	return name(text, names, CTL_ARRAY_SIZE(names), status);
}

const char *text_leap(char text[TEXT_SIZE], u8 leap)
{
	static const char * const names[] = {
		"none", "pre-positive", "pre-negative", "positive",
		"post-positive", "post-negative",
	};

	return name(text, names, CTL_ARRAY_SIZE(names), leap);
}

const char *text_smearing(char text[TEXT_SIZE], u8 hint)
{
	static const char * const names[] = {
		"strict", "noon-linear", "utc-sls",
	};

	return name(text, names, CTL_ARRAY_SIZE(names), hint);
}

/**
 * text_flag() - name of a flag
 * @bit: 0 to 63
 *
 * Return: the name, or NULL.
 */
const char *text_flag(unsigned int bit)
{
	static const char * const names[] = {
		"tai-offset-valid", "disruption-soon", "disruption-imminent",
		"period-esterror-valid", "period-maxerror-valid",
		"time-esterror-valid", "time-maxerror-valid", "time-monotonic",
		"vm-gen-counter-present", "notification-present",
	};

	return bit < CTL_ARRAY_SIZE(names) ? names[bit] : NULL;
}
