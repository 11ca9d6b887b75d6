/* SPDX-License-Identifier: GPL-2.0 */
/* Scenario text to events: see scenario.c. */
#ifndef _VCLK_SCENARIO_H
#define _VCLK_SCENARIO_H

#include "hv.h"

/**
 * struct scn - the parser
 * @pos: next character
 * @end: end of the text
 * @line: number of the line, from 1
 * @word: the word that was read last; empty at the end of the line
 * @error: NULL, or what is wrong with @word
 */
struct scn {
	const char *pos;
	const char *end;
	u32 line;
	char word[64];
	const char *error;
};

bool scn_parse(struct scn *s, const char *text, size_t len, struct hv *hv);

#endif /* _VCLK_SCENARIO_H */
