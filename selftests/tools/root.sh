# SPDX-License-Identifier: GPL-2.0
# root.sh - machines made of files, for the tests of the tools. To be sourced.
# shellcheck shell=bash

ROOT=$(mktemp -d)
trap 'rm -rf "$ROOT"' EXIT
export VMCLOCK_ROOT=$ROOT
SYS=$ROOT/sys
DEVICE=$SYS/devices/platform/AMZNC10C:00
LOCK=$SYS/devices/platform/timekeeping_reference
LOCK_DEBUG=$SYS/kernel/debug/timekeeping_reference	# for root only
PTP=$SYS/module/ptp_vmclock
SOURCE=$SYS/devices/system/clocksource/clocksource0

# put FILE TEXT: a file with what directories it needs. As it is with an attribute,
# nobody sees it empty meanwhile.
put() {
	mkdir -p "${1%/*}"
	printf '%s\n' "$2" > "$ROOT/put"
	mv "$ROOT/put" "$1"
}

# what adjtimex() says: state status tai maxerror esterror freq tick
ntp() { put "$ROOT/adjtimex" "$*"; }

system() {
	rm -rf "${ROOT:?}"/*
	mkdir -p "$ROOT"/{dev,proc,sys}
	put "$SOURCE/current_clocksource" tsc
	put "$SOURCE/available_clocksource" "tsc acpi_pm "
	ntp 0 8192 37 1500 2 2097152 10000
}

# a guest whose clock is locked; a page is made by mkpage's fields
guest() {
	system
	mkpage "$ROOT/dev/vmclock0" "$@"
	put "$DEVICE/modalias" "acpi:AMZNC10C:VMCLOCK:"
	mkdir -p "$SYS/bus/platform/drivers/ptp_vmclock" "$SYS/class/misc/vmclock0" \
		"$SYS/bus/platform/devices" "$SYS/class/ptp/ptp0"
	ln -s ../../../bus/platform/drivers/ptp_vmclock "$DEVICE/driver"
	ln -s "$DEVICE" "$SYS/class/misc/vmclock0/device"
	ln -s "$DEVICE" "$SYS/bus/platform/devices/AMZNC10C:00"
	put "$DEVICE/state" ok
	put "$DEVICE/clock_status" synchronized
	put "$SYS/class/ptp/ptp0/clock_name" vmclock0
	: > "$ROOT/dev/ptp0"
	put "$PTP/version" "$(cat ../../VERSION)"
	put "$PTP/srcversion" AAAA
	put "$PTP/parameters/lock" Y
	put "$SYS/module/timekeeping_reference/version" "$(cat ../../VERSION)"
	put "$LOCK/state" locked
	put "$LOCK/reason" following
	put "$LOCK/reference" vmclock0
	put "$LOCK/adjusted_by" ""
	put "$LOCK/offset_ps" -113
	put "$LOCK_DEBUG/ntp_offset_ps" 1
	put "$LOCK/maxerror_ns" 42155
	put "$LOCK/esterror_ns" unknown
	put "$LOCK_DEBUG/mult_accounting" post-fix
	put "$LOCK_DEBUG/mode" steady
	put "$LOCK_DEBUG/calls" 16
	put "$LOCK/steps" 1
	put "$LOCK_DEBUG/wakeups" 107
}

# a host whose clock is kept by chronyd
host() {
	system
	put "$ROOT/proc/4711/comm" chronyd
	mkpage "$ROOT/dev/vmclock_host" "$@"
	put "$SYS/module/vmclock_host/version" "$(cat ../../VERSION)"
}
