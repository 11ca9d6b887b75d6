# SPDX-License-Identifier: GPL-2.0
set terminal pngcairo size 1200,820
set multiplot layout 2,2 columnsfirst title "{/:Bold The kernel makes leap seconds, told by the lock: CLOCK\\_TAI knows nothing of them}"
set xrange [-0.5:2]
do for [what in "inserted deleted"] {
	set title (what eq "inserted" ? "23:59:60 is inserted: 23:59:59 comes twice" : "23:59:59 is deleted") textcolor rgb "#303030"
	set ylabel "CLOCK\\_REALTIME, s from midnight"
	set yrange [-2.2:2.2]
	set ytics 1
	unset xlabel
	set arrow 1 from 0,graph 0 to 0,graph 1 nohead dt 2 lc rgb grey
	plot rows("*", what, "$3", what eq "inserted" ? "$3 - $5" : "$3 - $5 - 1") with points pt 7 ps .45 lc rgb orange notitle
	unset title
	set ylabel "CLOCK\\_TAI − reference, ns"
	set xlabel "seconds from where 23:59:".(what eq "inserted" ? "60" : "59")." begins"
	set yrange [-7:7]
	set ytics 2
	plot rows("*", what, "$3", "$4") with linespoints pt 7 ps .35 lw .7 lc rgb blue notitle
}
unset multiplot
