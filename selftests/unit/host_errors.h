/* SPDX-License-Identifier: GPL-2.0 */
/* The sources of the module that bound the clock's error */
#ifndef HOST_ERRORS_H
#define HOST_ERRORS_H

#include "../../tools/kernel_names.h"
#include "../../src/vmclock_host/envelope.c"
#include "../../src/vmclock_host/known.c"
#include "../../src/vmclock_host/bounds.c"
#include "../../src/vmclock_host/slew.c"
#include "../../src/vmclock_host/errors.c"
#include "unit.h"

/* 15 ppm */
#define DRIFT32		((u32)((1ULL << 32) * 15 / 1000000))

#endif /* HOST_ERRORS_H */
