# SPDX-License-Identifier: GPL-2.0
# gnuplot -e "data='...'; out='...'" plot.gp: what show.py wrote
set terminal pngcairo size 1100,800 font "sans,11"
set output out
set multiplot layout 2,1 title "A guest's clock follows its host's"
set lmargin 12
set rmargin 3
set grid
set key top left
set xlabel "seconds"
stats data index 0 using 1 nooutput name "T"
set xrange [0:T_max]
do for [i = 1:9] {
	unset arrow i
}
stats data index 1 using 1 nooutput name "E"
set ylabel "clock, against the host's first line (us)"
set logscale y
set nologscale y
set yrange [*:*]
event(i) = real(word(system("sed -n '/^$/,$p' ".data." | grep -v '^$' | sed -n ".i."p"), 1))
do for [i = 1:E_records] {
	set arrow i from event(i), graph 0 to event(i), graph 1 nohead \
		lc rgb "#999999" dt 2
}
# a step of 0.25 s would hide the rest: shown modulo it
wrap(x) = x - 250000 * floor((x + 125000) / 250000)
plot data index 0 using 1:(wrap($2)) with lines lw 3 lc rgb "#c0c0ff" \
		title "host (0.25 s step taken off)", \
	data index 0 using 1:(wrap($3)) with lines lw 1 lc rgb "#c00000" \
		title "guest", \
	data index 1 using 1:(0):2 with labels rotate by 90 left \
		offset 0.7,1 font "sans,8" notitle
set ylabel "|guest - host| (ns)"
set logscale y
set yrange [0.01:*]
plot data index 0 using 1:(abs($4) + 0.01) with points pt 7 ps 0.4 \
		lc rgb "#006000" title "difference at equal counter values"
unset multiplot
