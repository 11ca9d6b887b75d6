/* SPDX-License-Identifier: GPL-2.0 */
/* Takes out of a text what tells which machine it is about. */
#ifndef _VMCLOCKCTL_REDACT_H
#define _VMCLOCKCTL_REDACT_H

#include <stdio.h>

void redact(FILE *out, const char *text);

#endif /* _VMCLOCKCTL_REDACT_H */
