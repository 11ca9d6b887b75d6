// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause

const NSEC: i128 = 1_000_000_000;

/// A moment or an interval, in units of 2^-64 s.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Time {
    /// Whole seconds, rounded down; of a moment since 1970-01-01.
    pub sec: i64,
    /// The rest, in s / 2^64.
    pub frac: u64,
}

impl Time {
    /// Seconds and fraction.
    pub const fn new(sec: i64, frac: u64) -> Self {
        Time { sec, frac }
    }

    /// From units of 2^-64 s, modulo 2^64 s.
    #[inline]
    pub const fn from_units(units: i128) -> Self {
        Time { sec: (units >> 64) as i64, frac: units as u64 }
    }

    /// In units of 2^-64 s.
    #[inline]
    pub const fn units(self) -> i128 {
        (self.sec as i128) << 64 | self.frac as i128
    }

    /// `self + other`, modulo 2^64 s.
    #[inline]
    pub const fn wrapping_add(self, other: Time) -> Self {
        Self::from_units(self.units().wrapping_add(other.units()))
    }

    /// `self - other`, modulo 2^64 s.
    #[inline]
    pub const fn wrapping_sub(self, other: Time) -> Self {
        Self::from_units(self.units().wrapping_sub(other.units()))
    }

    /// From nanoseconds, rounded down by less than 2^-64 s.
    pub const fn from_ns(ns: i64) -> Self {
        let rest = ns.rem_euclid(NSEC as i64) as u128;
        Time { sec: ns.div_euclid(NSEC as i64), frac: ((rest << 64) / NSEC as u128) as u64 }
    }

    /// Nanoseconds, rounded down; the nearest end of `i64` beyond it.
    pub const fn ns_down(self) -> i64 {
        saturate(self.sec as i128 * NSEC + ((self.frac as u128 * NSEC as u128) >> 64) as i128)
    }

    /// Nanoseconds, rounded up; the nearest end of `i64` beyond it.
    pub const fn ns_up(self) -> i64 {
        let ns = (self.frac as u128 * NSEC as u128 + u64::MAX as u128) >> 64;
        saturate(self.sec as i128 * NSEC + ns as i128)
    }
}

const fn saturate(ns: i128) -> i64 {
    if ns > i64::MAX as i128 {
        i64::MAX
    } else if ns < i64::MIN as i128 {
        i64::MIN
    } else {
        ns as i64
    }
}
