/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Times, intervals and the ABI's numbers in words, for people and for JSON.
 */
#ifndef _VMCLOCKCTL_TEXT_H
#define _VMCLOCKCTL_TEXT_H

#include <stdio.h>

#include "vmclock/leap.h"

#define TEXT_SIZE	64

const char *text_time(char text[TEXT_SIZE], struct vmclock_time t, u8 leap);
const char *text_utc(char text[TEXT_SIZE], struct vmclock_time t, u8 leap);
const char *text_now(char text[TEXT_SIZE]);
const char *text_ps(char text[TEXT_SIZE], __int128 ps);
const char *text_ns(char text[TEXT_SIZE], s64 ns);
const char *text_bound(char text[TEXT_SIZE], u64 ns);

const char *text_counter(char text[TEXT_SIZE], u8 id);
const char *text_time_type(char text[TEXT_SIZE], u8 type);
const char *text_status(char text[TEXT_SIZE], u8 status);
const char *text_leap(char text[TEXT_SIZE], u8 leap);
const char *text_smearing(char text[TEXT_SIZE], u8 hint);
const char *text_flag(unsigned int bit);

#endif /* _VMCLOCKCTL_TEXT_H */
