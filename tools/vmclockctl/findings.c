// SPDX-License-Identifier: GPL-2.0
/*
 * The list of findings. The files find_*.c fill it, in the order of the table
 * in doctor.c.
 */
#include <stdarg.h>

#include "findings.h"
#include "json.h"

/**
 * finding_add() - add a finding
 * @all: the list; what is too much for it is left out
 * @severity: how much it matters
 * @id: a name that stays
 * @text: what it is
 */
void finding_add(struct findings *all, enum severity severity, const char *id,
		 const char *text, ...)
{
	struct finding *f = &all->list[all->n];
	va_list args;

	if (all->n == FINDINGS_MAX)
		return;
	all->n++;
	f->severity = severity;
	f->id = id;
	f->remedy[0] = 0;
	va_start(args, text);
	vsnprintf(f->text, sizeof(f->text), text, args);
	va_end(args);
}

/**
 * finding_remedy() - what to do about the finding that was added last
 * @all: the list, not empty
 * @remedy: what to do
 */
void finding_remedy(struct findings *all, const char *remedy, ...)
{
	struct finding *f = &all->list[all->n - 1];
	va_list args;

	va_start(args, remedy);
	vsnprintf(f->remedy, sizeof(f->remedy), remedy, args);
	va_end(args);
}

/**
 * findings_worst() - the highest severity
 * @all: the list
 *
 * Return: NOTE also for an empty list.
 */
enum severity findings_worst(const struct findings *all)
{
	enum severity worst = NOTE;
	size_t i;

	for (i = 0; i < all->n; i++)
		if (all->list[i].severity > worst)
			worst = all->list[i].severity;
	return worst;
}

/**
 * severity_name() - a severity in a word
 * @severity: the severity
 *
 * Return: the word.
 */
const char *severity_name(enum severity severity)
{
	static const char * const names[] = { "note", "warning", "error" };

	return names[severity];
}

/**
 * findings_json() - the array "findings"
 * @all: the list
 */
void findings_json(const struct findings *all)
{
	size_t i;

	json_array("findings");
	for (i = 0; i < all->n; i++) {
		json_object(NULL);
		json_string("id", all->list[i].id);
		json_string("severity", severity_name(all->list[i].severity));
		json_string("text", all->list[i].text);
		json_string("remedy", all->list[i].remedy);
		json_end();
	}
	json_end();
}
