// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
//! Random pages and what the C core makes of them, to the bit: $VMCLOCK_STREAM
//! is a command that prints the records of selftests/libvmclock/stream.c.
use std::io::{BufReader, Read};
use std::process::{Command, Stdio};
use vmclock::{abi, Error, Page, Scale, Status};

const ERANGE: i32 = -34;

fn u64_at(r: &[u8], at: usize) -> u64 {
    u64::from_le_bytes(r[at..at + 8].try_into().unwrap())
}

/// What is in bytes 124 to 200 of a record.
fn answer(r: &[u8]) -> [u8; 76] {
    let mut a = [0; 76];
    let scale = if r[120] == 0 { Scale::Utc } else { Scale::Tai };
    let page = Page::new(&r[..112], 112);
    let reading = page.and_then(|p| p.at(abi::VMCLOCK_COUNTER_X86_TSC, u64_at(r, 112), scale));
    let result = match &reading {
        Ok(now) if now.bounds.is_some() => 0,
        Ok(_) => ERANGE,
        Err(Error::NoPage(_)) => -74,
        Err(Error::NoTime(_)) => -61,
        Err(Error::Busy) => -11,
    };
    a[..4].copy_from_slice(&i32::to_le_bytes(result));
    if let Ok(now) = reading {
        let bounds = now.bounds.map(|b| (b.earliest, b.latest)).unwrap_or_default();
        for (i, t) in [now.time, bounds.0, bounds.1].iter().enumerate() {
            a[4 + 16 * i..12 + 16 * i].copy_from_slice(&t.sec.to_le_bytes());
            a[12 + 16 * i..20 + 16 * i].copy_from_slice(&t.frac.to_le_bytes());
        }
        a[52..60].copy_from_slice(&now.epoch.disruption_marker.to_le_bytes());
        a[60..68].copy_from_slice(&now.epoch.vm_generation.to_le_bytes());
        a[68] = if now.status == Status::Synchronized { 2 } else { 3 };
        a[69] = now.leap as u8;
        a[70] = now.bounds.is_some() as u8;
    }
    a
}

#[test]
fn stream() {
    let command = std::env::var("VMCLOCK_STREAM").expect("VMCLOCK_STREAM is not set");
    let words: Vec<&str> = command.split(' ').collect();
    let mut child = Command::new(words[0]).args(&words[1..]).stdout(Stdio::piped()).spawn().unwrap();
    let mut from = BufReader::with_capacity(1 << 16, child.stdout.take().unwrap());
    let mut record = [0; 200];
    let (mut n, mut told) = (0, 0);
    while from.read_exact(&mut record).is_ok() {
        assert_eq!(answer(&record), record[124..], "record {}: {:x?}", n, record);
        n += 1;
        told += (record[124..128] == [0; 4]) as u32;
    }
    assert!(child.wait().unwrap().success());
    println!("{} records, {} with time and bounds", n, told);
    assert!(n >= 100000 && told > n / 4);
}
