/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * For programs that were written for ClockBound's C library: its calls, on a
 * VMClock page, by libvmclock. Compile with this directory before that of
 * ClockBound's header, and link -lvmclock instead of -lclockbound. README.md
 * beside this says what is different.
 *
 * The names are ClockBound's, so that such a program compiles; nothing else is.
 */
#ifndef _CLOCKBOUND_H
#define _CLOCKBOUND_H

#include <errno.h>
#include <stdlib.h>
#include <time.h>

#include <libvmclock.h>

#define CLOCKBOUND_SHM_DEFAULT_PATH	"/var/run/clockbound/shm0"
#define VMCLOCK_SHM_DEFAULT_PATH	"/dev/vmclock0"

typedef enum clockbound_err_kind {
	CLOCKBOUND_ERR_NONE,
	CLOCKBOUND_ERR_SYSCALL,
	CLOCKBOUND_ERR_SEGMENT_NOT_INITIALIZED,
	CLOCKBOUND_ERR_SEGMENT_MALFORMED,
	CLOCKBOUND_ERR_CAUSALITY_BREACH,
	CLOCKBOUND_ERR_SEGMENT_VERSION_NOT_SUPPORTED,
} clockbound_err_kind;

typedef enum clockbound_clock_status {
	CLOCKBOUND_STA_UNKNOWN,
	CLOCKBOUND_STA_SYNCHRONIZED,
	CLOCKBOUND_STA_FREE_RUNNING,
	CLOCKBOUND_STA_DISRUPTED,
} clockbound_clock_status;

typedef struct clockbound_err {
	clockbound_err_kind kind;
	int sys_errno;
	const char *detail;
} clockbound_err;

typedef struct clockbound_now_result {
	struct timespec earliest;
	struct timespec latest;
	clockbound_clock_status clock_status;
} clockbound_now_result;

typedef struct clockbound_ctx {
	struct libvmclock *clock;
	struct libvmclock_epoch epoch;
	clockbound_err err;
} clockbound_ctx;

static inline void clockbound_set_err(clockbound_err *err, int error)
{
	err->kind = error == -EBADMSG ? CLOCKBOUND_ERR_SEGMENT_MALFORMED :
		    error == -EAGAIN ? CLOCKBOUND_ERR_SEGMENT_NOT_INITIALIZED :
				       CLOCKBOUND_ERR_SYSCALL;
	err->sys_errno = -error;
	err->detail = libvmclock_strerror(error);
}

/* No daemon writes a segment: the first path is not used. */
static inline clockbound_ctx *
clockbound_vmclock_open(const char *clockbound_shm_path,
			const char *vmclock_shm_path, clockbound_err *err)
{
	clockbound_ctx *ctx = (clockbound_ctx *)calloc(1, sizeof(*ctx));
	int ret = ctx ? libvmclock_open(&ctx->clock, vmclock_shm_path, 0) :
			-ENOMEM;

	(void)clockbound_shm_path;
	if (!ret)
		ret = libvmclock_get_epoch(ctx->clock, &ctx->epoch);
	if (!ret)
		return ctx;
	if (err)
		clockbound_set_err(err, ret);
	if (ctx)
		libvmclock_close(ctx->clock);
	free(ctx);
	return NULL;
}

static inline clockbound_ctx *clockbound_open(const char *clockbound_shm_path,
					      clockbound_err *err)
{
	return clockbound_vmclock_open(clockbound_shm_path, NULL, err);
}

static inline const clockbound_err *clockbound_close(clockbound_ctx *ctx)
{
	libvmclock_close(ctx->clock);
	free(ctx);
	return NULL;
}

/* No bound: from 1970 to 2262, whatever a program does with the status. */
static inline void clockbound_no_bound(clockbound_ctx *ctx,
				       clockbound_now_result *res)
{
	res->earliest.tv_sec = 0;
	res->earliest.tv_nsec = 0;
	res->latest.tv_sec = (time_t)9223372036LL;
	res->latest.tv_nsec = 0;
	res->clock_status =
		libvmclock_disrupted(ctx->clock, &ctx->epoch) == 1 ?
		CLOCKBOUND_STA_DISRUPTED : CLOCKBOUND_STA_UNKNOWN;
}

static inline const clockbound_err *clockbound_now(clockbound_ctx *ctx,
						   clockbound_now_result *res)
{
	struct libvmclock_reading r;
	int ret = libvmclock_now(ctx->clock, LIBVMCLOCK_UTC, &r);

	if (ret == -ERANGE || ret == -ENODATA) {
		clockbound_no_bound(ctx, res);
		return NULL;
	}
	if (ret) {
		clockbound_set_err(&ctx->err, ret);
		return &ctx->err;
	}
	ctx->epoch = r.epoch;
	libvmclock_bounds(&r, &res->earliest, &res->latest);
	res->clock_status = r.status == LIBVMCLOCK_SYNCHRONIZED ?
			    CLOCKBOUND_STA_SYNCHRONIZED :
			    CLOCKBOUND_STA_FREE_RUNNING;
	return NULL;
}

#endif /* _CLOCKBOUND_H */
