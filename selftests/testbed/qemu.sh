# SPDX-License-Identifier: GPL-2.0
# qemu.sh - QEMU's command line, in pieces; each function prints arguments, one
# a line. To be sourced after lib.sh. The same pieces start a VM here and, inside
# a host VM, a guest under KVM.
# shellcheck shell=bash

# qemu_machine MEM SMP [on]: chipset, memory, nothing that isn't asked for; the
# last argument: an HPET, by which the kernel would measure its TSC. The RAM
# object comes before any other memory: QEMU's emulation takes the first for it
# in a migration.
qemu_machine() {
	printf '%s\n' -nodefaults -no-user-config -no-reboot -display none \
		-object "memory-backend-ram,id=ram,size=${1}M" \
		-M "q35,hpet=${3:-off},memory-backend=ram" \
		-m "${1}M" -smp "$2"
}

# software emulation, live or in deterministic time: one thread, one nanosecond
# per instruction, idle time skipped
qemu_live() {
	printf '%s\n' -cpu "max${1-}" -accel tcg,thread=multi
}

qemu_icount() {
	printf '%s\n' -cpu "max${1-}" -accel tcg,thread=single \
		-icount shift=0,sleep=off -seed 42 \
		-rtc base=2026-01-01T00:00:00,clock=vm
}

# qemu_channels DIR: four serial ports, written to files: console, RUN's stdout
# and stderr, and what the guest tells the bed
qemu_channels() {
	local i=0 name irq=(4 3 5 7)
	for name in console stdout stderr status; do
		printf '%s\n' -chardev "file,id=$name,path=$1/$name" \
			-device "isa-serial,chardev=$name,index=$i,irq=${irq[$i]}"
		i=$((i + 1))
	done
}

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

# qemu_other_memory: an ivshmem function that has no page
qemu_other_memory() {
	printf '%s\n' -object memory-backend-ram,id=other,size=64K,share=on \
		-device ivshmem-plain,memdev=other,addr=11.0
}

# qemu_page OPTIONS...: adds a page that the bed keeps to the command line in the
# array argv, which then begins with QEMU; options are those of vmclock-qemu
qemu_page() {
	"$BUILD/user/guest/vmclock-qemu" --print "--table=$TMPD/ssdt" "$@" -- \
		"$CACHE/tools/run/qemu-system-x86_64" "${argv[@]}" > "$TMPD/args" ||
		exit "$EX_PREP"
	mapfile -t argv < "$TMPD/args"
}
