#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# vmclock_host_seed.sh - the test program of the patch that first proposed
# /dev/vmclock_host, unchanged, against this project's header and module.
#
#	vmclock_host_seed.sh OUT	build it as OUT
#	vmclock_host_seed.sh -r KERNEL	run it in a guest, print TAP
#
# It is tools/testing/selftests/timers/vmclock_host_test.c, taken out of the
# mail with the patch, which is no part of this project: one in the directory
# shared/seeds beside the tree, or SEED=. Built with include/vmclock_abi.h in
# place of <linux/vmclock-abi.h>. Exit status 4: there is no such mail.
set -euo pipefail

tree=$(cd "$(dirname "$(readlink -f "$0")")/../.." && pwd)
name=tools/testing/selftests/timers/vmclock_host_test.c

die() { echo "vmclock_host_seed: $*" >&2; exit 1; }

find_mail() {
	: "${SEED:=$(grep -lsF "b/$name" "$tree"/../shared/seeds/*.txt | head -1)}"
	[ -n "$SEED" ] || { echo "1..0 # SKIP no mail with $name"; exit 4; }
	[ -r "$SEED" ] || die "$SEED: cannot be read"
}

build() { # OUT
	# the added lines of that one file, which the signature ends
	awk -v file="+++ b/$name" '
		$0 == file		{ on = 1; next }
		on && /^(diff |-- ?$)/	{ exit }
		on && /^\+/		{ print substr($0, 2) }
	' "$SEED" > "$dir/test.c"
	[ -s "$dir/test.c" ] || die "$SEED: does not add $name"
	mkdir "$dir/linux"
	ln -s "$tree/include/vmclock_abi.h" "$dir/linux/vmclock-abi.h"
	"${CC:-cc}" -O2 -static -I "$dir" -o "$1" "$dir/test.c"
}

run() { # KERNEL
	mkdir "$dir/run"
	build "$dir/run/test"
	printf '#!/bin/sh\nmodprobe vmclock_host && ./test\n' > "$dir/run/run"
	if "$tree/selftests/qemu/vm" KERNEL="$1" RUN="$dir/run/run" NOLOAD=1 \
		> "$dir/log" 2>&1; then
		echo "ok 1 - the patch's own test passes on $1"
	else
		echo "not ok 1 - the patch's own test passes on $1"
		sed 's/^/# /' "$dir/log"
	fi
	echo "1..1"
	! grep -q '^SKIP' "$dir/log" || die "it found nothing to test"
}

case $#:${1-} in
2:-r)	;;
1:[!-]*)	;;
*)	die "usage: vmclock_host_seed.sh OUT | -r KERNEL";;
esac
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
find_mail
if [ "$1" = -r ]; then
	run "$2"
else
	build "$1"
fi
