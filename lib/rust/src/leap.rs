// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
//! The leap second between UTC and TAI; include/vmclock/leap.h derives it all.

use crate::page::constants::*;

const DAY: i64 = 86400;

/// First day of the month of a day, both since 1970-01-01.
fn month_start(day: i64) -> i64 {
    let era = (day + 719468).div_euclid(146097);
    let mut d = day + 719468 - era * 146097;
    d -= (4 * d + 3) / 146097 * 146097 / 4;
    d -= (4 * d + 3) / 1461 * 1461 / 4;
    day - d + (153 * ((5 * d + 2) / 153) + 2) / 5
}

/// 1 inserted, -1 deleted, 0 none.
fn sign(leap: u8) -> i64 {
    match leap {
        VMCLOCK_LEAP_PRE_POS | VMCLOCK_LEAP_POS | VMCLOCK_LEAP_POST_POS => 1,
        VMCLOCK_LEAP_PRE_NEG | VMCLOCK_LEAP_POST_NEG => -1,
        _ => 0,
    }
}

/// The first second of the month after the leap second.
fn midnight(leap: u8, anchor_sec: i64) -> i64 {
    let ahead = if leap == VMCLOCK_LEAP_POS { DAY / 2 } else { 0 };
    let day = month_start((anchor_sec + ahead).div_euclid(DAY));
    match leap {
        VMCLOCK_LEAP_PRE_POS | VMCLOCK_LEAP_PRE_NEG => month_start(day + 31) * DAY,
        _ => day * DAY,
    }
}

/// Indicator at a moment, and what must be added to the page's TAI offset there.
pub(crate) fn at(leap: u8, anchor_sec: i64, sec: i64) -> (u8, i64) {
    let sign = sign(leap);
    if sign == 0 {
        return (VMCLOCK_LEAP_NONE, 0);
    }
    let midnight = midnight(leap, anchor_sec);
    let old = match leap {
        VMCLOCK_LEAP_PRE_POS | VMCLOCK_LEAP_PRE_NEG => true,
        VMCLOCK_LEAP_POS => anchor_sec >= midnight,
        _ => false,
    };
    let change = midnight - (sign < 0) as i64 - if old { 0 } else { sign };
    let before = sec < change;
    let leap = match (sign < 0, before) {
        (true, true) => VMCLOCK_LEAP_PRE_NEG,
        (true, false) => VMCLOCK_LEAP_POST_NEG,
        (false, true) => VMCLOCK_LEAP_PRE_POS,
        (false, false) if sec == change => VMCLOCK_LEAP_POS,
        (false, false) => VMCLOCK_LEAP_POST_POS,
    };
    let offset = match (old, before) {
        (true, true) | (false, false) => 0,
        (true, false) => sign,
        (false, true) => -sign,
    };
    (leap, offset)
}
