// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
//! Which call the host's half makes, with what. ioctl() is this test's; what the
//! kernel does is the suite host's.
#![deny(unsafe_op_in_unsafe_fn)]
use std::cell::RefCell;
use std::fs::File;
use std::os::raw::{c_int, c_ulong, c_void};
use std::os::unix::io::{AsFd, AsRawFd, IntoRawFd, OwnedFd};
use vmclock::host::{Translation, View, NOTIFICATION};

thread_local! {
    static CALLS: RefCell<Vec<(c_ulong, Vec<u8>)>> = const { RefCell::new(Vec::new()) };
}

/// In the place of libc's, for this program.
#[no_mangle]
pub unsafe extern "C" fn ioctl(_: c_int, request: c_ulong, argument: *mut c_void) -> c_int {
    let size = (request >> 16 & 0x3fff) as usize;
    // SAFETY: the caller's argument has the size that the number says.
    let bytes = unsafe { std::slice::from_raw_parts_mut(argument as *mut u8, size) };
    CALLS.with(|c| c.borrow_mut().push((request, bytes.to_vec())));
    if request & 0xff == 0x13 && bytes[8] == 0 {
        bytes[..8].copy_from_slice(&77u64.to_ne_bytes());
    }
    if request & 0xff == 0 {
        return File::open("/dev/null").unwrap().into_raw_fd();
    }
    0
}

fn calls() -> Vec<(c_ulong, Vec<u8>)> {
    CALLS.with(|c| c.take())
}

fn words(words: &[u64]) -> Vec<u8> {
    words.iter().flat_map(|w| w.to_ne_bytes()).collect()
}

#[test]
fn calls_of_a_view() {
    let null = File::open("/dev/null").unwrap();
    let view = View::create(&null, NOTIFICATION).unwrap();
    let (request, create) = &calls()[0];
    assert_eq!((*request, create.len()), (0x4060bc00, 96));
    assert_eq!(create[..16], words(&[0, NOTIFICATION])[..]);
    assert!(create[16..].iter().all(|&b| b == 0));

    let t = Translation { ratio: 3 << 32, offset: -5i64 as u64, frac_bits: 32, spread: 7 };
    view.set_translation(Some(&t)).unwrap();
    view.set_translation(None).unwrap();
    view.set_flags(6, 4).unwrap();
    assert_eq!(view.new_generation().unwrap(), 77);
    view.set_generation(9).unwrap();
    view.set_eventfd(Some(null.as_fd())).unwrap();
    view.set_eventfd(None).unwrap();
    let (given, none) = (null.as_raw_fd() as u64, 0xffff_ffff);
    assert_eq!(
        calls(),
        [
            (0x4020bc10, words(&[3 << 32, -5i64 as u64, 7 << 32 | 32, 0])),
            (0x4020bc10, words(&[0; 4])),
            (0x4010bc12, words(&[6, 4])),
            (0xc010bc13, words(&[0, 0])),
            (0xc010bc13, words(&[9, 1])),
            (0x4008bc14, words(&[given])),
            (0x4008bc14, words(&[none])),
        ]
    );
}

#[test]
fn maps() {
    let path = std::env::temp_dir().join(format!("vmclock-view-{}", std::process::id()));
    std::fs::write(&path, vec![7; 65536]).unwrap();
    let file = File::open(&path).unwrap();
    std::fs::remove_file(&path).unwrap();
    let page = View::from(OwnedFd::from(file)).map().unwrap();
    // SAFETY: the page is mapped, and has this length.
    let bytes = unsafe { std::slice::from_raw_parts(page.address() as *const u8, page.len()) };
    assert!(bytes.len() >= 4096 && bytes.iter().all(|&b| b == 7));
}
