#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# src/compat/check-kernel: which kernels it lets pass, and that it names the
# reason in one line where it doesn't. The headers are stubs.
set -uo pipefail

check=$(cd "$(dirname "$0")/../../src/compat" && pwd)/check-kernel
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
n=0 failed=0
all="MODULES PTP_1588_CLOCK KPROBES KRETPROBES KALLSYMS EVENTFD"

headers() { # RELEASE ARCH OPTION...
	rm -rf "$tmp/k"
	mkdir -p "$tmp/k/include/config"
	touch "$tmp/k/Makefile"
	echo "$1" > "$tmp/k/include/config/kernel.release"
	printf 'CONFIG_%s=y\n' 64BIT "${@:2}" > "$tmp/k/include/config/auto.conf"
}
result() { # NAME OK
	n=$((n + 1))
	if [ "$2" = 0 ]; then
		echo "ok $n - check-kernel: $1"
	else
		failed=1
		echo "not ok $n - check-kernel: $1"
		sed 's/^/# /' "$tmp/out"
	fi
}
passes() { # NAME
	sh "$check" "$tmp/k" > "$tmp/out" 2>&1 && [ ! -s "$tmp/out" ]
	result "$1" $?
}
refused() { # NAME WORDS
	! sh "$check" "$tmp/k" > "$tmp/out" 2>&1 &&
		[ "$(wc -l < "$tmp/out")" = 1 ] && grep -q -e "$2" "$tmp/out"
	result "$1" $?
}

echo 'TAP version 13'
# shellcheck disable=SC2086 # options are words
{
headers 6.12.1-cloud-amd64 X86_64 $all && passes 'x86-64'
headers 7.3.0 ARM64 $all && passes 'arm64'
headers 6.12.1 RISCV $all && refused 'riscv64' 'another architecture (RISCV)'
headers 6.12.1 PPC64 PPC $all && refused 'ppc64' 'another architecture (PPC)'
headers 6.12.1 SPARC64 $all && refused 'sparc64' 'another architecture than'
headers 4.19.1 X86_64 $all && refused 'Linux 4.19' 'too old'
for option in $all; do
	headers 6.12.1 X86_64 ${all/$option}
	refused "no $option" "CONFIG_$option:"
done
}
headers 6.12.1 X86_64 $all
echo 'CONFIG_CC_VERSION_TEXT="Debian clang version 99.1.0"' >> "$tmp/k/include/config/auto.conf"
for tool in sh sed grep cat uname wc; do
	ln -s "$(command -v $tool)" "$tmp/k"
done
PATH=$tmp/k refused 'built with Clang, which is missing' 'apt install clang-99 lld-99'
rm "$tmp/k/Makefile"
refused 'no headers' 'apt install linux-headers-'
echo "1..$n"
exit $failed
