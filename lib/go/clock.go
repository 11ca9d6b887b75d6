// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause

package vmclock

import (
	"context"
	"fmt"
	"math/bits"
	"os"
	"runtime"
	"sync/atomic"
	"syscall"
	"time"
	"unsafe"
)

const (
	tries      = 1000                  // before a page that is being changed is given up
	spin       = 60 * time.Microsecond // where a sleep ends late: the timer slack is 50 us
	pollIn     = 1
	pollErr    = 8
	pollNval   = 0x20
	stateMask  = 0x00ff000000fe0000 // status 2 or 3, no leap second
	stateUsual = 0x0000000000020000
)

// Clock is an open VMClock device. Goroutines may share it.
type Clock struct {
	words  *[pageWords]uint64 // nil where it can't be mapped, see reader
	usual  atomic.Pointer[usual]
	file   *os.File
	mapped []byte
	reader *os.File
	length int
}

// Open opens a device, /dev/vmclock0 for instance. That the page tells no time is
// no error here: it may begin to.
func Open(path string) (*Clock, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	c := &Clock{file: file}
	if err = c.attach(path); err != nil {
		c.Close()
		return nil, err
	}
	return c, nil
}

func (c *Clock) attach(path string) error {
	var b [8]byte
	// poll is to tell of changes from here on
	if _, err := c.file.ReadAt(b[:], 0); err != nil {
		return err
	}
	m, err := syscall.Mmap(int(c.file.Fd()), 0, os.Getpagesize(), syscall.PROT_READ, syscall.MAP_SHARED)
	if err == nil {
		c.mapped, c.length = m, len(m)
		c.words = (*[pageWords]uint64)(unsafe.Pointer(&m[0]))
	} else if err = c.attachReader(path); err != nil {
		return err
	}
	_, _, err = c.copy(true, 0)
	return err
}

// attachReader: where the CPU's pages are larger than the device's region it can't
// be mapped. A file of its own: reading also says what poll has told of.
func (c *Clock) attachReader(path string) (err error) {
	if c.reader, err = os.Open(path); err != nil {
		return err
	}
	b := make([]byte, 4096)
	c.length, _ = c.reader.ReadAt(b, 0) // io.EOF of a short one
	if c.length < minSize {
		return fmt.Errorf("%w: %d bytes", ErrNoPage, c.length)
	}
	size := int64(b[4]) | int64(b[5])<<8 | int64(b[6])<<16 | int64(b[7])<<24
	if n, _ := c.reader.ReadAt(b[:1], size-1); size > int64(c.length) && n == 1 {
		c.length = int(size)
	}
	return nil
}

// Close undoes Open. No goroutine uses the clock any more.
func (c *Clock) Close() error {
	if c.mapped != nil {
		c.words = nil
		c.usual.Store(nil)
		_ = syscall.Munmap(c.mapped)
		c.mapped = nil
	}
	if c.reader != nil {
		_ = c.reader.Close()
		c.reader = nil
	}
	return c.file.Close()
}

// Now is the time in a scale. It makes no system call where the page is mapped.
func (c *Clock) Now(scale Scale) (r Reading, err error) {
	err = c.Read(&r, scale)
	return
}

// Read is Now for those who count nanoseconds: to copy a Reading takes a third as
// long as to make it. After an error r says nothing.
func (c *Clock) Read(r *Reading, scale Scale) error {
	if c.short(r, scale) {
		return nil
	}
	p, counter, err := c.copy(false, 0)
	if err != nil {
		return err
	}
	if c.words != nil {
		c.usual.Store(remember(&p))
	}
	*r, err = p.at(counterID, counter, scale)
	return err
}

// At is the time at a value that Counter has returned earlier, in the same epoch.
func (c *Clock) At(counter uint64, scale Scale) (Reading, error) {
	p, counter, err := c.copy(true, counter)
	if err != nil {
		return Reading{}, err
	}
	return p.at(counterID, counter, scale)
}

// Epoch is the present epoch.
func (c *Clock) Epoch() (Epoch, error) {
	p, _, err := c.copy(true, 0)
	return p.epoch(), err
}

// WaitAfter returns nil when t is in the past for certain: when Earliest is after
// t. Commit wait: an event that has the time stamp t and is made known afterwards
// is before every event that its observers cause.
func (c *Clock) WaitAfter(ctx context.Context, t Time, scale Scale) error {
	for {
		left := spin
		now, err := c.Now(scale)
		switch {
		case err == ErrBusy:
		case err != nil:
			return err
		case !now.Bounded:
			return ErrUnbounded
		case t.Before(now.Earliest):
			return nil
		default:
			left = time.Duration(t.Sub(now.Earliest).NsUp())
		}
		if left <= spin {
			if ctx.Err() != nil {
				return ctx.Err()
			}
			runtime.Gosched()
			continue
		}
		timer := time.NewTimer(left - spin)
		select {
		case <-ctx.Done():
			timer.Stop()
			return ctx.Err()
		case <-timer.C:
		}
	}
}

// WaitChange waits until the page changes, at most for timeout, or for ever if
// that is negative. One goroutine at a time. It tells whether the page has changed
// since Open, or since the last change that was told.
func (c *Clock) WaitChange(timeout time.Duration) (bool, error) {
	pfd := struct {
		fd              int32
		events, revents int16
	}{int32(c.file.Fd()), pollIn, 0}
	var ts *syscall.Timespec
	if timeout >= 0 {
		limit := syscall.NsecToTimespec(int64(timeout))
		ts = &limit
	}
	var n uintptr
	errno := syscall.EINTR
	for errno == syscall.EINTR { // of a signal; ts is then what is left
		n, _, errno = syscall.Syscall6(syscall.SYS_PPOLL, uintptr(unsafe.Pointer(&pfd)), 1,
			uintptr(unsafe.Pointer(ts)), 0, 0, 0)
	}
	switch {
	case errno != 0:
		return false, errno
	case n == 0:
		return false, nil
	case pfd.revents&(pollErr|pollNval) != 0:
		return false, syscall.ENODEV
	case pfd.revents&pollIn == 0:
		return false, syscall.EOPNOTSUPP
	}
	var b [8]byte
	// before the caller looks at the page: a later change is another one
	_, err := c.file.ReadAt(b[:], 0)
	return true, err
}

// copy is one consistent state of the page, and the counter while it was the page.
func (c *Clock) copy(given bool, counter uint64) (p page, _ uint64, err error) {
	if c.words == nil && c.reader == nil {
		return p, 0, os.ErrClosed
	}
	for i := 0; i < tries; i++ {
		ok := false
		if c.words != nil {
			counter, ok = c.tryCopy(&p, given, counter)
		} else if counter, ok, err = c.tryRead(&p, given, counter); err != nil {
			return p, 0, err
		}
		if ok {
			return p, counter, p.check(c.length)
		}
	}
	return p, 0, ErrBusy
}

// tryCopy is one attempt: two looks at sequence count and marker, the counter
// between. All loads are in order: Go's atomic ones are.
func (c *Clock) tryCopy(p *page, given bool, counter uint64) (uint64, bool) {
	seq := atomic.LoadUint64(&c.words[1])
	marker := atomic.LoadUint64(&c.words[2])
	if !given {
		counter = Counter()
	}
	for i := range p.w {
		p.w[i] = atomic.LoadUint64(&c.words[i])
	}
	return counter, seq>>32&1 == 0 && p.w[2] == marker && p.w[1] == seq &&
		atomic.LoadUint64(&c.words[2]) == marker && atomic.LoadUint64(&c.words[1]) == seq
}

// tryRead is the same by read, which returns one state of the page.
func (c *Clock) tryRead(p *page, given bool, counter uint64) (uint64, bool, error) {
	var b, again [pageBytes]byte
	if _, err := c.reader.ReadAt(b[:], 0); err != nil {
		return 0, false, err
	}
	if !given {
		counter = Counter()
	}
	if _, err := c.reader.ReadAt(again[:], 0); err != nil {
		return 0, false, err
	}
	first, err := parse(b[:], c.length)
	if err == ErrBusy {
		return 0, false, nil
	}
	second, _ := parse(again[:], c.length)
	*p = first
	return counter, first.w[1] == second.w[1] && first.w[2] == second.w[2], err
}

// usual is a page as most are, in the form that short needs: a line, bounded, no
// leap second, UTC or TAI, of at least 112 bytes. What is computed here is not
// computed for each reading: only 2 of the page's words are read again.
type usual struct {
	head, marker         uint64 // words of the page: which one it is
	anchor, period, rate uint64
	shift                uint8
	status               Status
	known                [2]bool // by Scale: whether it can be told
	time                 [2]Time // by Scale: at the anchor
	margin               Time    // of the bounds, at the anchor
	epoch                Epoch
}

// remember makes the form that short needs, or nil if the page isn't a usual one. It
// holds as long as the page has the same sequence count, which every change of the page
// increments, and the same marker, which every disruption changes.
func remember(p *page) *usual {
	const both = flagError | flagPeriod
	l := p.line()
	if p.counterID() != counterID || p.size < pageBytes || p.w[3]&both != both ||
		p.w[4]&stateMask != stateUsual || p.defect(counterID) != "" {
		return nil
	}
	u := &usual{
		head: p.w[1], marker: p.w[2], anchor: l.Counter, period: l.PeriodFrac,
		rate: p.w[8], shift: l.PeriodShift, status: Status(p.status()),
		margin: errorAt0(p.w[12]), epoch: p.epoch(),
	}
	for _, scale := range []Scale{UTC, TAI} {
		t, _, err := p.scaled(l.Time, l.Time, scale)
		u.known[scale], u.time[scale] = err == nil, t
	}
	return u
}

// short is a reading of the page that is remembered, at one attempt, at or after
// its anchor.
func (c *Clock) short(r *Reading, scale Scale) bool {
	u := c.usual.Load()
	if u == nil || scale > TAI || !u.known[scale] {
		return false
	}
	delta := Counter() - u.anchor
	if atomic.LoadUint64(&c.words[1]) != u.head || atomic.LoadUint64(&c.words[2]) != u.marker ||
		int64(delta) < 0 {
		return false
	}
	return u.fill(r, delta, scale)
}

// fill is the reading so many counts after the anchor.
func (u *usual) fill(r *Reading, delta uint64, scale Scale) bool {
	high, low := bits.Mul64(delta, u.rate)
	margin := shiftRight(int64(high), low, u.shift).Add(u.margin)
	if uint64(margin.Sec) >= marginMax {
		return false
	}
	high, low = bits.Mul64(delta, u.period)
	t := u.time[scale].Add(shiftRight(int64(high), low, u.shift))
	r.Time, r.Earliest, r.Latest = t, t.Sub(margin), t.Add(margin)
	r.Epoch, r.Bounded, r.Status, r.Leap = u.epoch, true, u.status, LeapNone
	return true
}
