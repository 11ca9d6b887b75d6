/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Reading, checking and writing a VMClock page. A page comes from another
 * machine and is believed only after it was checked; it may change at any time,
 * so it is copied once, under its sequence count, and only the copy is used.
 * Pure static inline functions for any context, kernel and user space.
 */
#ifndef _VMCLOCK_PAGE_H
#define _VMCLOCK_PAGE_H

#include "../vmclock_abi.h"
#include "math.h"

/**
 * struct vmclock_params - one consistent copy of a page, in CPU byte order
 * @magic: VMCLOCK_MAGIC
 * @size: bytes in the page's region, as the page says; fields beyond are 0
 * @version: 1
 * @counter_id: VMCLOCK_COUNTER_*
 * @time_type: VMCLOCK_TIME_*
 * @seq: even sequence count of this copy
 * @disruption_marker: see struct vmclock_abi
 * @flags: VMCLOCK_FLAG_*
 * @status: VMCLOCK_STATUS_*
 * @smearing_hint: VMCLOCK_SMEARING_*
 * @tai_offset_sec: TAI - UTC, if vmclock_tai_offset_known(); in the page the
 *	number is negative, or positive by older writers
 * @leap: VMCLOCK_LEAP_*
 * @line: time over the counter, in the scale of @time_type
 * @esterror_rate_frac: s per count / 2^(64 + line.period_shift)
 * @maxerror_rate_frac: same unit
 * @esterror_ns: at the line's anchor
 * @maxerror_ns: at the line's anchor
 * @vm_generation: if VMCLOCK_FLAG_VM_GEN_COUNTER_PRESENT
 */
struct vmclock_params {
	__u32 magic;
	__u32 size;
	__u16 version;
	__u8 counter_id;
	__u8 time_type;
	__u32 seq;
	__u64 disruption_marker;
	__u64 flags;
	__u8 status;
	__u8 smearing_hint;
	__s16 tai_offset_sec;
	__u8 leap;
	struct vmclock_line line;
	__u64 esterror_rate_frac;
	__u64 maxerror_rate_frac;
	__u64 esterror_ns;
	__u64 maxerror_ns;
	__u64 vm_generation;
};

/*
 * A page of less than this has no status and no leap state: nothing could be
 * learned from it. Behind it all fields are words of 8 bytes.
 */
#define VMCLOCK_MIN_SIZE	offsetof(struct vmclock_abi, counter_value)

/**
 * vmclock_field_present() - whether a page is large enough for a field
 * @size: bytes in the page's region
 * @field: field of struct vmclock_abi
 */
#define vmclock_field_present(size, field)				\
	((size) >= offsetof(struct vmclock_abi, field) +		\
		   sizeof(((struct vmclock_abi *)0)->field))

/**
 * vmclock_tai_offset_abs() - TAI - UTC by a page's tai_offset_sec of any sign
 * @field: tai_offset_sec as it is in the page
 *
 * Return: s; -32768, which is in no range, stays what it is.
 */
static inline __s16 vmclock_tai_offset_abs(__s16 field)
{
	return (__s16)(field < 0 ? -field : field);
}

/**
 * vmclock_page_decode() - bring a private copy into CPU byte order
 * @abi: copy of a page, which does not change any more
 * @p: result
 */
static inline void vmclock_page_decode(const struct vmclock_abi *abi,
				       struct vmclock_params *p)
{
	p->magic = __le32_to_cpu(abi->magic);
	p->size = __le32_to_cpu(abi->size);
	p->version = __le16_to_cpu(abi->version);
	p->counter_id = abi->counter_id;
	p->time_type = abi->time_type;
	p->seq = __le32_to_cpu(abi->seq_count);
	p->disruption_marker = __le64_to_cpu(abi->disruption_marker);
	p->flags = __le64_to_cpu(abi->flags);
	p->status = abi->clock_status;
	p->smearing_hint = abi->leap_second_smearing_hint;
	p->tai_offset_sec = vmclock_tai_offset_abs(
		(__s16)__le16_to_cpu(abi->tai_offset_sec));
	p->leap = abi->leap_indicator;
	p->line.counter = __le64_to_cpu(abi->counter_value);
	p->line.time.sec = (__s64)__le64_to_cpu(abi->time_sec);
	p->line.time.frac = __le64_to_cpu(abi->time_frac_sec);
	p->line.period_frac = __le64_to_cpu(abi->counter_period_frac_sec);
	p->line.period_shift = abi->counter_period_shift;
	p->esterror_rate_frac =
		__le64_to_cpu(abi->counter_period_esterror_rate_frac_sec);
	p->maxerror_rate_frac =
		__le64_to_cpu(abi->counter_period_maxerror_rate_frac_sec);
	p->esterror_ns = __le64_to_cpu(abi->time_esterror_nanosec);
	p->maxerror_ns = __le64_to_cpu(abi->time_maxerror_nanosec);
	p->vm_generation = __le64_to_cpu(abi->vm_generation_counter);
}

/**
 * vmclock_page_unchanged() - whether a page is still the one that was read
 * @page: the page
 * @seq: its sequence count then
 * @marker: its disruption marker then
 *
 * The sequence count alone does not tell: if the guest was moved in between,
 * the other host's page may have the same one. The marker is another then.
 *
 * Return: true if nothing has changed.
 */
static inline bool
vmclock_page_unchanged(const struct vmclock_abi *page, __u32 seq, __u64 marker)
{
	return __le32_to_cpu(VMCLOCK_READ(page->seq_count)) == seq &&
	       __le64_to_cpu(VMCLOCK_READ(page->disruption_marker)) == marker;
}

/**
 * vmclock_page_read() - one attempt at a consistent copy of a page
 * @page: the page, 8-byte aligned; a producer may be writing to it
 * @len: bytes that can be read at @page, at least VMCLOCK_MIN_SIZE; nothing
 *	behind them is read
 * @p: result, undefined on error. Fields that @len or the page's own size
 *	exclude or cut are 0, but those below VMCLOCK_MIN_SIZE are always there,
 *	so that a size can be refused as such. @p->size is what the page says:
 *	it may exceed @len, and that is the caller's to refuse
 *
 * Never waits: how long an odd sequence count is tolerated is the caller's
 * business. A copy taken across 2^31 changes could not be told from a good one;
 * of a producer that means harm no copy can be trusted anyway.
 *
 * Return: 0, or -EAGAIN if the page was being changed.
 */
static inline int vmclock_page_read(const struct vmclock_abi *page, size_t len,
				    struct vmclock_params *p)
{
	union {
		struct vmclock_abi abi;
		vmclock_word words[sizeof(struct vmclock_abi) / 8];
	} copy;
	const vmclock_word *words = (const vmclock_word *)page;
	__u32 seq, size;
	size_t i;

	seq = __le32_to_cpu(VMCLOCK_READ(page->seq_count));
	if (seq & 1)
		return -EAGAIN;
	/* pairs with vmclock_wmb() in vmclock_page_write_end() */
	vmclock_rmb();

	memset(&copy, 0, sizeof(copy));
	for (i = 0; i < sizeof(copy) / 8 && (i + 1) * 8 <= len; i++)
		copy.words[i] = VMCLOCK_READ(words[i]);

	/* pairs with vmclock_wmb() in vmclock_page_write_begin() */
	vmclock_rmb();
	if (!vmclock_page_unchanged(page, seq,
			       __le64_to_cpu(copy.abi.disruption_marker)))
		return -EAGAIN;

	size = __le32_to_cpu(copy.abi.size);
	if (size < VMCLOCK_MIN_SIZE)
		size = VMCLOCK_MIN_SIZE;
	for (i = size / 8; i < sizeof(copy) / 8; i++)
		copy.words[i] = 0;
	vmclock_page_decode(&copy.abi, p);
	p->seq = seq;
	return 0;
}

/**
 * vmclock_page_write_begin() - make the sequence count odd
 * @page: the page; writers exclude each other
 *
 * A count that is odd already (a writer that died) stays as it is.
 */
static inline void vmclock_page_write_begin(struct vmclock_abi *page)
{
	__u32 seq = __le32_to_cpu(VMCLOCK_READ(page->seq_count));

	VMCLOCK_WRITE(page->seq_count, __cpu_to_le32(seq | 1));
	/* pairs with the second vmclock_rmb() in vmclock_page_read() */
	vmclock_wmb();
}

/**
 * vmclock_page_write_end() - make the sequence count even again
 * @page: the page
 */
static inline void vmclock_page_write_end(struct vmclock_abi *page)
{
	__u32 seq = __le32_to_cpu(VMCLOCK_READ(page->seq_count));

	/* pairs with the first vmclock_rmb() in vmclock_page_read() */
	vmclock_wmb();
	VMCLOCK_WRITE(page->seq_count, __cpu_to_le32(seq + 1));
}

/**
 * vmclock_page_set() - write the changing fields of a page
 * @page: the page, between write_begin and write_end
 * @p: what to write; the constant fields (magic, size, version, counter_id,
 *	time_type) are left to vmclock_page_init()
 */
static inline void vmclock_page_set(struct vmclock_abi *page,
				    const struct vmclock_params *p)
{
	page->disruption_marker = __cpu_to_le64(p->disruption_marker);
	page->flags = __cpu_to_le64(p->flags);
	page->clock_status = p->status;
	page->leap_second_smearing_hint = p->smearing_hint;
	page->tai_offset_sec = __cpu_to_le16((__u16)-p->tai_offset_sec);
	page->leap_indicator = p->leap;
	page->counter_period_shift = p->line.period_shift;
	page->counter_value = __cpu_to_le64(p->line.counter);
	page->counter_period_frac_sec = __cpu_to_le64(p->line.period_frac);
	page->counter_period_esterror_rate_frac_sec =
		__cpu_to_le64(p->esterror_rate_frac);
	page->counter_period_maxerror_rate_frac_sec =
		__cpu_to_le64(p->maxerror_rate_frac);
	page->time_sec = __cpu_to_le64((__u64)p->line.time.sec);
	page->time_frac_sec = __cpu_to_le64(p->line.time.frac);
	page->time_esterror_nanosec = __cpu_to_le64(p->esterror_ns);
	page->time_maxerror_nanosec = __cpu_to_le64(p->maxerror_ns);
	page->vm_generation_counter = __cpu_to_le64(p->vm_generation);
}

/**
 * vmclock_page_init() - write the fields that stay constant
 * @page: the page; it has no reader yet, or it is between write_begin and
 *	write_end
 * @p: size, counter_id and time_type are used
 *
 * The magic comes last: a reader that sees it sees the rest.
 */
static inline void vmclock_page_init(struct vmclock_abi *page,
				     const struct vmclock_params *p)
{
	page->size = __cpu_to_le32(p->size);
	page->version = __cpu_to_le16(1);
	page->counter_id = p->counter_id;
	page->time_type = p->time_type;
	/* pairs with a reader's control dependency on the magic */
	vmclock_wmb();
	VMCLOCK_WRITE(page->magic, __cpu_to_le32(VMCLOCK_MAGIC));
}

/**
 * vmclock_page_defect() - whether this is a VMClock page at all
 * @p: copy of the page
 *
 * That the size does not exceed the region is left to the caller, which knows
 * the region.
 *
 * Return: NULL, or what is wrong, in words that fit behind "page refused: ".
 */
static inline const char *vmclock_page_defect(const struct vmclock_params *p)
{
	if (p->magic != VMCLOCK_MAGIC)
		return "magic is not VCLK";
	if (p->version != 1)
		return "version is not 1";
	if (p->size < VMCLOCK_MIN_SIZE)
		return "size is too small";
	return NULL;
}

/* Periods of counters of 1 MHz and 10 GHz, s / 2^64. */
#define VMCLOCK_PERIOD_MAX_FRAC	0x10c6f7a0b5edULL	/* 2^64 / 10^6 */
#define VMCLOCK_PERIOD_MIN_FRAC	0x6df37f67ULL		/* 2^64 / 10^10 */

/**
 * vmclock_status_defect() - whether the host vouches for the line
 * @status: VMCLOCK_STATUS_*
 *
 * Return: NULL, or what is wrong, in words that fit behind "no time: ".
 */
static inline const char *vmclock_status_defect(__u8 status)
{
	switch (status) {
	case VMCLOCK_STATUS_SYNCHRONIZED:
	case VMCLOCK_STATUS_FREERUNNING:
		return NULL;
	case VMCLOCK_STATUS_UNKNOWN:
	case VMCLOCK_STATUS_INITIALIZING:
		return "host does not know its time yet";
	case VMCLOCK_STATUS_UNRELIABLE:
		return "host says that its clock is unreliable";
	default:
		return "clock status is unknown";
	}
}

/**
 * vmclock_time_defect() - whether a page tells time that can be used now
 * @p: copy of a page without a vmclock_page_defect()
 * @counter_id: the counter that the caller can read
 *
 * Nothing is computed from a page's line before this has returned NULL. The
 * period and the time then have the bounds that keep every function of the
 * core defined, at any counter value.
 *
 * Return: NULL, or what is wrong, in words that fit behind "no time: ".
 */
static inline const char *vmclock_time_defect(const struct vmclock_params *p,
					      __u8 counter_id)
{
	const char *defect = vmclock_status_defect(p->status);
	__u64 period = p->line.period_shift > 63 ? 0 :
		     p->line.period_frac >> p->line.period_shift;

	if (!vmclock_field_present(p->size, time_frac_sec))
		return "page is too small for a time";
	if (p->counter_id == VMCLOCK_COUNTER_INVALID)
		return "page has no counter";
	if (p->counter_id != counter_id)
		return "page counts something else than this machine";
	if (p->time_type > VMCLOCK_TIME_MONOTONIC)
		return "time type is smeared or unknown";
	if (defect)
		return defect;
	if (period > VMCLOCK_PERIOD_MAX_FRAC ||
	    period < VMCLOCK_PERIOD_MIN_FRAC)
		return "counter period is not that of 1 MHz to 10 GHz";
	if (p->line.time.sec < 0 ||
	    p->line.time.sec >= VMCLOCK_S64_MAX / (__s64)VMCLOCK_NSEC_PER_SEC)
		return "time is beyond the year 2262";
	return NULL;
}

/* TAI - UTC was 10 s in 1972, and 37 s in 2026. */
#define VMCLOCK_TAI_OFFSET_MIN_SEC	10
#define VMCLOCK_TAI_OFFSET_MAX_SEC	100

/**
 * vmclock_tai_offset_known() - whether a page tells TAI - UTC
 * @p: copy of the page
 *
 * Return: true if it has an offset that can be true.
 */
static inline bool vmclock_tai_offset_known(const struct vmclock_params *p)
{
	return p->flags & VMCLOCK_FLAG_TAI_OFFSET_VALID &&
	       p->tai_offset_sec >= VMCLOCK_TAI_OFFSET_MIN_SEC &&
	       p->tai_offset_sec <= VMCLOCK_TAI_OFFSET_MAX_SEC;
}

/**
 * vmclock_tai_offset() - what must be added to the line's time to get TAI
 * @p: copy of the page
 * @offset_sec: result
 *
 * The offset is the anchor's. Since the line is straight and TAI has no leap
 * seconds it holds for every counter value, on both sides of a leap second
 * too; UTC is what changes there (see leap.h).
 *
 * Return: 0, or -EINVAL if the page's time cannot be turned into TAI.
 */
static inline int vmclock_tai_offset(const struct vmclock_params *p,
				     __s16 *offset_sec)
{
	if (p->time_type == VMCLOCK_TIME_TAI) {
		*offset_sec = 0;
		return 0;
	}
	if (p->time_type != VMCLOCK_TIME_UTC || !vmclock_tai_offset_known(p))
		return -EINVAL;
	*offset_sec = p->tai_offset_sec;
	return 0;
}

/**
 * vmclock_maxerror_at() - how far the line's time may be off
 * @p: copy of a page without a vmclock_time_defect()
 * @counter: counter value
 *
 * Return: ns, plus or minus, rounded up; U64_MAX if the page does not bound
 * it: no bound of the time, none of the period (but at the anchor itself), or
 * one that doesn't fit.
 */
static inline __u64 vmclock_maxerror_at(const struct vmclock_params *p,
					__u64 counter)
{
	if (!(p->flags & VMCLOCK_FLAG_TIME_MAXERROR_VALID) ||
	    !vmclock_field_present(p->size, time_maxerror_nanosec))
		return VMCLOCK_U64_MAX;
	if (!(p->flags & VMCLOCK_FLAG_PERIOD_MAXERROR_VALID))
		return counter == p->line.counter ? p->maxerror_ns :
						    VMCLOCK_U64_MAX;
	return vmclock_error_at(p->maxerror_ns, p->maxerror_rate_frac,
				&p->line, counter);
}

/**
 * vmclock_esterror_at() - how far the line's time is thought to be off
 * @p: copy of a page without a vmclock_time_defect()
 * @counter: counter value
 *
 * Return: as vmclock_maxerror_at(), of the estimate.
 */
static inline __u64 vmclock_esterror_at(const struct vmclock_params *p,
					__u64 counter)
{
	if (!(p->flags & VMCLOCK_FLAG_TIME_ESTERROR_VALID) ||
	    !vmclock_field_present(p->size, time_esterror_nanosec))
		return VMCLOCK_U64_MAX;
	if (!(p->flags & VMCLOCK_FLAG_PERIOD_ESTERROR_VALID))
		return counter == p->line.counter ? p->esterror_ns :
						    VMCLOCK_U64_MAX;
	return vmclock_error_at(p->esterror_ns, p->esterror_rate_frac,
				&p->line, counter);
}

#endif /* _VMCLOCK_PAGE_H */
