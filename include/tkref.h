/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The in-kernel interface of timekeeping_reference: a driver that knows the
 * time as a line over the CPU's counter hands the line over, and the system
 * clock follows it.
 *
 * The functions are exported GPL-only. A driver that shall also work without
 * the module takes them by symbol_get() and puts them back after
 * tkref_clear_reference().
 */
#ifndef _TKREF_H
#define _TKREF_H

#include "vmclock/page.h"

/**
 * struct tkref_reference - what the system clock shall follow
 * @name: of the reference's owner, for messages and sysfs; copied
 * @params: line, bounds, status, leap second, TAI offset and markers, as they
 *	were read from a page. A change of disruption_marker or (if its flag is
 *	set) vm_generation against the previous call allows a step.
 */
struct tkref_reference {
	const char *name;
	struct vmclock_params params;
};

/**
 * tkref_set_reference() - follow this line from now on
 * @owner: THIS_MODULE of the caller; the first one to call owns the clock
 *	until it calls tkref_clear_reference()
 * @ref: copied; not needed after the call
 *
 * To be called at first and whenever the line, its status or a marker has
 * changed; repeating an unchanged line costs little and does no harm. The
 * clock itself is touched later, from a thread. A reference that cannot be
 * used (status, garbage) is remembered as such: the clock keeps its last rate
 * and its error bound grows.
 *
 * Context: process. May sleep.
 * Return: 0; -EBUSY if another module owns the clock; -EINVAL if the
 * reference was refused, with the reason in the log and in sysfs; -ESTALE if
 * it was because it is of before the machine slept, and a newer one is due.
 */
int tkref_set_reference(struct module *owner,
			      const struct tkref_reference *ref);

/**
 * tkref_clear_reference() - stop following
 * @owner: as it was given to tkref_set_reference()
 *
 * The clock keeps its last exact rate. Once the function has returned nothing
 * of the owner is referred to any more; it must be called before the owner's
 * module is unloaded, and does nothing if the caller is not the owner.
 *
 * Context: process. May sleep.
 */
void tkref_clear_reference(struct module *owner);

#endif /* _TKREF_H */
