# SPDX-License-Identifier: GPL-2.0
# stage.sh - what a VM's image gets besides the userland: modules, a script with
# its directory, programs; and what its console is searched for. To be sourced
# after lib.sh.
# shellcheck shell=bash

# what a kernel says when something is wrong with it
SPLAT='Kernel panic|Oops[: ]|BUG: |WARNING: |INFO: (possible|rcu|task .* blocked|suspicious)'
SPLAT+='|(KASAN|UBSAN|KCSAN|KFENCE): |refcount_t:|general protection fault|rcu: INFO:'
SPLAT+='|soft lockup|hard LOCKUP|unable to handle|scheduling while atomic|DEBUG_LOCKS_WARN'

# stage_modules ABI SRCDIR...: builds them, with the make variables of the array
# MODULE_VARIABLES; adds to the array mods
MODULE_VARIABLES=()
stage_modules() {
	local abi=$1 src list
	shift
	for src; do
		list=$("$BED/build-modules" "$abi" "$src" "${MODULE_VARIABLES[@]}") || exit "$EX_PREP"
		while read -r src; do
			[ -z "$src" ] || mods+=("$src")
		done <<< "$list"
	done
}

# stage_run STAGE SCRIPT: the script's directory goes into the image; prints the
# script's path there
stage_run() {
	local stage=$1 file dir kb log
	file=$(readlink -f "$2")
	dir=${file%/*}
	log=$stage.log
	kb=$(du -sk --exclude=.git "$dir" | cut -f1)
	[ "$kb" -le 131072 ] ||
		die "$dir goes into the guest's memory and has $((kb / 1024)) MB; remedy: give $2 a directory of its own"
	mkdir -p "$stage/bed/run"
	tool rsync -a --exclude=/.git --copy-unsafe-links "$dir/" "$stage/bed/run/" \
		2> "$log" || die "cannot copy $dir: $(tail -1 "$log")"
	chmod +x "$stage/bed/run/${file##*/}"
	echo "/bed/run/${file##*/}"
}

# stage_programs STAGE [DIR]: of the bed and of the project, for the guest
stage_programs() {
	local dir=${2:-$BUILD/user/guest}
	mkdir -p "$1/usr/local/bin" "$1/bed"
	cp "$dir"/* "$1/usr/local/bin/" ||
		die "no programs for the guest in $dir; remedy: $BED/build-user"
	install "$BED/guest-init" "$1/init"
}
