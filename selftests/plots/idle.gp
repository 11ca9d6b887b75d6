# SPDX-License-Identifier: GPL-2.0
set terminal pngcairo size 1200,940
set multiplot layout 3,1 title "{/:Bold An idle guest's clock, with and without a limit E of its phase error}\n{/*0.85 at all its updates; between two of them it runs straight on}"
set ylabel "CLOCK\\_TAI − reference, ns"
set xrange [0:20]
set key top right opaque box lc rgb "#dddddd"
set style fill transparent solid 0.12 noborder
set yrange [-25:25]
plot rows("*", "E=0", "$3", "$4") with lines lw 1.4 lc rgb red title "no limit: what the kernel chose holds for a whole NO\\_HZ idle interval"
set yrange [-7:7]
set ytics 2
band(e) = sprintf("<printf '0 %g %g\\n20 %g %g\\n'", -e, e, -e, e)
plot band(4) using 1:2:3 with filledcurves lc rgb blue notitle, \
	rows("*", "E=4", "$3", "$4") with lines lw 1.4 lc rgb blue title "E = 4 ns, the default"
set xlabel "seconds"
plot band(1) using 1:2:3 with filledcurves lc rgb green notitle, \
	rows("*", "E=1", "$3", "$4") with lines lw 1.2 lc rgb green title "E = 1 ns"
unset multiplot
