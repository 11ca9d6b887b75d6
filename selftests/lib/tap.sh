# SPDX-License-Identifier: GPL-2.0
# TAP for shell tests in a guest: . tap.sh; ok NAME COMMAND...; tap_end
# A command's output is shown if it fails.
tap_n=0 tap_failed=0
echo "TAP version 13"

ok() {
	local name=$1 out
	shift
	tap_n=$((tap_n + 1))
	if out=$("$@" 2>&1); then
		echo "ok $tap_n - $name"
	else
		tap_failed=$((tap_failed + 1))
		echo "not ok $tap_n - $name"
		sed 's/^/# /' <<< "$out"
	fi
}

skip() { # NAME WHY
	tap_n=$((tap_n + 1))
	echo "ok $tap_n - $1 # SKIP $2"
}

note() {
	echo "# $*"
}

tap_end() {
	echo "1..$tap_n"
	[ "$tap_failed" -eq 0 ]
}
