# SPDX-License-Identifier: GPL-2.0
# What restore_host and migrate_host share, after tap.sh: the view of the guest,
# the machine under it, and what relock in the guest has said.
# shellcheck shell=bash
field() { # NAME VIEW: of a view's page
	vmclockctl view list | sed -n "s/^$2 .*\<$1 \(0x[0-9a-f]*\).*/\1/p"
}
offset() { # PID OF QEMU
	cat /sys/kernel/debug/kvm/"$1"-*/vcpu0/tsc-offset
}
followed() { # VIEW PID: does the view have KVM's offset?
	vmclockctl view list | grep "^$1 " | grep -qF -- " $(offset "$2")"
}
pids_of_qemu() {
	local f
	for f in /sys/kernel/debug/kvm/*-*; do
		f=${f##*/}
		echo "${f%-*}"
	done
}
changed() { [ -n "$1" ] && [ -n "$2" ] && [ "$1" != "$2" ]; }

# when the machine ran on, in us since 1970, by what its monitor has said
resumed_us() { # FILE
	sed -n 's/.*"seconds": \([0-9]*\), "microseconds": \([0-9]*\)}, "event": "RESUME".*/\1 \2/p' "$1" |
		awk '{ printf "%.0f\n", $1 * 1e6 + $2 }' | tail -n 1
}

# relocked NAME RESUMED-US: the guest's next answer, in $generations as "old new"
relocked() {
	local name=$1 resumed=$2 what seen locked steps worst
	read -r what seen locked _ generations steps worst < <(peer-recv 60 |
		sed 's/generation \([^ ]*\) \([^ ]*\) steps \([^ ]*\) worst/- \1,\2 \3/')
	ok "$name: the guest has the time again" [ "$what" = relocked ]
	[ "$what" = relocked ] || return
	note "$name: marker seen $((seen - resumed)) us, locked $((locked - resumed)) us after it ran, $steps steps; within $worst ns in the next 2 s"
	ok "$name: within a second" [ $((locked - resumed)) -le 1000000 ]
	ok "$name: by one step" [ "$steps" = 1 ]
	ok "$name: and stays there" [ "$worst" -le 1000 ]
}
