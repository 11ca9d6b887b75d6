// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
//! cost DEVICE: what a reading with bounds costs, against std's SystemTime::now()
//! (clock_gettime() by the vDSO) in the same run: the quickest batch of each.
use std::time::SystemTime;
use vmclock::{counter, Clock, Scale};

const BATCH: u64 = 100;

/// The value is looked at, here: std's black_box() is newer than Debian 12's Rust.
fn black_box<T>(value: &T) {
    // SAFETY: no instruction.
    unsafe { std::arch::asm!("/* {} */", in(reg) value, options(nostack, preserves_flags)) };
}

fn quickest(mut f: impl FnMut(), best: &mut u64) {
    let begin = counter();
    for _ in 0..BATCH {
        f();
    }
    *best = (*best).min(counter() - begin);
}

fn main() {
    let clock = Clock::open(std::env::args().nth(1).unwrap()).unwrap();
    assert!(clock.now(Scale::Utc).is_ok());
    let (mut system, mut page) = (u64::MAX, u64::MAX);
    for _ in 0..4000 {
        quickest(|| { black_box(&SystemTime::now()); }, &mut system);
        quickest(|| { black_box(&clock.now(Scale::Utc)); }, &mut page);
    }
    println!("clock_gettime {:.1} counts", system as f64 / BATCH as f64);
    println!("now, UTC      {:.1} counts, {:.3}", page as f64 / BATCH as f64, page as f64 / system as f64);
}
