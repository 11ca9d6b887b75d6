// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
//! The time, and between which times the true one is, from a VMClock page.
//!
//! A hypervisor tells its guest the time as a line over the CPU's counter, with
//! error bounds. A [`Clock`] reads it without a system call:
//!
//! ```no_run
//! let clock = vmclock::Clock::open("/dev/vmclock0")?;
//! let now = clock.now(vmclock::Scale::Utc)?;
//! let bounds = now.bounds.ok_or("the page does not bound its error")?;
//! println!("{} to {} ns", bounds.earliest.ns_down(), bounds.latest.ns_up());
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! Without the feature `std` there is the arithmetic alone, for `no_std`:
//! [`Page`], [`Line`] and [`Time`], which agree with the C core to the bit. The
//! crate depends on no other one.

#![cfg_attr(not(feature = "std"), no_std)]
#![deny(missing_docs, unsafe_op_in_unsafe_fn)]

mod leap;
mod line;
mod page;
mod time;

#[cfg(feature = "std")]
mod clock;
#[cfg(feature = "std")]
pub mod host;
#[cfg(feature = "std")]
mod short;
#[cfg(feature = "std")]
mod sys;

pub use line::Line;
pub use page::{Bounds, Epoch, Error, Leap, Page, Reading, Scale, Status};
pub use time::Time;

/// Constants of the page's fields, by the names of the C header.
pub mod abi {
    pub use crate::page::constants::*;
}

#[cfg(feature = "std")]
pub use clock::Clock;
#[cfg(feature = "std")]
pub use sys::counter;
