#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Build and run the fuzzer, and report as TAP. What it finds stays in $O/found.
# Called by the Makefile, which sets O, CFLAGS and SECONDS_MAX.
set -euo pipefail

skip() { printf 'TAP version 13\n1..0 # SKIP %s\n' "$1"; exit 4; }

command -v clang > /dev/null || skip 'no clang here: install clang'
command -v python3 > /dev/null || skip 'no python3 here, which makes the corpus'
mkdir -p "$O/found" "$O/seeds" "$O/corpus"
echo 'int LLVMFuzzerTestOneInput(const char *d, long n) { return !d && n; }' > "$O/try.c"
clang -fsanitize=fuzzer,address,undefined -o "$O/try" "$O/try.c" 2> /dev/null ||
	skip 'clang has no libFuzzer here: install libclang-rt-dev'

# shellcheck disable=SC2086 # flags are words
clang $CFLAGS -o "$O/fuzz_page" fuzz_page.c
./corpus.py "$O/seeds"
rm -f "$O"/found/*

# the corpus of earlier runs is kept: each run goes on where the last one ended
echo 'TAP version 13'
if timeout $((SECONDS_MAX + 60)) "$O/fuzz_page" -max_total_time="$SECONDS_MAX" \
	-max_len=160 -timeout=5 -artifact_prefix="$O/found/" -verbosity=0 \
	-print_final_stats=1 "$O/corpus" "$O/seeds" > "$O/log" 2>&1; then
	grep -E 'number_of_executed_units|peak_rss' "$O/log" | sed 's/^/# /'
	echo "ok 1 - fuzz: a page from somebody who means harm, $SECONDS_MAX s"
else
	tail -n 40 "$O/log" | sed 's/^/# /'
	echo "not ok 1 - fuzz: see $O/found, run $O/fuzz_page FILE"
fi
echo '1..1'
