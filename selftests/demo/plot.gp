# SPDX-License-Identifier: GPL-2.0
# gnuplot -e "data='...'; out='...'" plot.gp: what show.py wrote
set terminal pngcairo size 1100,850 font "sans,11"
set output out
stats data index 0 using 1 nooutput name "T"
stats data index 1 using 1 nooutput name "E"
event(i) = real(word(system("sed '1,/^$/d' ".data." | grep . | sed -n ".i."p"), 1))
set multiplot layout 2,1 title "A guest's clock follows its host's"
set lmargin 12
set rmargin 3
set grid
set xlabel "seconds"
set xrange [0:T_max]
do for [i = 1:E_records] {
	set arrow i from event(i), graph 0 to event(i), graph 1 nohead \
		lc rgb "#999999" dt 2
}
# a step of 0.25 s would hide the rest
off(us) = us - 250000.0 * floor((us + 125000) / 250000)
set key bottom left
set ylabel "clock, against the host's first line (us)"
plot data index 0 using 1:(off($2)) with lines lw 4 lc rgb "#b0b0ff" \
		title "host (its step of 0.25 s taken off)", \
	data index 0 using 1:(off($3)) with lines lw 1 lc rgb "#c00000" \
		title "guest"
set key top left
set ylabel "|guest - host| at equal counter values (ns)"
set logscale y
set yrange [0.01:1e6]
plot data index 0 using 1:(abs($4) + 0.01) with points pt 7 ps 0.4 \
		lc rgb "#006000" notitle, \
	data index 1 using ($1 + 0.3):(300):2 with labels left \
		rotate by 90 font "sans,9" notitle
unset multiplot
