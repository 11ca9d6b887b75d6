/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Tracepoints, all from the thread: transitions of the state, and each call
 * that moves the clock.
 */
#undef TRACE_SYSTEM
#define TRACE_SYSTEM timekeeping_reference

#if !defined(_TKREF_TRACE_H) || defined(TRACE_HEADER_MULTI_READ)
#define _TKREF_TRACE_H

#include <linux/tracepoint.h>

#include "status.h"

#define TKREF_REASON_LEN	64

TRACE_EVENT(tkref_state,
	TP_PROTO(const struct tkref_status *status),
	TP_ARGS(status),
	TP_STRUCT__entry(
		__field(int, state)
		__field(s64, phase_ns32)
		__array(char, reason, TKREF_REASON_LEN)
		__array(char, reference, TKREF_NAME_LEN)
		__array(char, adjusted_by, TKREF_NAME_LEN)
	),
	TP_fast_assign(
		__entry->state = status->d.state;
		__entry->phase_ns32 = status->phase_ns32;
		strscpy(__entry->reason, tkref_reason(&status->d),
			TKREF_REASON_LEN);
		strscpy(__entry->reference, status->d.source.name,
			TKREF_NAME_LEN);
		strscpy(__entry->adjusted_by, status->d.external.name,
			TKREF_NAME_LEN);
	),
	TP_printk("state=%s reason=\"%s\" reference=%s adjusted_by=\"%s\" phase_ns=%lld",
		  __print_symbolic(__entry->state,
				   { 0, "waiting" },
				   { 1, "locked" },
				   { 2, "holdover" },
				   { 3, "unsynchronized" },
				   { 4, "yielded" }),
		  __entry->reason, __entry->reference, __entry->adjusted_by,
		  __entry->phase_ns32 >> 32)
);

TRACE_EVENT(tkref_rate,
	TP_PROTO(s64 freq, s32 tick_us, int mode),
	TP_ARGS(freq, tick_us, mode),
	TP_STRUCT__entry(
		__field(s64, freq)
		__field(s32, tick_us)
		__field(int, mode)
	),
	TP_fast_assign(
		__entry->freq = freq;
		__entry->tick_us = tick_us;
		__entry->mode = mode;
	),
	TP_printk("freq=%lld tick_us=%d mode=%s", __entry->freq,
		  __entry->tick_us,
		  __print_symbolic(__entry->mode,
				   { 0, "steady" },
				   { 1, "align" },
				   { 2, "probe" },
				   { 3, "pulse" }))
);

TRACE_EVENT(tkref_step,
	TP_PROTO(s64 sec, u32 nsec),
	TP_ARGS(sec, nsec),
	TP_STRUCT__entry(
		__field(s64, sec)
		__field(u32, nsec)
	),
	TP_fast_assign(
		__entry->sec = sec;
		__entry->nsec = nsec;
	),
	TP_printk("sec=%lld nsec=%u", __entry->sec, __entry->nsec)
);

#endif /* _TKREF_TRACE_H */

#undef TRACE_INCLUDE_PATH
#define TRACE_INCLUDE_PATH .
#undef TRACE_INCLUDE_FILE
#define TRACE_INCLUDE_FILE trace
#include <trace/define_trace.h>
