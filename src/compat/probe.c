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
extern typeof(CSID_GENERIC) probe_clocksource_ids;

/* 5.14: attributes that the PCI core makes and removes */
#line 1 "HAVE_PCI_DRIVER_DEV_GROUPS"
extern typeof(((struct pci_driver *)0)->dev_groups) probe_dev_groups;

/* 6.2: a devnode operation gets a constant device */
#line 1 "HAVE_DEVNODE_CONST"
_Static_assert(__builtin_types_compatible_p(
	typeof(*((struct device_type *)0)->devnode),
	char *(const struct device *, umode_t *, kuid_t *, kgid_t *)), "");

/* 6.3: vma->vm_flags became read-only */
#line 1 "HAVE_VM_FLAGS_CLEAR"
extern typeof(vm_flags_clear) probe_vm_flags_clear;

/* 6.8: the count, always 1, went */
#line 1 "HAVE_EVENTFD_SIGNAL_1"
extern typeof(eventfd_signal((struct eventfd_ctx *)0)) probe_eventfd_signal;

/* 6.9: the clocksource is named by its id, not by a pointer */
#line 1 "HAVE_COUNTERVAL_CS_ID"
extern typeof(((struct system_counterval_t *)0)->cs_id) probe_cs_id;

/* 6.12: PTP_SYS_OFFSET_EXTENDED for other clocks than CLOCK_REALTIME */
#line 1 "HAVE_STS_CLOCKID"
extern typeof(((struct ptp_system_timestamp *)0)->clockid) probe_clockid;

/* 6.13: hrtimer_init() and an assignment before */
#line 1 "HAVE_HRTIMER_SETUP"
extern typeof(hrtimer_setup) probe_hrtimer_setup;

/* after 7.3: readings with attributes */
#line 1 "HAVE_PTP_ATTRS"
_Static_assert(__builtin_types_compatible_p(
	typeof(*((struct ptp_clock_info *)0)->gettimexattrs64),
	int (struct ptp_clock_info *, struct timespec64 *,
	     struct ptp_system_timestamp *, struct ptp_clock_attrs *)), "");

/* 7.2: ptp_system_timestamp holds snapshots */
#line 1 "HAVE_STS_SNAPSHOT"
extern typeof(((struct ptp_system_timestamp *)0)->pre_sts.valid) probe_snapshot;

/* up to 7.2: what rounding cycle_interval leaves is not in ntp_tick */
#line 1 "HAVE_TK_XTIME_REMAINDER"
extern typeof(((struct timekeeper *)0)->xtime_remainder) probe_xtime_remainder;

/* 7.3: slews are not in ntp_tick either */
#line 1 "HAVE_TK_SKEW_DELTA"
extern typeof(((struct timekeeper *)0)->skew_delta) probe_skew_delta;

/* none has it: the compiler came this far */
#line 1 "HAVE_NONSENSE"
extern typeof(((struct vm_area_struct *)0)->vmclock_nonsense) probe_nonsense;
