/* SPDX-License-Identifier: GPL-2.0 */
/* The module's parameters, set in main.c and read without a lock. */
#ifndef _TKREF_PARAMETERS_H
#define _TKREF_PARAMETERS_H

#include "external.h"

extern unsigned int tkref_idle_error_ns;
extern unsigned int tkref_slew_ppm;
extern unsigned int tkref_step_ns;
extern unsigned int tkref_unknown_ms;
extern enum tkref_policy tkref_policy;

#endif /* _TKREF_PARAMETERS_H */
