#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""show.py OUT: the demo's table and figures, from what pair prints.

Samples of host and guest are (counter, CLOCK_TAI) pairs over the same
counter. A guest's is compared with the host's clock interpolated between its
samples on both sides. Writes OUT.dat: seconds, host's and guest's clock
against the host's first line in us, guest - host in ns, and the events.
"""
import bisect
import sys

GAP_S = 0.1             # host samples further apart are not interpolated
BEND = 0.05             # nor those between which the host's clock was stepped
SETTLED_S = 3           # after an event; before, it is the way there


class Series:
    """(counter, clock in ns / 2^32), sorted."""

    def __init__(self):
        self.counter, self.clock = [], []

    def add(self, words):
        counter, ns, frac, tai = (int(w) for w in words[:4])
        if self.counter and counter <= self.counter[-1]:
            return
        self.counter.append(counter)
        self.clock.append((ns + tai * 10 ** 9 << 32) + frac)


def interpolate(host, counter, per_s):
    """The host's clock at a counter value, or None; per_s: counts."""
    i = bisect.bisect_left(host.counter, counter)
    if i == 0 or i == len(host.counter):
        return None
    c0, c1 = host.counter[i - 1], host.counter[i]
    t0, t1 = host.clock[i - 1], host.clock[i]
    expected = (c1 - c0) * (10 ** 9 << 32) / per_s
    if c1 - c0 > GAP_S * per_s or abs(t1 - t0 - expected) > BEND * expected:
        return None
    return t0 + (t1 - t0) * (counter - c0) // (c1 - c0)


class Demo:
    def __init__(self):
        self.host, self.guest = Series(), Series()
        self.events = []        # (index of the host's sample, text)
        self.rows = []          # (s, host us, guest us, difference ns)
        self.shown = 0
        self.guest_done = 0
        self.summary = []

    def rate(self):
        """Counts per second and the first line, from the host's first 2 s."""
        h = self.host
        n = next((i for i, t in enumerate(h.clock)
                  if t - h.clock[0] > 2 * 10 ** 9 << 32), 0)
        if not n:
            return None
        return h.counter[n] - h.counter[0], h.clock[n] - h.clock[0]

    def first_line(self, counter):
        dc, dt = self.rate()
        return self.host.clock[0] + dt * (counter - self.host.counter[0]) // dc

    def compare(self):
        """Guest's samples for which the host's have come by now."""
        if not self.rate():
            return
        dc, dt = self.rate()
        per_s = dc * (10 ** 9 << 32) // dt
        while self.guest_done < len(self.guest.counter):
            c = self.guest.counter[self.guest_done]
            if c > self.host.counter[-1]:
                return
            g = self.guest.clock[self.guest_done]
            self.guest_done += 1
            h = interpolate(self.host, c, per_s)
            if h is None:
                continue
            line = self.first_line(c)
            self.rows.append(((c - self.host.counter[0]) / per_s,
                              (h - line) / 2 ** 32 / 1e3,
                              (g - line) / 2 ** 32 / 1e3,
                              (g - h) / 2 ** 32))
            self.show()

    def event_at(self, seconds):
        """What was going on then, and since when."""
        text, since = "", 0
        dc, dt = self.rate()
        per_s = dc * (10 ** 9 << 32) / dt
        for index, name in self.events:
            i = min(index, len(self.host.counter) - 1)
            t = (self.host.counter[i] - self.host.counter[0]) / per_s
            if t <= seconds:
                text, since = name, t
        return text, since

    def show(self):
        s, host_us, _, diff = self.rows[-1]
        if s < self.shown + 1:
            return
        if not self.shown:
            print("\nhost moved: its clock against the line it was on at "
                  "first. guest - host: both clocks\nat the same counter "
                  "value. The last column is what is done to the host.\n")
            print("%6s  %16s  %20s  %s" % ("s", "host moved, us",
                                           "guest - host, ns", ""))
        self.shown = int(s)
        print("%6.1f  %16.3f  %20.1f  %s" %
              (s, host_us, diff, self.event_at(s)[0]), flush=True)

    def line(self, text):
        words = text.split()
        if len(words) < 2:
            return
        side, kind, rest = words[0], words[1], words[2:]
        if kind == "S" and len(rest) == 8:
            (self.host if side == "HOST" else self.guest).add(rest)
            self.compare()
        elif kind == "E":
            self.events.append((len(self.host.counter), " ".join(rest)))
        elif kind == "T":
            self.summary.append(" ".join(rest))
        else:
            print(text, flush=True)

    def figures(self):
        print("\nguest - host at equal counter values, ns; settled is later "
              "than %d s after\nthe host was touched:" % SETTLED_S)
        print("%-34s %7s %8s %8s %8s" % ("", "samples", "p50", "p99", "max"))
        for _, name in self.events:
            mine = [r for r in self.rows if self.event_at(r[0])[0] == name]
            since = [self.event_at(r[0])[1] for r in mine]
            late = sorted(abs(r[3]) for r, t in zip(mine, since)
                          if r[0] - t > SETTLED_S)
            if late:
                print("%-34s %7d %8.1f %8.1f %8.1f" %
                      (name, len(late), late[len(late) // 2],
                       late[len(late) - 1 - len(late) // 100], late[-1]))
        print("\nguest's lock: " + ", ".join(self.summary))
        self.say()

    def say(self):
        """The demonstration in a sentence."""
        settled = sorted(abs(r[3]) for r in self.rows
                         if r[0] - self.event_at(r[0])[1] > SETTLED_S)
        if not settled:
            return
        moved = max(abs(r[1]) for r in self.rows)
        print("\nWhat was seen: the host's clock left its first line by up to "
              "%.0f us. The guest's, which\nknows nothing but the page, was "
              "within %.1f ns of it in 99 of 100 samples, from %d s after\n"
              "each change on." % (moved, settled[len(settled) - 1 -
                                                  len(settled) // 100],
                                   SETTLED_S))

    def write(self, out):
        with open(out + ".dat", "w") as f:
            for row in self.rows:
                f.write("%.6f %.6f %.6f %.3f\n" % row)
            f.write("\n\n")
            for index, name in self.events:
                i = min(index, len(self.host.counter) - 1)
                dc, dt = self.rate()
                s = (self.host.counter[i] - self.host.counter[0]) * dt / dc
                f.write('%.3f "%s"\n' % (s / 2 ** 32 / 1e9, name))


def main():
    demo = Demo()
    for text in sys.stdin:
        demo.line(text.rstrip("\n"))
    if not demo.host.counter:
        sys.exit(1)     # nothing ran, and pair has said why
    if len(demo.rows) < 100:
        sys.exit("demo: only %d samples could be compared" % len(demo.rows))
    demo.figures()
    demo.write(sys.argv[1])


main()
