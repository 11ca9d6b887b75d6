#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# fuzz_qemu.sh SOURCE...: the reading of QEMU's command lines by libFuzzer, for
# SECONDS_MAX (15), in TAP. What it finds stays in $O/found. Called by the
# Makefile, which sets O and FLAGS.
set -euo pipefail

skip() { printf 'TAP version 13\n1..0 # SKIP %s\n' "$1"; exit 4; }

seconds=${SECONDS_MAX:-15}
command -v clang > /dev/null || skip 'no clang here: install clang'
mkdir -p "$O/found" "$O/corpus" "$O/seeds"
# shellcheck disable=SC2086 # flags are words
clang -DLIBFUZZER $FLAGS -g -O1 -fsanitize=fuzzer,address,undefined \
	-fno-sanitize-recover=all -o "$O/fuzz_qemu" "$@" 2> "$O/log" ||
	skip 'clang has no libFuzzer here: install libclang-rt-dev'
rm -f "$O"/found/*
cp qemu_lines/*.c* "$O/seeds/"
# a word a line
sed -nE '/^[^ ]*(qemu|kvm)[^ ]* -/p' qemu_lines/lines | while read -r line; do
	n=$((${n:-0} + 1))
	(eval "printf '%s\n' ${line#* }" > "$O/seeds/line$n")
done
echo 'TAP version 13'
if timeout $((seconds + 60)) "$O/fuzz_qemu" -max_total_time="$seconds" -max_len=2000 \
	-timeout=5 -artifact_prefix="$O/found/" -verbosity=0 -print_final_stats=1 \
	"$O/corpus" "$O/seeds" > "$O/log" 2>&1; then
	grep 'number_of_executed_units' "$O/log" | sed 's/^/# /'
	echo "ok 1 - what looks like a command line, or a file, $seconds s"
else
	tail -n 40 "$O/log" | sed 's/^/# /'
	echo "not ok 1 - see $O/found, run $O/fuzz_qemu FILE"
fi
echo '1..1'
