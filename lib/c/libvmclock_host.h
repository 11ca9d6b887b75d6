/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * libvmclock, the host's half: views of /dev/vmclock_host, which are pages for
 * virtual machines. For VMMs.
 *
 * All functions return 0 or more, or a negative errno value.
 */
#ifndef _LIBVMCLOCK_HOST_H
#define _LIBVMCLOCK_HOST_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Flags that the VMM answers for. */
#define LIBVMCLOCK_DISRUPTION_SOON	(1U << 1)
#define LIBVMCLOCK_DISRUPTION_IMMINENT	(1U << 2)
#define LIBVMCLOCK_NOTIFICATION		(1U << 9)

/**
 * struct libvmclock_translation - the machine's counter
 * @ratio: machine's counter = ((host's * @ratio) >> @frac_bits) + @offset; 0,
 *	with all else 0, if it is not known
 * @offset: added modulo 2^64
 * @frac_bits: 1 to 63; 48 for Intel and 32 for AMD, as KVM has them
 * @spread: by how many counts the machine's CPUs may be off: added to the bound
 */
struct libvmclock_translation {
	uint64_t ratio;
	uint64_t offset;
	uint32_t frac_bits;
	uint32_t spread;
};

int libvmclock_view_create(const char *name, size_t size, uint64_t flags);
int libvmclock_view_remove(const char *name);
int libvmclock_view_map(int view, const void **page, size_t *len);
int libvmclock_view_set_translation(int view,
				    const struct libvmclock_translation *t);
int libvmclock_view_get_translation(int view,
				    struct libvmclock_translation *t);
int libvmclock_view_set_flags(int view, uint64_t mask, uint64_t flags);
int libvmclock_view_set_eventfd(int view, int eventfd);
int libvmclock_view_new_generation(int view, uint64_t *generation);
int libvmclock_view_set_generation(int view, uint64_t generation);
int libvmclock_view_disrupt(int view);

#ifdef __cplusplus
}
#endif

#endif /* _LIBVMCLOCK_HOST_H */
