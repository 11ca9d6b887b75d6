# SPDX-License-Identifier: GPL-2.0
set multiplot layout 2,1 title "{/:Bold The reference's rate jumps by 5 ppm every second, anywhere in a tick}\n{/*0.85 a guest that ticks, samples in hard interrupts}"
set ylabel "CLOCK\\_TAI − reference, ns"
set xrange [0:12]
set yrange [-2.5:2.5]
set key top right opaque box lc rgb "#dddddd"
plot rows(old, "turn", "$3", "$4") with points pt 7 ps .35 lc rgb orange title class_of(old)
set xlabel "seconds"
plot rows(new, "turn", "$3", "$4") with points pt 7 ps .35 lc rgb blue title class_of(new)
unset multiplot
