// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
//! The host's half, for VMMs: views of `/dev/vmclock_host`, which are pages for
//! virtual machines. `docs/ABI/dev-vmclock_host` specifies each call.

use crate::sys::{ioctl, Mapping};
use std::fs::File;
use std::io;
use std::mem::size_of;
use std::os::raw::{c_int, c_ulong, c_void};
use std::os::unix::io::{AsRawFd, BorrowedFd, FromRawFd, OwnedFd};

/// A disruption within a day, for [`View::set_flags`].
pub const DISRUPTION_SOON: u64 = 1 << 1;
/// A disruption within an hour.
pub const DISRUPTION_IMMINENT: u64 = 1 << 2;
/// The guest is notified of changes.
pub const NOTIFICATION: u64 = 1 << 9;

/// `machine's counter = ((host's * ratio) >> frac_bits) + offset`, modulo 2^64.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Translation {
    /// Of KVM: `1 << frac_bits` if the counter isn't scaled.
    pub ratio: u64,
    /// `KVM_VCPU_TSC_OFFSET`, for instance.
    pub offset: u64,
    /// 48 for Intel and 32 for AMD, as KVM has them.
    pub frac_bits: u32,
    /// By how many counts the virtual CPUs may be off; added to the bound.
    pub spread: u32,
}

#[repr(C)]
struct Create {
    size: u32,
    time_type: u32,
    flags: u64,
    owner: [u32; 4],
    name: [u8; 64],
}

#[repr(C)]
struct SetTranslation {
    ratio: u64,
    offset: u64,
    frac_bits: u32,
    spread: u32,
    reason: u32,
    reserved: u32,
}

#[repr(C)]
struct SetFlags {
    mask: u64,
    flags: u64,
}

#[repr(C)]
struct SetGeneration {
    value: u64,
    flags: u32,
    reserved: u32,
}

#[repr(C)]
struct SetEventfd {
    fd: i32,
    reserved: u32,
}

const WRITE: c_ulong = 1;
const READ: c_ulong = 2;

const fn number<T>(direction: c_ulong, n: c_ulong) -> c_ulong {
    direction << 30 | (size_of::<T>() as c_ulong) << 16 | 0xbc << 8 | n
}

fn call<T>(fd: c_int, direction: c_ulong, n: c_ulong, argument: &mut T) -> io::Result<c_int> {
    // SAFETY: the number has the argument's size, which the kernel copies.
    let ret = unsafe { ioctl(fd, number::<T>(direction, n), argument as *mut T as *mut c_void) };
    if ret < 0 {
        return Err(io::Error::last_os_error());
    }
    Ok(ret)
}

/// A view: a page for one machine, as long as this or a mapping of it lives.
pub struct View(OwnedFd);

/// A view from vmclock-hostd, or from whoever else has made it.
impl From<OwnedFd> for View {
    fn from(fd: OwnedFd) -> View {
        View(fd)
    }
}

impl View {
    /// A new view without a name, that begins with these flags. `host` is
    /// `/dev/vmclock_host`, open for reading and writing.
    pub fn create(host: &File, flags: u64) -> io::Result<View> {
        let mut create = Create { size: 0, time_type: 0, flags, owner: [0; 4], name: [0; 64] };
        let fd = call(host.as_raw_fd(), WRITE, 0x00, &mut create)?;
        // SAFETY: the call has made it, for nobody else.
        Ok(View(unsafe { OwnedFd::from_raw_fd(fd) }))
    }

    /// The page, for `KVM_SET_USER_MEMORY_REGION` with `KVM_MEM_READONLY`.
    pub fn map(&self) -> io::Result<HostPage> {
        Ok(HostPage(Mapping::new(self.0.as_raw_fd())?))
    }

    /// Say what the machine's counter is; `None`: not known, and the page says so.
    pub fn set_translation(&self, t: Option<&Translation>) -> io::Result<()> {
        let t = t.copied().unwrap_or_default();
        let mut set = SetTranslation {
            ratio: t.ratio,
            offset: t.offset,
            frac_bits: t.frac_bits,
            spread: t.spread,
            reason: 0,
            reserved: 0,
        };
        call(self.0.as_raw_fd(), WRITE, 0x10, &mut set).map(drop)
    }

    /// Change those flags of `mask` that the VMM answers for.
    pub fn set_flags(&self, mask: u64, flags: u64) -> io::Result<()> {
        call(self.0.as_raw_fd(), WRITE, 0x12, &mut SetFlags { mask, flags }).map(drop)
    }

    /// The machine goes on from a copy of its state; the new VM generation.
    pub fn new_generation(&self) -> io::Result<u64> {
        let mut set = SetGeneration { value: 0, flags: 0, reserved: 0 };
        call(self.0.as_raw_fd(), READ | WRITE, 0x13, &mut set)?;
        Ok(set.value)
    }

    /// The machine has come from another host, with this generation.
    pub fn set_generation(&self, value: u64) -> io::Result<()> {
        let mut set = SetGeneration { value, flags: 1, reserved: 0 };
        call(self.0.as_raw_fd(), READ | WRITE, 0x13, &mut set).map(drop)
    }

    /// Have an eventfd signalled after each change: that of `KVM_IRQFD`.
    pub fn set_eventfd(&self, fd: Option<BorrowedFd>) -> io::Result<()> {
        let fd = fd.map_or(-1, |fd| fd.as_raw_fd());
        call(self.0.as_raw_fd(), WRITE, 0x14, &mut SetEventfd { fd, reserved: 0 }).map(drop)
    }
}

/// A view that is mapped, read-only for good, until it is dropped.
pub struct HostPage(Mapping);

impl HostPage {
    /// Where it is in this process.
    pub fn address(&self) -> u64 {
        self.0.words::<u8>() as u64
    }

    /// Its length, a page of the CPU.
    #[allow(clippy::len_without_is_empty)]
    pub fn len(&self) -> usize {
        self.0.len
    }
}
