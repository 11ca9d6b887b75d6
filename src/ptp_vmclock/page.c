// SPDX-License-Identifier: GPL-2.0
/*
 * Consistent copies of the page, for everybody in the driver. The hypervisor
 * may be changing it at any time; whoever reads waits a little, never for
 * long.
 */
#include <linux/delay.h>
#include <linux/ktime.h>

#include "common/counter.h"
#include "common/pagecopy.h"
#include "ptp_vmclock.h"

/* as long as the in-tree driver waits; a change takes microseconds */
#define VMCLOCK_MAX_WAIT_NS	(100 * NSEC_PER_MSEC)

/*
 * Between two attempts. The deadline begins with the first one that failed,
 * so that the usual case does not look at a clock.
 */
static bool vmclock_wait(ktime_t *deadline)
{
	ktime_t now = ktime_get();

	if (!*deadline)
		*deadline = ktime_add_ns(now, VMCLOCK_MAX_WAIT_NS);
	cpu_relax();
	return ktime_before(now, *deadline);
}

static bool vmclock_wait_sleeping(ktime_t *deadline)
{
	bool more = vmclock_wait(deadline);

	if (more)
		usleep_range(20, 100);
	return more;
}

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
 * ptp_vmclock_read() - copy of the page
 * @vm: the device
 * @p: result
 *
 * Context: process. May sleep, for 100 ms.
 * Return: 0, or -ETIMEDOUT.
 */
int ptp_vmclock_read(const struct ptp_vmclock *vm, struct vmclock_params *p)
{
	ktime_t deadline = 0;

	do {
		if (!vmclock_page_read(vm->page, vm->len, p))
			return 0;
	} while (vmclock_wait_sleeping(&deadline));
	return -ETIMEDOUT;
}

/**
 * ptp_vmclock_copy() - copy some bytes of the page as they are
 * @vm: the device
 * @to: where to
 * @pos: first byte
 * @count: @pos + @count is at most the device's len
 * @seq: sequence count of the copy
 *
 * Context: process. May sleep, for 100 ms.
 * Return: 0, or -ETIMEDOUT.
 */
int ptp_vmclock_copy(const struct ptp_vmclock *vm, void *to, size_t pos,
		     size_t count, u32 *seq)
{
	ktime_t deadline = 0;

	do {
		if (!vmclock_page_copy(vm->page, to, pos, count, seq))
			return 0;
	} while (vmclock_wait_sleeping(&deadline));
	return -ETIMEDOUT;
}

/*
 * The counter is read between two looks at the sequence count, not speculated
 * before the first or after the second: it is ordered like a load behind the
 * copy, and the mandatory barrier (LFENCE, DSB) waits for it where a barrier
 * between loads alone does nothing (x86).
 */
static bool vmclock_sample_once(const struct ptp_vmclock *vm,
				struct ptp_system_timestamp *sts,
				struct ptp_vmclock_sample *s)
{
	if (vmclock_page_read(vm->page, vm->len, &s->p))
		return false;
	if (!sts || !ptp_vmclock_pair(sts, &s->counter)) {
		s->counter = vmclock_counter_read();
		if (sts)
			ptp_read_system_postts(sts);
	}
	/* pairs with vmclock_wmb() in vmclock_page_write_begin() */
	rmb();
	return le32_to_cpu(READ_ONCE(vm->page->seq_count)) == s->p.seq;
}

/**
 * ptp_vmclock_sample() - the page and the counter together
 * @vm: the device
 * @sts: gets the system's time before and after the reading, or NULL
 * @s: result
 *
 * Context: any in which ktime_get() may be called. Spins for 100 ms at most.
 * Return: 0, or -ETIMEDOUT.
 */
int ptp_vmclock_sample(const struct ptp_vmclock *vm,
		       struct ptp_system_timestamp *sts,
		       struct ptp_vmclock_sample *s)
{
	ktime_t deadline = 0;

	do {
		if (vmclock_sample_once(vm, sts, s))
			return 0;
	} while (vmclock_wait(&deadline));
	return -ETIMEDOUT;
}
