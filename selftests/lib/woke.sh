# SPDX-License-Identifier: GPL-2.0
# woke.sh - to be sourced after tap.sh: what wake_watch has printed to /tmp/woke.
# shellcheck shell=bash

woke() { # NAME TEST NUMBER
	local value
	value=$(sed -n "s/.*$1 \(-\?[0-9]*\).*/\1/p" /tmp/woke)
	test -n "$value" && test "$value" "$2" "$3" ||
		{ dmesg | tail -40; false; }
}
