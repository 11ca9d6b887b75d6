#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# compile_test.sh DIR: the reader's headers, installed to DIR, compile in C and
# C++ without a warning, beside names of the kernel's, and leave none behind;
# the example does, by what pkg-config says. TAP.
set -uo pipefail

here=$(dirname "$(readlink -f "$0")")
tree=$here/../..
dir=$1
warn="-Wall -Wextra -Wpedantic -Wshadow -Wundef -Wconversion -Wsign-conversion -Werror"
n=0 failed=0

result() { # STATUS NAME: shows the log if it failed
	n=$((n + 1))
	if [ "$1" = 0 ]; then
		echo "ok $n - compile: $2"
	else
		failed=1
		echo "not ok $n - compile: $2"
		head -20 "$dir/log" | sed 's/^/# /'
	fi
}

echo "TAP version 13"
rm -rf "$dir" && mkdir -p "$dir" || exit 1
make -s -C "$tree" headers_install DESTDIR="$dir" > "$dir/log" 2>&1
result $? "headers_install"

# everything is called, and the kernel's names are the application's
cat > "$dir/use.c" << 'END'
#include <stdint.h>
typedef uint64_t u64;
typedef struct { int a; } s32;
#define READ_ONCE(x) (x)
#define U64_MAX "mine"
#include <vmclock.h>
#include <vmclock.h>
u64 a;
s32 b;
const char *max = U64_MAX;
int use(struct vmclock *c);
int use(struct vmclock *c)
{
	struct vmclock_time t;
	struct vmclock_bounds now;
	struct vmclock_epoch e;
	struct timespec earliest, latest;

	if (vmclock_open(c, NULL) || vmclock_attach(c, c->page, c->len))
		return 1;
	if (vmclock_now(c, VMCLOCK_TIME_UTC, &t) ||
	    vmclock_now_bounds(c, VMCLOCK_TIME_TAI, &now) ||
	    vmclock_at(c, VMCLOCK_TIME_TAI, vmclock_counter(), &now) ||
	    vmclock_why(c, VMCLOCK_TIME_UTC) || vmclock_get_epoch(c, &e) ||
	    vmclock_disrupted(c, &e) || vmclock_wait(c, 0))
		return 2;
	vmclock_close(c);
	vmclock_bounds_to_timespec(&now, &earliest, &latest);
	return READ_ONCE(b.a) + (vmclock_to_timespec(t).tv_nsec > 0);
}
END
cp "$dir/use.c" "$dir/use.cc"
cat > "$dir/names.c" << 'END'
#include <vmclock.h>
#if defined(u64) || defined(READ_ONCE) || defined(U64_MAX) || \
	defined(le64_to_cpu) || defined(div64_u64)
#error "a name of the kernel's is left"
#endif
int u64, s32, READ_ONCE, div64_u64;
END
for compiler in gcc clang; do
	command -v $compiler > /dev/null || continue
	for o in -O0 -O2; do
		for std in c11 c17 c2x; do
			# shellcheck disable=SC2086
			$compiler -std=$std $warn $o -I"$dir/usr/include" -c \
				-o "$dir/use.o" "$dir/use.c" 2> "$dir/log"
			result $? "$compiler -std=$std $o"
		done
	done
	# shellcheck disable=SC2086
	$compiler $warn -I"$dir/usr/include" -c -o "$dir/names.o" \
		"$dir/names.c" 2> "$dir/log"
	result $? "$compiler: no name of the kernel's is left"
done
for compiler in g++ clang++; do
	command -v $compiler > /dev/null || continue
	for std in c++11 c++14 c++17 c++20 c++2b; do
		# shellcheck disable=SC2086
		$compiler -std=$std $warn -Wold-style-cast -O2 -I"$dir/usr/include" -c \
			-o "$dir/use.o" "$dir/use.cc" 2> "$dir/log"
		result $? "$compiler -std=$std"
	done
done
if command -v pkg-config > /dev/null; then
	cp -r "$tree/examples" "$dir/"
	PKG_CONFIG_SYSROOT_DIR=$dir PKG_CONFIG_ALLOW_SYSTEM_CFLAGS=1 \
	PKG_CONFIG_PATH=$dir/usr/share/pkgconfig make -s -C "$dir/examples" \
		CFLAGS="-O2 -Wall -Wextra -Wpedantic -Werror" > "$dir/log" 2>&1
	result $? "the example, by pkg-config"
else
	n=$((n + 1))
	echo "ok $n - compile: the example # SKIP no pkg-config"
fi
echo "1..$n"
exit $failed
