// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause

package vmclock

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"math/bits"
)

// Why there is no time. What Now and others return wraps one of them.
var (
	ErrNoPage    = errors.New("no VMClock page")
	ErrNoTime    = errors.New("no time")
	ErrBusy      = errors.New("the page was being changed all the time")
	ErrUnbounded = errors.New("the page does not bound its error")
)

// Scale is a time scale.
type Scale uint8

// UTC is as POSIX counts it: an inserted second has the number of the one before.
// In TAI every second has a number of its own.
const (
	UTC Scale = 0
	TAI Scale = 1
)

// Status is what the hypervisor says of its clock.
type Status uint8

// Status of a reading.
const (
	Synchronized Status = 2
	Freerunning  Status = 3
)

// Leap is the leap second, at the time of a reading.
type Leap uint8

// Inserted (Pos) and deleted (Neg) seconds, at the end of this month (Pre) or of
// the last one (Post); LeapPos is the inserted second itself.
const (
	LeapNone Leap = iota
	LeapPrePos
	LeapPreNeg
	LeapPos
	LeapPostPos
	LeapPostNeg
)

// Epoch is a stretch of time without disruption.
type Epoch struct {
	DisruptionMarker uint64 // changes when the guest was moved
	VMGeneration     uint64 // changes when it goes on from a copy; 0: not told
}

// Reading is the time, and where the true time must be.
type Reading struct {
	Time     Time  // what the page says
	Earliest Time  // the true time is not before; 0 if not Bounded
	Latest   Time  // the true time is not after; 0 if not Bounded
	Epoch    Epoch // in which it was read
	Bounded  bool  // whether the page bounds its error
	Status   Status
	Leap     Leap // at Time
}

const (
	magic       = 0x4b4c4356
	pageBytes   = 112
	pageWords   = pageBytes / 8
	minSize     = 0x28
	periodMax   = 0x10c6f7a0b5ed // of 1 MHz, s / 2^64
	periodMin   = 0x6df37f67     // of 10 GHz
	secMax      = math.MaxInt64 / nsec
	marginMax   = 1 << 33 // s: a larger bound is none
	taiMin      = 10      // TAI - UTC in 1972
	taiMax      = 100
	flagTAI     = 1 << 0
	flagPeriod  = 1 << 4
	flagError   = 1 << 6
	flagVMGen   = 1 << 8
	typeInvalid = 3
)

// page is one consistent copy, in the CPU's byte order.
type page struct {
	w    [pageWords]uint64
	size uint32
}

// parse has at least minSize bytes, and of the page len exist.
func parse(b []byte, length int) (page, error) {
	var p page
	for i := 0; i < pageWords && 8*i+8 <= len(b); i++ {
		p.w[i] = binary.LittleEndian.Uint64(b[8*i:])
	}
	if p.w[1]>>32&1 != 0 {
		return p, ErrBusy
	}
	return p, p.check(length)
}

func (p *page) check(length int) error {
	p.size = uint32(p.w[0] >> 32)
	switch {
	case uint32(p.w[0]) != magic:
		return fmt.Errorf("%w: magic is not VCLK", ErrNoPage)
	case uint16(p.w[1]) != 1:
		return fmt.Errorf("%w: version is not 1", ErrNoPage)
	case p.size < minSize:
		return fmt.Errorf("%w: size is too small", ErrNoPage)
	case int64(p.size) > int64(length):
		return fmt.Errorf("%w: size is beyond its region", ErrNoPage)
	}
	for i := int(p.size / 8); i < pageWords; i++ {
		p.w[i] = 0
	}
	return nil
}

func (p *page) counterID() uint8 { return uint8(p.w[1] >> 16) }
func (p *page) timeType() uint8  { return uint8(p.w[1] >> 24) }
func (p *page) status() uint8    { return uint8(p.w[4] >> 16) }
func (p *page) leap() Leap       { return Leap(p.w[4] >> 48) }

// taiOffset is TAI - UTC at the line's anchor. The field is negative, or positive
// by older writers.
func (p *page) taiOffset() (int64, bool) {
	offset := int64(int16(p.w[4] >> 32))
	if offset < 0 {
		offset = -offset
	}
	return offset, p.w[3]&flagTAI != 0 && offset >= taiMin && offset <= taiMax
}

func (p *page) epoch() Epoch {
	e := Epoch{DisruptionMarker: p.w[2]}
	if p.w[3]&flagVMGen != 0 {
		e.VMGeneration = p.w[13]
	}
	return e
}

func (p *page) line() Line {
	return Line{p.w[5], Time{int64(p.w[9]), p.w[10]}, p.w[6], uint8(p.w[4] >> 56)}
}

// defect is why the line can't be computed with; "" if it can, at any counter
// value.
func (p *page) defect(counterID uint8) string {
	l := p.line()
	var period uint64
	if l.PeriodShift <= 63 {
		period = l.PeriodFrac >> l.PeriodShift
	}
	switch {
	case p.size < 0x58:
		return "page is too small for a time"
	case p.counterID() == 0xff:
		return "page has no counter"
	case p.counterID() != counterID:
		return "page counts something else than this machine"
	case p.timeType() >= typeInvalid:
		return "time type is smeared or unknown"
	case p.status() < 2:
		return "host does not know its time yet"
	case p.status() == 4:
		return "host says that its clock is unreliable"
	case p.status() > 4:
		return "clock status is unknown"
	case period > periodMax || period < periodMin:
		return "counter period is not that of 1 MHz to 10 GHz"
	case l.Time.Sec < 0 || l.Time.Sec >= secMax:
		return "time is beyond the year 2262"
	}
	return ""
}

// scaled is a time of the line in a scale, and the leap second there.
func (p *page) scaled(anchor, t Time, scale Scale) (Time, Leap, error) {
	offset, known := p.taiOffset()
	if !known {
		offset = 0
	}
	var toUTC int64
	switch {
	case p.timeType() > uint8(TAI) || scale > TAI:
		return t, 0, fmt.Errorf("%w: time is neither UTC nor TAI", ErrNoTime)
	case p.timeType() != uint8(scale) && !known:
		return t, 0, fmt.Errorf("%w: page has no TAI offset", ErrNoTime)
	case p.timeType() == uint8(TAI):
		toUTC = -offset
	}
	var leap Leap
	var change int64
	if p.timeType() == uint8(UTC) || known {
		leap, change = leapAt(p.leap(), anchor.Sec+toUTC, t.Sec+toUTC)
	}
	if scale == TAI {
		return Time{t.Sec + toUTC + offset, t.Frac}, leap, nil
	}
	return Time{t.Sec + toUTC - change, t.Frac}, leap, nil
}

// errorAt0 is the bound at the anchor. 2^64 / 10^9 is 18446744073.7, and what is
// rounded up never makes a bound smaller. Of the 2, one is for the shift of what
// is added, and one for the time, which was rounded down. Functions are as small
// as they are so that the compiler inlines them.
func errorAt0(ns uint64) Time {
	high, low := bits.Mul64(ns, 18446744074)
	low, carry := bits.Add64(low, 2, 0)
	return Time{int64(high + carry), low}
}

func (p *page) bound(r *Reading, l *Line, counter uint64) {
	growing := p.w[3]&flagPeriod != 0
	var rate uint64
	if growing {
		rate = p.w[8]
	}
	if p.w[3]&flagError == 0 || p.size < 0x68 || !growing && counter != l.Counter ||
		l.ErrorAt(p.w[12], rate, counter) == math.MaxUint64 {
		return
	}
	high, low := bits.Mul64(distance(counter, l.Counter), rate)
	m := shiftRight(int64(high), low, l.PeriodShift).Add(errorAt0(p.w[12]))
	if uint64(m.Sec) < marginMax {
		r.Earliest, r.Latest, r.Bounded = r.Time.Sub(m), r.Time.Add(m), true
	}
}

// at is what the page says at a counter value.
func (p *page) at(counterID uint8, counter uint64, scale Scale) (Reading, error) {
	if why := p.defect(counterID); why != "" {
		return Reading{}, fmt.Errorf("%w: %s", ErrNoTime, why)
	}
	l := p.line()
	t, leap, err := p.scaled(l.Time, l.At(counter), scale)
	if err != nil {
		return Reading{}, err
	}
	r := Reading{Time: t, Epoch: p.epoch(), Status: Status(p.status()), Leap: leap}
	p.bound(&r, &l, counter)
	return r, nil
}
