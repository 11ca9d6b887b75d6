// SPDX-License-Identifier: GPL-2.0
/*
 * Takes out of a text what tells which machine it is about: its name, the names
 * of its views, IP and MAC addresses, UUIDs.
 */
#include <ctype.h>
#include <regex.h>
#include <string.h>
#include <sys/utsname.h>

#include "ctl.h"
#include "redact.h"
#include "views.h"

static const struct {
	const char *pattern;
	const char *word;
} patterns[] = {
	{ "[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}", "UUID" },
	{ "([0-9a-fA-F]{2}:){5}[0-9a-fA-F]{2}", "MAC" },
	{ "[0-9]{1,3}(\\.[0-9]{1,3}){3}", "ADDRESS" },
	{ "[0-9a-fA-F]{1,4}(:[0-9a-fA-F]{0,4}){3,7}", "ADDRESS" },
};

static regex_t compiled[CTL_ARRAY_SIZE(patterns)];
static struct views views;

static bool is_in(char c, const char *joining)
{
	return isalnum((unsigned char)c) || (c && strchr(joining, c));
}

/* No part of a word is a name. @joining: characters that are in words, too. */
static size_t word_at(const char *text, const char *begin, const char *name,
		      const char *joining)
{
	size_t n = strlen(name);

	if (!n || strncmp(text, name, n) ||
	    (text > begin && is_in(text[-1], joining)) ||
	    is_in(text[n], joining))
		return 0;
	return n;
}

/* Length of what begins here and is to be replaced by @word; 0 if nothing. */
static size_t name_at(const char *text, const char *begin,
		      const struct utsname *machine, char word[FS_NAME])
{
	size_t i, n = word_at(text, begin, machine->nodename, "_-");

	if (n) {
		strcpy(word, "HOST");
		return n;
	}
	for (i = 0; i < views.n; i++) {
		n = word_at(text, begin, views.nodes[i] +
			    strlen(VMCLOCK_VIEW_NODE_PREFIX), "");
		if (!n)
			continue;
		snprintf(word, FS_NAME, "VIEW%zu", i + 1);
		return n;
	}
	return 0;
}

static size_t pattern_at(const char *text, const char *begin,
			 char word[FS_NAME])
{
	regmatch_t m;
	size_t i;

	if (text > begin && isalnum((unsigned char)text[-1]))
		return 0;
	for (i = 0; i < CTL_ARRAY_SIZE(patterns); i++) {
		if (regexec(&compiled[i], text, 1, &m, 0) || m.rm_so)
			continue;
		strcpy(word, patterns[i].word);
		return m.rm_eo;
	}
	return 0;
}

static void redact_line(FILE *out, const char *line,
			const struct utsname *machine)
{
	const char *text = line;
	char word[FS_NAME];
	size_t n;

	while (*text) {
		n = name_at(text, line, machine, word);
		if (!n)
			n = pattern_at(text, line, word);
		if (n)
			fputs(word, out);
		else
			fputc(*text, out);
		text += n ? n : 1;
	}
	fputc('\n', out);
}

/**
 * redact() - print a text without what tells which machine it is about
 * @out: where to
 * @text: lines
 */
void redact(FILE *out, const char *text)
{
	struct utsname machine;
	char pattern[128];
	size_t i, n;
	char *line;

	uname(&machine);
	views_find(&views);
	for (i = 0; i < CTL_ARRAY_SIZE(patterns); i++) {
		snprintf(pattern, sizeof(pattern), "^(%s)", patterns[i].pattern);
		regcomp(&compiled[i], pattern, REG_EXTENDED);
	}
	for (; *text; text += n + (text[n] == '\n')) {
		n = strcspn(text, "\n");
		line = strndup(text, n);
		if (line)
			redact_line(out, line, &machine);
		free(line);
	}
	for (i = 0; i < CTL_ARRAY_SIZE(patterns); i++)
		regfree(&compiled[i]);
}
