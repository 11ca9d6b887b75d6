# SPDX-License-Identifier: GPL-2.0
# what all plots share; "out" and "data" are given
set terminal pngcairo size 1200,760 font "DejaVu Sans,11" background "#ffffff"
set output out
set border 3 lw 1 lc rgb "#8a8a8a"
set tics nomirror out scale 0.6 textcolor rgb "#404040"
set grid back lt 1 lw 1 lc rgb "#e6e6e6"
set key samplen 2 spacing 1.3 textcolor rgb "#303030"
set lmargin 12
set rmargin 4
blue = "#1f5fa8"
orange = "#d9730d"
green = "#2c8a4b"
red = "#b3262a"
grey = "#707070"
# the lines of one kernel, or of any (*), and WHAT: their columns x, y
rows(kernel, what, x, y) = sprintf("<awk '(\"%s\" == \"*\" || $1 == \"%s\") && $2 == \"%s\" { print %s, %s }' %s", kernel, kernel, what, x, y, data)
size_ns = "($4 < 0 ? -$4 : $4) + .02"
class_of(kernel) = kernel eq old ? "6.1.176 (pre-fix)" : "7.3.4 (post-fix)"
