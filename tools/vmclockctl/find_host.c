// SPDX-License-Identifier: GPL-2.0
/*
 * Findings about the clock of a host that publishes it: which daemon keeps it,
 * whether that says how far the clock is off, and whether its time is smeared.
 */
#include <fnmatch.h>
#include <stdio.h>
#include <string.h>

#include "ctl.h"
#include "findings.h"
#include "programs.h"

#define PARAMETER	"/sys/module/vmclock_host/parameters/%s"
/* What parts words of a configuration: TOML and INI as well. */
#define BLANKS		" \t\r\n=,\"'[]"

/* The configuration of a daemon, by its process; a directory ends with '/'. */
static const struct {
	const char *comm;
	const char *path;
} configurations[] = {
	{ "chronyd", "/etc/chrony/chrony.conf" },
	{ "chronyd", "/etc/chrony.conf" },
	{ "chronyd", "/etc/chrony/conf.d/" },
	{ "chronyd", "/etc/chrony/sources.d/" },
	{ "chronyd", "/run/chrony-dhcp/" },
	{ "ntpd", "/etc/ntpsec/ntp.conf" },
	{ "ntpd", "/etc/ntp.conf" },
	{ "openntpd", "/etc/openntpd/ntpd.conf" },
	{ "ntp-daemon", "/etc/ntpd-rs/ntp.toml" },
	{ "systemd-timesyn", "/etc/systemd/timesyncd.conf" },
	{ "systemd-timesyn", "/etc/systemd/timesyncd.conf.d/" },
};

/* Google's servers, Amazon's and Meta's. */
static const char * const smearing_servers[] = {
	"time*.google.com", "time*.android.com", "time*.aws.com",
	"169.254.169.123", "fd00:ec2::123", "time*.facebook.com",
};

/**
 * struct configuration - what a daemon's configuration says
 * @found: there is one
 * @rtcsync: chronyd tells the kernel that the clock is synchronized
 * @phc: chronyd follows a PTP clock
 * @smeared: server that smears leap seconds, or "leapsecmode slew"; empty if
 *	there is none
 */
struct configuration {
	bool found;
	bool rtcsync;
	bool phc;
	char smeared[FS_NAME];
};

static void look_at_word(struct configuration *c, const char *word)
{
	size_t i;

	for (i = 0; i < CTL_ARRAY_SIZE(smearing_servers); i++)
		if (!fnmatch(smearing_servers[i], word, 0)) {
			snprintf(c->smeared, sizeof(c->smeared), "%s", word);
			fs_clean(c->smeared);
		}
}

static void look_at_line(struct configuration *c, char *line)
{
	char *rest, *first, *word, *previous;

	first = strtok_r(line, BLANKS, &rest);
	if (!first || strchr("#;!%", *first))
		return;
	c->rtcsync |= !strcmp(first, "rtcsync");
	for (previous = first; (word = strtok_r(NULL, BLANKS, &rest));
	     previous = word) {
		look_at_word(c, word);
		c->phc |= !strcmp(previous, "refclock") && !strcmp(word, "PHC");
		if (!strcmp(previous, "leapsecmode") && !strcmp(word, "slew"))
			strcpy(c->smeared, "leapsecmode slew");
	}
}

static void read_file(struct configuration *c, const char *directory,
		      const char *name)
{
	char path[PATH_MAX], line[1024];
	FILE *file = fopen(fs_path(path, "%s%s", directory, name), "r");

	if (!file)
		return;
	c->found = true;
	while (fgets(line, sizeof(line), file))
		look_at_line(c, line);
	fclose(file);
}

static void read_directory(struct configuration *c, const char *directory)
{
	char names[64][FS_NAME];
	size_t i, n = fs_list(directory, "", names, CTL_ARRAY_SIZE(names));

	for (i = 0; i < n; i++)
		if (!fnmatch("*.conf", names[i], 0) ||
		    !fnmatch("*.sources", names[i], 0))
			read_file(c, directory, names[i]);
}

static struct configuration read_configuration(const char *comm)
{
	struct configuration c = { 0 };
	size_t i;

	for (i = 0; i < CTL_ARRAY_SIZE(configurations); i++) {
		const char *path = configurations[i].path;

		if (strcmp(comm, configurations[i].comm))
			continue;
		if (path[strlen(path) - 1] == '/')
			read_directory(&c, path);
		else
			read_file(&c, path, "");
	}
	return c;
}

static bool parameter_is(const char *name, const char *value)
{
	char text[FS_TEXT];

	return !fs_read(text, sizeof(text), PARAMETER, name) &&
	       !strcmp(text, value);
}

/* Whether the operator has vouched for an error is known only then. */
static void look_at_errors(struct findings *all, const char *name,
			   bool reports, const struct configuration *c)
{
	if (!parameter_is("min_maxerror_ns", "0"))
		return;
	if (!reports) {
		finding_add(all, NOTE, "host-error",
			    "%s doesn't know how far this host's clock is off: the pages have no bound",
			    name);
		finding_remedy(all, "Let chronyd keep the clock; or vouch for an error in ns: options vmclock_host min_maxerror_ns=N in /etc/modprobe.d/vmclock.conf");
	} else if (c->phc) {
		finding_add(all, NOTE, "host-error",
			    "%s follows a PTP clock, and reports no error whenever that is below 1 us: the pages have no bound then",
			    name);
		finding_remedy(all, "options vmclock_host min_maxerror_ns=1000 in /etc/modprobe.d/vmclock.conf");
	}
}

static void look_at_smearing(struct findings *all, const char *name,
			     const struct configuration *c)
{
	if (!c->smeared[0] || parameter_is("time_type", "smeared"))
		return;
	finding_add(all, WARNING, "host-smeared",
		    "%s smears leap seconds (%s): the pages will be wrong by up to a second around one",
		    name, c->smeared);
	finding_remedy(all, "Take servers that don't smear, and leapsecmode system; or let guests refuse the pages: options vmclock_host time_type=smeared in /etc/modprobe.d/vmclock.conf");
}

static void look_at_daemon(struct findings *all,
			   const struct running_program *r)
{
	const struct clock_program *program = r->program;
	struct configuration c = read_configuration(program->comm);

	finding_add(all, NOTE, "host-daemon",
		    "%s (pid %s) keeps this host's clock", program->name,
		    r->pid);
	if (!strcmp(program->comm, "chronyd") && c.found && !c.rtcsync) {
		finding_add(all, WARNING, "host-rtcsync",
			    "chronyd doesn't tell the kernel that the clock is synchronized: its configuration has no rtcsync");
		finding_remedy(all, "Add the line rtcsync to /etc/chrony/chrony.conf; systemctl restart chrony");
	}
	look_at_errors(all, program->name, !program->unbounded, &c);
	look_at_smearing(all, program->name, &c);
}

/**
 * find_in_host() - look at what keeps the clock that this host publishes
 * @all: gets what is found
 * @f: the facts
 */
void find_in_host(struct findings *all, const struct facts *f)
{
	const struct running_program *steering;
	struct programs programs;

	if (!f->modules[MODULE_HOST].loaded || f->lock.present)
		return;
	programs_read(&programs);
	steering = programs_steering(&programs);
	if (steering) {
		look_at_daemon(all, steering);
		return;
	}
	finding_add(all, WARNING, "no-daemon",
		    "nothing keeps the clock that this host publishes: no NTP daemon runs");
	finding_remedy(all, "Run an NTP daemon that knows its error: apt install chrony");
}
