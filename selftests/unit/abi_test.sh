#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# The ABI header against the kernel's own, and in its place. The kernel's is
# $KERNEL_ABI, and what the system and the test bed's cache have of it; the foreign
# program is $ABI_PROGRAM (C source, or a mail with the patch that adds it), or
# the one that came with the project. What is not there is skipped.
# shellcheck disable=SC2317 # the checks are called by check()
set -uo pipefail

here=$(cd "$(dirname "$0")" && pwd)
include=$here/../../include
cache=${VMCLOCK_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/vmclock}
CC=${CC:-cc}
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
n=0 failed=0

ok()   { n=$((n + 1)); echo "ok $n - abi: $1"; }
skip() { n=$((n + 1)); echo "ok $n - abi: $1 # SKIP $2"; }
bad()  { n=$((n + 1)); failed=1; echo "not ok $n - abi: $1"
	 [ ! -s "$tmp/log" ] || sed 's/^/# /' "$tmp/log"; }
check() { local what=$1; shift
	  if "$@" > "$tmp/log" 2>&1; then ok "$what"; else bad "$what"; fi; }

kernel_headers() {
	local file
	for file in "${KERNEL_ABI:-}" /usr/include/linux/vmclock-abi.h \
		    "$cache"/*/usr/include/linux/vmclock-abi.h \
		    "$cache"/headers/*/usr/src/*/include/uapi/linux/vmclock-abi.h \
		    /usr/src/*/include/uapi/linux/vmclock-abi.h; do
		[ ! -r "$file" ] || echo "$file"
	done
}

# A mail is cut to the one file that its patch adds under a name in _test.c.
foreign_program() {
	local file
	for file in "${ABI_PROGRAM:-}" "$here"/../../../shared/seeds/000_*.txt; do
		[ -r "$file" ] || continue
		case $file in
		*.c) cat "$file";;
		*) awk '/^diff --git/ { on = 0 } /^\+\+\+ .*vmclock_host_test\.c/ { on = 1; next }
			on && /^-- ?$/ { on = 0 } on && /^\+/ { print substr($0, 2) }' "$file";;
		esac
		return
	done
	return 1
}

# HEADER -> "NAME value" of every macro with a value, sorted
constants() {
	echo "#include \"$1\"" | "$CC" -E -dM -I"$include" - 2> "$tmp/log" |
		awk '$2 ~ /^VMCLOCK_/ && NF > 2 { print $2 }' | sort > "$tmp/names"
	[ -s "$tmp/names" ] || return
	{ echo '#include <stdio.h>'; echo "#include \"$1\""
	  echo 'int main(void) {'
	  sed 's/.*/printf("& %llu\\n", (unsigned long long)(&));/' "$tmp/names"
	  echo 'return 0; }'; } > "$tmp/values.c"
	"$CC" -w -o "$tmp/values" "$tmp/values.c" 2> "$tmp/log" && "$tmp/values"
}

pin() {
	printf '#include "%s"\n#include "%s"\n' "$1" \
		"$here/abi_check.h" > "$tmp/pin.c"
	"$CC" -Wall -Wextra -Werror -fsyntax-only "$tmp/pin.c"
}

same_constants() {
	constants "$kernel" > "$tmp/theirs" || return
	constants "$include/vmclock_abi.h" > "$tmp/ours" || return
	[ -s "$tmp/theirs" ] || { echo 'no constants found'; return 1; }
	if ! grep -q VM_GEN_COUNTER_PRESENT "$tmp/theirs"; then # to 6.19
		! grep -vxFf "$tmp/ours" "$tmp/theirs"
		return
	fi
	diff "$tmp/theirs" "$tmp/ours"
}

both_included() {
	printf '#include "%s"\n#include "%s"\nstruct vmclock_abi page;\n' \
		"$1" "$2" > "$tmp/both.c"
	"$CC" -Wall -Wextra -Werror -fsyntax-only "$tmp/both.c"
}

in_place() {
	mkdir -p "$tmp/linux"
	ln -sf "$include/vmclock_abi.h" "$tmp/linux/vmclock-abi.h"
	"$CC" -I"$tmp" -o "$tmp/program" "$tmp/program.c" &&
		"$CC" -I"$tmp" -M "$tmp/program.c" | grep "$tmp/linux/vmclock-abi.h" > /dev/null
}

# a header of 6.13 to 6.19, which ends sooner, and one that differs
older_header() {
	sed '/vm_generation_counter;/d; /VM_GEN_COUNTER_PRESENT/d
		/define VMCLOCK_FLAG_NOTIFICATION_PRESENT/d' "$ours" > "$tmp/older.h"
	! grep -q 'vm_generation_counter;' "$tmp/older.h" && pin "$tmp/older.h"
}
other_header() { # OLD NEW
	sed "s/$1/$2/" "$ours" > "$tmp/other.h"
	! cmp -s "$ours" "$tmp/other.h" && ! pin "$tmp/other.h"
}

echo 'TAP version 13'
ours=$include/vmclock_abi.h
check 'layout pinned behind our header' pin "$ours"
check 'layout pinned behind one without the newest member' older_header
check 'another size of a field is found' other_header '__u8 pad.2.' '__u8 pad[4]'
check 'another flag is found' other_header '1 << 9' '1 << 10'
for kernel in $(kernel_headers); do
	echo "# $kernel"
	check "layout pinned behind the kernel's header" pin "$kernel"
	check "constants are the kernel's, all and no others" same_constants
	check 'either header can come first' both_included "$ours" "$kernel"
	check 'either header can come last' both_included "$kernel" "$ours"
done
[ -n "${kernel:-}" ] ||
	skip "constants and layout of the kernel's header" 'no linux/vmclock-abi.h here'
if foreign_program > "$tmp/program.c" && [ -s "$tmp/program.c" ]; then
	check 'a foreign program compiles with our header in place' in_place
else
	skip 'a foreign program compiles with our header in place' 'no such program here'
fi
echo "1..$n"
exit $failed
