# SPDX-License-Identifier: GPL-2.0
set terminal pngcairo size 1200,820
set multiplot layout 2,1 title "{/:Bold A clock that is off is slewed onto its reference, at 500 ppm}\n{/*0.85 each sample of a deterministic guest; the bars dashed}"
set logscale y
set format y "10^{%T}"
set ylabel "|CLOCK\\_TAI − reference|, ns"
set key top right
set xlabel "ms after the reference jumped by 10 µs"
set xrange [-4:70]
set yrange [0.02:5e4]
set arrow 1 from 50,0.02 to 50,10 nohead dt 2 lw 1.5 lc rgb grey
set arrow 2 from 50,10 to 70,10 nohead dt 2 lw 1.5 lc rgb grey
set label 1 "10 ns after 50 ms" at 51,22 textcolor rgb grey
plot rows(old, "10us", "$3", size_ns) with points pt 7 ps .45 lc rgb orange title class_of(old), \
	rows(new, "10us", "$3", size_ns) with points pt 7 ps .45 lc rgb blue title class_of(new)
set xlabel "ms after the reference jumped by 1 ms, and no step is allowed"
set xrange [-40:2300]
set yrange [0.02:5e6]
set arrow 1 from 2100,0.02 to 2100,10
set arrow 2 from 2100,10 to 2300,10
set label 1 "10 ns after 2.1 s" at 2290,24 right
plot rows(old, "1ms", "$3", size_ns) with points pt 7 ps .45 lc rgb orange title class_of(old), \
	rows(new, "1ms", "$3", size_ns) with points pt 7 ps .45 lc rgb blue title class_of(new)
unset multiplot
