# SPDX-License-Identifier: GPL-2.0
# What the tests of the lock share: . lock.sh. They lock the clock to tkref_line
# (lock_modules) or to a page (lock_page_modules). The residual is CLOCK_TAI
# minus that line, by tk_pairs and pairs_stats. With LINES set, each sample is
# compared with the line of its time; order() keeps them there.
# shellcheck shell=bash disable=SC2034
. tap.sh

TKREF=/sys/devices/platform/timekeeping_reference
TKREF_DEBUG=/sys/kernel/debug/timekeeping_reference
PARAM=/sys/module/timekeeping_reference/parameters
ORDER=/sys/module/tkref_line/parameters/order
PAIRS=/sys/kernel/debug/tk_pairs
PTP_PARAM=/sys/module/ptp_vmclock/parameters
SOURCES=/sys/devices/system/clocksource/clocksource0
LINES=
ALL=/run/samples

# all users of this are for kernels with the test modules at hand
lock_modules() {
	local m
	for m in timekeeping_reference tk_pairs tkref_line "$@"; do
		modprobe "$m" || { echo "1..0 # SKIP no module $m"; exit 4; }
	done
}

# for a guest with ptp_vmclock and timekeeping_reference
lock_page_modules() {
	[ -e $TKREF ] && [ -e /dev/vmclock0 ] && modprobe tk_pairs || {
		echo "1..0 # SKIP no timekeeping_reference, page or tk_pairs"
		exit 4
	}
}

# soon COMMAND...: within 5 s, otherwise the state is shown
soon() { within_ms 5000 "$@"; }
within_ms() {
	local i
	for ((i = 0; i < $1; i += 20)); do
		! "${@:2}" || return 0
		sleep 0.02
	done
	echo "not after $1 ms"
	show
	return 1
}

state() { [ "$(cat $TKREF/state)" = "$1" ]; }
still() { state "$1" || { show; false; }; }
show() { grep . $TKREF/{state,reason,adjusted_by,offset_ps} $TKREF_DEBUG/{mode,calls}; }
because() { grep -q "$1" $TKREF/reason; }
adjusted_by() { [ "$(cat $TKREF/adjusted_by)" = "$1" ]; }
nobody() { adjusted_by ""; }
logged() { dmesg | grep -q "timekeeping_reference: $1"; }

# right NS [N]: by N pairs (50) after naps to 50 ms, no one is off the page by
# more, and the kernel's clock is what its state says; where the system
# counts what the page does by the PTP clock, too, which truncates to ns; not by that
# of the kernel's driver, whose readings before the page's anchor are years off
right() {
	echo "thread ${2:-50} 500 50000" > $PAIRS/run || return
	stats=$(pairs_stats /dev/vmclock0) || return
	echo "$stats"
	within "${1}000" "${1}000" && agrees || return
	[ -e /sys/module/vmclock_feed ] ||
		! grep -qx 'tsc\|arch_sys_counter' $SOURCES/current_clocksource ||
		ptp_offset $(($1 + 1)) "${2:-50}"
}

# back: locked, which is within 1 us, and 0.1 s later within 10 ns of the page
back() { soon state locked && sleep 0.1 && right 10; }

value() { # NAME: of what pairs_stats printed last
	local word found=
	for word in $stats; do
		[ -z "$found" ] || { echo "$word"; return; }
		[ "$word" != "$1" ] || found=1
	done
}
within() { # P99 MAX, ps
	[ "$(value p99)" -le "$1" ] && [ "$(value max)" -le "$2" ]
}
agrees() { [ "$(value disagree)" = 0 ]; }
sample() { # MODE SAMPLES MIN MAX, us: into $stats
	echo "$*" > $PAIRS/run
	stats=$(pairs_stats -a $ALL ${LINES:-$ORDER})
}
measure() { # NAME MODE SAMPLES MIN MAX P99 MAX-PS
	sample "$2" "$3" "$4" "$5"
	note "$1: $stats"
	ok "$1: p99 within $6 ps, max within $7 ps" within "$6" "$7"
	ok "$1: the kernel's clock is what its state says" agrees
}
order() {
	echo "$*" > $ORDER
	[ -z "$LINES" ] || cat $ORDER >> $LINES
}
wakeups() { cat $TKREF_DEBUG/wakeups; }
calls() { cat $TKREF_DEBUG/calls; }
steps() { cat $TKREF/steps; }
counter() { cut -d' ' -f1 $PAIRS/now; }
at_most() { [ "$1" -le "$2" ] || { echo "$1"; false; }; }
post_fix() { [ "$(cat $TKREF_DEBUG/mult_accounting)" = post-fix ]; }
guest_is() {
	note "$(uname -r), $(cat $TKREF_DEBUG/mult_accounting), $(nproc) CPUs, clocksource $(cat $SOURCES/current_clocksource)"
}

# of the counter, by the line
counts_per_ms() {
	awk 'NR == 1 { printf "%.3f", 1e-3 / ($4 / 2 ^ (64 + $5)) }' $ORDER
}
# what one unit of the kernel's mult is: the most precise mult with which 600 s
# of counts fit into 64 bits
grain_ppb() {
	awk -v khz="$(counts_per_ms)" 'BEGIN {
		for (bits = 32; 6e5 * khz / 2 ^ 32 >= 2 ^ (32 - bits); bits--)
			;
		for (shift = 32; shift; shift--) {
			mult = int(1e6 * 2 ^ shift / khz + .5)
			if (mult < 2 ^ bits)
				break
		}
		printf "%.1f", 1e9 / mult
	}'
}
