/* SPDX-License-Identifier: GPL-2.0 */
#ifdef HAVE_CLOCKSOURCE_IDS
#include_next <linux/clocksource_ids.h>
#endif

#ifndef _VMCLOCK_COMPAT_CLOCKSOURCE_IDS_H
#define _VMCLOCK_COMPAT_CLOCKSOURCE_IDS_H

#ifndef HAVE_CLOCKSOURCE_IDS
/* 5.13 */
enum clocksource_ids {
	CSID_GENERIC,
	CSID_ARM_ARCH_COUNTER,
	CSID_MAX,
};
#endif

#ifndef HAVE_COUNTERVAL_CS_ID
/* 6.9; ours alone before, see compat/crosststamp.h */
#define CSID_X86_TSC		((enum clocksource_ids)(CSID_MAX + 1))
#define CSID_X86_KVM_CLK	((enum clocksource_ids)(CSID_MAX + 2))
#endif

#endif /* _VMCLOCK_COMPAT_CLOCKSOURCE_IDS_H */
