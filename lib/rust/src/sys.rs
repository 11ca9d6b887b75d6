// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
//! What std doesn't have: the counter, and a few calls of libc.

use crate::abi;
use std::io;
use std::os::raw::{c_int, c_long, c_ulong, c_void};

extern "C" {
    fn mmap(at: *mut c_void, len: usize, prot: c_int, flags: c_int, fd: c_int, pos: c_long) -> *mut c_void;
    fn munmap(at: *mut c_void, len: usize) -> c_int;
    fn poll(fds: *mut PollFd, n: u64, timeout_ms: c_int) -> c_int;
    fn sysconf(name: c_int) -> c_long;
    pub(crate) fn ioctl(fd: c_int, request: c_ulong, ...) -> c_int;
}

const PROT_READ: c_int = 1;
const MAP_SHARED: c_int = 1;
const SC_PAGESIZE: c_int = 30;
const POLLIN: i16 = 1;
const POLLERR: i16 = 8;
const POLLNVAL: i16 = 0x20;

#[repr(C)]
struct PollFd {
    fd: c_int,
    events: i16,
    revents: i16,
}

#[cfg(target_arch = "x86_64")]
pub(crate) const COUNTER_ID: u8 = abi::VMCLOCK_COUNTER_X86_TSC;
#[cfg(target_arch = "aarch64")]
pub(crate) const COUNTER_ID: u8 = abi::VMCLOCK_COUNTER_ARM_VCNT;

/// The counter that a page of this machine counts, not before any load that
/// comes before it.
#[cfg(target_arch = "x86_64")]
#[inline(always)]
pub fn counter() -> u64 {
    let (low, high): (u64, u64);
    // SAFETY: RDTSC is unprivileged, and changes nothing but its two registers.
    unsafe {
        std::arch::asm!("lfence", "rdtsc", out("rax") low, out("rdx") high, options(nostack, preserves_flags));
    }
    high << 32 | low
}

/// The counter that a page of this machine counts, not before any load that
/// comes before it.
#[cfg(target_arch = "aarch64")]
#[inline(always)]
pub fn counter() -> u64 {
    let counter: u64;
    // SAFETY: Linux allows the virtual counter to be read. The second barrier is
    // in place of an address that depends on the counter.
    unsafe {
        std::arch::asm!("isb", "mrs {}, cntvct_el0", "isb", out(reg) counter, options(nostack, preserves_flags));
    }
    counter
}

/// A page that is mapped, read-only, until it is dropped.
pub(crate) struct Mapping {
    at: *mut c_void,
    pub(crate) len: usize,
}

// SAFETY: the page is only read, by atomic loads.
unsafe impl Send for Mapping {}
unsafe impl Sync for Mapping {}

impl Mapping {
    pub(crate) fn new(fd: c_int) -> io::Result<Self> {
        // SAFETY: a new mapping; the result is checked.
        let (at, len) = unsafe {
            let len = sysconf(SC_PAGESIZE) as usize;
            (mmap(std::ptr::null_mut(), len, PROT_READ, MAP_SHARED, fd, 0), len)
        };
        if at as isize == -1 {
            return Err(io::Error::last_os_error());
        }
        Ok(Mapping { at, len })
    }

    /// The page's words; aligned, since the mapping is.
    #[inline(always)]
    pub(crate) fn words<T>(&self) -> *const T {
        self.at as *const T
    }
}

impl Drop for Mapping {
    fn drop(&mut self) {
        // SAFETY: it is this mapping's, and nothing borrows from it any more.
        unsafe { munmap(self.at, self.len) };
    }
}

/// 1 if there is something to read, 0 if the time is over.
pub(crate) fn wait(fd: c_int, timeout_ms: c_int) -> io::Result<bool> {
    let mut pfd = PollFd { fd, events: POLLIN, revents: 0 };
    // SAFETY: one valid struct pollfd.
    match unsafe { poll(&mut pfd, 1, timeout_ms) } {
        0 => Ok(false),
        n if n < 0 => Err(io::Error::last_os_error()),
        _ if pfd.revents & (POLLERR | POLLNVAL) != 0 => {
            Err(io::Error::new(io::ErrorKind::NotConnected, "the device is gone"))
        }
        _ if pfd.revents & POLLIN == 0 => {
            Err(io::Error::new(io::ErrorKind::Unsupported, "the hypervisor does not notify of changes"))
        }
        _ => Ok(true),
    }
}
