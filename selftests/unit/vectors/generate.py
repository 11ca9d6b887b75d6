#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""Golden vectors of the arithmetic core, by exact rational numbers.

generate.py          writes vectors.h beside this file
generate.py --check  proves that the vectors.h beside it is what it would write

Each result is derived from what a function means, as a fraction, and rounded
once where the function says that it rounds; no step of the C code is repeated.
"""
import math
import os
import sys
from fractions import Fraction as F

U64, NSEC = 1 << 64, 10**9
DAY = 86400
HZ = (100, 250, 300, 1000)
TSC = (1000000000, 1800000000, 2300000000, 2599999000, 2999999999, 5000000000)
COUNTERS = (10**6, 19200000, 24000000, 62500000, 10**9, 2599999000, 10**10)


def time_of(units):
    """Seconds and fraction, modulo 2^64 s, of a whole number of 2^-64 s."""
    return units // U64 % U64, units % U64


def clamp(x):
    return max(-2**63, min(2**63 - 1, x))


def period_of(seconds):
    """The 64 leading bits of a period, as (frac, shift); (0, 0) if none."""
    if not F(1, U64) <= seconds < 1:
        return 0, 0
    shift = 0
    while seconds * 2**(shift + 1) < 1:
        shift += 1
    return math.floor(seconds * U64 * 2**shift), shift


def seconds(frac, shift):
    return F(frac, U64 << shift)


def delta():
    edges = (0, 1, -1, 2**63 - 1, -2**63, 10**9, -10**9)
    rows = [(d, p, s) for d in edges for p in (0, 1, 2**63, U64 - 1)
            for s in (0, 1, 31, 63)]
    for hz in COUNTERS:
        frac, shift = period_of(F(1, hz))
        for days in (500, -500, 1, -1):
            for less in (0, shift // 2, shift):
                rows.append((days * DAY * hz + days, frac >> less,
                             shift - less))
    for d, p, s in rows:
        yield (d, p, s) + time_of(math.floor(d * seconds(p, s) * U64))


def line():
    for hz in COUNTERS:
        frac, shift = period_of(F(1, hz))
        for c in (0, 5, 2**63, U64 - 1):
            for sec, part in ((1800000000, U64 - 1), (0, 0), (9223372035, 1)):
                for d in (1, -1, 500 * DAY * hz - 7, -500 * DAY * hz + 7):
                    t = F(sec * U64 + part, U64) + d * seconds(frac, shift)
                    yield (c, sec, part, frac, shift, (c + d) % U64) + \
                        time_of(math.floor(t * U64))


def period():
    rows = [(1, hz, 0) for hz in COUNTERS]
    rows += [(0, 1, 64), (1, 1, 0), (1, 1, 1), (1, 1, 64), (1, 1, 65),
             (1, 3, 64), (U64 - 1, 1, 64), (U64 - 1, 2**63 - 1, 2),
             (U64 - 1, 2**63 - 1, 1), (1, 2**63 - 1, 1), (1, 2**63 - 1, 2)]
    for hz in HZ:	# a tick of 1/hz s, in ns / 2^32, of so many counts
        for tsc in TSC:
            for ppm in (0, 500, -500, 40):
                tick = (NSEC << 32) // hz
                rows.append((tick + tick * ppm // 10**6, tsc // hz * NSEC, 32))
    for num, den, exp in rows:
        yield (num, den, exp) + period_of(F(num, den * 2**exp))


def ns56():
    for hz in COUNTERS + (3906250, 3906251):
        frac, shift = period_of(F(1, hz))
        ns = math.floor(seconds(frac, shift) * NSEC * 2**56)
        yield frac, shift, min(ns, U64 - 1)


def to_ns():
    for sec in (0, 1, -1, 2, -3, 3, -4, 1800000000, 9223372036, -9223372037,
                9223372037, -9223372038, 2**63 - 1, -2**63):
        for frac in (0, 1, U64 - 1, 147483647 * U64 // NSEC,
                     147483648 * U64 // NSEC + 1, 854775807 * U64 // NSEC,
                     854775808 * U64 // NSEC + 1):
            ns = (sec + F(frac, U64)) * NSEC
            yield sec, frac, clamp(math.floor(ns)), \
                clamp(math.floor(ns * 2**32))


def from_ns():
    for ns in (0, 1, -1, 999999999, 10**9, -10**9, -999999999,
               1800000000123456789, 2**63 - 1, -2**63):
        yield (ns,) + time_of(math.floor(F(ns, NSEC) * U64))


def scale():
    ratios = [(F(1, 2), 32), (F(1), 32), (F(3, 2), 32), (F(26, 30), 32),
              (F(1, 2), 48), (F(1), 48), (F(3, 2), 48), (F(26, 30), 48),
              (F(30, 26), 48), (F(1, 3), 63), (F(1), 1)]
    for hz in (10**9, 2599999000, 3 * 10**9):
        for less in (0, 20, 29):	# zeros in front of the period
            frac, shift = period_of(F(1, hz))
            frac, shift = frac >> less, shift - less
            for r, bits in ratios:
                ratio = math.floor(r * 2**bits)
                c, units = 3 * 10**15 + 1, 1800000000 * U64 + 12345
                guest = F(c * ratio, 2**bits)
                new = period_of(seconds(frac, shift) * 2**bits / ratio)
                lost = (guest - math.floor(guest)) * seconds(*new)
                offset = 2**64 - 2**50
                yield (c,) + time_of(units) + (frac, shift, ratio, bits, offset,
                       (math.floor(guest) + offset) % U64) + \
                    time_of(units - math.floor(lost * U64)) + new


def error():
    for hz in COUNTERS:
        frac, shift = period_of(F(1, hz))
        for ppb in (0, 1, 500000):
            rate = frac * ppb // NSEC
            for d in (0, 1, -1, hz, -hz, 500 * DAY * hz, -2**63):
                for ns in (0, 1000, U64 - 2):
                    units = math.ceil(abs(d) * seconds(rate, shift) * U64)
                    e = ns + math.ceil(F(units, U64) * NSEC)
                    yield ns, rate, shift, d, min(e, U64 - 1)


TABLES = (
    (delta, "delta period_frac period_shift sec frac"),
    (line, "c sec frac period_frac period_shift at at_sec at_frac"),
    (period, "num den exp period_frac period_shift"),
    (ns56, "period_frac period_shift ns56"),
    (to_ns, "sec frac ns ns32"),
    (from_ns, "ns sec frac"),
    (scale, "c sec frac period_frac period_shift ratio frac_bits offset"
            " to_c to_sec to_frac to_period_frac to_period_shift"),
    (error, "ns rate period_shift delta bound"),
)


def table(generate, names):
    names = names.split()
    yield "static const struct {"
    for i in range(0, len(names), 4):
        yield f"\tunsigned long long {', '.join(names[i:i + 4])};"
    yield f"}} {generate.__name__}_vectors[] = {{"
    for row in generate():
        assert len(row) == len(names)
        yield "\t{ " + ", ".join(f"{x % U64:#x}" for x in row) + " },"
    yield "};"
    yield ""


def header():
    yield "/* SPDX-License-Identifier: GPL-2.0 */"
    yield "/* Generated by generate.py with exact rationals; don't edit. */"
    yield ""
    for generate, names in TABLES:
        yield from table(generate, names)


def main():
    path = os.path.join(os.path.dirname(os.path.abspath(__file__)),
                        "vectors.h")
    text = "\n".join(header())
    if sys.argv[1:] == ["--check"]:
        same = open(path).read() == text
        print("TAP version 13")
        print(("ok" if same else "not ok") +
              " 1 - vectors: vectors.h is what generate.py writes")
        print("1..1")
        return not same
    if sys.argv[1:]:
        sys.exit("usage: generate.py [--check]")
    with open(path, "w") as f:
        f.write(text)
    return 0


sys.exit(main())
