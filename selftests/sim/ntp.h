/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A model of the kernel's NTP state machine (kernel/time/ntp.c, alike from 5.10
 * to 7.3): status bits, leap seconds, the TAI offset, maxerror.
 */
#ifndef _VMCLOCK_SIM_NTP_H
#define _VMCLOCK_SIM_NTP_H

#include "kernel.h"

#define NTP_SEC_PER_DAY		86400

enum ntp_time_state { NTP_OK, NTP_INS, NTP_DEL, NTP_OOP, NTP_WAIT };

/**
 * struct ntp_model - the kernel's NTP state
 * @state: of the leap second
 * @status: STA_*
 * @next_leap_sec: UTC second at which it happens
 * @tai_offset_sec: TAI - UTC
 * @maxerror_us: grows by 500 each second
 * @leaps: leap seconds that were made
 */
struct ntp_model {
	enum ntp_time_state state;
	int status;
	s64 next_leap_sec;
	s32 tai_offset_sec;
	s64 maxerror_us;
	s32 leaps;
};

/* After a step or a change of the clocksource. */
static inline void ntp_model_clear(struct ntp_model *ntp)
{
	ntp->status |= STA_UNSYNC;
	ntp->maxerror_us = NTP_PHASE_LIMIT;
	ntp->next_leap_sec = S64_MAX;
}

static inline void ntp_model_set_status(struct ntp_model *ntp, int status)
{
	if (ntp->status & STA_PLL && !(status & STA_PLL)) {
		ntp->state = NTP_OK;
		ntp->next_leap_sec = S64_MAX;
	}
	ntp->status = status;
}

static inline void ntp_model_schedule(struct ntp_model *ntp, s64 sec)
{
	if (ntp->status & STA_INS) {
		ntp->state = NTP_INS;
		ntp->next_leap_sec = sec + NTP_SEC_PER_DAY -
				     sec % NTP_SEC_PER_DAY;
	} else if (ntp->status & STA_DEL) {
		ntp->state = NTP_DEL;
		ntp->next_leap_sec = sec + NTP_SEC_PER_DAY -
				     (sec + 1) % NTP_SEC_PER_DAY;
	}
}

/* A second of UTC begins. Return: what a leap second adds to UTC. */
static inline s32 ntp_model_second(struct ntp_model *ntp, s64 sec)
{
	s32 leap = 0;

	switch (ntp->state) {
	case NTP_OK:
		ntp_model_schedule(ntp, sec);
		break;
	case NTP_INS:
	case NTP_DEL:
		if (!(ntp->status & (ntp->state == NTP_INS ? STA_INS :
							      STA_DEL))) {
			ntp->next_leap_sec = S64_MAX;
			ntp->state = NTP_OK;
		} else if (sec == ntp->next_leap_sec) {
			leap = ntp->state == NTP_INS ? -1 : 1;
			ntp->next_leap_sec = S64_MAX;
			ntp->state = leap < 0 ? NTP_OOP : NTP_WAIT;
		}
		break;
	case NTP_OOP:
		ntp->state = NTP_WAIT;
		break;
	case NTP_WAIT:
		if (!(ntp->status & (STA_INS | STA_DEL)))
			ntp->state = NTP_OK;
		break;
	}
	ntp->maxerror_us += 500;
	if (ntp->maxerror_us > NTP_PHASE_LIMIT) {
		ntp->maxerror_us = NTP_PHASE_LIMIT;
		ntp->status |= STA_UNSYNC;
	}
	ntp->leaps += leap < 0 ? 1 : leap;
	return leap;
}

#endif /* _VMCLOCK_SIM_NTP_H */
