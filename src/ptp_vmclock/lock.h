/* SPDX-License-Identifier: GPL-2.0 */
/* The feed of timekeeping_reference, which locks the system clock. */
#ifndef _PTP_VMCLOCK_LOCK_H
#define _PTP_VMCLOCK_LOCK_H

struct ptp_vmclock;
struct vmclock_params;

int ptp_vmclock_lock_feed(struct ptp_vmclock *vm,
			  const struct vmclock_params *p);
void ptp_vmclock_lock_release(struct ptp_vmclock *vm);
int ptp_vmclock_lock_init(void);
void ptp_vmclock_lock_exit(void);

#endif /* _PTP_VMCLOCK_LOCK_H */
