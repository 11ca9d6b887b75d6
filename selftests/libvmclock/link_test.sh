#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# link_test.sh DIR MKPAGE: the library, installed to DIR, is linked by programs
# in C and C++, shared and static; it exports what its map says and nothing
# else; and what a program under another licence includes allows it. TAP.
set -uo pipefail

here=$(dirname "$(readlink -f "$0")")
tree=$here/../..
dir=$1
mkpage=$2
n=0 failed=0

result() { # STATUS NAME
	n=$((n + 1))
	if [ "$1" = 0 ]; then
		echo "ok $n - $2"
	else
		failed=1
		echo "not ok $n - $2"
		head -20 "$dir/log" | sed 's/^/# /'
	fi
}

echo "TAP version 13"
rm -rf "$dir" && mkdir -p "$dir" || exit 1
make -s -C "$tree/lib/c" install O="$dir/build" DESTDIR="$dir/installed" PREFIX=/usr \
	> "$dir/log" 2>&1
result $? "make install"
make -s -C "$tree" headers_install DESTDIR="$dir/installed" > "$dir/log" 2>&1
result $? "headers_install"
lib=$dir/installed/usr/lib include=$dir/installed/usr/include
"$mkpage" "$dir/page"

# a program of a licence of its own: nothing but the two headers
cat > "$dir/proprietary.c" << 'END'
/* Copyright (c) Example Inc. All rights reserved. Confidential. */
#include <libvmclock.h>
#include <stdio.h>
#include <vmclock.h>

int main(int argc, char **argv)
{
	struct libvmclock_reading r;
	struct libvmclock *clock;
	struct vmclock_bounds b;
	struct vmclock header;

	if (argc != 2 || libvmclock_open(&clock, argv[1], 0) ||
	    libvmclock_now(clock, LIBVMCLOCK_UTC, &r))
		return 1;
	if (vmclock_open(&header, argv[1]) ||
	    vmclock_now_bounds(&header, VMCLOCK_TIME_UTC, &b))
		return 2;
	printf("%lld\n", 0LL + libvmclock_ns_down(&r.earliest));
	vmclock_close(&header);
	libvmclock_close(clock);
	return b.time.sec < r.time.sec;
}
END
sed '1c/* SPDX-License-Identifier: BSD-2-Clause */' "$dir/proprietary.c" \
	> "$dir/bsd.c"
cp "$dir/bsd.c" "$dir/bsd.cc"
warn="-Wall -Wextra -Wpedantic -Wconversion -Werror"
link() { # NAME COMPILER SOURCE FLAGS...
	# shellcheck disable=SC2086
	"$2" $warn -I"$include" -o "$dir/$1" "$dir/$3" "${@:4}" > "$dir/log" 2>&1 &&
		LD_LIBRARY_PATH=$lib "$dir/$1" "$dir/page" >> "$dir/log" 2>&1
	result $? "$1: links and runs"
}
for c in gcc clang; do
	command -v $c > /dev/null || continue
	for source in proprietary bsd; do
		link $source-shared-$c $c $source.c -std=c11 -L"$lib" -lvmclock
		link $source-static-$c $c $source.c -std=c11 "$lib/libvmclock.a"
	done
done
for c in g++ clang++; do
	command -v $c > /dev/null || continue
	link bsd-shared-$c $c bsd.cc -Wold-style-cast -L"$lib" -lvmclock
done
if command -v pkg-config > /dev/null; then
	flags=$(PKG_CONFIG_SYSROOT_DIR=$dir/installed PKG_CONFIG_ALLOW_SYSTEM_CFLAGS=1 \
		PKG_CONFIG_ALLOW_SYSTEM_LIBS=1 PKG_CONFIG_PATH=$lib/pkgconfig \
		pkg-config --cflags --libs libvmclock)
	# shellcheck disable=SC2086
	link pkg-config gcc bsd.c $flags
fi

# what the documents show: the device is a page in a file
awk '/^```c$/ { on = 1; next } /^```$/ { on = 0 } on' \
	"$tree/docs/quickstart-app.md" > "$dir/quickstart.c"
sed 's/vmclock_open(&clock, NULL)/vmclock_open(\&clock, argv[argc - 1])/
	s/int main(void)/int main(int argc, char **argv)/' "$dir/quickstart.c" \
	> "$dir/quick.c"
link quickstart-app.md gcc quick.c
"$dir/quickstart-app.md" "$dir/none" > "$dir/log" 2>&1
[ "$(cat "$dir/log")" = "now: there is no such device: is ptp_vmclock loaded?" ]
result $? "quickstart-app.md: ... and says so where there is no device"
cat > "$dir/clockbound.c" << 'END'
#include <clockbound.h>

int main(int argc, char **argv)
{
	clockbound_now_result now;
	clockbound_err err;
	clockbound_ctx *ctx = clockbound_vmclock_open("", argv[argc - 1], &err);

	return !ctx || clockbound_now(ctx, &now) || clockbound_close(ctx);
}
END
link clockbound gcc clockbound.c -I"$include/vmclock/clockbound" -L"$lib" -lvmclock
for man in vmclock libvmclock; do
	sed -n '/^\.Sh EXAMPLES/,$ { /^#include/,/^\.Ed/ { /^\.Ed/q; s/\\e/\\/g; s/\\-/-/g; p } }' \
		"$tree/docs/man/$man.3" > "$dir/$man.c"
	gcc -Wall -Wextra -Werror -I"$include" -o "$dir/$man" "$dir/$man.c" \
		-L"$lib" -lvmclock > "$dir/log" 2>&1
	result $? "$man(3): its example compiles"
done
LD_LIBRARY_PATH=$lib VMCLOCK_DEVICE=$dir/page "$dir/libvmclock" > "$dir/log" 2>&1
result $? "libvmclock(3): its example runs"

nm -D --defined-only "$lib/libvmclock.so" | sed -n 's/.* T \(.*\)@@.*/\1/p' |
	sort > "$dir/exported"
sed -n 's/^\t\(libvmclock_[a-z_]*\);/\1/p' "$tree/lib/c/libvmclock.map" | sort \
	> "$dir/mapped"
diff "$dir/exported" "$dir/mapped" > "$dir/log" && [ -s "$dir/mapped" ]
result $? "exported: what the map says"
sed -n 's/.*\(libvmclock_[a-z_]*\)(.*/\1/p' "$tree"/lib/c/libvmclock{,_host}.h |
	grep -vx 'libvmclock_open()' | sort -u | diff "$dir/mapped" - > "$dir/log"
result $? "exported: what the header declares"
objdump -p "$lib/libvmclock.so" | grep 'SONAME *libvmclock.so.0$' > /dev/null
result $? "soname"
objdump -p "$lib/libvmclock.so" | grep NEEDED | grep -v 'libc\.so' > "$dir/log"
[ ! -s "$dir/log" ]
result $? "it needs libc alone"

# whatever the reader includes may be used by any program
echo '#include <vmclock.h>
#include <vmclock_host.h>
#include <libvmclock.h>
#include <libvmclock_host.h>' > "$dir/all.c"
gcc -M -I"$include" "$dir/all.c" | tr ' ' '\n' | grep '\.h$' > "$dir/included"
grep -q 'include/vmclock/page.h' "$dir/included"
result $? "licence: the headers are found"
: > "$dir/log"
while read -r header; do
	case $header in
	"$include"/*)
		head -1 "$header" | grep 'OR BSD-2-Clause' > /dev/null ||
			echo "$header" >> "$dir/log";;
	*)	head -3 "$header" | grep 'SPDX-License-Identifier: GPL' |
			grep -v 'Linux-syscall-note' > /dev/null && echo "$header" >> "$dir/log";;
	esac
done < "$dir/included"
[ ! -s "$dir/log" ]
result $? "licence: no header is under the GPL alone"
(cd "$tree" && git ls-files lib examples include/vmclock include/vmclock.h) |
	while read -r f; do
		case $f in
		*.md|*.toml|*.json|*/go.mod|*.in|*.lock)	continue;;
		esac
		head -3 "$tree/$f" | grep 'GPL-2.0-only OR BSD-2-Clause' > /dev/null || echo "$f"
	done > "$dir/log"
[ ! -s "$dir/log" ]
result $? "licence: every file of reader, library and examples offers both"
: > "$dir/log"
for id in GPL-2.0 GPL-2.0-only BSD-2-Clause Linux-syscall-note; do
	[ -s "$tree/LICENSES/$id.txt" ] || echo "$id" >> "$dir/log"
done
[ ! -s "$dir/log" ]
result $? "licence: LICENSES has the texts"
echo "1..$n"
exit $failed
