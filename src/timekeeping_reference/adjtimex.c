// SPDX-License-Identifier: GPL-2.0
/* The few forms of adjtimex that are used; see adjtimex.h for the context. */
#include <linux/kernel.h>

#include "compat/do_adjtimex.h"
#include "adjtimex.h"
#include "events.h"

u64 tkref_calls;

int tkref_resolve(void)
{
	return vmclock_adjtimex_resolve();
}

/* The first error is logged. */
static int call_adjtimex(struct __kernel_timex *txc)
{
	static bool logged;
	int ret = vmclock_adjtimex(txc);

	tkref_calls++;
	if (ret < 0 && !logged)
		logged = tkref_event_add(&(struct tkref_event){
			.kind = TKREF_EVENT_FAILED,
			.error = ret,
		});
	return ret;
}

static u32 to_usec(u64 ns)
{
	return min_t(u64, DIV_ROUND_UP_ULL(min_t(u64, ns, U64_MAX / 2), 1000),
		     NTP_PHASE_LIMIT);
}

/* Let a call bring status and bounds along. */
static void add_ntp(struct __kernel_timex *txc, const struct tkref_ntp *ntp)
{
	if (!ntp->valid)
		return;
	txc->modes |= ADJ_STATUS | ADJ_MAXERROR | ADJ_ESTERROR;
	txc->status = ntp->status;
	txc->maxerror = to_usec(ntp->maxerror_ns);
	txc->esterror = to_usec(ntp->esterror_ns);
}

/*
 * A step, or another clocksource, resets the moment of the next leap second but
 * not the state that waits for it, and the kernel would make none. Clearing
 * STA_PLL resets that state as well, so that STA_INS or STA_DEL begin anew.
 */
static int call_rearmed(struct __kernel_timex *txc)
{
	struct __kernel_timex status = {
		.modes = ADJ_STATUS,
		.status = txc->status,
	};
	int ret;

	if (!(txc->modes & ADJ_STATUS) || !(txc->status & (STA_INS | STA_DEL)))
		return call_adjtimex(txc);
	txc->status |= STA_PLL;
	ret = call_adjtimex(txc);
	return ret < 0 ? ret : call_adjtimex(&status);
}

static int call_with_ntp(struct __kernel_timex *txc,
			 const struct tkref_ntp *ntp)
{
	add_ntp(txc, ntp);
	return ntp->rearm ? call_rearmed(txc) : call_adjtimex(txc);
}

int tkref_set_frequency(struct servo_frequency frequency,
			const struct tkref_ntp *ntp)
{
	struct __kernel_timex txc = {
		.modes = ADJ_FREQUENCY | ADJ_TICK,
		.freq = frequency.freq,
		.tick = frequency.tick,
	};

	return call_with_ntp(&txc, ntp);
}

/*
 * Rounded to the nearest nanosecond. ADJ_NANO makes tv_usec nanoseconds, and
 * would leave everybody's adjtimex(2) in nanoseconds without ADJ_MICRO. The
 * kernel steps first, which clears its NTP state, then sets what else the call
 * brings. The TAI offset, if it is another one, goes along: CLOCK_TAI would be
 * off by a second between two calls.
 */
int tkref_step(struct vmclock_time offset, const s32 *tai_offset_sec,
	       const struct tkref_ntp *ntp)
{
	struct vmclock_time half = { .frac = vmclock_ns32_to_frac(1ULL << 31) };
	struct __kernel_timex txc = {
		.modes = ADJ_SETOFFSET | ADJ_NANO | ADJ_MICRO,
	};

	offset = vmclock_time_add(offset, half);
	txc.time.tv_sec = offset.sec;
	txc.time.tv_usec = vmclock_frac_to_ns(offset.frac);
	if (tai_offset_sec) {
		txc.modes |= ADJ_TAI;
		txc.constant = *tai_offset_sec;
	}
	add_ntp(&txc, ntp);
	return call_rearmed(&txc);
}

/*
 * Another program has set a frequency. If it has left the tick of our
 * correction as it was, that is put back to the reference's.
 */
void tkref_leave_tick(const struct servo_frequency *ours, s32 tick)
{
	struct __kernel_timex now = {};
	struct __kernel_timex txc = { .modes = ADJ_TICK, .tick = tick };

	if (call_adjtimex(&now) >= 0 && ours->tick != tick &&
	    now.tick == ours->tick && now.freq != ours->freq)
		call_adjtimex(&txc);
}

void tkref_set_tai_offset(s32 offset_sec)
{
	struct __kernel_timex txc = {
		.modes = ADJ_TAI,
		.constant = offset_sec,
	};

	call_adjtimex(&txc);
}

/*
 * What an earlier daemon left to be slewed would change the rate in every
 * second to come. time_offset is reset by an offset of 0, which the kernel
 * looks at only with STA_PLL; STA_FREQHOLD keeps that from touching the
 * frequency. time_adjust is reset by an adjtime() of 0.
 */
void tkref_clear_pending(void)
{
	struct __kernel_timex offset = {
		.modes = ADJ_STATUS | ADJ_OFFSET,
		.status = STA_PLL | STA_FREQHOLD | STA_UNSYNC,
	};
	struct __kernel_timex adjtime = {
		.modes = ADJ_ADJTIME | ADJ_OFFSET_SINGLESHOT,
	};
	struct __kernel_timex status = {
		.modes = ADJ_STATUS,
		.status = STA_UNSYNC,
	};

	if (call_adjtimex(&offset) >= 0 && call_adjtimex(&adjtime) >= 0)
		call_adjtimex(&status);
}

int tkref_set_ntp(const struct tkref_ntp *ntp)
{
	struct __kernel_timex txc = {};

	return call_with_ntp(&txc, ntp);
}
