// SPDX-License-Identifier: GPL-2.0
/*
 * QEMU's notation: lists "a=b,c=d" in which a doubled comma is a comma, objects
 * of JSON in their place, and sizes. Called by machine.c. What isn't notation
 * at all ends a list early: QEMU will refuse it.
 */
#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "words.h"

#define FRACTION_DIGITS	18	/* their product with 2^60 has 128 bits */

static void append(char *word, size_t *size, char c)
{
	if (*size < WORD_SIZE - 1)
		word[(*size)++] = c;
	word[*size] = 0;
}

/**
 * pairs_begin() - read a list
 * @p: the reader
 * @text: the list
 * @implied: key of a first word that is a value alone, or NULL
 */
void pairs_begin(struct pairs *p, const char *text, const char *implied)
{
	*p = (struct pairs){ .rest = text, .implied = implied };
	if (*text == '{') {
		p->json = true;
		p->rest++;
	}
}

static bool next_listed(struct pairs *p, struct pair *pair)
{
	size_t size = 0;
	char *to = pair->key;

	if (!*p->rest)
		return false;
	for (; *p->rest; p->rest++) {
		if (*p->rest == ',' && *++p->rest != ',')
			break;
		if (*p->rest == '=' && to == pair->key) {
			to = pair->value;
			size = 0;
		} else {
			append(to, &size, *p->rest);
		}
	}
	if (to == pair->key && p->implied) {
		strcpy(pair->value, pair->key);
		strcpy(pair->key, p->implied);
	}
	p->implied = NULL;
	return true;
}

/* From behind the opening quote to behind the closing one. */
static const char *take_string(const char *from, char *to)
{
	size_t size = 0;

	to[0] = 0;
	for (; *from && *from != '"'; from++) {
		if (*from == '\\' && !*++from)
			break;
		append(to, &size, *from);
	}
	return *from ? from + 1 : from;
}

/* An object or an array, whose contents are of no interest. */
static const char *skip_nested(const char *from)
{
	char ignored[WORD_SIZE];
	unsigned int depth = 0;

	while (*from) {
		char c = *from++;

		if (c == '"')
			from = take_string(from, ignored);
		else if (c == '{' || c == '[')
			depth++;
		else if ((c == '}' || c == ']') && !--depth)
			break;
	}
	return from;
}

static const char *skip_blanks(const char *from)
{
	return from + strspn(from, " \t\r\n");
}

static const char *take_value(const char *from, char *to)
{
	size_t size = 0;

	to[0] = 0;
	if (*from == '"')
		return take_string(from + 1, to);
	if (*from == '{' || *from == '[')
		return skip_nested(from);
	while (*from && !strchr(",} \t\r\n", *from))
		append(to, &size, *from++);
	return from;
}

static bool next_of_json(struct pairs *p, struct pair *pair)
{
	const char *from = skip_blanks(p->rest);

	if (*from != '"')
		return false;
	from = skip_blanks(take_string(from + 1, pair->key));
	if (*from != ':')
		return false;
	from = skip_blanks(take_value(skip_blanks(from + 1), pair->value));
	p->rest = from + (*from == ',');
	return true;
}

/**
 * pairs_next() - the next key and value
 * @p: the reader
 * @pair: result
 *
 * Return: whether there was one.
 */
bool pairs_next(struct pairs *p, struct pair *pair)
{
	pair->key[0] = 0;
	pair->value[0] = 0;
	return p->json ? next_of_json(p, pair) : next_listed(p, pair);
}

/* What is behind a decimal point, of 2^@shift. */
static uint64_t parse_fraction(const char **text, unsigned int shift)
{
	uint64_t value = 0, one = 1;
	unsigned int digits = 0;

	for (; isdigit((unsigned char)**text); (*text)++) {
		if (digits++ == FRACTION_DIGITS)
			digits--;
		else
			value = value * 10 + (*(*text) - '0'), one *= 10;
	}
	return (uint64_t)(((unsigned __int128)value << shift) / one);
}

/* The exponent of a unit, -1 if there is none. */
static int parse_unit(const char *unit, unsigned int shift)
{
	static const char units[] = "bkmgtpe";
	const char *found;

	if (!*unit)
		return shift;
	found = unit[1] ? NULL : strchr(units, tolower((unsigned char)*unit));
	return found ? 10 * (int)(found - units) : -1;
}

/**
 * parse_size() - read a size, which may have a unit, and then a fraction
 * @text: the size
 * @shift: its unit if it names none, as a power of two
 * @size: result, bytes
 *
 * Return: false if it is none, or doesn't fit.
 */
bool parse_size(const char *text, unsigned int shift, uint64_t *size)
{
	bool hex = text[0] == '0' && tolower((unsigned char)text[1]) == 'x';
	const char *fraction, *unit;
	uint64_t value;
	char *end;
	int bits;

	if (!isdigit((unsigned char)*text))
		return false;
	errno = 0;
	value = strtoull(text, &end, hex ? 16 : 10);
	fraction = end;
	unit = *end == '.' && !hex ? end + 1 + strspn(end + 1, "0123456789") :
				     end;
	bits = parse_unit(unit, shift);
	if (errno || bits < 0 || value > UINT64_MAX >> bits ||
	    (unit != fraction && (!bits || !*unit)))
		return false;
	*size = value << bits;
	if (unit == fraction)
		return true;
	fraction++;
	return !__builtin_add_overflow(*size, parse_fraction(&fraction, bits),
				       size);
}
