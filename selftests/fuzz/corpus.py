#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""Writes the seed corpus of fuzz_page into a directory: sound pages of each
time type and leap state, and pages that are just not sound."""
import struct
import sys

PAGE = struct.Struct("<IIHBBIQQ2xBBhBBQQQQQQQQQ")
NUMBERS = struct.Struct("<QQQQ")
SOUND = dict(magic=0x4b4c4356, size=112, version=1, counter=1, type=1, seq=2,
             marker=1, flags=0x3ff, status=2, hint=0, offset=37, leap=0,
             shift=31, value=10**15, period=0xb7a55b3f1c6c4b8a, est_rate=4,
             max_rate=1 << 40, sec=1483228835, frac=1 << 63, est=10, max=1000,
             generation=7)


def write(directory, name, cut=None, numbers=(10**15 + 10**10, 1 << 32, 5, 32),
          **changed):
    page = PAGE.pack(*{**SOUND, **changed}.values())
    with open(f"{directory}/{name}", "wb") as f:
        f.write(NUMBERS.pack(*numbers) + page[:cut])


def main(directory):
    for kind in (0, 1, 2):
        for leap in range(6):
            write(directory, f"type{kind}-leap{leap}", type=kind, leap=leap,
                  sec=1483228800 + 36 * kind - (leap < 3))
    write(directory, "no-flags", flags=0)
    write(directory, "odd", seq=3)
    write(directory, "fast", period=1844674407, shift=0)
    write(directory, "slow", period=18446744073709, shift=0)
    write(directory, "far", numbers=(1 << 63, 3 << 47, 0, 48))
    write(directory, "cut", cut=88)
    write(directory, "small", size=88)
    write(directory, "big", size=0xffffffff)
    write(directory, "shift", shift=255)
    write(directory, "2262", sec=9223372035, frac=2**64 - 1)


main(sys.argv[1])
