/* SPDX-License-Identifier: GPL-2.0 */
/* The kernel's state of NTP, read by a work. */
#ifndef _VMCLOCK_HOST_NTP_H
#define _VMCLOCK_HOST_NTP_H

void host_ntp_start(void);
void host_ntp_wait(void);
void host_ntp_stop(void);
void host_ntp_refresh(void);

#endif /* _VMCLOCK_HOST_NTP_H */
