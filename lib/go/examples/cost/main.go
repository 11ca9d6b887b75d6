// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause

// cost DEVICE: what a reading with bounds costs, against time.Now() in the same
// run: the quickest batch of each, in counts of the counter. time.Now() reads two
// clocks of the vDSO, the second one for its monotonic part.
package main

import (
	"fmt"
	"os"
	"time"

	"vmclock.home.arpa/vmclock"
)

const batch = 100

var (
	sinkTime int
	sinkPage uint64
)

func quickest(f func(), best *uint64) {
	begin := vmclock.Counter()
	f()
	if took := vmclock.Counter() - begin; took < *best {
		*best = took
	}
}

func main() {
	clock, err := vmclock.Open(os.Args[1])
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	system, page, read := ^uint64(0), ^uint64(0), ^uint64(0)
	var into vmclock.Reading
	for i := 0; i < 4000; i++ {
		quickest(func() {
			for i := 0; i < batch; i++ {
				sinkTime += time.Now().Nanosecond()
			}
		}, &system)
		quickest(func() {
			for i := 0; i < batch; i++ {
				now, err := clock.Now(vmclock.UTC)
				if err == nil {
					sinkPage += now.Earliest.Frac + now.Latest.Frac
				}
			}
		}, &page)
		quickest(func() {
			for i := 0; i < batch; i++ {
				if clock.Read(&into, vmclock.UTC) == nil {
					sinkPage += into.Earliest.Frac + into.Latest.Frac
				}
			}
		}, &read)
	}
	fmt.Printf("time.Now %.1f counts\n", float64(system)/batch)
	fmt.Printf("Now, UTC %.1f counts, %.3f\n", float64(page)/batch, float64(page)/float64(system))
	fmt.Printf("Read, UTC %.1f counts, %.3f\n", float64(read)/batch, float64(read)/float64(system))
}
