// SPDX-License-Identifier: GPL-2.0
/*
 * vmclockctl status: all facts at this moment, and in words what is wrong.
 */
#include "ctl.h"
#include "facts_json.h"
#include "findings.h"
#include "json.h"
#include "show.h"

static void show(const struct facts *f, const struct findings *all)
{
	size_t i;

	for (i = 0; i < f->n_devices; i++)
		show_device(&f->devices[i]);
	show_lock(&f->lock);
	show_system(f);
	show_findings(all, WARNING, false);
	if (findings_worst(all) >= WARNING)
		puts("What to do about it: vmclockctl doctor");
}

static void json(const struct facts *f, const struct findings *all)
{
	json_begin("status");
	json_string("verdict", findings_worst(all) == NOTE ? "ok" :
		    severity_name(findings_worst(all)));
	facts_json(f);
	findings_json(all);
	json_finish();
}

static bool denied(const struct facts *f)
{
	size_t i;

	for (i = 0; i < f->n_devices; i++)
		if (ctl_exit_of(f->devices[i].error) == CTL_DENIED)
			return true;
	return false;
}

static int exit_status(const struct facts *f, const struct findings *all)
{
	if (!f->n_devices && !f->lock.present)
		return CTL_ABSENT;
	if (findings_worst(all) == ERROR)
		return CTL_FOUND;
	return denied(f) ? CTL_DENIED : CTL_OK;
}

/**
 * cmd_status() - the command
 * @argc: arguments
 * @argv: arguments
 *
 * Return: CTL_OK, CTL_FOUND if something is wrong with the time, CTL_DENIED if
 * nothing is as far as this user may look, CTL_ABSENT.
 */
int cmd_status(int argc, char **argv)
{
	static struct findings all;
	static struct facts f;
	bool want_json;

	if (ctl_only_json(argc, argv, &want_json))
		return CTL_USAGE;
	facts_read(&f);
	findings_of(&f, &all);
	if (want_json)
		json(&f, &all);
	else
		show(&f, &all);
	return exit_status(&f, &all);
}
