// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause

package vmclock

const counterID = 0

// Counter is the counter that a page of this machine counts, CNTVCT: not before
// any load that comes before it.
func Counter() uint64
