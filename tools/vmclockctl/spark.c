// SPDX-License-Identifier: GPL-2.0
/*
 * A curve in text: the last values, 0 in the middle. In UTF-8 a character is a
 * Braille pattern of 2 by 4 dots; otherwise it is one dot. Used by watch.
 */
#include <stdio.h>

#include "spark.h"

#define BRAILLE_COLUMNS	2
#define BRAILLE_ROWS	4

/**
 * spark_add() - the next value
 * @s: the curve
 * @value: of any unit
 */
void spark_add(struct spark *s, s64 value)
{
	s->value[s->next] = value;
	s->next = (s->next + 1) % SPARK_HISTORY;
	if (s->n < SPARK_HISTORY)
		s->n++;
}

/* @back: 0 for the last one */
static s64 nth_last(const struct spark *s, size_t back)
{
	return s->value[(s->next + SPARK_HISTORY - 1 - back) % SPARK_HISTORY];
}

/**
 * spark_reach() - how far from 0 the curve goes
 * @s: the curve
 * @last: of so many values
 *
 * Return: 1, 2, 5, 10, ...: not less than any magnitude.
 */
s64 spark_reach(const struct spark *s, size_t last)
{
	u64 most = 1, reach = 1;
	size_t i;
	int step;

	for (i = 0; i < last && i < s->n; i++) {
		s64 v = nth_last(s, i);
		u64 size = v < 0 ? -(u64)v : (u64)v;

		most = size > most ? size : most;
	}
	for (step = 0; reach < most && reach < S64_MAX / 5; step++)
		reach = step % 3 == 1 ? reach / 2 * 5 : reach * 2;
	return reach < most ? (s64)S64_MAX : (s64)reach;
}

/**
 * spark_per_column() - values that a character shows
 * @utf8: whether the terminal knows more than ASCII
 *
 * Return: how many.
 */
size_t spark_per_column(bool utf8)
{
	return utf8 ? BRAILLE_COLUMNS : 1;
}

/* In which line of dots a value is; 0 is on top. It fits: rows < 2^10 */
static int dot_line(s64 value, s64 reach, int lines)
{
	__int128 up = (__int128)reach - value;
	int line = (int)(up * lines / (2 * (__int128)reach));

	return line < 0 ? 0 : line >= lines ? lines - 1 : line;
}

/* Dots of a cell are numbered 1 2 3 7 down the left, 4 5 6 8 down the right. */
static unsigned int dot(int column, int line)
{
	static const unsigned char bits[BRAILLE_COLUMNS][BRAILLE_ROWS] = {
		{ 0x01, 0x02, 0x04, 0x40 }, { 0x08, 0x10, 0x20, 0x80 },
	};

	return bits[column][line];
}

static void put_braille(unsigned int dots)
{
	unsigned int c = 0x2800 + dots;

	putchar(0xe0 | c >> 12);
	putchar(0x80 | (c >> 6 & 0x3f));
	putchar(0x80 | (c & 0x3f));
}

static void braille_cell(const struct spark *s, size_t back, int row, int rows,
			 s64 reach)
{
	unsigned int dots = 0;
	int column, line;

	for (column = 0; column < BRAILLE_COLUMNS; column++) {
		size_t b = back + BRAILLE_COLUMNS - 1 - column;

		if (b >= s->n)
			continue;
		line = dot_line(nth_last(s, b), reach, rows * BRAILLE_ROWS);
		if (line / BRAILLE_ROWS == row)
			dots |= dot(column, line % BRAILLE_ROWS);
	}
	if (dots)
		put_braille(dots);
	else
		putchar(row == rows / 2 ? '-' : ' ');
}

static void ascii_cell(const struct spark *s, size_t back, int row, int rows,
		       s64 reach)
{
	if (back < s->n && dot_line(nth_last(s, back), reach, rows) == row)
		putchar('*');
	else
		putchar(row == rows / 2 ? '-' : ' ');
}

/**
 * spark_row() - one row of characters of the curve
 * @s: the curve
 * @row: from the top
 * @rows: how many there are; odd, so that 0 has one of its own
 * @columns: the last value is in the last one
 * @reach: value at the upper edge, of spark_reach()
 * @utf8: whether the terminal knows more than ASCII
 */
void spark_row(const struct spark *s, int row, int rows, int columns,
	       s64 reach, bool utf8)
{
	int column;

	for (column = columns - 1; column >= 0; column--)
		if (utf8)
			braille_cell(s, (size_t)column * BRAILLE_COLUMNS, row,
				     rows, reach);
		else
			ascii_cell(s, column, row, rows, reach);
}
