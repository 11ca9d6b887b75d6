// SPDX-License-Identifier: GPL-2.0
/*
 * vmclockctl doctor: what is wrong, each finding with its remedy, and an exit
 * status for scripts.
 */
#include "ctl.h"
#include "findings.h"
#include "json.h"
#include "show.h"

/* In the order in which a reader wants them: causes before consequences. */
static void (* const finders[])(struct findings *all, const struct facts *f) = {
	find_in_modules, find_in_devices, find_in_host, find_in_lock,
};

/**
 * findings_of() - look at everything
 * @f: the facts
 * @all: result
 */
void findings_of(const struct facts *f, struct findings *all)
{
	size_t i;

	all->n = 0;
	for (i = 0; i < CTL_ARRAY_SIZE(finders); i++)
		finders[i](all, f);
	find_in_views(all);
}

static void show(const struct findings *all)
{
	size_t i, n[ERROR + 1] = { 0 };

	show_findings(all, NOTE, true);
	for (i = 0; i < all->n; i++)
		n[all->list[i].severity]++;
	if (!n[ERROR] && !n[WARNING])
		printf("Nothing is wrong.\n");
	else
		printf("errors: %zu, warnings: %zu, notes: %zu\n", n[ERROR],
		       n[WARNING], n[NOTE]);
}

static void json(const struct findings *all)
{
	json_begin("doctor");
	json_string("verdict", findings_worst(all) == NOTE ? "ok" :
		    severity_name(findings_worst(all)));
	findings_json(all);
	json_finish();
}

/**
 * cmd_doctor() - the command
 * @argc: arguments
 * @argv: arguments
 *
 * Return: CTL_OK, CTL_FOUND with an error, CTL_WARNED with warnings only.
 */
int cmd_doctor(int argc, char **argv)
{
	static struct findings all;
	static struct facts f;
	bool want_json;

	if (ctl_only_json(argc, argv, &want_json))
		return CTL_USAGE;
	facts_read(&f);
	findings_of(&f, &all);
	if (want_json)
		json(&all);
	else
		show(&all);
	switch (findings_worst(&all)) {
	case ERROR:
		return CTL_FOUND;
	case WARNING:
		return CTL_WARNED;
	default:
		return CTL_OK;
	}
}
