# SPDX-License-Identifier: GPL-2.0
# What the measurements of the lock share: . lock.sh. Loads the modules that are
# measured and those that measure; the residual is CLOCK_TAI minus the line of
# tkref_line, by tk_pairs and pairs_stats. With LINES set, each sample is
# compared with the line of its time; order() keeps them there.
. tap.sh

TKREF=/sys/devices/platform/timekeeping_reference
PARAM=/sys/module/timekeeping_reference/parameters
ORDER=/sys/module/tkref_line/parameters/order
PAIRS=/sys/kernel/debug/tk_pairs
LINES=
ALL=/run/samples

# all users of this are for kernels with the test modules at hand
lock_modules() {
	local m
	for m in timekeeping_reference tk_pairs tkref_line "$@"; do
		modprobe "$m" || { echo "1..0 # SKIP no module $m"; exit 4; }
	done
}

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
wakeups() { cat $TKREF/wakeups; }
calls() { cat $TKREF/calls; }
steps() { cat $TKREF/steps; }
counter() { cut -d' ' -f1 $PAIRS/now; }
at_most() { [ "$1" -le "$2" ] || { echo "$1"; false; }; }
keeps_line() { [ "$(cat $TKREF/kernel_class)" = keeps-line ]; }
guest_is() {
	note "$(uname -r), $(cat $TKREF/kernel_class), $(nproc) CPUs, clocksource $(cat /sys/devices/system/clocksource/clocksource0/current_clocksource)"
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
