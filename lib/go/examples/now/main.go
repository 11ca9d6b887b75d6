// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause

// now [DEVICE]: the time between its bounds, and a wait until it is past.
package main

import (
	"context"
	"fmt"
	"os"

	"vmclock.home.arpa/vmclock"
)

func main() {
	clock, err := vmclock.Open(append(os.Args, "/dev/vmclock0")[1])
	if err == nil {
		err = show(clock)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func show(clock *vmclock.Clock) error {
	now, err := clock.Now(vmclock.UTC)
	if err != nil {
		return err
	}
	fmt.Println(now.Time.UTC(), now.Earliest.NsDown(), now.Latest.NsUp(), now.Bounded)
	return clock.WaitAfter(context.Background(), now.Latest, vmclock.UTC)
}
