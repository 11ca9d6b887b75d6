// SPDX-License-Identifier: GPL-2.0
/*
 * Consistent copies of the page. The hypervisor may be changing it at any time:
 * a reader waits for the end of the change, but not for long.
 */
#include "common/counter.h"
#include "common/pagecopy.h"
#include "device.h"
#include "page.h"

/**
 * ptp_vmclock_page_defect() - whether this is a page at all
 * @vm: the device
 * @p: copy of its page
 *
 * Return: NULL, or what is wrong, in words.
 */
const char *ptp_vmclock_page_defect(const struct ptp_vmclock *vm,
				    const struct vmclock_params *p)
{
	const char *defect = vmclock_page_defect(p);

	if (!defect && p->size > vm->region)
		defect = "size is beyond its region";
	return defect;
}

/**
 * ptp_vmclock_defect() - whether the page tells TAI now
 * @vm: the device
 * @p: copy of its page
 *
 * Return: NULL, or what is wrong, in words.
 */
const char *ptp_vmclock_defect(const struct ptp_vmclock *vm,
			       const struct vmclock_params *p)
{
	const char *defect = ptp_vmclock_page_defect(vm, p);
	s16 offset_sec;

	if (!defect)
		defect = vmclock_time_defect(p, VMCLOCK_COUNTER_ID);
	if (!defect && vmclock_tai_offset(p, &offset_sec))
		defect = "time is not TAI and has no TAI offset";
	if (!defect && vmclock_counter_is_unstable())
		defect = "kernel found the counter to be unstable";
	return defect;
}

/**
 * ptp_vmclock_has_time() - whether a page is made to tell time here
 * @p: copy of a page; fields that never change are used
 *
 * It may not tell it yet, or not now.
 *
 * Return: true if there shall be a PTP clock.
 */
bool ptp_vmclock_has_time(const struct vmclock_params *p)
{
	return p->counter_id == VMCLOCK_COUNTER_ID &&
	       vmclock_field_present(p->size, time_frac_sec) &&
	       (p->time_type == VMCLOCK_TIME_TAI ||
		p->time_type == VMCLOCK_TIME_UTC);
}

/**
 * ptp_vmclock_read() - copy of the page
 * @vm: the device
 * @p: result
 *
 * Context: process. May sleep, for 100 ms.
 * Return: 0, or -ETIMEDOUT.
 */
int ptp_vmclock_read(const struct ptp_vmclock *vm, struct vmclock_params *p)
{
	int ret;

	return read_poll_timeout(vmclock_page_read, ret, !ret, 100,
				 VMCLOCK_PAGE_WAIT_US, false, vm->page, vm->len,
				 p);
}
