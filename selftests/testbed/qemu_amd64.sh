# SPDX-License-Identifier: GPL-2.0
# qemu_amd64.sh - what of QEMU's command line is about x86-64. Sourced by qemu.sh.
# shellcheck shell=bash disable=SC2034

# of a kernel, what QEMU is given
QEMU_KERNEL=vmlinux
# its console; four ports; a busy machine fails the kernel's look whether its
# timer interrupts come
QEMU_CMDLINE="console=ttyS0 8250.nr_uarts=4 tsc=reliable no_timer_check"
# vclk_writer's options: what the guest's counter is
QEMU_COUNTER=()

# the variables of this machine's that are set to what it hasn't
qemu_lacks() { echo "${EFI:+EFI}"; }

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

# qemu_live_page PAGE DIR: adds it with a doorbell, a FIFO, to the command line;
# the writer's options for that go to the array bell. IVSHMEM=1: see vm
qemu_live_page() {
	local options=(--doorbell "pipe,path=$2/bell")
	mkfifo "$2/bell.in" "$2/bell.out"
	if [ -n "${IVSHMEM-}" ]; then
		options=(--ivshmem --no-table)
		args < <(qemu_other_memory)
	fi
	qemu_page --page "$1" "${options[@]}"
	bell=(-b "$2/bell.in")
}

# qemu_icount_page PAGE: writable for vclk_hv, which rings it by itself
qemu_icount_page() {
	qemu_page --page "$1" --doorbell null --writable
}
