/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What --help says. docs/man/vmclockctl.8 says it at length; a test sees that
 * both, and the shell's completion, know the same options.
 */
#ifndef _VMCLOCKCTL_HELP_H
#define _VMCLOCKCTL_HELP_H

#define HELP_JSON \
"  -j, --json           as JSON (see share/vmclock/vmclockctl.schema.json)\n"
#define HELP_HELP \
"  -h, --help           show this help\n"

#define HELP_ALL \
"Usage: vmclockctl COMMAND [OPTION...]\n" \
"Inspect and manage VMClock: devices, the lock of the clock, pages of a host.\n" \
"\n" \
"  status     devices, pages, the lock, and in words what is wrong\n" \
"  watch      the same, live, with a curve of the offset; or events as lines\n" \
"  compare    system clock, PTP clock and page against each other\n" \
"  doctor     what is wrong, each finding with its remedy\n" \
"  metrics    for Prometheus, by node_exporter's textfile collector\n" \
"  page       decode a page out of a device, a file or memory\n" \
"  view       on a host: the pages of virtual machines\n" \
"  report     all that a maintainer needs to know, in one text\n" \
"  set-tai    tell the kernel TAI - UTC, if nothing has told it yet\n" \
"\n" \
"  -h, --help           show this help; vmclockctl COMMAND --help for a command\n" \
"  -V, --version        version\n" \
"\n" \
"Exit status: 0 OK, 1 a problem of the clock was found, 2 wrong arguments,\n" \
"3 there is no such device, 4 no permission, 5 a damaged page, 6 a system call\n" \
"or output failed, 7 doctor has warnings only.\n"

#define HELP_STATUS \
"Usage: vmclockctl status [OPTION...]\n" \
"Devices, what their pages say, the lock and the kernel's clock at this moment;\n" \
"then what is wrong.\n" \
"\n" \
HELP_JSON HELP_HELP

#define HELP_WATCH \
"Usage: vmclockctl watch [OPTION...]\n" \
"The facts as they change, with a curve of how far the system clock is from the\n" \
"page. The key q, or an interrupt, ends it.\n" \
"\n" \
"  -e, --events         disruptions, generations and states as lines, no screen\n" \
"  -i, --interval MS    poll interval (1000)\n" \
"  -n, --count N        stop after N polls, or events\n" \
HELP_JSON HELP_HELP

#define HELP_COMPARE \
"Usage: vmclockctl compare [OPTION...]\n" \
"The system clock, the PTP clock and the page against each other: count, min,\n" \
"p50, p99, max, rms, histogram.\n" \
"\n" \
"  -n, --count N        samples (500)\n" \
"  -i, --interval MS    between two of them (10)\n" \
"      --device NAME    vmclock0, vmclock_host (the one of this machine's clock)\n" \
"      --clock NAME     tai or realtime (tai if the kernel knows its offset)\n" \
"      --limit NS       exit status 1 if p99 of the magnitude is larger\n" \
"      --csv FILE       all samples; - for the output, in place of the table\n" \
"      --plot FILE.png  a picture, drawn by gnuplot\n" \
HELP_JSON HELP_HELP

#define HELP_DOCTOR \
"Usage: vmclockctl doctor [OPTION...]\n" \
"What is wrong, each finding with its remedy. Exit status: 0 nothing, 1 errors,\n" \
"7 warnings only.\n" \
"\n" \
HELP_JSON HELP_HELP

#define HELP_METRICS \
"Usage: vmclockctl metrics [OPTION...]\n" \
"The facts for Prometheus. (For JSON there is status --json.)\n" \
"\n" \
"  -f, --format NAME    prometheus (for node_exporter's textfile collector; the\n" \
"                       default) or openmetrics\n" \
"  -o, --output FILE    into a file, which appears when it is complete\n" \
HELP_HELP

#define HELP_PAGE \
"Usage: vmclockctl page [OPTION...] [FILE]\n" \
"Decode a page, field by field. FILE: a device, a file, /dev/mem, /proc/PID/mem,\n" \
"or - for the input; without it /dev/vmclock0 or /dev/vmclock_host.\n" \
"\n" \
"  -o, --offset N       where in the file the page begins\n" \
HELP_JSON HELP_HELP

#define HELP_VIEW \
"Usage: vmclockctl view [list] [OPTION...]\n" \
"       vmclockctl view create NAME [--owner USER] [--group GROUP] [--mode MODE]\n" \
"                              [--size BYTES] [--notification]\n" \
"       vmclockctl view set-counter NAME --pid PID [--follow]\n" \
"       vmclockctl view set-counter NAME --offset N [--ratio N --frac-bits N]\n" \
"       vmclockctl view mark NAME [--generation[=N]]\n" \
"       vmclockctl view delete NAME\n" \
"Pages of virtual machines on this host: /dev/vmclock-view-NAME.\n" \
"\n" \
"      --owner USER     who may change and delete it (who makes it)\n" \
"      --group GROUP    of the node, which may then read it\n" \
"      --mode MODE      of the node (0600; with --group 0640)\n" \
"      --size BYTES     what the page says of its size (a page of the CPU)\n" \
"      --notification   promise the guest to notify it of changes\n" \
"      --pid PID        take offset and ratio of the VMM's machine from KVM\n" \
"      --follow         and go on while the machine is there, as they change\n" \
"      --offset N       machine's counter = ((counter * ratio) >> bits) + offset\n" \
"      --ratio N        see --offset; 1 without it\n" \
"      --frac-bits N    see --offset\n" \
"      --generation[=N] a new VM generation, not only a disruption marker\n" \
HELP_JSON HELP_HELP

#define HELP_REPORT \
"Usage: vmclockctl report [OPTION...]\n" \
"Facts, findings, pages, parameters and the kernel's messages, for a report of a\n" \
"fault. Names of machines and addresses are left out. Run it as root.\n" \
"\n" \
"  -o, --output FILE    into a file, which appears when it is complete\n" \
"      --full           leave nothing out\n" \
HELP_HELP

#define HELP_SET_TAI \
"Usage: vmclockctl set-tai [OPTION...]\n" \
"Tell the kernel TAI - UTC, taken from a list of leap seconds, if it has none.\n" \
"\n" \
"  -f, --file FILE      the list (/usr/share/zoneinfo/leap-seconds.list)\n" \
"  -n, --dry-run        change nothing\n" \
HELP_HELP

#endif /* _VMCLOCKCTL_HELP_H */
