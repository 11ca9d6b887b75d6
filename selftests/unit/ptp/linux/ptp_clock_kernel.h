/* SPDX-License-Identifier: GPL-2.0 */
/* The kernel's header, as far as compat/ptp_attrs.h needs it. */
#ifdef HAVE_PTP_ATTRS

#include "../../../lib/ptp_attrs_stub.h"

struct ptp_clock_info {
	void *gettimexattrs64;
	void *getcrosststampattrs;
};

#else

struct ptp_clock_info {
	void *gettimex64;
};

#endif /* HAVE_PTP_ATTRS */
