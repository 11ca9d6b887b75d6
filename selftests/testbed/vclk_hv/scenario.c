// SPDX-License-Identifier: GPL-2.0
/*
 * Scenario text to events. docs/testbed.md describes the language. Written
 * without a library, since the guest's kernel module reads the same text.
 */
#include "scenario.h"

struct scn_name {
	const char *name;
	s64 value;
};

static const struct scn_name scn_time_units[] = {
	{ "ns", 1 }, { "us", 1000 }, { "ms", 1000000 }, { "s", 1000000000 },
	{ "min", 60000000000LL }, { "h", 3600000000000LL }, { }
};

static const struct scn_name scn_freq_units[] = {
	{ "ppt", 1 }, { "ppb", 1000 }, { "ppm", 1000000 }, { }
};

static const struct scn_name scn_plain[] = { { "", 1 }, { } };

static const struct scn_name scn_status[] = {
	{ "unknown", VMCLOCK_STATUS_UNKNOWN },
	{ "initializing", VMCLOCK_STATUS_INITIALIZING },
	{ "synchronized", VMCLOCK_STATUS_SYNCHRONIZED },
	{ "freerunning", VMCLOCK_STATUS_FREERUNNING },
	{ "unreliable", VMCLOCK_STATUS_UNRELIABLE }, { }
};

static const struct scn_name scn_leap[] = {
	{ "none", VMCLOCK_LEAP_NONE }, { "pre_pos", VMCLOCK_LEAP_PRE_POS },
	{ "pre_neg", VMCLOCK_LEAP_PRE_NEG }, { "pos", VMCLOCK_LEAP_POS },
	{ "post_pos", VMCLOCK_LEAP_POST_POS },
	{ "post_neg", VMCLOCK_LEAP_POST_NEG }, { }
};

static const struct scn_name scn_smearing[] = {
	{ "strict", VMCLOCK_SMEARING_STRICT },
	{ "noon_linear", VMCLOCK_SMEARING_NOON_LINEAR },
	{ "utc_sls", VMCLOCK_SMEARING_UTC_SLS }, { }
};

static const struct scn_name scn_garbage[] = {
	{ "none", HV_GARBAGE_NONE }, { "magic", HV_GARBAGE_MAGIC },
	{ "version", HV_GARBAGE_VERSION }, { "size", HV_GARBAGE_SIZE },
	{ "period", HV_GARBAGE_PERIOD }, { "counter", HV_GARBAGE_COUNTER },
	{ "random", HV_GARBAGE_RANDOM }, { }
};

static const struct scn_name scn_type[] = {
	{ "utc", VMCLOCK_TIME_UTC }, { "tai", VMCLOCK_TIME_TAI },
	{ "monotonic", VMCLOCK_TIME_MONOTONIC },
	{ "smeared", VMCLOCK_TIME_INVALID_SMEARED },
	{ "maybe_smeared", VMCLOCK_TIME_INVALID_MAYBE_SMEARED }, { }
};

static const struct scn_name scn_flags[] = {
	{ "tai_offset", VMCLOCK_FLAG_TAI_OFFSET_VALID },
	{ "disruption_soon", VMCLOCK_FLAG_DISRUPTION_SOON },
	{ "disruption_imminent", VMCLOCK_FLAG_DISRUPTION_IMMINENT },
	{ "period_esterror", VMCLOCK_FLAG_PERIOD_ESTERROR_VALID },
	{ "period_maxerror", VMCLOCK_FLAG_PERIOD_MAXERROR_VALID },
	{ "time_esterror", VMCLOCK_FLAG_TIME_ESTERROR_VALID },
	{ "time_maxerror", VMCLOCK_FLAG_TIME_MAXERROR_VALID },
	{ "time_monotonic", VMCLOCK_FLAG_TIME_MONOTONIC },
	{ "vm_gen_counter", VMCLOCK_FLAG_VM_GEN_COUNTER_PRESENT },
	{ "notification", VMCLOCK_FLAG_NOTIFICATION_PRESENT }, { }
};

static const struct scn_name scn_switch[] = {
	{ "off", 0 }, { "on", 1 }, { }
};

static const struct scn_name scn_scale[] = {
	{ "tai", HV_TIME_TAI }, { "utc", HV_TIME_UTC }, { }
};

/* --- words ------------------------------------------------------------ */

static bool scn_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r';
}

static bool scn_line_over(const struct scn *s)
{
	return s->pos == s->end || *s->pos == '\n' || *s->pos == '#';
}

/* the next word of the line; false and an empty word at its end */
static bool scn_next(struct scn *s)
{
	size_t n = 0;

	while (s->pos != s->end && scn_blank(*s->pos))
		s->pos++;
	while (!scn_line_over(s) && !scn_blank(*s->pos)) {
		if (n + 1 < sizeof(s->word))
			s->word[n++] = *s->pos;
		else
			s->error = "is too long";
		s->pos++;
	}
	s->word[n] = 0;
	return n;
}

static bool scn_is(const struct scn *s, const char *word)
{
	return !strcmp(s->word, word);
}

static void scn_next_line(struct scn *s)
{
	while (s->pos != s->end && *s->pos != '\n')
		s->pos++;
	if (s->pos != s->end)
		s->pos++;
	s->line++;
}

/* entry of @names that is the @len characters at @word, or NULL */
static const struct scn_name *scn_find(const struct scn_name *names,
				       const char *word, size_t len)
{
	for (; names->name; names++)
		if (strlen(names->name) == len &&
		    !memcmp(names->name, word, len))
			return names;
	return NULL;
}

static bool scn_digit(char c)
{
	return c >= '0' && c <= '9';
}

/*
 * [+-]digits[.digits]unit; at most 15 digits, so that the number stays below
 * 10^15, and below 2^63 once scaled: what exceeds that is an error.
 */
static s64 scn_number(struct scn *s, const char *p, const char *end,
		      const struct scn_name *units)
{
	bool minus = p != end && *p == '-', point = false;
	const struct scn_name *unit;
	u64 n = 0, divisor = 1, rest;
	unsigned __int128 scaled;
	int digits = 0;

	if (p != end && (*p == '-' || *p == '+'))
		p++;
	for (; p != end && (scn_digit(*p) || (*p == '.' && !point)); p++) {
		if (*p == '.') {
			point = true;
			continue;
		}
		n = n * 10 + (*p - '0');
		divisor *= point ? 10 : 1;
		if (++digits > 15)
			break;
	}
	unit = scn_find(units, p, end - p);
	if (!digits || digits > 15 || (!unit && n)) {
		s->error = units == scn_freq_units ?
			   "is not a frequency (as +40ppm, -3.5ppb)" :
			   units == scn_time_units ?
			   "is not a time (as 2.5s, -30ms, 100us)" :
			   "is not a number";
		return 0;
	}
	if (!n)
		return 0;
	/* n / divisor * unit by whole and rest: rest < 10^15, unit < 2^42 */
	n = div64_u64_rem(n, divisor, &rest);
	scaled = (unsigned __int128)n * unit->value;
	while (divisor > 1000000 && unit->value < 1000000000) {
		divisor /= 10;
		rest /= 10;
	}
	if (rest && rest > U64_MAX / unit->value) {
		s->error = "has too many decimals";
		return 0;
	}
	scaled += div64_u64(rest * unit->value, divisor);
	if (scaled > S64_MAX) {
		s->error = "is too large";
		return 0;
	}
	return minus ? -(s64)scaled : (s64)scaled;
}

/* a number of one of @units, or an error */
static s64 scn_word_number(struct scn *s, const struct scn_name *units)
{
	if (!scn_next(s)) {
		s->error = "a number is missing at the end";
		return 0;
	}
	return scn_number(s, s->word, s->word + strlen(s->word), units);
}

static u64 scn_word_duration(struct scn *s)
{
	s64 ns = scn_word_number(s, scn_time_units);

	if (ns < 0)
		s->error = "is negative";
	return ns;
}

/* --- arguments -------------------------------------------------------- */

static s64 scn_value(struct scn *s, const char *p, const char *end,
		     const struct scn_name *names)
{
	const struct scn_name *name;

	if (names == scn_time_units || names == scn_freq_units ||
	    names == scn_plain)
		return scn_number(s, p, end, names);
	name = scn_find(names, p, end - p);
	if (!name) {
		s->error = "is not known here";
		return 0;
	}
	return name->value;
}

/* values that take turns: a,b,c */
static void scn_list(struct scn *s, struct hv_event *e,
		     const struct scn_name *names)
{
	const char *p = s->word, *end;

	if (!scn_next(s)) {
		s->error = "something is missing at the end";
		return;
	}
	for (;;) {
		for (end = p; *end && *end != ','; end++)
			;
		if (e->values == HV_VALUES) {
			s->error = "has more than 8 values";
			return;
		}
		e->value[e->values++] = scn_value(s, p, end, names);
		if (!*end || s->error)
			return;
		p = end + 1;
	}
}

static void scn_bounds(struct scn *s, struct hv_event *e)
{
	int i;

	for (i = 0; i < 4; i++)
		e->value[i] = -1;
	while (scn_next(s) && !s->error) {
		if (scn_is(s, "none"))
			continue;
		else if (scn_is(s, "est"))
			e->value[0] = scn_word_duration(s);
		else if (scn_is(s, "max"))
			e->value[1] = scn_word_duration(s);
		else if (scn_is(s, "estrate"))
			e->value[2] = scn_word_number(s, scn_freq_units);
		else if (scn_is(s, "rate"))
			e->value[3] = scn_word_number(s, scn_freq_units);
		else
			s->error = "is not one of est, max, estrate, rate, none";
	}
}

static void scn_flag_list(struct scn *s, struct hv_event *e)
{
	const struct scn_name *flag;

	while (scn_next(s) && !s->error) {
		flag = scn_find(scn_flags, s->word + 1, strlen(s->word) - 1);
		if (!flag || (s->word[0] != '+' && s->word[0] != '-'))
			s->error = "is not +flag or -flag";
		else
			e->value[s->word[0] == '-'] |= flag->value;
	}
}

static void scn_tai_offset(struct scn *s, struct hv_event *e)
{
	if (!scn_next(s)) {
		s->error = "a number or none is missing at the end";
		return;
	}
	e->values = 1;
	if (scn_is(s, "none"))
		e->value[0] = S64_MIN;
	else
		e->value[0] = scn_number(s, s->word, s->word + strlen(s->word),
					 scn_plain);
	if (!scn_is(s, "none") && (e->value[0] < -32768 || e->value[0] > 32767))
		s->error = "does not fit into 16 bits";
}

/* time tai|utc SECONDS */
static void scn_time(struct scn *s, struct hv_event *e)
{
	const struct scn_name *scale;

	scn_next(s);
	scale = scn_find(scn_scale, s->word, strlen(s->word));
	if (!scale) {
		s->error = "is not tai or utc";
		return;
	}
	e->verb = scale->value;
	scn_list(s, e, scn_plain);
}

struct scn_verb {
	const char *name;
	enum hv_verb verb;
	const struct scn_name *names;
	void (*parse)(struct scn *s, struct hv_event *e);
};

static const struct scn_verb scn_verbs[] = {
	{ "freq", HV_FREQ, scn_freq_units, NULL },
	{ "phase", HV_PHASE, scn_time_units, NULL },
	{ "time", HV_TIME_TAI, NULL, scn_time },
	{ "disrupt", HV_DISRUPT, NULL, NULL },
	{ "generation", HV_GENERATION, NULL, NULL },
	{ "status", HV_STATUS, scn_status, NULL },
	{ "leap", HV_LEAP, scn_leap, NULL },
	{ "smearing", HV_SMEARING, scn_smearing, NULL },
	{ "bounds", HV_BOUNDS, NULL, scn_bounds },
	{ "stuck", HV_STUCK, scn_time_units, NULL },
	{ "garbage", HV_GARBAGE, scn_garbage, NULL },
	{ "silence", HV_SILENCE, scn_time_units, NULL },
	{ "type", HV_TYPE, scn_type, NULL },
	{ "tai_offset", HV_TAI_OFFSET, NULL, scn_tai_offset },
	{ "flags", HV_FLAGS, NULL, scn_flag_list },
	{ "notify", HV_NOTIFY, scn_switch, NULL },
	{ "ring", HV_RING, NULL, NULL },
	{ "interval", HV_INTERVAL, scn_time_units, NULL },
	{ "stop", HV_STOP, scn_time_units, NULL },
	{ "save", HV_SAVE, NULL, NULL },
	{ "load", HV_LOAD, NULL, NULL },
	{ "stall", HV_STALL, scn_time_units, NULL },
	{ "button", HV_BUTTON, NULL, NULL },
	{ }
};

static bool scn_is_duration(enum hv_verb verb)
{
	return verb == HV_STUCK || verb == HV_SILENCE ||
	       verb == HV_INTERVAL || verb == HV_STOP || verb == HV_STALL;
}

static void scn_check_values(struct scn *s, const struct hv_event *e)
{
	u32 i;

	for (i = 0; i < e->values && !s->error; i++) {
		if (scn_is_duration(e->verb) && e->value[i] < 0)
			s->error = "is negative";
		if (e->verb == HV_FREQ && (e->value[i] > 500000000000LL ||
					   e->value[i] < -500000000000LL))
			s->error = "is more than 500000ppm";
	}
}

/* VERB ARGUMENTS, the word read being the verb */
static void scn_verb(struct scn *s, struct hv_event *e)
{
	const struct scn_verb *v;

	for (v = scn_verbs; v->name && !scn_is(s, v->name); v++)
		;
	if (!v->name) {
		s->error = "is not something that a hypervisor does";
		return;
	}
	e->verb = v->verb;
	if (v->names)
		scn_list(s, e, v->names);
	if (v->parse)
		v->parse(s, e);
	if (!s->error)
		scn_check_values(s, e);
}

/* at TIME | every TIME [from TIME] [until TIME], or nothing */
static void scn_when(struct scn *s, struct hv_event *e)
{
	e->until_ns = HV_NEVER;
	if (scn_is(s, "at")) {
		e->due_ns = scn_word_duration(s);
		if (!s->error)
			scn_next(s);
		return;
	}
	if (!scn_is(s, "every"))
		return;
	e->every_ns = scn_word_duration(s);
	e->due_ns = e->every_ns;
	if (!s->error && e->every_ns < 1000000)
		s->error = "is less than 1ms";
	while (!s->error && scn_next(s)) {
		if (scn_is(s, "from"))
			e->due_ns = scn_word_duration(s);
		else if (scn_is(s, "until"))
			e->until_ns = scn_word_duration(s);
		else
			return;
	}
}

static void scn_parse_line(struct scn *s, struct hv *hv)
{
	struct hv_event e = { 0 };

	if (!scn_next(s))
		return;
	if (scn_is(s, "start")) {
		scn_next(s);
		hv->wait_start = scn_is(s, "guest");
		if (!hv->wait_start && !scn_is(s, "boot"))
			s->error = "is not boot or guest";
	} else {
		scn_when(s, &e);
		if (!s->error)
			scn_verb(s, &e);
		if (!s->error && hv->events == HV_EVENTS)
			s->error = "is one event too many (128)";
		if (!s->error)
			hv->event[hv->events++] = e;
	}
	if (!s->error && scn_next(s))
		s->error = "is too much";
}

/**
 * scn_parse() - a whole scenario
 * @s: parser, of which @line, @word and @error describe what is wrong
 * @text: the text
 * @len: its length
 * @hv: hypervisor that gets the events
 *
 * Return: true if it is right.
 */
bool scn_parse(struct scn *s, const char *text, size_t len, struct hv *hv)
{
	*s = (struct scn){ .pos = text, .end = text + len, .line = 1 };
	while (s->pos != s->end) {
		scn_parse_line(s, hv);
		if (s->error)
			return false;
		scn_next_line(s);
	}
	return true;
}
