# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""$LIBVMCLOCK, $VMCLOCK_MKPAGE, $VMCLOCK_STREAM and $VMCLOCK_VECTORS name what the
tests use: the library, and what selftests/bindings has built."""
import datetime
import errno
import os
import re
import signal
import struct
import subprocess
import sys
import tempfile
import threading
import time
import unittest

import vmclock


def mkpage(path, *fields):
    subprocess.run([os.environ["VMCLOCK_MKPAGE"], path, *fields], check=True)
    return path


class Vectors(unittest.TestCase):
    def table(self, name):
        with open(os.environ["VMCLOCK_VECTORS"]) as f:
            text = f.read()
        rows = re.search(r"\} %s_vectors\[\] = \{\n(.*?)\};" % name, text, re.S)[1]
        rows = [[int(x, 16) for x in re.findall(r"0x[0-9a-f]+", row)]
                for row in rows.splitlines()]
        self.assertGreater(len(rows), 8)
        return rows

    def test_to_ns(self):
        signed = lambda x: x - (x >> 63 << 64)
        for sec, frac, ns, _ in self.table("to_ns"):
            ns = signed(ns)
            if ns not in (2**63 - 1, -2**63):	# where C saturates
                self.assertEqual(vmclock.Time(signed(sec), frac).ns_down(), ns)

    def test_line(self):
        n = 0
        for c, sec, frac, period, shift, at, at_sec, at_frac in self.table("line"):
            page = struct.pack("<IIHBBIQQHBBhBBQQQQQQQQQ", 0x4b4c4356, 112, 1, 1, 1,
                               0, 1, 0, 0, 2, 0, 0, 0, shift, c, period, 0, 0, sec,
                               frac, 0, 0, 0)
            try:
                t = vmclock.page_at(page, at, vmclock.TAI).time
            except vmclock.NoTime:	# of the TSC, up to the year 2262
                continue
            self.assertEqual((t.sec % 2**64, t.frac), (at_sec, at_frac))
            n += 1
        self.assertGreater(n, 50)


class Stream(unittest.TestCase):
    def test_stream(self):
        command = os.environ["VMCLOCK_STREAM"].split()
        n = bounded = 0
        with subprocess.Popen(command, stdout=subprocess.PIPE) as p:
            while len(block := p.stdout.read(200 * 1000)) >= 200:
                for i in range(0, len(block), 200):
                    bounded += self.record(block[i:i + 200])
                    n += 1
        self.assertGreaterEqual(n, 1000)
        self.assertGreater(bounded, n / 4)

    def record(self, r):
        count, scale, result = struct.unpack_from("<QIi", r, 112)
        try:
            now = vmclock.page_at(r[:112], count, scale)
        except vmclock.Error as e:
            self.assertEqual(-e.errno, result)
            return False
        zero = vmclock.Time(0, 0)
        times = now.time + (now.earliest or zero) + (now.latest or zero)
        bounded = now.earliest is not None
        self.assertEqual(struct.pack("<iqQqQqQQQBBB5x", 0 if bounded else -errno.ERANGE,
                                     *times, *now.epoch, now.status, now.leap, bounded),
                         r[124:])
        return bounded


class Live(unittest.TestCase):
    def setUp(self):
        self.dir = tempfile.TemporaryDirectory()
        self.page = os.path.join(self.dir.name, "page")
        self.addCleanup(self.dir.cleanup)

    def clock(self, *fields, **kwargs):
        clock = vmclock.Clock(mkpage(self.page, *fields), **kwargs)
        self.addCleanup(clock.close)
        return clock

    def test_now(self):
        clock = self.clock()
        count = vmclock.counter()
        now, tai = clock.now(vmclock.UTC), clock.now(vmclock.TAI)
        self.assertLess(now.earliest, now.time)
        self.assertLess(now.time, now.latest)
        self.assertLess(clock.at(count).time, now.time)
        self.assertIn(tai.time.sec - now.time.sec, (37, 38))
        self.assertEqual(now.epoch, (7, 3))
        self.assertEqual((now.status, now.leap, now.source),
                         (vmclock.SYNCHRONIZED, vmclock.LEAP_NONE, vmclock.PAGE))
        self.assertEqual(now.latest.ns_up(), now.latest.ns_down() + 1)
        system = datetime.datetime.now(datetime.timezone.utc)
        self.assertLess(abs(now.time.datetime() - system), datetime.timedelta(minutes=1))

    def test_unbounded(self):
        now = self.clock("flags=1").now()
        self.assertIsNone(now.earliest)
        self.assertIsNone(now.latest)

    def test_no_time(self):
        with self.assertRaisesRegex(vmclock.NoTime, "host does not know its time yet"):
            self.clock("clock_status=0").now()
        with self.assertRaisesRegex(vmclock.Error, "no VMClock page"):
            self.clock("magic=1")
        with self.assertRaisesRegex(vmclock.Error, "no such device"):
            vmclock.Clock("/nonexistent")
        clock = self.clock()
        clock.close()
        with self.assertRaises(ValueError):
            clock.now()

    def test_fallback(self):
        with vmclock.Clock("/nonexistent", fallback=True) as clock:
            now = clock.now()
            self.assertEqual(now.source, vmclock.SYSTEM)
            self.assertLess(abs(now.time.ns_down() / 1e9 - time.time()), 60)

    def test_epoch(self):
        clock = self.clock()
        epoch = clock.epoch()
        mkpage(self.page, "disruption_marker=8")
        self.assertNotEqual(clock.epoch(), epoch)
        self.assertGreaterEqual(clock.fileno(), 0)
        self.assertTrue(clock.wait_change(0))

    def test_commit_wait(self):
        clock = self.clock("time_maxerror_nanosec=20000000")
        begin = time.monotonic()
        latest = clock.now().latest
        self.assertTrue(clock.wait_after(latest))
        self.assertGreaterEqual(time.monotonic() - begin, 0.04)
        self.assertGreater(clock.now().earliest, latest)
        later = vmclock.Time(latest.sec + 1000, 0)
        self.assertFalse(clock.wait_after(later, timeout=0.01))

    def test_signals(self):
        calls = []

        def on_alarm(*_):
            calls.append(1)
            if len(calls) > 300:
                raise InterruptedError
        self.addCleanup(signal.signal, signal.SIGALRM, signal.signal(signal.SIGALRM, on_alarm))
        self.addCleanup(signal.setitimer, signal.ITIMER_REAL, 0)
        signal.setitimer(signal.ITIMER_REAL, 0.01, 0.01)
        clock = self.clock()
        later = vmclock.Time(clock.now().time.sec + 1000, 0)
        self.assertFalse(clock.wait_after(later, timeout=0.1))
        system = vmclock.Clock("/nonexistent", fallback=True)
        self.addCleanup(system.close)
        # somebody may set the machine's clock meanwhile
        self.assertIn(False, (system.wait_change(0.1) for _ in range(3)))
        with self.assertRaises(InterruptedError):	# more ms than an int has
            system.wait_change(2**32 / 1000 + 0.1)

    def test_threads(self):
        clock, failures = self.clock(), []

        def read():
            last = clock.now().time
            for _ in range(2000):
                now = clock.now().time
                if now < last:
                    failures.append((last, now))
                last = now
        threads = [threading.Thread(target=read) for _ in range(4)]
        for t in threads:
            t.start()
        for t in threads:
            t.join()
        self.assertEqual(failures, [])

    def test_without_library(self):
        run = subprocess.run([sys.executable, "-c", "import vmclock"],
                             env=dict(os.environ, LIBVMCLOCK="/nonexistent.so"),
                             capture_output=True, text=True)
        self.assertEqual(run.returncode, 1)
        self.assertIn("remedy: apt install libvmclock0", run.stderr.splitlines()[-1])


if __name__ == "__main__":
    unittest.main()
