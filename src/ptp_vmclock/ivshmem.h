/* SPDX-License-Identifier: GPL-2.0 */
/* The page in an ivshmem function; with CONFIG_PCI only. */
#ifndef _PTP_VMCLOCK_IVSHMEM_H
#define _PTP_VMCLOCK_IVSHMEM_H

int ptp_vmclock_ivshmem_init(void);
void ptp_vmclock_ivshmem_exit(void);

#endif /* _PTP_VMCLOCK_IVSHMEM_H */
