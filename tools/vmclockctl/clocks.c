// SPDX-License-Identifier: GPL-2.0
/*
 * The system's clocks: the kernel's NTP state, and how far CLOCK_REALTIME or
 * CLOCK_TAI is from a page's line.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/timex.h>
#include <time.h>

#include "clocks.h"
#include "counter.h"
#include "fs.h"

#define PAIR_TRIES	8	/* the narrowest counts */
#define USER_HZ		100	/* of struct timex's tick, on every machine */

/* Below a root of its own the kernel is one of files, too, and so its TAI. */
static int root_tai_offset_sec;

static int read_timex(struct timex *tx)
{
	char text[FS_TEXT];
	int state;

	if (!*fs_root())
		return adjtimex(tx);
	if (fs_read(text, sizeof(text), "/adjtimex") ||
	    sscanf(text, "%d %d %d %ld %ld %ld %ld", &state, &tx->status,
		   &tx->tai, &tx->maxerror, &tx->esterror, &tx->freq,
		   &tx->tick) != 7) {
		errno = ENOENT;
		return -1;
	}
	root_tai_offset_sec = tx->tai;
	return state;
}

static clockid_t clock_id(enum clock_scale scale)
{
	return scale == SCALE_TAI && !*fs_root() ? CLOCK_TAI : CLOCK_REALTIME;
}

/**
 * kernel_clock_read() - ask adjtimex(), which changes nothing
 * @k: result
 */
void kernel_clock_read(struct kernel_clock *k)
{
	static const char * const leaps[] = {
		[TIME_OK] = "none", [TIME_INS] = "insert",
		[TIME_DEL] = "delete", [TIME_OOP] = "in-progress",
		[TIME_WAIT] = "done",
	};
	struct timex tx = { 0 };
	int state = read_timex(&tx);

	*k = (struct kernel_clock){ .leap = "none" };
	if (state < 0) {
		k->error = errno;
		return;
	}
	k->synchronized = !(tx.status & STA_UNSYNC);
	k->tai_offset_sec = tx.tai;
	k->maxerror_us = tx.maxerror;
	k->esterror_us = tx.esterror;
	/* scaled ppm / 2^16, and us per tick */
	k->frequency_ppb = tx.freq / 65.536 +
			   (tx.tick - 1000000 / USER_HZ) * USER_HZ * 1e3;
	if (state >= 0 && state <= TIME_WAIT)
		k->leap = leaps[state];
	else if (tx.status & (STA_INS | STA_DEL))
		k->leap = tx.status & STA_INS ? "insert" : "delete";
}

/**
 * clock_set_tai() - tell the kernel its TAI offset; nothing else changes
 * @offset_sec: TAI - UTC
 *
 * Return: 0, or -1 with errno.
 */
int clock_set_tai(int offset_sec)
{
	struct timex tx = { .modes = ADJ_TAI, .constant = offset_sec };
	char path[PATH_MAX];
	FILE *file;

	if (!*fs_root())
		return adjtimex(&tx) < 0 ? -1 : 0;
	file = fopen(fs_path(path, "/tai"), "w");
	if (!file)
		return -1;
	fprintf(file, "%d\n", offset_sec);
	return fclose(file);
}

/**
 * clock_scale() - the scale in which a page and the system can be compared
 * @p: copy of a page that tells time
 * @k: the kernel's state; TAI needs its offset
 * @wanted: SCALE_NONE for what there is, TAI first
 *
 * Return: the scale; SCALE_NONE if there is none.
 */
enum clock_scale clock_scale(const struct vmclock_params *p,
			     const struct kernel_clock *k,
			     enum clock_scale wanted)
{
	struct vmclock_scales s;

	if (vmclock_scales_at(p, p->line.time, &s))
		return SCALE_NONE;
	if (wanted != SCALE_UTC && s.tai_valid && k->tai_offset_sec)
		return SCALE_TAI;
	if (wanted != SCALE_TAI && s.utc_valid)
		return SCALE_UTC;
	return SCALE_NONE;
}

/**
 * clock_name() - the system's clock of a scale
 * @scale: the scale
 *
 * Return: its name.
 */
const char *clock_name(enum clock_scale scale)
{
	return scale == SCALE_TAI ? "CLOCK_TAI" : "CLOCK_REALTIME";
}

/**
 * clock_of_page() - a moment of a page's line in a scale
 * @p: copy of a page that tells time
 * @scale: the scale
 * @line: the moment, by vmclock_line_at()
 * @t: result
 *
 * Return: false if the page does not tell that scale.
 */
bool clock_of_page(const struct vmclock_params *p, enum clock_scale scale,
		   struct vmclock_time line, struct vmclock_time *t)
{
	struct vmclock_scales s;

	if (scale == SCALE_NONE || vmclock_scales_at(p, line, &s))
		return false;
	*t = scale == SCALE_TAI ? s.tai : s.utc;
	return scale == SCALE_TAI ? s.tai_valid : s.utc_valid;
}

/**
 * clock_minus_page() - the system's clock minus a page's line
 * @p: copy of a page that tells time, read just now
 * @scale: what to compare
 * @diff: result
 *
 * The counter is read before and after the clock; the line is taken in the
 * middle. Of several such readings the narrowest one is used: an interrupt, or
 * an exit of the VM, makes them wide.
 *
 * Return: false if the page does not tell that scale.
 */
bool clock_minus_page(const struct vmclock_params *p, enum clock_scale scale,
		      struct clock_diff *diff)
{
	clockid_t id = clock_id(scale);
	struct vmclock_time line, clock;
	u64 begin, width, best = U64_MAX, middle = 0;
	struct timespec ts, at = { 0 };
	int i;

	for (i = 0; i < PAIR_TRIES; i++) {
		begin = counter_read();
		clock_gettime(id, &ts);
		width = counter_read() - begin;
		if (width < best) {
			best = width;
			middle = begin + width / 2;
			at = ts;
		}
	}
	if (!clock_of_page(p, scale, vmclock_line_at(&p->line, middle), &line))
		return false;
	clock = vmclock_time_from_ns(at.tv_nsec);
	clock.sec += at.tv_sec;
	if (scale == SCALE_TAI && id == CLOCK_REALTIME)
		clock.sec += root_tai_offset_sec;
	diff->ns = vmclock_time_to_ns(vmclock_time_sub(clock, line));
	line = vmclock_counter_delta_time((best + 1) / 2, p->line.period_frac,
					  p->line.period_shift);
	diff->uncertainty_ns = vmclock_time_to_ns(line) + 1;
	return true;
}
