# SPDX-License-Identifier: GPL-2.0
# suspend.sh - to be sourced after tap.sh: stops the timekeeper as a machine's
# sleep does. Suspend to idle doesn't here, where no CPU has an idle state for
# it, and S3 is for selftests/boot/s3 alone. A hibernation does, and goes no
# further where it finds no swap to write to. It takes MEM=1536.
# shellcheck shell=bash

can_suspend() {
	grep -qw disk /sys/power/state && [ "$(wc -l < /proc/swaps)" = 1 ]
}

suspends() {
	echo shutdown > /sys/power/disk
	! echo disk 2> /dev/null > /sys/power/state || return 1
	dmesg | grep -q "PM: Cannot find swap device" ||
		{ dmesg | grep PM: | tail -3; return 1; }
}
