// SPDX-License-Identifier: GPL-2.0
/*
 * vmclockctl view: the pages that vmclock_host keeps for virtual machines. The
 * interface is include/vmclock_host.h; docs/ABI/dev-vmclock_host describes it.
 */
#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "ctl.h"
#include "facts.h"
#include "facts_json.h"
#include "json.h"
#include "kvm.h"
#include "maps.h"
#include "options.h"
#include "owner.h"
#include "text.h"
#include "views.h"

#define FOLLOW_MS	50	/* how often KVM is asked */
#define NAME_CHARACTERS	"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ" \
			"0123456789_.-"

/**
 * struct view_args - arguments of all the sub-commands; @given: bits of their
 *	letters, from 'A' on
 */
struct view_args {
	const char *name;
	bool json, notification, generation, set_generation, translation;
	bool follow;
	long long pid, size;
	unsigned int uid, gid, mode;
	u64 generation_value, given;
	struct vmclock_view_translation t;
};

static int fail(const char *what, const char *name)
{
	int error = errno;

	ctl_error("cannot %s view %s: %s%s", what, name, strerror(error),
		  error == ENOTTY ? " (this vmclock_host has other views; its version is not this program's)" :
		  error == EACCES || error == EPERM ? "; remedy: run it as the view's owner, or as root" :
		  error == ENOENT ? "; vmclockctl view list shows what there is" :
		  error == EDQUOT ? ": the user has as many as vmclock_host's max_user_views; remedy: delete some, or raise it" :
		  error == ENOSPC ? ": there are as many as vmclock_host's max_views; remedy: delete some, or raise it" :
		  "");
	return ctl_exit_of(error);
}

static int open_host(void)
{
	char path[PATH_MAX];
	int fd = open(fs_path(path, "/dev/vmclock_host"), O_RDWR | O_CLOEXEC);

	if (fd < 0)
		ctl_error("cannot open /dev/vmclock_host: %s%s", strerror(errno),
			  errno == ENOENT ? "; remedy: modprobe vmclock_host" :
			  errno == EACCES ? "; remedy: run it as root" : "");
	return fd;
}

static int open_view(const char *name, int mode)
{
	char path[PATH_MAX];

	return open(fs_path(path, "/dev/" VMCLOCK_VIEW_NODE_PREFIX "%s", name),
		    mode | O_CLOEXEC);
}

static bool name_fits(const char *name)
{
	if (isalnum((unsigned char)*name) &&
	    strlen(name) < VMCLOCK_VIEW_NAME_SIZE &&
	    strspn(name, NAME_CHARACTERS) == strlen(name))
		return true;
	ctl_error("a view's name has 1 to %d letters, digits, '_', '.' and '-', the first a letter or digit; not '%s'",
		  VMCLOCK_VIEW_NAME_SIZE - 1, name);
	return false;
}

static void done(const char *command, const struct view_args *a,
		 const char *text)
{
	if (!a->json) {
		puts(text);
		return;
	}
	json_begin("view");
	json_string("action", command);
	json_string("name", a->name);
	json_string("text", text);
	json_finish();
}

static void show_view(const struct view *v)
{
	const struct vmclock_view_translation *t = &v->translation;
	const struct device *d = &v->device;
	char a[TEXT_SIZE];

	printf("%-24s ", v->name);
	if (d->error || d->page.defect)
		printf("%s\n", d->error ? page_load_error(d->error) :
		       d->page.defect);
	else if (v->hidden)
		printf("%s, marker 0x%llx, generation 0x%llx, counter hidden\n",
		       text_status(a, d->page.p.status),
		       d->page.p.disruption_marker, d->page.p.vm_generation);
	else if (!t->frac_bits)
		printf("%s, counter not %s\n",
		       text_status(a, d->page.p.status),
		       views_reason(t->reason));
	else
		printf("%s, marker 0x%llx, generation 0x%llx, counter * %.9f %+lld\n",
		       text_status(a, d->page.p.status),
		       d->page.p.disruption_marker, d->page.p.vm_generation,
		       (double)t->ratio / (double)(1ULL << t->frac_bits),
		       (long long)t->offset);
}

static void view_json(const struct view *v)
{
	const struct vmclock_view_translation *t = &v->translation;
	const struct device *d = &v->device;

	json_object(NULL);
	json_string("name", v->name);
	json_string("error", d->error ? page_load_error(d->error) : NULL);
	if (d->error)
		json_null("page");
	else
		page_json("page", &d->page);
	if (t->frac_bits) {
		json_object("translation");
		json_hex("ratio", t->ratio);
		json_hex("offset", t->offset);
		json_u64("frac_bits", t->frac_bits);
		json_u64("spread", t->spread);
		json_end();
	} else {
		json_null("translation");
		json_string("reason",
			    v->hidden ? NULL : views_reason(t->reason));
	}
	json_end();
}

static int list(const struct view_args *a)
{
	static struct views views;
	size_t i, n = views_find(&views);
	struct view v;

	if (!n && !fs_exists("/dev/vmclock_host")) {
		ctl_error("there is no /dev/vmclock_host; remedy: modprobe vmclock_host");
		return CTL_ABSENT;
	}
	if (!n && !a->json)
		fputs("There are no views with a name.\n", stderr);
	if (a->json) {
		json_begin("view");
		json_string("action", "list");
		json_array("views");
	}
	for (i = 0; i < n; i++) {
		views_read(&views, i, &v);
		(a->json ? view_json : show_view)(&v);
	}
	if (a->json) {
		json_end();
		json_finish();
	}
	return CTL_OK;
}

static bool is_given(const struct view_args *a, int letter)
{
	return a->given & 1ULL << (letter - 'A');
}

/* Whoever gives it to a group wants the group to read it. */
static void set_owner(const struct view_args *a, struct vmclock_view_create *c)
{
	c->uid = a->uid;
	c->gid = a->gid;
	c->mode = a->mode;
	if (is_given(a, 'G') && !is_given(a, 'm'))
		c->mode = 0640;
	c->options = (is_given(a, 'O') ? VMCLOCK_VIEW_UID : 0) |
		     (is_given(a, 'G') ? VMCLOCK_VIEW_GID : 0) |
		     (c->mode || is_given(a, 'm') ? VMCLOCK_VIEW_MODE : 0);
}

static int create(const struct view_args *a)
{
	struct vmclock_view_create c = {
		.size = a->size,
		.flags = a->notification ? VMCLOCK_FLAG_NOTIFICATION_PRESENT :
			 0,
	};
	char text[2 * FS_NAME];
	int fd, host = open_host(), status = CTL_OK;

	if (host < 0)
		return ctl_exit_of(errno);
	memcpy(c.name, a->name, strlen(a->name));
	set_owner(a, &c);
	fd = ioctl(host, VMCLOCK_HOST_CREATE_VIEW, &c);
	if (fd < 0)
		status = errno == EEXIST ? (ctl_error("there is a view %s already",
						      a->name), CTL_FAILED) :
			 fail("create", a->name);
	else
		close(fd);
	close(host);
	if (status)
		return status;
	snprintf(text, sizeof(text), "/dev/" VMCLOCK_VIEW_NODE_PREFIX "%s",
		 a->name);
	done("create", a, text);
	return CTL_OK;
}

static int delete(const struct view_args *a)
{
	struct vmclock_view_name n = { 0 };
	int host = open_host(), status = CTL_OK;

	if (host < 0)
		return ctl_exit_of(errno);
	memcpy(n.name, a->name, strlen(a->name));
	if (ioctl(host, VMCLOCK_HOST_REMOVE_VIEW, &n))
		status = fail("delete", a->name);
	close(host);
	if (!status)
		done("delete", a, "deleted");
	return status;
}

static int set_translation(const struct view_args *a, int fd,
			   const struct vmclock_view_translation *t)
{
	char text[2 * TEXT_SIZE];

	if (ioctl(fd, VMCLOCK_VIEW_SET_TRANSLATION, t))
		return fail("set the counter of", a->name);
	if (t->frac_bits)
		snprintf(text, sizeof(text), "machine's counter = ((counter * %llu) >> %u) %+lld",
			 t->ratio, t->frac_bits, (long long)t->offset);
	else
		snprintf(text, sizeof(text), "machine's counter is not known");
	done("set-counter", a, text);
	fflush(stdout);
	return CTL_OK;
}

/*
 * KVM announces no change, so its files are polled. While the machine's CPUs
 * have different counters, as in the middle of a restore, none is known.
 *
 * Return: CTL_OK when the machine or a signal ended it; the reason why KVM's
 * files cannot be read any more otherwise.
 */
static int poll_kvm(const struct view_args *a, int fd,
		    struct vmclock_view_translation *last)
{
	struct kvm_history seen_before = { .t = *last };
	struct vmclock_view_translation t;
	int status = CTL_OK, seen;
	char why[KVM_WHY];

	while (!status && ctl_sleep_ms(FOLLOW_MS)) {
		seen = kvm_follow(&seen_before, a->pid, &t, why);
		if (seen == CTL_ABSENT)	/* its process may take longer */
			return CTL_OK;
		if (seen && seen != CTL_FOUND) {
			ctl_error("%s", why);
			return seen;
		}
		if (!kvm_same(&t, last))
			status = set_translation(a, fd, &t);
		*last = t;
	}
	return status;
}

/*
 * The next machine on this view has another counter: the page must not say the
 * time over the old one, so the translation is withdrawn at the end.
 */
static int follow(const struct view_args *a, int fd,
		  struct vmclock_view_translation *last)
{
	const struct vmclock_view_translation none = { 0 };
	int status, withdrawn;

	ctl_catch_signals();
	status = poll_kvm(a, fd, last);
	withdrawn = set_translation(a, fd, &none);
	return status ? status : withdrawn;
}

/* Another machine's page would be wrong from then on. */
static int own_view(const struct view_args *a)
{
	long long other = maps_other(a->pid, a->name);

	if (!other)
		return CTL_OK;
	ctl_error("process %lld has mapped view %s: it is not, or not only, that of process %lld; remedy: a view for each machine",
		  other, a->name, a->pid);
	return CTL_FOUND;
}

static int set_counter(const struct view_args *a)
{
	struct vmclock_view_translation t = a->t;
	int fd, status = CTL_OK;
	char why[KVM_WHY];

	if (a->pid && own_view(a))
		return CTL_FOUND;
	if (a->pid)
		status = kvm_translation(a->pid, &t, why);
	if (status) {
		ctl_error("%s", why);
		return status;
	}
	fd = open_view(a->name, O_RDWR);
	if (fd < 0)
		return fail("set the counter of", a->name);
	status = set_translation(a, fd, &t);
	if (!status && a->follow)
		status = follow(a, fd, &t);
	close(fd);
	return status;
}

static int mark(const struct view_args *a)
{
	struct vmclock_view_generation g = {
		.value = a->generation_value,
		.flags = a->set_generation ? VMCLOCK_GENERATION_SET : 0,
	};
	char text[TEXT_SIZE] = "new disruption marker";
	int fd = open_view(a->name, O_RDWR), status = CTL_OK;

	if (fd < 0)
		return fail("mark", a->name);
	if (a->generation && ioctl(fd, VMCLOCK_VIEW_SET_GENERATION, &g))
		status = fail("mark", a->name);
	else if (!a->generation && ioctl(fd, VMCLOCK_VIEW_DISRUPT))
		status = fail("mark", a->name);
	close(fd);
	if (status)
		return status;
	if (a->generation)
		snprintf(text, sizeof(text), "generation 0x%llx",
			 (u64)g.value);
	done("mark", a, text);
	return CTL_OK;
}

static const struct action {
	const char *name;
	int (*run)(const struct view_args *a);
	bool named;
	const char *options;
} actions[] = {
	{ "list", list, false, "j" },
	{ "create", create, true, "jnsOGm" },
	{ "set-counter", set_counter, true, "jpForf" },
	{ "mark", mark, true, "jg" },
	{ "delete", delete, true, "j" },
};

static const struct option options[] = {
	OPTION_JSON, OPTION_HELP,
	{ "notification", no_argument, NULL, 'n' },
	{ "size", required_argument, NULL, 's' },
	{ "owner", required_argument, NULL, 'O' },
	{ "group", required_argument, NULL, 'G' },
	{ "mode", required_argument, NULL, 'm' },
	{ "pid", required_argument, NULL, 'p' },
	{ "follow", no_argument, NULL, 'F' },
	{ "offset", required_argument, NULL, 'o' },
	{ "ratio", required_argument, NULL, 'r' },
	{ "frac-bits", required_argument, NULL, 'f' },
	{ "generation", optional_argument, NULL, 'g' }, { }
};

static bool number64(const char *what, const char *text, u64 *value)
{
	char *end;

	errno = 0;
	*value = text[0] == '-' ? (u64)strtoll(text, &end, 0) :
		 strtoull(text, &end, 0);
	if (!errno && end != text && !*end)
		return true;
	ctl_error("%s must be a number of 64 bits, not '%s'", what, text);
	return false;
}

static bool parse(struct view_args *a, int opt, const char *value)
{
	long long bits;
	u64 *number = NULL;

	switch (opt) {
	case 'j':
		a->json = true;
		return true;
	case 'n':
		a->notification = true;
		return true;
	case 'F':
		a->follow = true;
		return true;
	case 'p':
		return ctl_number("the process", value, 1, 1 << 22, &a->pid);
	case 'O':
		return owner_user(value, &a->uid);
	case 'G':
		return owner_group(value, &a->gid);
	case 'm':
		return owner_mode(value, &a->mode);
	case 's':
		return ctl_number("the size", value, 112, 65536, &a->size);
	case 'g':
		a->generation = true;
		a->set_generation = value;
		return !value || number64("the generation", value,
					  &a->generation_value);
	case 'f':
		if (!ctl_number("--frac-bits", value, 1, 63, &bits))
			return false;
		a->t.frac_bits = bits;
		return true;
	case 'o':
		number = (u64 *)&a->t.offset;
		break;
	case 'r':
		number = (u64 *)&a->t.ratio;
		break;
	default:
		return false;
	}
	a->translation = true;
	return number64("the translation", value, number);
}

/* Without a ratio the machine's counter runs as the host's. */
static bool translation_complete(struct view_args *a)
{
	if (!a->t.ratio && !a->t.frac_bits) {
		a->t.ratio = 1ULL << 48;
		a->t.frac_bits = 48;
	}
	if (a->t.ratio && a->t.frac_bits && (!!a->pid != a->translation) &&
	    (a->pid || !a->follow))
		return true;
	ctl_error("set-counter needs --pid PID, with --follow if its changes are to be followed, or else --offset, and --ratio with --frac-bits where the counter is scaled");
	return false;
}

static const struct action *find_action(const char *name)
{
	size_t i;

	for (i = 0; i < CTL_ARRAY_SIZE(actions); i++)
		if (!strcmp(actions[i].name, name))
			return &actions[i];
	ctl_error("view cannot '%s'", name);
	return NULL;
}

static bool options_fit(const struct action *action, const struct view_args *a)
{
	const struct option *o;

	for (o = options; o->name; o++) {
		if (is_given(a, o->val) &&
		    !strchr(action->options, o->val)) {
			ctl_error("view %s does not take --%s", action->name,
				  o->name);
			return false;
		}
	}
	return true;
}

static int run(int argc, char **argv, struct view_args *a)
{
	const struct action *action = argc ? find_action(argv[0]) :
				      &actions[0];

	if (!action)
		return ctl_usage_error();
	if (argc > 1 + action->named || (action->named && argc < 2)) {
		ctl_error("view %s takes %s", action->name,
			  action->named ? "the name of a view" : "no name");
		return ctl_usage_error();
	}
	a->name = action->named ? argv[1] : NULL;
	if ((a->name && !name_fits(a->name)) || !options_fit(action, a) ||
	    (action->run == set_counter && !translation_complete(a)))
		return ctl_usage_error();
	return action->run(a);
}

/**
 * cmd_view() - the command
 * @argc: arguments
 * @argv: arguments
 *
 * Return: CTL_OK, CTL_ABSENT, CTL_DENIED, CTL_FAILED; CTL_FOUND if CPUs of a
 * machine have different counters.
 */
int cmd_view(int argc, char **argv)
{
	struct view_args a = { 0 };
	int opt;

	while ((opt = getopt_long(argc, argv, "jh", options, NULL)) != -1) {
		if (!parse(&a, opt, optarg))
			return ctl_usage_error();
		a.given |= 1ULL << (opt - 'A');
	}
	return run(argc - optind, argv + optind, &a);
}
