# SPDX-License-Identifier: GPL-2.0
set title "{/:Bold What keeps a guest's clock on its page: the lock, phc2sys or chronyd}\n{/*0.85 one after another in a deterministic guest; the page's rate changes by 1 ppm every 7 s}"
set logscale y
set format y "%.0f"
set ylabel "|CLOCK\\_TAI − page|, ns"
set xlabel "seconds"
set xrange [0:45]
set yrange [0.05:2e4]
set ytics ("0.1" .1, "1" 1, "10" 10, "100" 100, "1000" 1e3, "10 000" 1e4)
set key top right horizontal
plot for [i = 1:3] rows("*", word("chronyd phc2sys lock", i), "$3", size_ns) \
	with points pt 7 ps .6 lc rgb word(orange." ".green." ".blue, i) \
	title word("chronyd phc2sys lock", i)
