# SPDX-License-Identifier: GPL-2.0
# qemu.sh - QEMU's command line, in pieces; each function prints arguments, one
# a line. To be sourced after lib.sh. The same pieces start a VM here and, inside
# a host VM, a guest under KVM. What depends on the machine is in qemu_amd64.sh
# and qemu_arm64.sh, which have the same names; BED_ARCH says which (amd64).
# shellcheck shell=bash

# qemu_snapshots FILE: a disk that the guest doesn't see, for savevm and loadvm:
# an empty image in the format qcow2, version 2, of four clusters of 64 KiB
# (header, refcount table, refcount block, L1 table)
qemu_snapshots() {
	local header='QFI\xfb' n
	for n in 2 0 0 0 16 0 65536 0 1 0 196608 0 65536 1 0 0 0; do
		header+=$(printf '\\x%02x' $((n >> 24)) $((n >> 16 & 255)) \
			$((n >> 8 & 255)) $((n & 255)))
	done
	truncate -s 262144 "$1"
	printf '%b' "$header" | dd of="$1" conv=notrunc status=none
	printf '\0\0\0\0\0\2\0\0' |
		dd of="$1" bs=65536 seek=1 conv=notrunc status=none
	printf '\0\1\0\1\0\1\0\1' |
		dd of="$1" bs=65536 seek=2 conv=notrunc status=none
	printf '%s\n' -drive "if=none,id=snapshots,format=qcow2,file=$1"
}

# shellcheck source=selftests/testbed/qemu_amd64.sh disable=SC1091
. "$BED/qemu_${BED_ARCH:-amd64}.sh"
