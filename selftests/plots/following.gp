# SPDX-License-Identifier: GPL-2.0
# what the demo's show.py wrote: samples, and after a gap the events
set terminal pngcairo size 1200,860
stats data index 0 using 1 nooutput name "T"
stats data index 1 using 1 nooutput name "E"
event(i) = real(word(system("sed '1,/^$/d' ".data." | grep . | sed -n ".i."p"), 1))
set multiplot layout 2,1 title "{/:Bold A guest's clock follows its host's, which chronyd steers}\n{/*0.85 compared at equal counter values, in real time, KVM in an emulated host}"
set xrange [0:T_max]
do for [i = 1:E_records] {
	set arrow i from event(i), graph 0 to event(i), graph 1 nohead \
		lc rgb "#bbbbbb" dt 2
}
# a step of 0.25 s would hide the rest
off(us) = us - 250000.0 * floor((us + 125000) / 250000)
set key bottom left opaque box lc rgb "#dddddd"
set ylabel "off the host's first line, µs"
plot data index 0 using 1:(off($2)) with lines lw 7 lc rgb "#bcd3ee" \
		title "host (its step of 0.25 s taken off)", \
	data index 0 using 1:(off($3)) with lines lw 1.3 lc rgb red \
		title "guest"
unset key
set xlabel "seconds"
set ylabel "|guest − host|, ns"
set logscale y
set yrange [0.02:1e6]
set ytics ("0.1" .1, "1" 1, "10" 10, "100" 100, "1 000" 1e3, "10 000" 1e4, "100 000" 1e5)
plot data index 0 using 1:(abs($4) + 0.02) with points pt 7 ps 0.45 \
		lc rgb green notitle, \
	data index 1 using ($1 + T_max / 200):(5e5):2 with labels left \
		font ",8.5" textcolor rgb "#606060" notitle
unset multiplot
