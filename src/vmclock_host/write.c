// SPDX-License-Identifier: GPL-2.0
/*
 * Writes one page: what all pages say, over the counter of the page's readers,
 * and what is particular to it. page.c decides when, and has the locks.
 */
#include "common/counter.h"
#include "bounds.h"
#include "page.h"
#include "write.h"

/*
 * A new line is waited for if it is behind the old one by no more, ns, and for
 * no more readings of the counter.
 */
#define CATCH_UP_NS	1000
#define CATCH_UP_TRIES	64

/* From the time of a content's line to that of a page of this type, s */
static s32 page_shift_sec(const struct host_content *content, u8 time_type)
{
	return time_type == VMCLOCK_TIME_TAI ? content->tai_shift_sec :
					       content->utc_shift_sec;
}

static bool page_knows_tai(const struct host_content *content)
{
	return content->params.flags & VMCLOCK_FLAG_TAI_OFFSET_VALID;
}

/* Whether the host's clock can be told by a page of this type. */
static bool page_has_time(const struct host_content *content, u8 time_type)
{
	return content->has_counter &&
	       (time_type != VMCLOCK_TIME_TAI || page_knows_tai(content));
}

/* Turn a page's fields into those of a page that has no time. */
static void page_forget_time(struct vmclock_params *p, u8 status)
{
	p->status = status;
	p->flags &= VMCLOCK_FLAG_TAI_OFFSET_VALID | HOST_VIEW_FLAGS |
		    VMCLOCK_FLAG_VM_GEN_COUNTER_PRESENT;
	p->line = (struct vmclock_line){ 0 };
	p->maxerror_ns = 0;
	p->esterror_ns = 0;
}

/*
 * The bound grows with the counts of the page's readers. Those on CPUs whose
 * counters are off read a time that is, too.
 */
static void page_bound(const struct host_view *view,
		       const struct host_content *now, struct vmclock_params *p)
{
	struct vmclock_time off;

	p->maxerror_rate_frac = bounds_rate_frac(now->maxrate32,
						 p->line.period_frac);
	if (!(p->flags & VMCLOCK_FLAG_TIME_MAXERROR_VALID) ||
	    !view->translation.spread)
		return;
	off = vmclock_counter_delta_time(view->translation.spread,
					 p->line.period_frac,
					 p->line.period_shift);
	p->maxerror_ns += vmclock_time_to_ns(off) + 1;
}

/*
 * Bring the line, and with it its bound, from the host's counter to a view's.
 * It can't be scaled by a translation that is not known, whose ratio is 0.
 * Drivers of kernels 6.13 to 7.3 refuse nothing but the status UNRELIABLE.
 */
static void page_translate(const struct host_view *view,
			   const struct host_content *now,
			   struct vmclock_params *p)
{
	const struct vmclock_view_translation *t = &view->translation;

	p->line.time.sec += view->shift_sec;
	if (!page_has_time(now, view->time_type))
		page_forget_time(p, VMCLOCK_STATUS_UNRELIABLE);
	else if (host_view_is_machine(view) &&
		 vmclock_line_scale(&p->line, t->ratio, t->frac_bits,
				    t->offset))
		page_forget_time(p, VMCLOCK_STATUS_UNKNOWN);
	else
		page_bound(view, now, p);
}

/* Write all fields that change. The caller has made the sequence count odd. */
static void page_fill(struct host_view *view, const struct host_content *now)
{
	struct vmclock_params p = now->params;

	p.disruption_marker = view->marker + now->disruptions;
	p.vm_generation = view->generation;
	p.flags |= view->flags;
	if (view->monotonic)
		p.flags |= VMCLOCK_FLAG_TIME_MONOTONIC;
	page_translate(view, now, &p);
	vmclock_page_set(host_page_abi(view), &p);
}

/*
 * Wait until the new line tells no earlier time than the old one told when the
 * sequence count became odd. VMCLOCK_FLAG_TIME_MONOTONIC promises that to
 * readers. The lines cross each other when the host's own page is written, so
 * that it takes some ns then, and the more the later a view follows. A step
 * backwards is not waited for.
 *
 * Return: whether the promise holds.
 */
static bool page_catch_up(const struct vmclock_line *old,
			  const struct vmclock_line *new)
{
	struct vmclock_time reached, now;
	int i;

	reached = vmclock_line_at(old, vmclock_counter_read());
	for (i = 0; i < CATCH_UP_TRIES; i++) {
		now = vmclock_line_at(new, vmclock_counter_read());
		if (!vmclock_time_before(now, reached))
			return true;
		now = vmclock_time_sub(reached, now);
		if (vmclock_time_to_ns(now) > CATCH_UP_NS)
			return false;
	}
	return false;
}

/**
 * host_write_translation() - set the translation of what is written next
 * @view: the view
 * @t: another translation than it has
 *
 * Times by the old translation and by the new one have no order.
 *
 * Context: the lock of the view held.
 */
void host_write_translation(struct host_view *view,
			    const struct vmclock_view_translation *t)
{
	view->translation = *t;
	view->monotonic = false;
	view->marker++;
}

/*
 * The hypervisor lets machines' counters go on when the host's begins again, by
 * another translation, of which this one must not take the place.
 */
static void page_take_restarts(struct host_view *view,
			       const struct host_content *now)
{
	static const struct vmclock_view_translation unknown = {
		.reason = VMCLOCK_UNKNOWN_RESTARTED,
	};

	if (view->restarts != now->restarts && view->translation.frac_bits)
		host_write_translation(view, &unknown);
	view->restarts = now->restarts;
}

/**
 * host_write_page() - write a page
 * @view: the view
 * @now: what all pages say
 *
 * A page may jump although its line goes on: UTC by a leap second, TAI by an
 * offset that the kernel was told, which is a disruption.
 *
 * Context: interrupts off, the lock of the view held; no clock is read.
 */
void host_write_page(struct host_view *view, const struct host_content *now)
{
	s32 shift_sec = page_shift_sec(now, view->time_type);
	s32 jump_sec = shift_sec - view->shift_sec;

	vmclock_page_write_begin(host_page_abi(view));
	if (view->lines != now->lines)
		view->monotonic = now->has_counter && jump_sec >= 0 &&
				  page_catch_up(&view->line, &now->params.line);
	view->marker += jump_sec && view->time_type == VMCLOCK_TIME_TAI;
	view->shift_sec = shift_sec;
	view->line = now->params.line;
	view->lines = now->lines;
	page_take_restarts(view, now);
	page_fill(view, now);
	vmclock_page_write_end(host_page_abi(view));
}

/**
 * host_write_begin() - write what never changes in a page
 * @view: the view; HOST_TIME_AUTO is decided here, for the page's life
 * @now: the content that host_write_page() is to write next
 *
 * Context: the lock of the view held.
 */
void host_write_begin(struct host_view *view, const struct host_content *now)
{
	if (view->time_type == HOST_TIME_AUTO)
		view->time_type = page_knows_tai(now) ?
				  VMCLOCK_TIME_TAI : VMCLOCK_TIME_UTC;
	view->shift_sec = page_shift_sec(now, view->time_type);
	vmclock_page_init(host_page_abi(view), &(struct vmclock_params){
		.size = view->size,
		.counter_id = VMCLOCK_COUNTER_ID,
		.time_type = view->time_type,
	});
}
