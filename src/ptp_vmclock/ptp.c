// SPDX-License-Identifier: GPL-2.0
/*
 * The PTP clock: TAI by the page's line, and cross timestamps with the system
 * clock on TSC, CNTVCT and kvm-clock. It cannot be adjusted; the hypervisor's
 * is the time. Called by the PTP core in process context.
 */
#include <linux/device.h>
#include <linux/timekeeping.h>

#include "attrs.h"
#include "common/counter.h"
#include "common/pagecopy.h"
#include "compat/crosststamp.h"
#include "device.h"
#include "page.h"
#include "ptp.h"

/* attempts at kvm-clock's time, which fail if it changes at that moment */
#define VMCLOCK_PVCLOCK_TRIES	8

/**
 * struct ptp_sample - a page and the counter, read together
 * @p: the page
 * @counter: the counter, read while the page was as in @p
 */
struct ptp_sample {
	struct vmclock_params p;
	u64 counter;
};

/*
 * The counter is read between two loads of the sequence count, not speculated
 * before the first or after the second: it is ordered like a load behind the
 * copy, and the mandatory barrier (LFENCE, DSB) waits for it where a barrier
 * between loads alone does nothing (x86).
 */
static bool ptp_sample_once(const struct ptp_vmclock *vm,
			    struct ptp_system_timestamp *sts,
			    struct ptp_sample *s)
{
	if (vmclock_page_read(vm->page, vm->len, &s->p))
		return false;
	if (!sts || !compat_sts_pair(sts, VMCLOCK_COUNTER_CSID,
				     &s->counter)) {
		s->counter = vmclock_counter_read();
		if (sts)
			ptp_read_system_postts(sts);
	}
	/* pairs with vmclock_wmb() in vmclock_page_write_begin() */
	rmb();
	return vmclock_page_unchanged(vm->page, s->p.seq,
				      s->p.disruption_marker);
}

/*
 * The page and the counter together; @sts, unless it is NULL, gets the system's
 * time before and after. Spins for 100 ms at most, from the first attempt that
 * has failed: the usual case reads no clock.
 */
static int ptp_sample(const struct ptp_vmclock *vm,
		      struct ptp_system_timestamp *sts,
		      struct ptp_sample *s)
{
	ktime_t deadline = 0;

	while (!ptp_sample_once(vm, sts, s)) {
		if (!deadline)
			deadline = ktime_add_us(ktime_get(),
						VMCLOCK_PAGE_WAIT_US);
		else if (ktime_after(ktime_get(), deadline))
			return -ETIMEDOUT;
		cpu_relax();
	}
	return 0;
}

/*
 * Pages of UTC are converted. With @attrs, which tell the clock's status, any
 * status will do: what the time is worth is for the caller to decide then.
 */
static int ptp_tai(const struct ptp_vmclock *vm,
		   const struct ptp_sample *s,
		   struct vmclock_time *tai, struct ptp_clock_attrs *attrs)
{
	struct vmclock_params p = s->p;
	s16 offset_sec;

	if (attrs)
		p.status = VMCLOCK_STATUS_SYNCHRONIZED;
	if (ptp_vmclock_defect(vm, &p) || vmclock_tai_offset(&p, &offset_sec))
		return -EINVAL;
	*tai = vmclock_line_at(&p.line, s->counter);
	tai->sec += offset_sec;
	if (attrs)
		ptp_vmclock_attrs(attrs, &s->p, s->counter);
	return 0;
}

static int ptp_vmclock_gettimexattrs(struct ptp_clock_info *info,
				     struct timespec64 *ts,
				     struct ptp_system_timestamp *sts,
				     struct ptp_clock_attrs *attrs)
{
	struct ptp_vmclock *vm = container_of(info, struct ptp_vmclock,
					      ptp_info);
	struct ptp_sample s;
	struct vmclock_time tai;
	int ret = ptp_sample(vm, sts, &s);

	if (!ret)
		ret = ptp_tai(vm, &s, &tai, attrs);
	if (ret)
		return ret;
	ts->tv_sec = tai.sec;
	ts->tv_nsec = vmclock_frac_to_ns(tai.frac);
	return 0;
}

static int ptp_vmclock_gettimex(struct ptp_clock_info *info,
				struct timespec64 *ts,
				struct ptp_system_timestamp *sts)
{
	return ptp_vmclock_gettimexattrs(info, ts, sts, NULL);
}

struct ptp_crosststamp {
	const struct ptp_vmclock *vm;
	struct ptp_clock_attrs *attrs;
	bool on_kvmclock;
};

static int ptp_counterval(const struct ptp_crosststamp *ctx,
			  struct ptp_sample *s,
			  struct system_counterval_t *sys_counter)
{
	int ret = ptp_sample(ctx->vm, NULL, s);

	if (ret)
		return ret;
	compat_counterval_set(sys_counter, s->counter,
			      ctx->on_kvmclock ? CSID_X86_KVM_CLK :
						 VMCLOCK_COUNTER_CSID);
	if (!ctx->on_kvmclock)
		return 0;
	return vmclock_counter_to_kvmclock(s->counter, &sys_counter->cycles);
}

/* Context: inside a read section of the timekeeper; must not sleep. */
static int ptp_get_time(ktime_t *device_time,
			struct system_counterval_t *sys_counter, void *data)
{
	struct ptp_crosststamp *ctx = data;
	struct ptp_sample s;
	struct vmclock_time tai;
	int tries = 0, ret;

	do {
		ret = ptp_counterval(ctx, &s, sys_counter);
	} while (ret == -EAGAIN && ++tries < VMCLOCK_PVCLOCK_TRIES);
	if (!ret)
		ret = ptp_tai(ctx->vm, &s, &tai, ctx->attrs);
	if (!ret)
		*device_time = ns_to_ktime(vmclock_time_to_ns(tai));
	return ret;
}

/*
 * The core takes only the counter that the system clock runs on, and says
 * -ENODEV to another. Which one it is may change at any time: what worked last
 * is tried first, the other one then.
 */
static int
ptp_vmclock_getcrosststampattrs(struct ptp_clock_info *info,
				struct system_device_crosststamp *xt,
				struct ptp_clock_attrs *attrs)
{
	struct ptp_vmclock *vm = container_of(info, struct ptp_vmclock,
					      ptp_info);
	struct ptp_crosststamp ctx = {
		.vm = vm,
		.attrs = attrs,
		.on_kvmclock = READ_ONCE(vm->on_kvmclock),
	};
	int ret = get_device_system_crosststamp(ptp_get_time, &ctx, NULL, xt);

	if (ret != -ENODEV)
		return ret;
	ctx.on_kvmclock = !ctx.on_kvmclock;
	ret = get_device_system_crosststamp(ptp_get_time, &ctx, NULL, xt);
	if (!ret)
		WRITE_ONCE(vm->on_kvmclock, ctx.on_kvmclock);
	return ret;
}

static int ptp_vmclock_getcrosststamp(struct ptp_clock_info *info,
				      struct system_device_crosststamp *xt)
{
	return ptp_vmclock_getcrosststampattrs(info, xt, NULL);
}

static int ptp_vmclock_adjfine(struct ptp_clock_info *info, long scaled_ppm)
{
	return -EOPNOTSUPP;
}

static int ptp_vmclock_adjtime(struct ptp_clock_info *info, s64 delta)
{
	return -EOPNOTSUPP;
}

static int ptp_vmclock_settime(struct ptp_clock_info *info,
			       const struct timespec64 *ts)
{
	return -EOPNOTSUPP;
}

static int ptp_vmclock_enable(struct ptp_clock_info *info,
			      struct ptp_clock_request *request, int on)
{
	return -EOPNOTSUPP;
}

static const struct ptp_clock_info vmclock_ptp_info = {
	.owner = THIS_MODULE,
	.adjfine = ptp_vmclock_adjfine,
	.adjtime = ptp_vmclock_adjtime,
	.gettimex64 = ptp_vmclock_gettimex,
	.getcrosststamp = ptp_vmclock_getcrosststamp,
	.settime64 = ptp_vmclock_settime,
	.enable = ptp_vmclock_enable,
};

/*
 * The clock is made once the page is one of time. That is decided by fields
 * that don't change in the page's life, but for a host that learns only later
 * what its guests can count. As long as the page doesn't tell the time, reading
 * the clock fails with EINVAL.
 */
static int ptp_register(struct ptp_vmclock *vm)
{
	struct ptp_clock *ptp;

	if (vm->ptp || !ptp_vmclock_has_time(&vm->last))
		return 0;
	vm->ptp_info = vmclock_ptp_info;
	compat_ptp_set_attrs(&vm->ptp_info, ptp_vmclock_gettimexattrs,
			     ptp_vmclock_getcrosststampattrs);
	snprintf(vm->ptp_info.name, sizeof(vm->ptp_info.name), "%s", vm->name);
	ptp = ptp_clock_register(&vm->ptp_info, vm->dev);
	if (IS_ERR_OR_NULL(ptp))
		return PTR_ERR_OR_ZERO(ptp);
	vm->ptp = ptp;
	return 0;
}

static void ptp_unregister(void *data)
{
	struct ptp_vmclock *vm = data;

	if (vm->ptp)
		ptp_clock_unregister(vm->ptp);
}

/**
 * ptp_vmclock_ptp_start() - the PTP clock, now or later
 * @vm: the device, its last page being a sound one
 *
 * The update work makes the clock of a page that becomes one of time later, and
 * ends before the clock is removed.
 *
 * Context: process, in probe.
 * Return: 0, also for a page without time; or a negative errno.
 */
int ptp_vmclock_ptp_start(struct ptp_vmclock *vm)
{
	int ret = ptp_register(vm);

	if (ret)
		return dev_err_probe(vm->dev, ret, "cannot make a PTP clock\n");
	vm->ptp_register = ptp_register;
	return devm_add_action_or_reset(vm->dev, ptp_unregister, vm);
}

/**
 * ptp_vmclock_ptp_init() - what cross timestamps need on old kernels
 *
 * Return: 0 or negative errno.
 */
int ptp_vmclock_ptp_init(void)
{
	return compat_crosststamp_init();
}

/**
 * ptp_vmclock_ptp_exit() - undo ptp_vmclock_ptp_init()
 */
void ptp_vmclock_ptp_exit(void)
{
	compat_crosststamp_exit();
}
