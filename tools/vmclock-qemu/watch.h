/* SPDX-License-Identifier: GPL-2.0 */
/* What goes on while QEMU runs. */
#ifndef _VMCLOCK_QEMU_WATCH_H
#define _VMCLOCK_QEMU_WATCH_H

#include <signal.h>
#include <stdbool.h>
#include <sys/types.h>

/**
 * struct watch - a QEMU that runs
 * @pid: the process; becomes another one when QEMU has put itself into the
 *	background
 * @served: vmclock-hostd keeps the view's translation
 * @view: descriptor of the view, open for writing
 * @changed: eventfd of the view; -1 without a doorbell
 * @bell: where a byte rings the doorbell
 * @unread: the other end of it: what QEMU has not taken yet
 * @qmp: QEMU's monitor
 * @signals: signalfd of what is to be forwarded, and of SIGCHLD
 */
struct watch {
	pid_t pid;
	bool served;
	int view;
	int changed;
	int bell;
	int unread;
	int qmp;
	int signals;
};

int watch_qemu(struct watch *w);

#endif /* _VMCLOCK_QEMU_WATCH_H */
