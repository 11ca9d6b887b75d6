# SPDX-License-Identifier: GPL-2.0
# boot.sh - boot an installed root's own kernel and initrd, with systemd, beside
# a VMClock page that is kept live; and look at what the guest reports. To be
# sourced after root.sh and the bed's lib.sh, qemu.sh and stage.sh.
# shellcheck shell=bash

MEM=1024
CPU=			# features besides those that emulation has
REPORTER=$HERE/guest
BOOT_S=500		# under emulation
SCENARIO=		# a file: of the page

# what a release's test takes beyond its packages
prepare() {
	[ "$(id -u)" = 0 ] ||
		die "roots are unpacked and entered by root: run this as root"
	need mmdebstrap mmdebstrap
	need mke2fs e2fsprogs
	need cc "gcc libc6-dev"
	"$BED/fetch" tools > /dev/null
	"$BED/build-user" > /dev/null
	cc -O2 -static -I"$TREE/include" -o "$TMPD/vmclock-follow" \
		"$TREE/examples/vmclock-follow.c" || die "the example doesn't compile"
}

# the guest's side of the test, there while the image is made
reporter() { # install|remove
	local unit=etc/systemd/system/package-test.service wants
	wants=$ROOT/etc/systemd/system/multi-user.target.wants/package-test.service
	if [ "$1" = remove ]; then
		rm "$ROOT/usr/local/sbin/package-test" "$ROOT/$unit" "$wants" \
			"$ROOT"/usr/local/bin/{vmclock-follow,ptp_offset}
		no_daemons
		return
	fi
	rm "$ROOT/usr/sbin/policy-rc.d"
	install -D "$REPORTER" "$ROOT/usr/local/sbin/package-test"
	install -D -t "$ROOT/usr/local/bin" "$TMPD/vmclock-follow" \
		"$BUILD/user/guest/ptp_offset"
	install -D -m 644 "$HERE/package-test.service" "$ROOT/$unit"
	mkdir -p "${wants%/*}"
	ln -sf "/$unit" "$wants"
}

image() {
	reporter install
	rm -f "$TMPD/disk"
	truncate -s 4G "$TMPD/disk"
	mke2fs -q -t ext4 -d "$ROOT" "$TMPD/disk" > "$TMPD/log" 2>&1 ||
		die "mke2fs: $(tail -1 "$TMPD/log")"
	reporter remove
}

# channels to the guest and the page, empty
channels() {
	local d=$1
	rm -f "$d"/{console,stdout,stderr,status,bell.in,bell.out,qmp,page}
	touch "$d"/{console,stdout,stderr,status}
	mkfifo "$d/bell.in" "$d/bell.out"
	truncate -s 4096 "$d/page"
}

# machine ARGUMENT...: runs the image with these arguments of QEMU as well. The
# guest's report goes to $TMPD/stdout.
machine() {
	local d=$TMPD writer argv=() rc=0
	channels "$d"
	mapfile -t argv < <(
		qemu_machine "$MEM" 2
		qemu_live "$CPU"
		qemu_channels "$d"
		printf '%s\n' -S -qmp "unix:$d/qmp,server=on,wait=off" \
			-drive "file=$d/disk,format=raw,if=none,id=disk,cache=unsafe" \
			-device virtio-blk-pci,drive=disk "$@")
	qemu_page --page "$d/page" --doorbell "pipe,path=$d/bell"
	"$BUILD/user/vclk_writer" run -p "$d/page" -b "$d/bell.in" -q "$d/qmp" \
		-s "$d/status" -a "$CACHE/tsc-anchor" ${SCENARIO:+"$SCENARIO"} >&2 &
	writer=$!
	timeout --foreground -k 5 $BOOT_S "${argv[@]}" \
		> "$d/qemu.log" 2>&1 < /dev/null || rc=$?
	kill "$writer" 2> /dev/null || true
	wait "$writer" 2> /dev/null || true
	mkdir -p "$CACHE/logs"
	tr -d '\r' < "$d/console" > "$CACHE/logs/package-$SUITE.console"
	tr -d '\r' < "$d/stdout" > "$CACHE/logs/package-$SUITE.report"
	[ $rc -eq 0 ] || echo "QEMU ended with $rc: $(tail -1 "$d/qemu.log")"
	grep -q '^exit 0' "$d/status" || {
		tail -5 "$CACHE/logs/package-$SUITE.console"
		false
	}
}

# boot KERNEL [WORD...]: an image of the root, with these on the command line as well
boot() {
	image
	boot_again "$@"
}

# boot_again KERNEL [WORD...]: the image as the last boot has left it
boot_again() {
	local abi=$1 d=$TMPD initrd=()
	local append="root=/dev/vda rw console=ttyS0 8250.nr_uarts=4 tsc=reliable no_timer_check panic=-1"
	shift
	[ "$d/vmlinux-$abi" -nt "$ROOT/boot/vmlinuz-$abi" ] ||
		"$BED/fetch" vmlinux "$ROOT/boot/vmlinuz-$abi" "$d/vmlinux-$abi"
	[ ! -e "$ROOT/boot/initrd.img-$abi" ] ||
		initrd=(-initrd "$ROOT/boot/initrd.img-$abi")
	machine -kernel "$d/vmlinux-$abi" "${initrd[@]}" \
		-append "$append $*"
}

# said SECTION PATTERN: does a section of the report have such a line?
said() {
	awk -v s="== $1" '$0 == s { on = 1; next } /^== / { on = 0 } on' \
		"$CACHE/logs/package-$SUITE.report" > "$TMPD/section"
	cat "$TMPD/section"
	grep -qE -- "$2" "$TMPD/section"
}

no_splat() {
	! grep -E "$SPLAT" "$CACHE/logs/package-$SUITE.console"
}
