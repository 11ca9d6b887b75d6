/* SPDX-License-Identifier: GPL-2.0 */
/* QEMU's ways to write a list of keys and values, and a size. */
#ifndef _VMCLOCK_QEMU_WORDS_H
#define _VMCLOCK_QEMU_WORDS_H

#include <stdbool.h>
#include <stdint.h>

#define WORD_SIZE	256	/* longest key or value, and its 0 */

/**
 * struct pair - a key and its value
 * @key: cut off where it is too long
 * @value: likewise; empty: a key alone, or a value that is a list
 */
struct pair {
	char key[WORD_SIZE];
	char value[WORD_SIZE];
};

/**
 * struct pairs - what is left of a list, which is "a=b,c=d" or a JSON object
 * @rest: the text
 * @implied: key of a first word that is a value alone, or NULL
 * @json: it is an object of JSON
 */
struct pairs {
	const char *rest;
	const char *implied;
	bool json;
};

void pairs_begin(struct pairs *p, const char *text, const char *implied);
bool pairs_next(struct pairs *p, struct pair *pair);
bool parse_size(const char *text, unsigned int shift, uint64_t *size);

#endif /* _VMCLOCK_QEMU_WORDS_H */
