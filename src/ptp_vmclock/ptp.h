/* SPDX-License-Identifier: GPL-2.0 */
/* The PTP clock of a device. */
#ifndef _PTP_VMCLOCK_PTP_H
#define _PTP_VMCLOCK_PTP_H

struct ptp_vmclock;

int ptp_vmclock_ptp_start(struct ptp_vmclock *vm);
int ptp_vmclock_ptp_init(void);
void ptp_vmclock_ptp_exit(void);

#endif /* _PTP_VMCLOCK_PTP_H */
