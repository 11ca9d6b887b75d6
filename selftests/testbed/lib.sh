# SPDX-License-Identifier: GPL-2.0
# lib.sh - what every script of the test bed shares: messages, the cache, locks,
# tools that run out of their unpacked packages. To be sourced, by bash.
# shellcheck shell=bash

set -Eeuo pipefail
export LC_ALL=C
umask 022

BED=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
TREE=$(cd "$BED/../.." && pwd)
CACHE=${VMCLOCK_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/vmclock}
export VMCLOCK_CACHE=$CACHE
# what is built of this checkout; another one is not to find it
BUILD=$CACHE/build/$(cksum <<< "$TREE" | cut -d' ' -f1)

# exit codes of the bed itself; RUN's own status is passed through
EX_PREP=121	# nothing booted: bad input, missing package, failed build
EX_SPLAT=122	# the guest kernel reported an oops, BUG, WARNING or the like
EX_TIMEOUT=124	# TIMEOUT seconds were over
EX_DIED=125	# the guest ended without RUN's exit status

say() { [ -n "${BED_QUIET-}" ] || printf '%s\n' "bed: $*" >&2; }
die() { printf '%s\n' "bed: $*" >&2; exit "$EX_PREP"; }

# says where a script has failed, unless die() in a subshell has said why
trap '[ $? = $EX_PREP ] || [[ $- != *e* ]] ||
	printf "bed: %s:%s failed\n" "${BASH_SOURCE[0]##*/}" "$LINENO" >&2' ERR

# lock NAME: one process at a time; held until the calling shell ends
lock() {
	mkdir -p "$CACHE/locks" || die "cannot create the cache $CACHE"
	exec {BED_LOCK}> "$CACHE/locks/$1"
	flock "$BED_LOCK"
}

unlock() { exec {BED_LOCK}>&-; }

# newtmp: a directory in the cache that vanishes with the shell; in $TMPD
newtmp() {
	mkdir -p "$CACHE/tmp" || die "cannot create the cache $CACHE"
	# what a run that was killed outright has left
	find "$CACHE/tmp" -mindepth 1 -maxdepth 1 -mmin +1440 -exec rm -rf {} +
	TMPD=$(mktemp -d --tmpdir="$CACHE/tmp") ||
		die "no temporary directory in $CACHE/tmp"
	trap 'rm -rf "$TMPD"' EXIT
}

# publish DIR TARGET: make a finished directory appear under its name, at once
publish() {
	mkdir -p "$(dirname "$2")"
	if [ -e "$2" ]; then
		mv "$2" "$1.old"
		rm -rf "$1.old" &
	fi
	mv -T "$1" "$2"
}

# need COMMAND PACKAGE: of the machine, not of the cache
need() {
	command -v "$1" > /dev/null ||
		die "$1 is missing here; remedy: apt-get install $2"
}

# the line of a log that says most, with its prefix cut
telling() {
	local l
	l=$(grep -aiE -m1 'no space left|enough free space' "$1" ||
		grep -aiE -m1 "could not resolve|temporary failure|unable to connect|could not connect|connection (refused|timed out)|network is unreachable" "$1" ||
		grep -aE -m1 '^(E|Err)' "$1" || tail -1 "$1")
	printf '%s' "${l#E: }" | tr -s '\n\t ' ' '
}

# tool NAME ARGS...: a program of the unpacked tool root
tool() {
	local name=$1
	shift
	"$CACHE/tools/run/$name" "$@"
}

# inroot ROOT COMMAND...: chroot in a private mount namespace, /proc and /dev
# from the machine; BIND="HOSTDIR:DIR ..." appear in it as well
inroot() {
	local root=$1 ns=(unshare -m)
	shift
	[ "$(id -u)" = 0 ] || ns=(unshare -rm)
	BIND=${BIND-} "${ns[@]}" bash -euc '
		root=$1; shift
		mount --rbind /proc "$root/proc"
		mount --rbind /dev "$root/dev"
		for b in $BIND; do
			mkdir -p "$root/${b#*:}"
			mount --bind "${b%%:*}" "$root/${b#*:}"
		done
		exec env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/tmp LC_ALL=C \
			chroot "$root" "$@"' inroot "$root" "$@"
}
