// SPDX-License-Identifier: GPL-2.0
/*
 * A writer of JSON on stdout, one object a line. Called by each command that
 * has --json; what is in which object is described by
 * docs/vmclockctl.schema.json.
 */
#include <math.h>

#include "json.h"
#include "text.h"

#define JSON_DEPTH	8

static struct {
	int depth;
	bool more;			/* a value precedes at this depth */
	char close[JSON_DEPTH + 1];	/* what ends each open value */
} json;

static void string(const char *s)
{
	putchar('"');
	for (; *s; s++) {
		unsigned char c = *s;

		if (c == '"' || c == '\\')
			putchar('\\');
		if (c < ' ' || c > '~')
			printf("\\u%04x", c);
		else
			putchar(c);
	}
	putchar('"');
}

static void key(const char *name)
{
	if (json.more)
		putchar(',');
	json.more = true;
	if (name) {
		string(name);
		putchar(':');
	}
}

static void open_value(const char *name, char begin, char end)
{
	key(name);
	putchar(begin);
	json.close[++json.depth] = end;
	json.more = false;
}

/**
 * json_begin() - begin the object of a line
 * @command: which command says it
 */
void json_begin(const char *command)
{
	char text[TEXT_SIZE];

	json.depth = 0;
	json.more = false;
	json_object(NULL);
	json_u64("schema", JSON_SCHEMA);
	json_string("command", command);
	json_string("time", text_now(text));
	json_string("tool", VMCLOCK_VERSION);
}

/**
 * json_finish() - end the object of a line
 */
void json_finish(void)
{
	json_end();
	putchar('\n');
}

/**
 * json_object() - begin an object
 * @name: key; NULL in an array
 */
void json_object(const char *name)
{
	open_value(name, '{', '}');
}

/**
 * json_array() - begin an array
 * @name: key; NULL in an array
 */
void json_array(const char *name)
{
	open_value(name, '[', ']');
}

/**
 * json_end() - end the innermost object or array
 */
void json_end(void)
{
	putchar(json.close[json.depth--]);
	json.more = true;
}

void json_null(const char *name)
{
	key(name);
	fputs("null", stdout);
}

void json_bool(const char *name, bool value)
{
	key(name);
	fputs(value ? "true" : "false", stdout);
}

void json_s64(const char *name, s64 value)
{
	key(name);
	printf("%lld", value);
}

void json_u64(const char *name, u64 value)
{
	key(name);
	printf("%llu", value);
}

/**
 * json_bound() - an error bound
 * @name: key
 * @value: ns; U64_MAX, no bound, becomes null
 */
void json_bound(const char *name, u64 value)
{
	if (value == U64_MAX)
		json_null(name);
	else
		json_u64(name, value);
}

/**
 * json_hex() - 64 bits that are not to be rounded
 * @name: key
 * @value: becomes a string, since many readers keep numbers as double
 */
void json_hex(const char *name, u64 value)
{
	key(name);
	printf("\"0x%llx\"", value);
}

void json_double(const char *name, double value)
{
	key(name);
	if (isfinite(value))
		printf("%.12g", value);
	else
		fputs("null", stdout);
}

/**
 * json_string() - text
 * @name: key
 * @value: bytes above ASCII are taken as Latin 1; NULL becomes null
 */
void json_string(const char *name, const char *value)
{
	if (!value) {
		json_null(name);
		return;
	}
	key(name);
	string(value);
}
