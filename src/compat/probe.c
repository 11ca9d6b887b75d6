// SPDX-License-Identifier: GPL-2.0
/*
 * What the preprocessor cannot see of a kernel: functions, their parameters,
 * members, enumerators. Never linked; see Kbuild.include. One probe is one
 * "file", so that an error message names it.
 */
#include <linux/clocksource.h>
#include <linux/device.h>
#include <linux/eventfd.h>
#include <linux/hrtimer.h>
#include <linux/mm.h>
#include <linux/pci.h>
#include <linux/ptp_clock_kernel.h>
#include <linux/timekeeper_internal.h>
#include <linux/timekeeping.h>

/* 5.13: names of clocksources, in a header of their own */
#line 1 "HAVE_CLOCKSOURCE_IDS"
static int probe_clocksource_ids(void)
{
	return CSID_GENERIC;
}

/* 5.14: attributes that the PCI core makes and removes */
#line 1 "HAVE_PCI_DRIVER_DEV_GROUPS"
static const void *probe_pci_dev_groups(struct pci_driver *driver)
{
	return driver->dev_groups;
}

/* 6.2: a devnode operation gets a constant device */
#line 1 "HAVE_DEVNODE_CONST"
static void probe_devnode(struct device_type *type,
			  char *(*fn)(const struct device *, umode_t *,
				      kuid_t *, kgid_t *))
{
	type->devnode = fn;
}

/* 6.3: vma->vm_flags became read-only */
#line 1 "HAVE_VM_FLAGS_CLEAR"
static void probe_vm_flags_clear(struct vm_area_struct *vma)
{
	vm_flags_clear(vma, VM_MAYWRITE);
}

/* 6.8: the count, always 1, went */
#line 1 "HAVE_EVENTFD_SIGNAL_1"
static void probe_eventfd_signal(struct eventfd_ctx *ctx)
{
	eventfd_signal(ctx);
}

/* 6.9: the clocksource is named by its id, not by a pointer */
#line 1 "HAVE_COUNTERVAL_CS_ID"
static int probe_counterval(struct system_counterval_t *val)
{
	return val->cs_id;
}

/* 6.12: PTP_SYS_OFFSET_EXTENDED for other clocks than CLOCK_REALTIME */
#line 1 "HAVE_STS_CLOCKID"
static int probe_sts_clockid(struct ptp_system_timestamp *sts)
{
	return sts->clockid;
}

/* 6.13: hrtimer_init() and an assignment before */
#line 1 "HAVE_HRTIMER_SETUP"
static void probe_hrtimer_setup(struct hrtimer *t,
				enum hrtimer_restart (*fn)(struct hrtimer *))
{
	hrtimer_setup(t, fn, CLOCK_MONOTONIC, HRTIMER_MODE_ABS);
}

/* after 7.3: readings with attributes */
#line 1 "HAVE_PTP_ATTRS"
static void probe_ptp_attrs(struct ptp_clock_info *info,
			    int (*fn)(struct ptp_clock_info *,
				      struct timespec64 *,
				      struct ptp_system_timestamp *,
				      struct ptp_clock_attrs *))
{
	info->gettimexattrs64 = fn;
}

/* 7.2: ptp_system_timestamp holds snapshots */
#line 1 "HAVE_STS_SNAPSHOT"
static bool probe_sts_snapshot(struct ptp_system_timestamp *sts)
{
	return sts->pre_sts.valid && sts->post_sts.valid;
}

/* up to 7.2: what rounding cycle_interval leaves is not in ntp_tick */
#line 1 "HAVE_TK_XTIME_REMAINDER"
static s64 probe_tk_xtime_remainder(struct timekeeper *tk)
{
	return tk->xtime_remainder;
}

/* 7.3: slews are not in ntp_tick either */
#line 1 "HAVE_TK_SKEW_DELTA"
static s64 probe_tk_skew_delta(struct timekeeper *tk)
{
	return tk->skew_delta;
}

/* none has it: the compiler came this far */
#line 1 "HAVE_NONSENSE"
static int probe_nonsense(struct vm_area_struct *vma)
{
	return vma->vmclock_nonsense;
}
