# SPDX-License-Identifier: GPL-2.0
# qemu_arm64.sh - what of QEMU's command line is about arm64. Sourced by qemu.sh.
# The machine is QEMU's virt with a device tree, to which a node for the page is
# added, or with EFI=1 the firmware's ACPI tables, and one for the page. CPU and
# CNTFRQ (Hz) are those of vm.
# shellcheck shell=bash disable=SC2034

QEMU_KERNEL=Image
QEMU_CMDLINE="console=ttyAMA0 8250.nr_uarts=4"
: "${CPU:=max}" "${CNTFRQ:=1000000000}"

[[ $CNTFRQ =~ ^[1-9][0-9]{5,9}$ ]] && [ $((1000000000 % CNTFRQ)) = 0 ] ||
	die "CNTFRQ=$CNTFRQ is not a divisor of 1000000000 above 100000"

# the emulation counts CLOCK_MONOTONIC in units of that many ns
QEMU_COUNTER=(-c $((1000000000 / CNTFRQ)))

# The page is in the last 64 KiB of RAM, which begins at 1 GiB, and which the
# device tree takes from the kernel: QEMU for arm64 has no virtio-pmem. Its
# interrupt is one of the GIC's shared ones (SPI) that virt has no use for.
QEMU_RAM=$((1 << 30))
QEMU_TAIL=65536
QEMU_SPI=100

qemu_lacks() {
	local name
	for name in HPET IVSHMEM DAEMONS ${EFI:+ICOUNT}; do
		[ -z "${!name-}" ] || echo "$name"
	done
}

# qemu_machine MEM SMP: RAM is added with the page
qemu_machine() {
	printf '%s\n' -nodefaults -no-user-config -no-reboot -display none \
		-M "virt,gic-version=3,dtb-randomness=off,memory-backend=ram${EFI:+,nvdimm=on}${NESTED:+,virtualization=on}" \
		-m "${1}M${EFI:+,slots=1,maxmem=$(($1 + 1024))M}" -smp "$2"
}

# software emulation, live or in deterministic time: see qemu_amd64.sh
qemu_live() {
	printf '%s\n' -cpu "$CPU,cntfrq=$CNTFRQ" -accel tcg,thread=multi
}

qemu_icount() {
	printf '%s\n' -cpu "$CPU,cntfrq=$CNTFRQ" -accel tcg,thread=single \
		-icount shift=0,sleep=off -seed 42 \
		-rtc base=2026-01-01T00:00:00,clock=vm
}

# qemu_channels DIR: the console, and ttyS1 to ttyS3 as on x86-64
qemu_channels() {
	local name i=2 ports=pci-serial-4x,chardev1=none,addr=03.0
	printf '%s\n' -chardev "file,id=console,path=$1/console" -serial chardev:console \
		-chardev null,id=none
	for name in stdout stderr status; do
		printf '%s\n' -chardev "file,id=$name,path=$1/$name"
		ports+=,chardev$i=$name
		i=$((i + 1))
	done
	printf '%s\n' -device "$ports"
}

# qemu_node DTB NODE PROPERTY TYPE VALUE...
qemu_node() {
	"$CACHE/tools-arm64/run/fdtput" -t "$4" "$1" "$2" "$3" "${@:5}"
}

# qemu_tree DTB: QEMU's own device tree, and the page
qemu_tree() {
	local addr=$((QEMU_RAM + (MEM << 20) - QEMU_TAIL)) reg page=/vmclock
	local fdt=$CACHE/tools-arm64/run/fdtput reserved=/reserved-memory
	"${argv[@]}" -machine "dumpdtb=$1" > "$1.log" 2>&1 < /dev/null ||
		die "no device tree: $(tail -1 "$1.log")"
	read -ra reg <<< "$(printf '%x %x 0' $((addr >> 32)) $((addr & 0xffffffff)))"
	"$fdt" -c "$1" $reserved $reserved/page $page
	qemu_node "$1" $reserved '#address-cells' x 2
	qemu_node "$1" $reserved '#size-cells' x 2
	qemu_node "$1" $reserved ranges x
	qemu_node "$1" $reserved/page reg x "${reg[@]}" "$(printf %x $QEMU_TAIL)"
	qemu_node "$1" $reserved/page no-map x
	qemu_node "$1" $page compatible s amazon,vmclock
	qemu_node "$1" $page reg x "${reg[@]}" 1000
	qemu_node "$1" $page interrupts x 0 "$(printf %x $QEMU_SPI)" 1
}

# qemu_live_page PAGE DIR: RAM is the file, for the writer. The doorbell is the
# interrupt line itself, by QEMU's test interface. The GIC comes behind the CPUs
# among what has no name
qemu_live_page() {
	bell=(-t "$2/qtest"
		-l "/machine/unattached/device[$SMP] unnamed-gpio-in $QEMU_SPI")
	if [ -n "${EFI-}" ]; then
		qemu_efi_page "$1" "$2"
	else
		truncate -s "${MEM}M" "$1"
		argv+=(-object "memory-backend-file,id=ram,size=${MEM}M,mem-path=$1,share=on")
		bell+=(-o $(((MEM << 20) - QEMU_TAIL)))
		qemu_boot "$2"
	fi
	argv+=(-qtest "unix:$2/qtest,server=on,wait=off" -qtest-log /dev/null)
}

# qemu_efi_page PAGE DIR: the firmware has all of RAM for itself, so the page is an
# NVDIMM, in the GiB behind it. QEMU takes no table for this machine; the kernel
# takes one out of the initrd.
qemu_efi_page() {
	local addr=$(((QEMU_RAM + (MEM << 20) + (1 << 30) - 1) >> 30 << 30))
	local table=$2/table/kernel/firmware/acpi firmware
	firmware=$("$BED/fetch" efi arm64)
	mkdir -p "$table"
	sed "s/@FIRST@/$addr/; s/@LAST@/$((addr + 4095))/; s/@GSI@/$((QEMU_SPI + 32))/" \
		"$BED/page_arm64.asl" > "$2/page.asl"
	tool iasl -p "$table/vmclock" "$2/page.asl" > "$2/iasl.log" 2>&1 ||
		die "page_arm64.asl: $(tail -1 "$2/iasl.log")"
	(cd "$2/table" && find . | tool cpio -o -H newc --quiet) > "$2/table.cpio"
	cat "$2/initrd" >> "$2/table.cpio"
	mv "$2/table.cpio" "$2/initrd"
	argv=("$CACHE/tools-arm64/run/qemu-system-aarch64" "${argv[@]}"
		-bios "$firmware"
		-object "memory-backend-ram,id=ram,size=${MEM}M"
		-object "memory-backend-file,id=page,size=4K,mem-path=$1,share=on,readonly=on"
		-device "nvdimm,memdev=page,unarmed=on,addr=$addr")
}

qemu_icount_page() {
	argv+=(-object "memory-backend-ram,id=ram,size=${MEM}M")
	qemu_boot "$TMPD"
}

qemu_boot() {
	argv=("$CACHE/tools-arm64/run/qemu-system-aarch64" "${argv[@]}")
	qemu_tree "$1/dtb"
	argv+=(-dtb "$1/dtb")
}
