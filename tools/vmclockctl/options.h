/* SPDX-License-Identifier: GPL-2.0 */
/* The options that more than one command has. */
#ifndef _VMCLOCKCTL_OPTIONS_H
#define _VMCLOCKCTL_OPTIONS_H

#include <getopt.h>

#define OPTION_JSON	{ "json", no_argument, NULL, 'j' }
#define OPTION_HELP	{ "help", no_argument, NULL, 'h' }

#endif /* _VMCLOCKCTL_OPTIONS_H */
