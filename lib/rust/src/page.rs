// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
use crate::{leap, Line, Time};
use core::fmt;

/// Constants of the page's fields.
#[allow(missing_docs)]
pub mod constants {
    pub const VMCLOCK_MAGIC: u32 = 0x4b4c4356;
    pub const VMCLOCK_COUNTER_ARM_VCNT: u8 = 0;
    pub const VMCLOCK_COUNTER_X86_TSC: u8 = 1;
    pub const VMCLOCK_COUNTER_INVALID: u8 = 0xff;
    pub const VMCLOCK_TIME_UTC: u8 = 0;
    pub const VMCLOCK_TIME_TAI: u8 = 1;
    pub const VMCLOCK_TIME_MONOTONIC: u8 = 2;
    pub const VMCLOCK_FLAG_TAI_OFFSET_VALID: u64 = 1 << 0;
    pub const VMCLOCK_FLAG_PERIOD_MAXERROR_VALID: u64 = 1 << 4;
    pub const VMCLOCK_FLAG_TIME_MAXERROR_VALID: u64 = 1 << 6;
    pub const VMCLOCK_FLAG_VM_GEN_COUNTER_PRESENT: u64 = 1 << 8;
    pub const VMCLOCK_FLAG_NOTIFICATION_PRESENT: u64 = 1 << 9;
    pub const VMCLOCK_STATUS_UNKNOWN: u8 = 0;
    pub const VMCLOCK_STATUS_INITIALIZING: u8 = 1;
    pub const VMCLOCK_STATUS_SYNCHRONIZED: u8 = 2;
    pub const VMCLOCK_STATUS_FREERUNNING: u8 = 3;
    pub const VMCLOCK_STATUS_UNRELIABLE: u8 = 4;
    pub const VMCLOCK_LEAP_NONE: u8 = 0;
    pub const VMCLOCK_LEAP_PRE_POS: u8 = 1;
    pub const VMCLOCK_LEAP_PRE_NEG: u8 = 2;
    pub const VMCLOCK_LEAP_POS: u8 = 3;
    pub const VMCLOCK_LEAP_POST_POS: u8 = 4;
    pub const VMCLOCK_LEAP_POST_NEG: u8 = 5;
}
use constants::*;

/// Bytes of a page that mean something.
#[cfg(feature = "std")]
pub(crate) const BYTES: usize = 112;
/// The same, in words of 8 bytes.
pub(crate) const WORDS: usize = 112 / 8;
/// A page of fewer bytes has no status: nothing can be learned from it.
const MIN_SIZE: u32 = 0x28;
/// Periods of counters of 1 MHz and 10 GHz, s / 2^64.
pub(crate) const PERIOD_MAX: u64 = 0x10c6f7a0b5ed;
pub(crate) const PERIOD_MIN: u64 = 0x6df37f67;
/// The first second that does not fit into 2^63 ns.
pub(crate) const SEC_MAX: i64 = i64::MAX / 1_000_000_000;
/// A bound of more s (272 years) is none.
const MARGIN_MAX_SEC: u128 = 1 << 33;
/// TAI - UTC was 10 s in 1972, and 37 s in 2026.
pub(crate) const TAI_OFFSET: core::ops::RangeInclusive<i64> = 10..=100;

/// Time scale.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Scale {
    /// As POSIX counts it: an inserted second has the number of the one before.
    Utc,
    /// Without leap seconds: every second has a number of its own.
    Tai,
}

impl Scale {
    #[inline]
    pub(crate) const fn time_type(self) -> u8 {
        match self {
            Scale::Utc => VMCLOCK_TIME_UTC,
            Scale::Tai => VMCLOCK_TIME_TAI,
        }
    }
}

/// What the hypervisor says of its clock.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Status {
    /// It follows a reference.
    Synchronized,
    /// It doesn't at present, and its bound grows.
    Freerunning,
}

/// Leap second, at the time of a reading.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum Leap {
    /// None near.
    None = VMCLOCK_LEAP_NONE,
    /// One is inserted at the end of this month.
    PrePos = VMCLOCK_LEAP_PRE_POS,
    /// One is deleted at the end of this month.
    PreNeg = VMCLOCK_LEAP_PRE_NEG,
    /// This is the inserted second.
    Pos = VMCLOCK_LEAP_POS,
    /// One was inserted at the end of last month.
    PostPos = VMCLOCK_LEAP_POST_POS,
    /// One was deleted at the end of last month.
    PostNeg = VMCLOCK_LEAP_POST_NEG,
}

impl Leap {
    fn new(leap: u8) -> Self {
        match leap {
            VMCLOCK_LEAP_PRE_POS => Leap::PrePos,
            VMCLOCK_LEAP_PRE_NEG => Leap::PreNeg,
            VMCLOCK_LEAP_POS => Leap::Pos,
            VMCLOCK_LEAP_POST_POS => Leap::PostPos,
            VMCLOCK_LEAP_POST_NEG => Leap::PostNeg,
            _ => Leap::None,
        }
    }
}

/// A stretch of time without disruption: until the guest is moved, or goes on
/// from a copy of its state.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Epoch {
    /// Changes when the guest was moved.
    pub disruption_marker: u64,
    /// Changes when the guest goes on from a copy; 0 if the page doesn't tell.
    pub vm_generation: u64,
}

/// Where the true time must be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Bounds {
    /// It is not before; [`Time::ns_down`] rounds it the right way.
    pub earliest: Time,
    /// It is not after; [`Time::ns_up`] rounds it the right way.
    pub latest: Time,
}

/// The time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Reading {
    /// What the page says.
    pub time: Time,
    /// Where the true time must be; `None` if the page does not bound its error.
    pub bounds: Option<Bounds>,
    /// In which it was read.
    pub epoch: Epoch,
    /// What the hypervisor says of its clock.
    pub status: Status,
    /// Leap second, at `time`.
    pub leap: Leap,
}

/// Why there is no time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Error {
    /// It is no VMClock page: what is wrong.
    NoPage(&'static str),
    /// The page tells no time in that scale now: why.
    NoTime(&'static str),
    /// The page was being changed all the time.
    Busy,
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Error::NoPage(why) => write!(f, "no VMClock page: {}", why),
            Error::NoTime(why) => write!(f, "no time: {}", why),
            Error::Busy => write!(f, "the page was being changed all the time"),
        }
    }
}

#[cfg(feature = "std")]
impl std::error::Error for Error {}

/// One consistent copy of a page.
#[derive(Clone, Copy, Debug)]
pub struct Page {
    words: [u64; WORDS],
    size: u32,
}

impl Page {
    /// From the bytes of a page that is not being changed, and of which `len`
    /// bytes exist. At least 40, and what is missing up to 112 is taken for 0.
    pub fn new(bytes: &[u8], len: usize) -> Result<Self, Error> {
        let mut words = [0; WORDS];
        for (word, b) in words.iter_mut().zip(bytes.chunks_exact(8)) {
            *word = u64::from_le_bytes([b[0], b[1], b[2], b[3], b[4], b[5], b[6], b[7]]);
        }
        if (words[1] >> 32) & 1 != 0 {
            return Err(Error::Busy);
        }
        Self::from_words(words, len)
    }

    pub(crate) fn from_words(mut words: [u64; WORDS], len: usize) -> Result<Self, Error> {
        let size = (words[0] >> 32) as u32;
        if words[0] as u32 != VMCLOCK_MAGIC {
            return Err(Error::NoPage("magic is not VCLK"));
        }
        if words[1] as u16 != 1 {
            return Err(Error::NoPage("version is not 1"));
        }
        if size < MIN_SIZE {
            return Err(Error::NoPage("size is too small"));
        }
        if size as usize > len {
            return Err(Error::NoPage("size is beyond its region"));
        }
        for word in words.iter_mut().skip(size as usize / 8) {
            *word = 0;
        }
        Ok(Page { words, size })
    }

    fn byte(&self, at: usize) -> u8 {
        (self.words[at / 8] >> (at % 8 * 8)) as u8
    }

    /// VMCLOCK_COUNTER_*: what the page counts.
    pub fn counter_id(&self) -> u8 {
        self.byte(0x0a)
    }

    /// VMCLOCK_TIME_*: the scale of the page's line.
    pub fn time_type(&self) -> u8 {
        self.byte(0x0b)
    }

    /// VMCLOCK_FLAG_*.
    pub fn flags(&self) -> u64 {
        self.words[3]
    }

    fn has(&self, flag: u64) -> bool {
        self.flags() & flag != 0
    }

    /// TAI - UTC at the line's anchor, if the page tells it. The field is
    /// negative, or positive by older writers.
    pub fn tai_offset(&self) -> Option<i64> {
        let offset = i64::from((self.words[4] >> 32) as i16).abs();
        (self.has(VMCLOCK_FLAG_TAI_OFFSET_VALID) && TAI_OFFSET.contains(&offset)).then_some(offset)
    }

    /// The epoch of this copy.
    pub fn epoch(&self) -> Epoch {
        let vm_generation = if self.has(VMCLOCK_FLAG_VM_GEN_COUNTER_PRESENT) { self.words[13] } else { 0 };
        Epoch { disruption_marker: self.words[2], vm_generation }
    }

    /// Time over the counter, in the scale of [`Page::time_type`].
    pub fn line(&self) -> Line {
        Line {
            counter: self.words[5],
            time: Time::new(self.words[9] as i64, self.words[10]),
            period_frac: self.words[6],
            period_shift: self.byte(0x27),
        }
    }

    fn status(&self) -> Result<Status, Error> {
        match self.byte(0x22) {
            VMCLOCK_STATUS_SYNCHRONIZED => Ok(Status::Synchronized),
            VMCLOCK_STATUS_FREERUNNING => Ok(Status::Freerunning),
            VMCLOCK_STATUS_UNKNOWN | VMCLOCK_STATUS_INITIALIZING => {
                Err(Error::NoTime("host does not know its time yet"))
            }
            VMCLOCK_STATUS_UNRELIABLE => Err(Error::NoTime("host says that its clock is unreliable")),
            _ => Err(Error::NoTime("clock status is unknown")),
        }
    }

    /// The line, if it can be computed with at any counter value.
    fn sound_line(&self, counter_id: u8) -> Result<(Line, Status), Error> {
        if self.size < 0x58 {
            return Err(Error::NoTime("page is too small for a time"));
        }
        if self.counter_id() == VMCLOCK_COUNTER_INVALID {
            return Err(Error::NoTime("page has no counter"));
        }
        if self.counter_id() != counter_id {
            return Err(Error::NoTime("page counts something else than this machine"));
        }
        if self.time_type() > VMCLOCK_TIME_MONOTONIC {
            return Err(Error::NoTime("time type is smeared or unknown"));
        }
        let status = self.status()?;
        let line = self.line();
        let period = if line.period_shift > 63 { 0 } else { line.period_frac >> line.period_shift };
        if !(PERIOD_MIN..=PERIOD_MAX).contains(&period) {
            return Err(Error::NoTime("counter period is not that of 1 MHz to 10 GHz"));
        }
        if !(0..SEC_MAX).contains(&line.time.sec) {
            return Err(Error::NoTime("time is beyond the year 2262"));
        }
        Ok((line, status))
    }

    /// A time of the line in a scale, and the leap second there.
    fn scaled(&self, line: &Line, t: Time, scale: Scale) -> Result<(Time, u8), Error> {
        let known = self.tai_offset();
        let offset = known.unwrap_or(0);
        let to_utc = match self.time_type() {
            VMCLOCK_TIME_UTC => 0,
            VMCLOCK_TIME_TAI => -offset,
            _ => return Err(Error::NoTime("time is neither UTC nor TAI")),
        };
        if known.is_none() && scale.time_type() != self.time_type() {
            return Err(Error::NoTime("page has no TAI offset"));
        }
        let (mut leap, mut change) = (VMCLOCK_LEAP_NONE, 0);
        if self.time_type() == VMCLOCK_TIME_UTC || known.is_some() {
            let (anchor, sec) = (line.time.sec + to_utc, t.sec + to_utc);
            (leap, change) = leap::at(self.byte(0x26), anchor, sec);
        }
        let shift = match scale {
            Scale::Tai => to_utc + offset,
            Scale::Utc => to_utc - change,
        };
        Ok((Time::new(t.sec + shift, t.frac), leap))
    }

    fn bounds(&self, line: &Line, counter: u64, time: Time) -> Option<Bounds> {
        let (error_ns, growing) = (self.words[12], self.has(VMCLOCK_FLAG_PERIOD_MAXERROR_VALID));
        let rate = if growing { self.words[8] } else { 0 };
        if !self.has(VMCLOCK_FLAG_TIME_MAXERROR_VALID)
            || self.size < 0x68
            || (!growing && counter != line.counter)
            || line.error_at(error_ns, rate, counter) == u64::MAX
        {
            return None;
        }
        bounds_of(time, counter.wrapping_sub(line.counter) as i64, rate, error_ns, line.period_shift)
    }

    /// What the page says at a value of the counter `counter_id`.
    pub fn at(&self, counter_id: u8, counter: u64, scale: Scale) -> Result<Reading, Error> {
        let (line, status) = self.sound_line(counter_id)?;
        let (time, leap) = self.scaled(&line, line.at(counter), scale)?;
        Ok(Reading {
            time,
            bounds: self.bounds(&line, counter, time),
            epoch: self.epoch(),
            status,
            leap: Leap::new(leap),
        })
    }
}

/// 2^64 / 10^9 is 18446744073.7: what is rounded up never makes a bound smaller.
/// Of the 2, one is for the shift, and one for `time`, which was rounded down.
#[inline(always)]
pub(crate) fn bounds_of(time: Time, delta: i64, rate: u64, error_ns: u64, shift: u8) -> Option<Bounds> {
    let mut margin = (delta.unsigned_abs() as u128 * rate as u128) >> (shift & 63);
    margin += error_ns as u128 * 18446744074 + 2;
    if margin >> 64 >= MARGIN_MAX_SEC {
        return None;
    }
    let margin = Time::from_units(margin as i128);
    Some(Bounds { earliest: time.wrapping_sub(margin), latest: time.wrapping_add(margin) })
}
