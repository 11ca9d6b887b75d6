// SPDX-License-Identifier: GPL-2.0
/* attrs_test for a kernel that has the attributes. */
#define HAVE_PTP_ATTRS 1
#include "attrs_test.c"
