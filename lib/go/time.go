// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause

// Package vmclock gives the time, and between which times the true one is, from
// a VMClock page: what a hypervisor tells its guest, as a line over the CPU's
// counter. A reading makes no system call; there is no cgo.
//
//	clock, err := vmclock.Open("/dev/vmclock0")
//	now, err := clock.Now(vmclock.UTC)
//	if err == nil && now.Bounded {
//		fmt.Println(now.Earliest.NsDown(), now.Latest.NsUp())
//	}
package vmclock

import (
	"math"
	"math/bits"
	"time"
)

const nsec = 1000000000

// Time is a moment, in units of 2^-64 s.
type Time struct {
	Sec  int64  // whole seconds since 1970-01-01, rounded down
	Frac uint64 // the rest, in s / 2^64
}

// Before tells whether t is the earlier one of two times of one scale.
func (t Time) Before(u Time) bool {
	return t.Sec < u.Sec || t.Sec == u.Sec && t.Frac < u.Frac
}

// Add is t + u, modulo 2^64 s.
func (t Time) Add(u Time) Time {
	frac, carry := bits.Add64(t.Frac, u.Frac, 0)
	return Time{t.Sec + u.Sec + int64(carry), frac}
}

// Sub is t - u, modulo 2^64 s.
func (t Time) Sub(u Time) Time {
	frac, borrow := bits.Sub64(t.Frac, u.Frac, 0)
	return Time{t.Sec - u.Sec - int64(borrow), frac}
}

// FromNs is the time of so many ns, rounded down by less than 2^-64 s.
func FromNs(ns int64) Time {
	sec, rest := ns/nsec, ns%nsec
	if rest < 0 {
		sec, rest = sec-1, rest+nsec
	}
	frac, _ := bits.Div64(uint64(rest), 0, nsec)
	return Time{sec, frac}
}

// NsDown is the time in ns, rounded down; the nearest end of int64 beyond it.
func (t Time) NsDown() int64 {
	ns, _ := bits.Mul64(t.Frac, nsec)
	return saturate(t.Sec, ns)
}

// NsUp is the time in ns, rounded up; the nearest end of int64 beyond it.
func (t Time) NsUp() int64 {
	ns, rest := bits.Mul64(t.Frac, nsec)
	if rest != 0 {
		ns++
	}
	return saturate(t.Sec, ns)
}

// saturate is sec * 10^9 + ns; ns is at most 10^9.
func saturate(sec int64, ns uint64) int64 {
	switch {
	case sec >= math.MaxInt64/nsec+1 || sec == math.MaxInt64/nsec && ns > math.MaxInt64%nsec:
		return math.MaxInt64
	case sec >= 0:
		return sec*nsec + int64(ns)
	case sec < math.MinInt64/nsec-1:
		return math.MinInt64
	case sec == math.MinInt64/nsec-1:
		// -9223372037 s: from -9223372036.854775808 s on it fits
		if int64(ns) <= nsec+math.MinInt64%nsec {
			return math.MinInt64
		}
	}
	return (sec+1)*nsec + (int64(ns) - nsec)
}

// UTC is the time, which has to be UTC, as package time has it, rounded down.
func (t Time) UTC() time.Time {
	ns, _ := bits.Mul64(t.Frac, nsec)
	return time.Unix(t.Sec, int64(ns)).UTC()
}

// Line is time as a linear function of a counter.
type Line struct {
	Counter     uint64 // counter value at Time
	Time        Time
	PeriodFrac  uint64 // period of the counter, s / 2^(64 + PeriodShift)
	PeriodShift uint8  // 0 to 63
}

// shiftRight is an arithmetic shift of 128 bits by 0 to 63.
func shiftRight(high int64, low uint64, shift uint8) Time {
	shift &= 63
	return Time{high >> shift, low>>shift | uint64(high)<<1<<(^shift&63)}
}

// Interval is how long a number of counts takes, rounded down by less than
// 2^-64 s.
func Interval(delta int64, periodFrac uint64, periodShift uint8) Time {
	high, low := bits.Mul64(uint64(delta), periodFrac)
	if delta < 0 {
		high -= periodFrac
	}
	return shiftRight(int64(high), low, periodShift)
}

// At is the time at a counter value, before or after the line's own, rounded
// down by less than 2^-64 s.
func (l *Line) At(counter uint64) Time {
	return l.Time.Add(Interval(int64(counter-l.Counter), l.PeriodFrac, l.PeriodShift))
}

// distance is |a - b| of counter values.
func distance(a, b uint64) uint64 {
	if d := int64(a - b); d < 0 {
		return uint64(-d)
	}
	return a - b
}

// ErrorAt is the error bound at a counter value in ns, rounded up: errorNs at the
// anchor, and rateFrac s per count / 2^(64 + PeriodShift) of growth;
// math.MaxUint64 if it doesn't fit.
func (l *Line) ErrorAt(errorNs, rateFrac, counter uint64) uint64 {
	high, low := bits.Mul64(distance(counter, l.Counter), rateFrac)
	low, carry := bits.Add64(low, 1<<l.PeriodShift-1, 0)
	high += carry
	growth := shiftRight(int64(high), low, l.PeriodShift)
	part, rest := bits.Mul64(growth.Frac, nsec)
	if rest != 0 {
		part++
	}
	over, ns := bits.Mul64(uint64(growth.Sec), nsec)
	ns, carry = bits.Add64(ns, part, 0)
	over += carry
	ns, carry = bits.Add64(ns, errorNs, 0)
	if over+carry != 0 {
		return math.MaxUint64
	}
	return ns
}
