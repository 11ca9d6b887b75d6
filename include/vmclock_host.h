/* SPDX-License-Identifier: (GPL-2.0 WITH Linux-syscall-note) OR BSD-2-Clause */
/*
 * Views of /dev/vmclock_host: pages for one virtual machine each, whose counter
 * is not the host's. A VMM, or a program on behalf of one, creates a view, says
 * how the machine's counter comes from the host's, and maps the page into the
 * machine, read-only. The kernel keeps it current from then on.
 *
 * docs/ABI/dev-vmclock_host specifies each ioctl. All structures have the same
 * layout for programs of 32 and 64 bits; fields named reserved must be zero.
 * A call that fails has changed nothing.
 */
#ifndef _VMCLOCK_HOST_UAPI_H
#define _VMCLOCK_HOST_UAPI_H

#include <linux/ioctl.h>
#include <linux/types.h>

/* Longest name of a view, with its terminating NUL. */
#define VMCLOCK_VIEW_NAME_SIZE	64
/* A view that is named NAME is /dev/vmclock-view-NAME. */
#define VMCLOCK_VIEW_NODE_PREFIX	"vmclock-view-"

/* Which members of struct vmclock_view_create are given. */
#define VMCLOCK_VIEW_UID	(1 << 0)
#define VMCLOCK_VIEW_GID	(1 << 1)
#define VMCLOCK_VIEW_MODE	(1 << 2)

/* What vmclock_host's parameter time_type says; no other if it is smeared. */
#define VMCLOCK_VIEW_TIME_DEFAULT	0
/* The page has no time while the host's kernel does not know its TAI offset. */
#define VMCLOCK_VIEW_TIME_TAI		1
#define VMCLOCK_VIEW_TIME_UTC		2

/**
 * struct vmclock_view_create - a new view
 * @size: what the page says of its size, in bytes: 112 to the page size of the
 *	host; 0 stands for the latter
 * @time_type: VMCLOCK_VIEW_TIME_*: what the page's time is for all of its life.
 *	Give the machine on every host the type with which it was started
 * @flags: VMCLOCK_FLAG_* that the page begins with: those that
 *	VMCLOCK_VIEW_SET_FLAGS can change
 * @options: which of the next three are given, VMCLOCK_VIEW_UID,
 *	VMCLOCK_VIEW_GID and VMCLOCK_VIEW_MODE. One that is not given has to
 *	be 0, and gets its default
 * @uid: owner of the node, a user that may remove it and on whose account the
 *	view is; default: the caller's user
 * @gid: group of the node; default: the caller's group
 * @mode: permissions of the node, 0 to 0666; default: 0600
 * @name: NUL-terminated and filled up with NULs: letters, digits, '_', '.' and
 *	'-', the first of them a letter or digit. Empty: an anonymous view,
 *	which goes with its last open file and mapping. Otherwise a device node
 *	as well, which takes CAP_MKNOD, and stays until it is removed or the
 *	module is unloaded
 */
struct vmclock_view_create {
	__u32 size;
	__u32 time_type;
	__u64 flags;
	__u32 options;
	__u32 uid;
	__u32 gid;
	__u32 mode;
	__u8 name[VMCLOCK_VIEW_NAME_SIZE];
};

/**
 * struct vmclock_view_name - which named view
 * @name: as in struct vmclock_view_create, not empty
 */
struct vmclock_view_name {
	__u8 name[VMCLOCK_VIEW_NAME_SIZE];
};

/* Why a machine's counter is not known: no program has set it. */
#define VMCLOCK_UNKNOWN_UNSET		0
/* The counters of the machine's CPUs differ by too much. */
#define VMCLOCK_UNKNOWN_CPUS_DIFFER	1
/* The hypervisor changes the counter all the time. */
#define VMCLOCK_UNKNOWN_CHANGES		2
/* KVM shows the counter of a nested machine instead. */
#define VMCLOCK_UNKNOWN_NESTED		3
/* Two machines have mapped the view. */
#define VMCLOCK_UNKNOWN_DISPUTED	4
/* By the kernel only: the last mapping has gone, and with it the machine. */
#define VMCLOCK_UNKNOWN_GONE		16
/* By the kernel only: the host's counter has begun again. */
#define VMCLOCK_UNKNOWN_RESTARTED	17

/**
 * struct vmclock_view_translation - the machine's counter
 * @ratio: counts for each of the host's, times 2^@frac_bits; less than 2^63
 * @offset: added to the scaled count
 * @frac_bits: 1 to 63; 48 for Intel and 32 for AMD as KVM has them
 * @spread: by how many counts the counters of the machine's CPUs may be off;
 *	added to the page's bound. Up to 2^20
 * @reason: VMCLOCK_UNKNOWN_* if all else is zero, otherwise 0
 * @reserved: 0
 *
 * machine's counter = ((host's counter * @ratio) >> @frac_bits) + @offset,
 *
 * the product having 128 bits, the sum taken modulo 2^64: what the hardware
 * does. The ratio has to be between 1/256 and 256; without scaling it is
 * 1 << @frac_bits. All zero but @reason: not known; the page says UNKNOWN.
 */
struct vmclock_view_translation {
	__u64 ratio;
	__u64 offset;
	__u32 frac_bits;
	__u32 spread;
	__u32 reason;
	__u32 reserved;
};

/**
 * struct vmclock_view_flags - flags that the VMM answers for
 * @mask: which ones to change: VMCLOCK_FLAG_DISRUPTION_SOON,
 *	VMCLOCK_FLAG_DISRUPTION_IMMINENT, VMCLOCK_FLAG_NOTIFICATION_PRESENT
 * @flags: their new values, a subset of @mask
 */
struct vmclock_view_flags {
	__u64 mask;
	__u64 flags;
};

/**
 * struct vmclock_view_generation - the machine goes on from a copy of its state
 * @value: VMCLOCK_GENERATION_SET: the new generation. Otherwise 0, and on
 *	return what the kernel has chosen, a value not used before
 * @flags: 0 or VMCLOCK_GENERATION_SET
 * @reserved: 0
 */
struct vmclock_view_generation {
	__u64 value;
	__u32 flags;
	__u32 reserved;
};

/* Take the value as it is: that of the machine before it was moved here. */
#define VMCLOCK_GENERATION_SET	(1 << 0)

/**
 * struct vmclock_view_eventfd - how changes are signalled
 * @fd: an eventfd, which is signalled after each change of the page (KVM_IRQFD
 *	turns that into an interrupt of the machine); -1: no eventfd any more
 * @reserved: 0
 */
struct vmclock_view_eventfd {
	__s32 fd;
	__u32 reserved;
};

#define VMCLOCK_HOST_IOC	0xbc

/*
 * Of /dev/vmclock_host. CREATE returns a descriptor of the view, for reading,
 * mapping, poll, and the ioctls below; it is closed on exec.
 */
#define VMCLOCK_HOST_CREATE_VIEW \
	_IOW(VMCLOCK_HOST_IOC, 0x00, struct vmclock_view_create)
#define VMCLOCK_HOST_REMOVE_VIEW \
	_IOW(VMCLOCK_HOST_IOC, 0x01, struct vmclock_view_name)

/*
 * Of a view; they want a descriptor that is open for writing. Of a translation
 * or generation that is the same as before nothing is changed; another one is a
 * disruption.
 */
#define VMCLOCK_VIEW_SET_TRANSLATION \
	_IOW(VMCLOCK_HOST_IOC, 0x10, struct vmclock_view_translation)
#define VMCLOCK_VIEW_GET_TRANSLATION \
	_IOR(VMCLOCK_HOST_IOC, 0x11, struct vmclock_view_translation)
#define VMCLOCK_VIEW_SET_FLAGS \
	_IOW(VMCLOCK_HOST_IOC, 0x12, struct vmclock_view_flags)
#define VMCLOCK_VIEW_SET_GENERATION \
	_IOWR(VMCLOCK_HOST_IOC, 0x13, struct vmclock_view_generation)
#define VMCLOCK_VIEW_SET_EVENTFD \
	_IOW(VMCLOCK_HOST_IOC, 0x14, struct vmclock_view_eventfd)
/* A new disruption marker, whatever the reason. */
#define VMCLOCK_VIEW_DISRUPT	_IO(VMCLOCK_HOST_IOC, 0x15)

#endif /* _VMCLOCK_HOST_UAPI_H */
