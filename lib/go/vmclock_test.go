// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause

package vmclock

import (
	"bufio"
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"io"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"
	"unsafe"
)

// table is one of the C core's golden vectors; $VMCLOCK_VECTORS is vectors.h.
func table(t *testing.T, name string) (rows [][]uint64) {
	text, err := os.ReadFile(os.Getenv("VMCLOCK_VECTORS"))
	if err != nil {
		t.Fatal("VMCLOCK_VECTORS: ", err)
	}
	_, rest, _ := strings.Cut(string(text), "} "+name+"_vectors[] = {\n")
	rest, _, _ = strings.Cut(rest, "};")
	for _, line := range strings.Split(strings.TrimSpace(rest), "\n") {
		var row []uint64
		for _, word := range strings.Split(strings.Trim(line, "\t{} ,"), ", ") {
			x, err := strconv.ParseUint(word, 0, 64)
			if err != nil {
				t.Fatal(err)
			}
			row = append(row, x)
		}
		rows = append(rows, row)
	}
	if len(rows) < 8 {
		t.Fatal(name, ": no table")
	}
	return rows
}

func TestVectors(t *testing.T) {
	for _, v := range table(t, "delta") {
		if got := Interval(int64(v[0]), v[1], uint8(v[2])); got != (Time{int64(v[3]), v[4]}) {
			t.Errorf("delta %x: %x", v, got)
		}
	}
	for _, v := range table(t, "line") {
		l := Line{v[0], Time{int64(v[1]), v[2]}, v[3], uint8(v[4])}
		if got := l.At(v[5]); got != (Time{int64(v[6]), v[7]}) {
			t.Errorf("line %x: %x", v, got)
		}
	}
	for _, v := range table(t, "to_ns") {
		if got := (Time{int64(v[0]), v[1]}).NsDown(); got != int64(v[2]) {
			t.Errorf("to_ns %x: %x", v, got)
		}
	}
	for _, v := range table(t, "from_ns") {
		if got := FromNs(int64(v[0])); got != (Time{int64(v[1]), v[2]}) {
			t.Errorf("from_ns %x: %x", v, got)
		}
	}
	for _, v := range table(t, "error") {
		l := Line{Counter: 1 << 62, PeriodShift: uint8(v[2])}
		if got := l.ErrorAt(v[0], v[1], l.Counter+v[3]); got != v[4] {
			t.Errorf("error %x: %x", v, got)
		}
	}
}

func TestNsUp(t *testing.T) {
	for _, c := range []struct {
		t  Time
		ns int64
	}{
		{Time{0, 0}, 0}, {Time{0, 1}, 1}, {Time{-1, math.MaxUint64}, 0}, {Time{1, 0}, nsec},
		{Time{math.MaxInt64, 1}, math.MaxInt64}, {Time{math.MinInt64, 1}, math.MinInt64},
		{Time{9223372036, math.MaxUint64}, math.MaxInt64}, {Time{-9223372037, 0}, math.MinInt64},
		{Time{-9223372037, math.MaxUint64}, -9223372036 * nsec},
	} {
		if got := c.t.NsUp(); got != c.ns {
			t.Errorf("%x: %d instead of %d", c.t, got, c.ns)
		}
	}
}

// answer is what is in bytes 124 to 200 of a record of stream.c.
func answer(r []byte) []byte {
	var b bytes.Buffer
	p, err := parse(r[:112], 112)
	var now Reading
	if err == nil {
		now, err = p.at(1, binary.LittleEndian.Uint64(r[112:]), Scale(r[120]))
	}
	result := int32(0)
	switch {
	case errors.Is(err, ErrNoPage):
		result = -int32(syscall.EBADMSG)
	case errors.Is(err, ErrNoTime):
		result = -int32(syscall.ENODATA)
	case err == ErrBusy:
		result = -int32(syscall.EAGAIN)
	case !now.Bounded:
		result = -int32(syscall.ERANGE)
	}
	binary.Write(&b, binary.LittleEndian, result)
	binary.Write(&b, binary.LittleEndian, []Time{now.Time, now.Earliest, now.Latest})
	binary.Write(&b, binary.LittleEndian, now.Epoch)
	b.Write([]byte{byte(now.Status), byte(now.Leap), 0, 0, 0, 0, 0, 0})
	if now.Bounded {
		b.Bytes()[70] = 1
	}
	return b.Bytes()
}

// shortAnswer tells whether the short way takes a record, and as the long one does.
func shortAnswer(r []byte) (taken, right bool) {
	p, err := parse(r, pageBytes)
	if err != nil {
		return false, true
	}
	counter, scale := binary.LittleEndian.Uint64(r[112:]), Scale(binary.LittleEndian.Uint32(r[120:]))
	u := remember(&p)
	if u == nil || !u.known[scale] || int64(counter-u.anchor) < 0 {
		return false, true
	}
	short := Reading{Leap: LeapPos}
	if !u.fill(&short, counter-u.anchor, scale) {
		return false, true
	}
	long, err := p.at(counterID, counter, scale)
	return true, err == nil && short == long
}

func TestStream(t *testing.T) {
	words := strings.Fields(os.Getenv("VMCLOCK_STREAM"))
	if len(words) == 0 {
		t.Fatal("VMCLOCK_STREAM is not set")
	}
	cmd := exec.Command(words[0], words[1:]...)
	out, _ := cmd.StdoutPipe()
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	in, record, n, short := bufio.NewReaderSize(out, 1<<16), make([]byte, 200), 0, 0
	for ; ; n++ {
		if _, err := io.ReadFull(in, record); err != nil {
			break
		}
		if !bytes.Equal(answer(record), record[124:]) {
			t.Fatalf("record %d: %x: %x", n, record, answer(record))
		}
		taken, right := shortAnswer(record)
		if !right {
			t.Fatalf("record %d: %x: the short way", n, record)
		}
		if taken {
			short++
		}
	}
	if err := cmd.Wait(); err != nil || n < 10000 || short < n/100 {
		t.Error(n, short, err)
	}
	t.Log(short, "of them on the short way")
}

// page makes a file that stands for a device.
func mkpage(t *testing.T, path string, fields ...string) string {
	if path == "" {
		path = filepath.Join(t.TempDir(), "page")
	}
	args := append([]string{path}, fields...)
	if out, err := exec.Command(os.Getenv("VMCLOCK_MKPAGE"), args...).CombinedOutput(); err != nil {
		t.Fatal("VMCLOCK_MKPAGE: ", err, string(out))
	}
	return path
}

func open(t *testing.T, path string) *Clock {
	c, err := Open(path)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestNow(t *testing.T) {
	c := open(t, mkpage(t, ""))
	counter := Counter()
	utc, err := c.Now(UTC)
	tai, err2 := c.Now(TAI)
	at, err3 := c.At(counter, UTC)
	if err != nil || err2 != nil || err3 != nil {
		t.Fatal(err, err2, err3)
	}
	if !utc.Bounded || !utc.Earliest.Before(utc.Time) || !utc.Time.Before(utc.Latest) ||
		!at.Time.Before(utc.Time) {
		t.Error("order", utc, at)
	}
	if d := tai.Time.Sec - utc.Time.Sec; d != 37 && d != 38 {
		t.Error("TAI - UTC", d)
	}
	if utc.Epoch != (Epoch{7, 3}) || utc.Status != Synchronized || utc.Leap != LeapNone {
		t.Error("state", utc)
	}
	if d := time.Since(utc.Time.UTC()); d < -time.Minute || d > time.Minute {
		t.Error("time", d)
	}
	if !c.short(&utc, UTC) || !c.short(&utc, TAI) {
		t.Error("not on the short way")
	}
	c.Close()
	if _, err := c.Now(UTC); err == nil {
		t.Error("time of a closed clock")
	}
}

// the short way and the long one, at the same counter value
func TestShort(t *testing.T) {
	c := open(t, mkpage(t, ""))
	defer c.Close()
	for i := 0; i < 1000; i++ {
		for _, scale := range []Scale{UTC, TAI} {
			before, _ := c.At(Counter(), scale)
			now, err := c.Now(scale)
			after, _ := c.At(Counter(), scale)
			if err != nil || now.Time.Before(before.Time) || after.Time.Before(now.Time) ||
				now.Earliest.Before(before.Earliest) || after.Latest.Before(now.Latest) {
				t.Fatal(before, now, after, err)
			}
		}
	}
}

func TestWithout(t *testing.T) {
	path := mkpage(t, "", "flags=1")
	c := open(t, path)
	now, err := c.Now(UTC)
	if err != nil || now.Bounded || now.Earliest != (Time{}) {
		t.Error("unbounded", now, err)
	}
	if err := c.WaitAfter(context.Background(), now.Time, UTC); err != ErrUnbounded {
		t.Error("unbounded wait", err)
	}
	mkpage(t, path, "clock_status=0")
	if _, err := c.Now(UTC); !errors.Is(err, ErrNoTime) {
		t.Error("no time", err)
	}
	c.Close()
	mkpage(t, path, "magic=1")
	if _, err := Open(path); !errors.Is(err, ErrNoPage) {
		t.Error("no page", err)
	}
	if _, err := Open("/nonexistent"); !errors.Is(err, os.ErrNotExist) {
		t.Error("no device", err)
	}
}

func TestReader(t *testing.T) {
	path := mkpage(t, "")
	c := open(t, path)
	defer c.Close()
	syscall.Munmap(c.mapped)
	c.words, c.mapped = nil, nil
	if err := c.attachReader(path); err != nil {
		t.Fatal(err)
	}
	now, err := c.Now(TAI)
	if err != nil || !now.Bounded {
		t.Error(now, err)
	}
	mkpage(t, path, "seq_add=1")
	if _, err := c.Now(TAI); err != ErrBusy {
		t.Error("busy", err)
	}
}

func TestEpoch(t *testing.T) {
	path := mkpage(t, "")
	c := open(t, path)
	defer c.Close()
	before, err := c.Epoch()
	mkpage(t, path, "disruption_marker=8")
	after, err2 := c.Epoch()
	if err != nil || err2 != nil || before == after {
		t.Error(before, after, err, err2)
	}
	if changed, err := c.WaitChange(0); !changed || err != nil {
		t.Error("change", changed, err)
	}
}

// TestSignals: they neither end a wait nor prolong it.
func TestSignals(t *testing.T) {
	file, other, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer other.Close()
	c := &Clock{file: file}
	defer c.Close()
	thread, done := make(chan int), make(chan error)
	go func() {
		runtime.LockOSThread()
		thread <- syscall.Gettid()
		changed, err := c.WaitChange(100 * time.Millisecond)
		if changed {
			err = errors.New("changed")
		}
		done <- err
	}()
	tid := <-thread
	for i := 0; i < 1000; i++ {
		select {
		case err := <-done:
			if err != nil {
				t.Error(err)
			}
			return
		case <-time.After(10 * time.Millisecond):
			if err := syscall.Tgkill(os.Getpid(), tid, syscall.SIGURG); err != nil {
				t.Fatal(err)
			}
		}
	}
	t.Error("no end")
}

func TestCommitWait(t *testing.T) {
	c := open(t, mkpage(t, "", "time_maxerror_nanosec=20000000"))
	defer c.Close()
	begin := time.Now()
	now, _ := c.Now(TAI)
	err := c.WaitAfter(context.Background(), now.Latest, TAI)
	then, _ := c.Now(TAI)
	if err != nil || !now.Latest.Before(then.Earliest) || time.Since(begin) < 40*time.Millisecond {
		t.Error(err, now, then)
	}
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Millisecond)
	defer cancel()
	now.Latest.Sec += 1000
	if err := c.WaitAfter(ctx, now.Latest, TAI); err != context.DeadlineExceeded {
		t.Error("timeout", err)
	}
}

// TestRace: readers of a page that a writer changes; each reading is of one state.
func TestRace(t *testing.T) {
	var words [512]uint64
	store := func(i int, x uint64) { atomic.StoreUint64(&words[i], x) }
	b, err := os.ReadFile(mkpage(t, ""))
	if err != nil {
		t.Fatal(err)
	}
	for i := range words {
		words[i] = binary.LittleEndian.Uint64(b[8*i:])
	}
	c := &Clock{words: (*[pageWords]uint64)(unsafe.Pointer(&words)), length: 4096}
	var stop atomic.Bool
	var wg sync.WaitGroup
	for i := 0; i < 4; i++ {
		wg.Add(1)
		go func() {
			defer wg.Done()
			for n := 0; n < 20000; n++ {
				r, err := c.Now(TAI)
				if err == ErrBusy {
					continue
				}
				if g := r.Epoch.VMGeneration; err != nil || g != 3 && g != r.Epoch.DisruptionMarker {
					t.Error(r, err)
					return
				}
			}
		}()
	}
	go func() { wg.Wait(); stop.Store(true) }()
	for n := uint64(4); !stop.Load(); n++ {
		head := words[1]
		store(1, head|1<<32)
		store(2, n)
		store(13, n)
		store(1, (head|1<<32)+1<<32)
		for i := 0; i < 50; i++ {
			_ = Counter()
		}
	}
}
