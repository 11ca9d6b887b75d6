/* SPDX-License-Identifier: GPL-2.0 */
/* A timer that bounds the phase error of an idle machine. */
#ifndef _VMCLOCK_HOST_IDLE_TIMER_H
#define _VMCLOCK_HOST_IDLE_TIMER_H

struct timekeeper;

void host_idle_timer_update(const struct timekeeper *tk, bool was_set);
void host_idle_timer_start(unsigned int error_ns);
void host_idle_timer_stop(void);

#endif /* _VMCLOCK_HOST_IDLE_TIMER_H */
