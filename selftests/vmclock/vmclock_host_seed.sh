#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# vmclock_host_seed.sh - the test program of the patch that first proposed
# /dev/vmclock_host, unchanged, against this project's header.
#
#	vmclock_host_seed.sh OUT [PATCH]
#
# takes tools/testing/selftests/timers/vmclock_host_test.c out of PATCH (a mail
# with the patch; by default the one in the directory "shared/seeds" beside the
# tree) and builds OUT from it, statically, with include/vmclock_abi.h in place
# of <linux/vmclock-abi.h>. Exit status 4: there is no such mail.
set -euo pipefail

tree=$(cd "$(dirname "$0")/../.." && pwd)
name=tools/testing/selftests/timers/vmclock_host_test.c

die() { echo "vmclock_host_seed: $*" >&2; exit 1; }

[ $# -ge 1 ] || die "usage: vmclock_host_seed.sh OUT [PATCH]"
out=$1
patch=${2-}
if [ -z "$patch" ]; then
	patch=$(grep -lsF "b/$name" "$tree"/../shared/seeds/*.txt | head -1) || true
	[ -n "$patch" ] || { echo "no mail with $name in shared/seeds" >&2; exit 4; }
fi
[ -r "$patch" ] || die "$patch: cannot be read"

dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT

# the added lines of that one file, which the signature ends
awk -v file="+++ b/$name" '
	$0 == file		{ on = 1; next }
	on && /^(diff |-- ?$)/	{ exit }
	on && /^\+/		{ print substr($0, 2) }
' "$patch" > "$dir/test.c"
[ -s "$dir/test.c" ] || die "$patch: does not add $name"

mkdir "$dir/linux"
ln -s "$tree/include/vmclock_abi.h" "$dir/linux/vmclock-abi.h"
"${CC:-cc}" -O2 -static -I "$dir" -o "$out" "$dir/test.c"
