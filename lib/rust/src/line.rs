// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
use crate::Time;

/// Time as a linear function of a counter.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Line {
    /// Counter value at `time`.
    pub counter: u64,
    /// Time at `counter`.
    pub time: Time,
    /// Period of the counter, s / 2^(64 + `period_shift`).
    pub period_frac: u64,
    /// 0 to 63.
    pub period_shift: u8,
}

impl Line {
    /// Time at a counter value, before or after the line's own, rounded down by
    /// less than 2^-64 s.
    #[inline]
    pub fn at(&self, counter: u64) -> Time {
        let delta = counter.wrapping_sub(self.counter) as i64;
        self.time.wrapping_add(Self::interval(delta, self.period_frac, self.period_shift))
    }

    /// How long a number of counts takes, rounded down by less than 2^-64 s.
    ///
    /// |delta| <= 2^63 and period < 2^64 make a product of 127 bits.
    #[inline]
    pub fn interval(delta: i64, period_frac: u64, period_shift: u8) -> Time {
        Time::from_units((delta as i128 * period_frac as i128) >> (period_shift & 63))
    }

    /// The period `num / den / 2^exp` s, as (`period_frac`, `period_shift`),
    /// rounded down by less than one part in 2^63; (0, 0) if it is not one of
    /// 2^-64 s to 1 s. `den` is neither 0 nor 2^63 or more.
    pub fn period(num: u64, den: u64, exp: u32) -> (u64, u8) {
        let (mut quotient, mut rest) = (num / den, num % den);
        let mut shift = exp as i32 - 64;
        while quotient >> 63 == 0 && shift < 64 {
            rest <<= 1;
            quotient = quotient << 1 | (rest >= den) as u64;
            if rest >= den {
                rest -= den;
            }
            shift += 1;
        }
        if (0..64).contains(&shift) {
            (quotient, shift as u8)
        } else {
            (0, 0)
        }
    }

    /// The line over a scaled counter, `((counter * ratio) >> frac_bits) +
    /// offset`: from a host's counter to its guest's. `None` if the ratio makes
    /// no sense.
    pub fn scale(&self, ratio: u64, frac_bits: u32, offset: u64) -> Option<Line> {
        if ratio == 0 || ratio >> 63 != 0 || !(1..=63).contains(&frac_bits) {
            return None;
        }
        let exp = 64 + self.period_shift as u32 - frac_bits;
        let (period_frac, period_shift) = Self::period(self.period_frac, ratio, exp);
        if period_frac == 0 {
            return None;
        }
        let product = self.counter as u128 * ratio as u128;
        let rest = product as u64 & ((1 << frac_bits) - 1);
        let rest = (rest as u128 * period_frac as u128 >> frac_bits) as u64;
        Some(Line {
            counter: ((product >> frac_bits) as u64).wrapping_add(offset),
            time: self.time.wrapping_sub(Self::interval(1, rest, period_shift)),
            period_frac,
            period_shift,
        })
    }

    /// Error bound at a counter value: `error_ns` at the anchor, and `rate_frac`
    /// s per count / 2^(64 + `period_shift`) of growth. In ns, rounded up;
    /// `u64::MAX` if it doesn't fit.
    #[inline]
    pub fn error_at(&self, error_ns: u64, rate_frac: u64, counter: u64) -> u64 {
        let delta = (counter.wrapping_sub(self.counter) as i64).unsigned_abs();
        let mut growth = delta as u128 * rate_frac as u128;
        growth = (growth + ((1u64 << self.period_shift) - 1) as u128) >> self.period_shift;
        let part = growth as u64 as u128 * 1_000_000_000 + u64::MAX as u128;
        let ns = (part >> 64) + (growth >> 64) * 1_000_000_000 + error_ns as u128;
        u64::try_from(ns).unwrap_or(u64::MAX)
    }
}
