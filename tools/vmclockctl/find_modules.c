// SPDX-License-Identifier: GPL-2.0
/*
 * Findings about what is loaded and bound: the firmware's device without a
 * driver, the kernel's own driver in place of the project's, an old one out of
 * the initramfs, a host that is a guest without a device, and a kernel that
 * does not let unsigned modules in.
 */
#include <errno.h>
#include <sys/utsname.h>

#include "ctl.h"
#include "findings.h"
#include "run.h"

#define EFI_SECURE_BOOT \
	"/sys/firmware/efi/efivars/SecureBoot-8be4df61-93ca-11d2-aa0d-00e098032b8c"

/* "none [integrity] confidentiality": what is in brackets; may be empty */
static void read_lockdown(char *mode, size_t size)
{
	char text[FS_TEXT];
	const char *begin;

	mode[0] = 0;
	if (fs_read(text, sizeof(text), "/sys/kernel/security/lockdown"))
		return;
	begin = strchr(text, '[');
	if (begin)
		snprintf(mode, size, "%.*s", (int)strcspn(begin + 1, "]"),
			 begin + 1);
}

/* Four bytes of attributes, then the value. */
static bool secure_boot(void)
{
	char path[PATH_MAX], value[5] = { 0 };
	FILE *file = fopen(fs_path(path, EFI_SECURE_BOOT), "r");
	bool on;

	if (!file)
		return false;
	on = fread(value, 1, sizeof(value), file) == sizeof(value) && value[4];
	fclose(file);
	return on;
}

static bool signatures_needed(void)
{
	char text[FS_TEXT], mode[FS_NAME];

	fs_read(text, sizeof(text), "/sys/module/module/parameters/sig_enforce");
	read_lockdown(mode, sizeof(mode));
	return text[0] == 'Y' || (mode[0] && strcmp(mode, "none"));
}

/* Ubuntu's DKMS has its key where its shim has put it. */
static const char *machine_key(void)
{
	static const char * const keys[] = {
		"/var/lib/dkms/mok.pub", "/var/lib/shim-signed/mok/MOK.der",
	};
	size_t i;

	for (i = 0; i < CTL_ARRAY_SIZE(keys); i++)
		if (fs_exists("%s", keys[i]))
			return keys[i];
	return keys[0];
}

static void look_at_signatures(struct findings *all, bool wanted)
{
	if (!signatures_needed())
		return;
	finding_add(all, wanted ? ERROR : NOTE, "signatures",
		    "this kernel takes signed modules only (Secure Boot is %s)%s",
		    secure_boot() ? "on" : "off",
		    wanted ? ", and what is needed is not loaded" : "");
	finding_remedy(all, "Modules built by DKMS are signed with the key of this machine. Reboot, and enrol it in the firmware's menu, after: mokutil --import %s",
		       machine_key());
}

/* By ACPI's _HID or _CID, or by the device tree's compatible. */
static bool is_vmclock(const char *device)
{
	char modalias[FS_TEXT];

	return !fs_read(modalias, sizeof(modalias),
			"/sys/bus/platform/devices/%s/modalias", device) &&
	       (strstr(modalias, ":AMZNC10C:") || strstr(modalias, ":VMCLOCK:") ||
		strstr(modalias, "Camazon,vmclock"));
}

/* The platform device that the firmware names, bound ones first. */
static bool firmware_device(char *name, size_t size, bool *bound)
{
	static char names[256][FS_NAME];
	size_t i, n = fs_list("/sys/bus/platform/devices", "", names,
			      CTL_ARRAY_SIZE(names));

	name[0] = 0;
	*bound = false;
	for (i = 0; i < n && !*bound; i++) {
		if (!is_vmclock(names[i]))
			continue;
		snprintf(name, size, "%s", names[i]);
		*bound = fs_exists("/sys/bus/platform/devices/%s/driver", name);
	}
	return name[0];
}

/* Return: true if a module is wanted that is not there */
static bool look_for_devices(struct findings *all, const struct facts *f)
{
	char name[FS_NAME];
	bool bound;

	if (firmware_device(name, sizeof(name), &bound) && !bound) {
		finding_add(all, ERROR, "no-driver",
			    "the firmware names a VMClock, %s, but no driver is bound to it",
			    name);
		finding_remedy(all, f->modules[MODULE_PTP].loaded ?
			       "ptp_vmclock is loaded and refused it: dmesg | grep vmclock says why" :
			       "modprobe ptp_vmclock; if there is no such module, install it (package vmclock-dkms and linux-headers-$(uname -r), or make dkms-install)");
		return true;
	}
	if (f->n_devices)
		return false;
	finding_add(all, ERROR, "no-device",
		    "there is no VMClock device on this machine: the firmware names none, and vmclock_host is not loaded");
	finding_remedy(all, "In a guest: the hypervisor has to offer a VMClock page. On a host: modprobe vmclock_host");
	return false;
}

/* The kernel's own driver has no version, nor a device behind its node. */
static bool in_tree(const struct facts *f)
{
	return facts_guest(f) && !f->modules[MODULE_PTP].version[0] &&
	       !device_fed(facts_guest(f));
}

static bool is_built_in(void)
{
	return fs_exists("/sys/module/ptp_vmclock") &&
	       !fs_exists("/sys/module/ptp_vmclock/initstate");
}

/* Of what modprobe would load; sbin is not in everybody's PATH. */
static void modinfo(char *text, size_t size, const char *field,
		    const char *name)
{
	char *argv[] = {
		"modinfo", "-F", (char *)field, (char *)name,
		*fs_root() ? "-b" : NULL, (char *)fs_root(), NULL
	};
	int status = run_line(text, size, argv);

	if (status == 127) {
		argv[0] = "/sbin/modinfo";
		status = run_line(text, size, argv);
	}
	if (status)
		text[0] = 0;
}

static void fed(struct findings *all, const struct facts *f)
{
	const struct device *d = facts_guest(f);

	if (d && device_fed(d))
		finding_add(all, NOTE, "fed-driver",
			    "the driver of /dev/%s is the kernel's own; vmclock_feed feeds the lock from its page",
			    d->name);
}

static void look_at_driver(struct findings *all, const struct facts *f)
{
	char version[FS_NAME];

	fed(all, f);
	if (!in_tree(f))
		return;
	finding_add(all, facts_guest(f)->has_now ? WARNING : NOTE,
		    "in-tree-driver",
		    "the driver is the kernel's own, which cannot lock the system clock to the page");
	if (is_built_in()) {
		finding_remedy(all, "modprobe vmclock_feed; if there is no such module, install it (package vmclock-dkms and linux-headers-$(uname -r), or make dkms-install)");
		return;
	}
	modinfo(version, sizeof(version), "version", "ptp_vmclock");
	if (version[0])
		finding_remedy(all, "Version %s is installed, but another was loaded first, presumably from the initramfs: update-initramfs -u and reboot, or now: modprobe -r ptp_vmclock; modprobe ptp_vmclock",
			       version);
	else
		finding_remedy(all, "Install the project's driver (package vmclock-dkms, or make dkms-install), then: modprobe -r ptp_vmclock; modprobe ptp_vmclock");
}

static void look_at_stale(struct findings *all, const struct facts *f,
			  enum module i)
{
	const struct module_facts *m = &f->modules[i];
	char srcversion[FS_NAME], version[FS_NAME];

	if (!m->loaded || !m->version[0])
		return;
	modinfo(srcversion, sizeof(srcversion), "srcversion", module_names[i]);
	if (!srcversion[0] || !m->srcversion[0] ||
	    !strcmp(srcversion, m->srcversion))
		return;
	modinfo(version, sizeof(version), "version", module_names[i]);
	finding_add(all, WARNING, "stale-module",
		    "%s as it is loaded (%s, %s) is not what is installed (%s, %s)",
		    module_names[i], m->version, m->srcversion, version,
		    srcversion);
	finding_remedy(all, "It was loaded before it was replaced, or from an old initramfs: update-initramfs -u and reboot, or now: modprobe -r %s; modprobe %s",
		       module_names[i], module_names[i]);
}

static void look_at_version(struct findings *all, const struct facts *f,
			    enum module i)
{
	const struct module_facts *m = &f->modules[i];

	if (!m->version[0] || !strcmp(m->version, VMCLOCK_VERSION))
		return;
	finding_add(all, NOTE, "version",
		    "%s is version %s, vmclockctl is " VMCLOCK_VERSION,
		    module_names[i], m->version);
	finding_remedy(all, "Install both from the same release");
}

/* x86 says so among the CPU's flags; others don't. */
static bool is_virtual(void)
{
	char path[PATH_MAX], line[4096];
	bool found = false;
	FILE *file;

	file = fopen(fs_path(path, "/proc/cpuinfo"), "r");
	while (file && !found && fgets(line, sizeof(line), file))
		found = !strncmp(line, "flags", 5) &&
			strstr(line, " hypervisor");
	if (file)
		fclose(file);
	return found;
}

/* All devices there are may be the host's own. */
static void look_at_host(struct findings *all, const struct facts *f)
{
	if (!f->n_devices || facts_guest(f) || !is_virtual())
		return;
	finding_add(all, NOTE, "nested-host",
		    "this host is a virtual machine without a VMClock of its own: after a migration or a pause its pages are wrong until its clock has been set right");
	finding_remedy(all, "Have its hypervisor give it a VMClock device, and ptp_vmclock lock its clock to that; or an NTP daemon that looks often, and steps");
}

/**
 * find_in_modules() - look at drivers and modules
 * @all: gets what is found
 * @f: the facts
 */
void find_in_modules(struct findings *all, const struct facts *f)
{
	bool wanted = look_for_devices(all, f);
	size_t i;

	look_at_driver(all, f);
	look_at_host(all, f);
	look_at_signatures(all, wanted || in_tree(f));
	for (i = 0; i < MODULE_COUNT; i++) {
		look_at_stale(all, f, i);
		look_at_version(all, f, i);
	}
}
