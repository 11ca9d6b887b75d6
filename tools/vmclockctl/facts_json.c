// SPDX-License-Identifier: GPL-2.0
/*
 * The facts as JSON, as docs/vmclockctl.schema.json describes them. What isn't
 * known is null; 64 bits that mean nothing as a number are strings in hex.
 */
#include "facts_json.h"
#include "json.h"
#include "rates.h"
#include "text.h"

static void flags_json(u64 flags)
{
	unsigned int bit;

	json_hex("flags", flags);
	json_array("flag_names");
	for (bit = 0; bit < 64; bit++)
		if (flags >> bit & 1 && text_flag(bit))
			json_string(NULL, text_flag(bit));
	json_end();
}

static void line_json(const struct vmclock_params *p)
{
	json_hex("counter_value", p->line.counter);
	json_u64("counter_period_shift", p->line.period_shift);
	json_hex("counter_period_frac_sec", p->line.period_frac);
	json_double("counter_period_ps", rate_period_ps(&p->line));
	json_double("counter_hz", rate_hz(&p->line));
	json_hex("counter_period_esterror_rate_frac_sec", p->esterror_rate_frac);
	json_hex("counter_period_maxerror_rate_frac_sec", p->maxerror_rate_frac);
	json_double("period_esterror_ppb",
		    rate_ppb(p->esterror_rate_frac, &p->line));
	json_double("period_maxerror_ppb",
		    rate_ppb(p->maxerror_rate_frac, &p->line));
	json_s64("time_sec", p->line.time.sec);
	json_hex("time_frac_sec", p->line.time.frac);
	json_u64("time_esterror_ns", p->esterror_ns);
	json_u64("time_maxerror_ns", p->maxerror_ns);
}

/**
 * page_json() - the fields of a page, valid or not
 * @key: name
 * @page: the page
 */
void page_json(const char *key, const struct page_copy *page)
{
	const struct vmclock_params *p = &page->p;
	char text[TEXT_SIZE];

	json_object(key);
	json_string("defect", page->defect);
	json_string("time_defect", page->time_defect);
	json_hex("magic", p->magic);
	json_u64("size", p->size);
	json_u64("version", p->version);
	json_string("counter_id", text_counter(text, p->counter_id));
	json_string("time_type", text_time_type(text, p->time_type));
	json_u64("seq_count", p->seq);
	json_hex("disruption_marker", p->disruption_marker);
	flags_json(p->flags);
	json_string("clock_status", text_status(text, p->status));
	json_string("smearing_hint", text_smearing(text, p->smearing_hint));
	json_s64("tai_offset_sec", p->tai_offset_sec);
	json_string("leap_indicator", text_leap(text, p->leap));
	line_json(p);
	json_hex("vm_generation_counter", p->vm_generation);
	json_end();
}

static void time_json(const char *key, struct vmclock_time t, const char *text)
{
	json_object(key);
	json_s64("sec", t.sec);
	json_u64("ns", vmclock_frac_to_ns(t.frac));
	json_string("text", text);
	json_end();
}

/**
 * now_json() - a page's time at a moment
 * @key: name
 * @now: the moment
 */
void now_json(const char *key, const struct now *now)
{
	const struct vmclock_scales *s = &now->scales;
	char text[TEXT_SIZE];

	json_object(key);
	json_hex("counter", now->counter);
	if (s->tai_valid)
		time_json("tai", s->tai, text_time(text, s->tai, 0));
	else
		json_null("tai");
	if (s->utc_valid)
		time_json("utc", s->utc, text_utc(text, s->utc, s->leap));
	else
		json_null("utc");
	if (s->tai_valid && s->utc_valid)
		json_s64("tai_offset_sec", s->tai_offset_sec);
	else
		json_null("tai_offset_sec");
	json_string("leap_indicator", text_leap(text, s->leap));
	json_bound("maxerror_ns", now->maxerror_ns);
	json_bound("esterror_ns", now->esterror_ns);
	json_s64("age_ns", now->age_ns);
	if (now->scale == SCALE_NONE) {
		json_null("clock_minus_page");
	} else {
		json_object("clock_minus_page");
		json_string("clock", clock_name(now->scale));
		json_s64("ns", now->diff.ns);
		json_u64("uncertainty_ns", now->diff.uncertainty_ns);
		json_end();
	}
	json_end();
}

static const char *or_null(const char *text)
{
	return text[0] ? text : NULL;
}

static void device_json(const struct device *d)
{
	size_t i;

	json_object(NULL);
	json_string("name", d->name);
	json_string("kind", d->host ? "host" : "guest");
	json_string("error", d->error ? page_load_error(d->error) : NULL);
	if (d->error)
		json_null("page");
	else
		page_json("page", &d->page);
	if (d->has_now)
		now_json("now", &d->now);
	else
		json_null("now");
	json_string("driver", or_null(d->driver));
	json_string("ptp", or_null(d->ptp));
	json_object("sysfs");
	for (i = 0; i < ATTR_COUNT; i++)
		json_string(page_attr_names[i], or_null(d->attr[i]));
	json_end();
	json_end();
}

static void lock_json(const struct lock *lock)
{
	size_t i;
	s64 value;

	if (!lock->present) {
		json_null("lock");
		return;
	}
	json_object("lock");
	for (i = 0; i < LOCK_COUNT; i++)
		if (!lock_attr_is_number(i))
			json_string(lock_attr_names[i], lock->attr[i]);
		else if (lock_number(lock, i, &value))
			json_s64(lock_attr_names[i], value);
		else
			json_null(lock_attr_names[i]);
	json_end();
}

static void modules_json(const struct facts *f)
{
	size_t i;

	json_object("modules");
	for (i = 0; i < MODULE_COUNT; i++) {
		json_object(module_names[i]);
		json_bool("loaded", f->modules[i].loaded);
		json_string("version", or_null(f->modules[i].version));
		json_end();
	}
	json_end();
}

static void kernel_json(const struct kernel_clock *k)
{
	if (k->error) {
		json_null("kernel_clock");
		return;
	}
	json_object("kernel_clock");
	json_bool("synchronized", k->synchronized);
	json_s64("tai_offset_sec", k->tai_offset_sec);
	json_s64("maxerror_us", k->maxerror_us);
	json_s64("esterror_us", k->esterror_us);
	json_double("frequency_ppb", k->frequency_ppb);
	json_string("leap", k->leap);
	json_end();
}

static void sources_json(const struct clocksources *s)
{
	char text[FS_TEXT], *name, *rest = text;

	strcpy(text, s->available);
	json_object("clocksource");
	json_string("current", or_null(s->current));
	json_array("available");
	while ((name = strtok_r(rest, " ", &rest)))
		json_string(NULL, name);
	json_end();
	json_end();
}

/**
 * facts_json() - all facts, into an object that was begun
 * @f: the facts
 */
void facts_json(const struct facts *f)
{
	size_t i;

	json_array("devices");
	for (i = 0; i < f->n_devices; i++)
		device_json(&f->devices[i]);
	json_end();
	lock_json(&f->lock);
	modules_json(f);
	sources_json(&f->sources);
	kernel_json(&f->kernel);
}
