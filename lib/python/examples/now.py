#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""now.py [DEVICE]: the time between its bounds, and a wait until it is past."""
import sys
import vmclock

try:
    clock = vmclock.Clock(sys.argv[1] if sys.argv[1:] else None, fallback=True)
except vmclock.Error as e:
    sys.exit(f"now.py: {e.strerror}")
with clock:
    now = clock.now(vmclock.UTC)
    print(now.time.datetime().isoformat(), "from the",
          "page" if now.source == vmclock.PAGE else "system's clock")
    if now.earliest and now.latest:
        print(f"between {now.earliest.ns_down()} and {now.latest.ns_up()} ns")
        clock.wait_after(now.latest)
        print("which is in the past on every machine now")
    else:
        print("without a bound")
