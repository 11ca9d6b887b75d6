/* SPDX-License-Identifier: GPL-2.0 */
/* The SSDT that tells the guest of the page. */
#ifndef _VMCLOCK_QEMU_TABLE_H
#define _VMCLOCK_QEMU_TABLE_H

#include <stdbool.h>
#include <stdint.h>

int table_write(int fd, bool ivshmem, uint64_t address, unsigned int slot);

#endif /* _VMCLOCK_QEMU_TABLE_H */
