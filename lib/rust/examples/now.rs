// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
//! now [DEVICE]: the time between its bounds, and a wait until it is past.
use vmclock::{Clock, Scale};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let path = std::env::args().nth(1).unwrap_or_else(|| "/dev/vmclock0".into());
    let clock = Clock::open(&path).map_err(|e| format!("{path}: {e}"))?;
    let now = clock.now(Scale::Utc)?;
    match now.bounds {
        Some(b) => println!("{} to {} ns, {:?}", b.earliest.ns_down(), b.latest.ns_up(), now.status),
        None => println!("{} ns, without a bound", now.time.ns_down()),
    }
    if let Some(b) = now.bounds {
        clock.wait_after(b.latest, Scale::Utc, None)?;
        println!("{} ns is in the past on every machine", b.latest.ns_up());
    }
    if clock.epoch()? != now.epoch {
        println!("the guest was moved meanwhile");
    }
    Ok(())
}
