// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause

package vmclock

// The leap second between UTC and TAI; include/vmclock/leap.h derives it all.

const day = 86400

func floorDiv(a, b int64) int64 {
	q := a / b
	if a%b < 0 {
		q--
	}
	return q
}

// monthStart is the first day of the month of a day, both since 1970-01-01.
func monthStart(d int64) int64 {
	era := floorDiv(d+719468, 146097)
	e := d + 719468 - era*146097
	e -= (4*e + 3) / 146097 * 146097 / 4
	e -= (4*e + 3) / 1461 * 1461 / 4
	return d - e + (153*((5*e+2)/153)+2)/5
}

// leapSign is 1 for an inserted second, -1 for a deleted one, 0 for none.
func leapSign(leap Leap) int64 {
	switch leap {
	case LeapPrePos, LeapPos, LeapPostPos:
		return 1
	case LeapPreNeg, LeapPostNeg:
		return -1
	}
	return 0
}

// leapMidnight is the first second of the month after the leap second.
func leapMidnight(leap Leap, anchor int64) int64 {
	if leap == LeapPos {
		anchor += day / 2
	}
	d := monthStart(floorDiv(anchor, day))
	if leap == LeapPrePos || leap == LeapPreNeg {
		d = monthStart(d + 31)
	}
	return d * day
}

// leapAt is the indicator at a moment, and what must be added to the page's TAI
// offset there. anchor and sec are UTC by the page's offset.
func leapAt(leap Leap, anchor, sec int64) (Leap, int64) {
	sign := leapSign(leap)
	if sign == 0 {
		return LeapNone, 0
	}
	midnight := leapMidnight(leap, anchor)
	old := leap == LeapPrePos || leap == LeapPreNeg || leap == LeapPos && anchor >= midnight
	change, before, after := midnight, int64(0), sign
	if sign < 0 {
		change--
	}
	if !old {
		change, before, after = change-sign, -sign, 0
	}
	switch {
	case sec < change && sign < 0:
		return LeapPreNeg, before
	case sec < change:
		return LeapPrePos, before
	case sign < 0:
		return LeapPostNeg, after
	case sec == change:
		return LeapPos, after
	}
	return LeapPostPos, after
}
