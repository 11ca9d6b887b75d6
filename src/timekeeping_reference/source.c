// SPDX-License-Identifier: GPL-2.0
/* What the owner's calls make of the discipline. Pure functions. */
#include <linux/string.h>

#include "discipline.h"

static u64 generation_of(const struct vmclock_params *p)
{
	return p->flags & VMCLOCK_FLAG_VM_GEN_COUNTER_PRESENT ?
	       p->vm_generation : 0;
}

/*
 * A new marker or generation makes the previous line void. Markers of garbage
 * are not adopted.
 */
static bool markers_changed(struct tkref_source *source,
			    const struct vmclock_params *p)
{
	bool changed = p->disruption_marker != source->marker ||
		       generation_of(p) != source->generation;

	if (vmclock_page_defect(p))
		return false;
	source->marker = p->disruption_marker;
	source->generation = generation_of(p);
	return changed;
}

/**
 * tkref_source_adopt_line() - compute what follows from parameters and scale
 * @d: its line and servo are updated
 */
void tkref_source_adopt_line(struct tkref_discipline *d)
{
	tkref_line_set(&d->source.line, &d->source.params, &d->observed.scale);
	d->servo.period_ns56 = vmclock_line_period_ns56(&d->source.line.line);
	servo_prepare(&d->servo);
}

/* A pulse that was computed for another phase is dropped. */
static void adopt_params(struct tkref_discipline *d,
			 const struct vmclock_params *p)
{
	const struct servo_sample *sample = &d->servo.sample;
	__int128 moved = -(__int128)sample->phase_ns32;
	struct servo_frequency f;

	d->source.params = *p;
	tkref_source_adopt_line(d);
	tkref_compare(d);

	moved += sample->phase_ns32;
	if (d->servo.mode != SERVO_STEADY &&
	    (moved > 1LL << 32 || moved < -(1LL << 32)))
		servo_drop(&d->servo);
	f = servo_rate(&d->servo);
	if (!d->applied.frequency_known ||
	    !servo_same_frequency(&f, &d->applied.frequency))
		d->servo.rate_stale = true;
}

/* The previous line is void: the next one may begin with a step. */
static void forget_line(struct tkref_discipline *d, const char *cause)
{
	d->source.line.valid = false;
	servo_reset(&d->servo);
	d->step_cause = cause;
	if (d->state != TKREF_YIELDED)
		d->state = TKREF_WAITING;
	else
		d->source.disrupted = true;
}

/**
 * tkref_source_suspend() - the machine has resumed; the counter may be another
 * @d: its line is void until the owner has read the next one
 * @restarted: the clocksource has begun anew
 * @slept: the line's time before
 */
void tkref_source_suspend(struct tkref_discipline *d, bool restarted,
			  struct vmclock_time slept)
{
	if (!d->source.line.valid)
		return;
	d->source.woke = vmclock_counter_read();
	/* a clocksource like kvm-clock goes on when the counter begins anew */
	d->source.restarted = restarted ||
		(s64)(d->source.woke - d->source.params.line.counter) < 0;
	d->source.slept = slept;
	forget_line(d, "resume");
	d->source.defect = "not read since the machine has resumed";
	d->source.lost = vmclock_counter_read();
	d->timing.armed = TKREF_NEVER;
	d->want = true;
}

/*
 * Does the page still have the line of before the counter began anew? By that
 * line the machine would have woken before it slept.
 */
static bool is_outdated(const struct tkref_source *source,
			const struct vmclock_params *p)
{
	/* of the counter itself: the clocksource may be another since */
	static const struct vmclock_scale counter;
	struct tkref_line line;

	if (!source->restarted)
		return false;
	tkref_line_set(&line, p, &counter);
	return vmclock_time_before(vmclock_line_at(&line.line, source->woke),
				   source->slept);
}

int tkref_source_set(struct tkref_discipline *d, struct module *owner,
		     const struct tkref_reference *ref)
{
	const struct vmclock_scale *scale = d->observed.scaled ?
					  &d->observed.scale : NULL;
	const struct vmclock_params *p = &ref->params;
	struct tkref_source *source = &d->source;

	if (source->owned && source->owner != owner)
		return -EBUSY;
	if (!source->owned) {
		d->applied.pending = true;
		d->state = TKREF_WAITING;
	}
	if (markers_changed(source, p) || !source->owned) {
		forget_line(d, source->owned ? "disruption" : "first lock");
		source->restarted = false;
	}
	source->owned = true;
	source->owner = owner;
	strscpy(source->name, ref->name, sizeof(source->name));
	source->status = p->status;
	if (!source->defect)
		source->lost = vmclock_counter_read();
	source->defect = tkref_reference_defect(p, scale, &d->servo.sample);
	d->want = true;
	if (source->defect)
		return -EINVAL;
	if (is_outdated(source, p)) {
		source->defect = "page is of before the counter began anew";
		return -ESTALE;
	}
	source->restarted = false;
	adopt_params(d, p);
	return 0;
}

/* Return: whether the owner has gone. */
bool tkref_source_clear(struct tkref_discipline *d, struct module *owner)
{
	struct tkref_source *source = &d->source;

	if (!source->owned || source->owner != owner)
		return false;
	forget_line(d, NULL);
	source->owned = false;
	source->owner = NULL;
	source->name[0] = '\0';
	source->defect = NULL;
	d->want = true;
	return true;
}
