// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
//! The usual page, at one attempt: a line of the past, bounded, no leap second,
//! UTC or TAI, of at least 112 bytes. [`Page::at`](crate::Page::at) is for others.

use crate::abi::*;
use crate::page::{bounds_of, PERIOD_MAX, PERIOD_MIN, SEC_MAX, TAI_OFFSET, WORDS};
use crate::{counter, Epoch, Leap, Reading, Scale, Status, Time};
use std::sync::atomic::{fence, AtomicU32, AtomicU64, Ordering};

/// Of the word with clock_status: 2 or 3, no leap second, a shift of 63 at most.
const STATE_MASK: u64 = 0xc0ff000000fe0000;
const STATE_USUAL: u64 = 0x0000000000020000;
const BOTH: u64 = VMCLOCK_FLAG_TIME_MAXERROR_VALID | VMCLOCK_FLAG_PERIOD_MAXERROR_VALID;

/// A reading of the usual page, whose first 12 bytes are `id`.
#[inline(always)]
pub(crate) fn read(
    page: &[AtomicU64; WORDS],
    halves: &[AtomicU32; 4],
    id: (u64, u32),
    scale: Scale,
) -> Option<Reading> {
    let load = |i: usize| u64::from_le(page[i].load(Ordering::Relaxed));
    let seq = halves[3].load(Ordering::Relaxed);
    // pairs with the writer's barrier before it makes the count even
    fence(Ordering::Acquire);
    let marker = load(2);
    let counter = counter();
    if load(0) != id.0 || u32::from_le(halves[2].load(Ordering::Relaxed)) != id.1 {
        return None;
    }
    let (flags, state, anchor, period) = (load(3), load(4), load(5), load(6));
    let (rate, sec, frac, error_ns, generation) = (load(8), load(9), load(10), load(12), load(13));
    // pairs with the writer's barrier after it has made the count odd
    fence(Ordering::Acquire);
    if u32::from_le(seq) & 1 != 0 || load(2) != marker || halves[3].load(Ordering::Relaxed) != seq {
        return None;
    }
    let shift = (state >> 56) as u8;
    let delta = counter.wrapping_sub(anchor) as i64;
    if state & STATE_MASK != STATE_USUAL
        || flags & BOTH != BOTH
        || (period >> (shift & 63)).wrapping_sub(PERIOD_MIN) > PERIOD_MAX - PERIOD_MIN
        || sec >= SEC_MAX as u64
        || delta < 0
    {
        return None;
    }
    let product = (delta as u64 as u128 * period as u128) >> (shift & 63);
    let line = (sec as u128) << 64 | frac as u128;
    let mut time = Time::from_units(line.wrapping_add(product) as i128);
    if scale.time_type() != (id.1 >> 24) as u8 {
        let offset = i64::from((state >> 32) as i16).abs();
        if flags & VMCLOCK_FLAG_TAI_OFFSET_VALID == 0 || !TAI_OFFSET.contains(&offset) {
            return None;
        }
        time.sec += if scale == Scale::Tai { offset } else { -offset };
    }
    let has_generation = flags & VMCLOCK_FLAG_VM_GEN_COUNTER_PRESENT != 0;
    Some(Reading {
        time,
        bounds: Some(bounds_of(time, delta, rate, error_ns, shift)?),
        epoch: Epoch {
            disruption_marker: marker,
            vm_generation: if has_generation { generation } else { 0 },
        },
        status: if state >> 16 & 1 == 0 { Status::Synchronized } else { Status::Freerunning },
        leap: Leap::None,
    })
}
