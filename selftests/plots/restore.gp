# SPDX-License-Identifier: GPL-2.0
set multiplot layout 1,2 title "{/:Bold A guest is restored after an hour, and its clock is behind}\n{/*0.85 nobody in the guest does anything about it but the driver and the lock}"
set logscale y
set format y "10^{%T}"
set ylabel "|CLOCK\\_TAI − page|, ns"
set yrange [0.02:2e13]
set key at graph 0.97,0.9
set label 1 "an hour" at graph 0.97,first 8e12 right textcolor rgb grey
set label 2 "10 ns" at graph 0.97,first 20 right textcolor rgb grey
set arrow 1 from graph 0,first 10 to graph 1,first 10 nohead dt 2 lc rgb grey
set arrow 2 from graph 0,first 3.6e12 to graph 1,first 3.6e12 nohead dt 2 lc rgb grey
set xlabel "ms after the page tells of it: driver and lock"
set xrange [-0.4:1.8]
plot rows("*", "restore", "$3", size_ns) with linespoints pt 7 ps .7 lw .7 lc rgb blue notitle
set xlabel "ms after the reference tells of it: the lock alone"
set xrange [-0.4:1.8]
unset ylabel
plot rows("*", "step", "$3", size_ns) with linespoints pt 7 ps .7 lw .7 lc rgb green notitle
unset multiplot
