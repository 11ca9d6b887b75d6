/* SPDX-License-Identifier: GPL-2.0 */
#include_next <linux/irq_work.h>

#ifndef _VMCLOCK_COMPAT_IRQ_WORK_H
#define _VMCLOCK_COMPAT_IRQ_WORK_H

#ifndef IRQ_WORK_INIT_HARD
/* 5.11 */
#define IRQ_WORK_INIT_HARD(_func)	((struct irq_work) {	\
	.flags = ATOMIC_INIT(IRQ_WORK_HARD_IRQ),		\
	.func = (_func),					\
})
#endif

#endif /* _VMCLOCK_COMPAT_IRQ_WORK_H */
