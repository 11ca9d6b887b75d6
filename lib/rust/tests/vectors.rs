// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
//! The golden vectors of the C core: $VMCLOCK_VECTORS is vectors.h.
use vmclock::{Line, Time};

fn table(name: &str) -> Vec<Vec<u64>> {
    let path = std::env::var("VMCLOCK_VECTORS").expect("VMCLOCK_VECTORS is not set");
    let text = std::fs::read_to_string(path).unwrap();
    let rows: Vec<Vec<u64>> = text
        .split_once(&format!("}} {}_vectors[] = {{", name))
        .unwrap()
        .1
        .lines()
        .skip(1)
        .take_while(|line| !line.starts_with("};"))
        .map(|line| {
            let words = line.trim_matches(|c| "\t{} ,".contains(c)).split(", ");
            words.map(|word| u64::from_str_radix(&word[2..], 16).unwrap()).collect()
        })
        .collect();
    assert!(rows.len() > 8);
    rows
}

fn line(v: &[u64]) -> Line {
    Line { counter: v[0], time: Time::new(v[1] as i64, v[2]), period_frac: v[3], period_shift: v[4] as u8 }
}

#[test]
fn delta() {
    for v in table("delta") {
        assert_eq!(Line::interval(v[0] as i64, v[1], v[2] as u8), Time::new(v[3] as i64, v[4]), "{:x?}", v);
    }
}

#[test]
fn line_at() {
    for v in table("line") {
        assert_eq!(line(&v).at(v[5]), Time::new(v[6] as i64, v[7]), "{:x?}", v);
    }
}

#[test]
fn period() {
    for v in table("period") {
        assert_eq!(Line::period(v[0], v[1], v[2] as u32), (v[3], v[4] as u8), "{:x?}", v);
    }
}

#[test]
fn to_ns() {
    for v in table("to_ns") {
        assert_eq!(Time::new(v[0] as i64, v[1]).ns_down(), v[2] as i64, "{:x?}", v);
    }
}

#[test]
fn from_ns() {
    for v in table("from_ns") {
        assert_eq!(Time::from_ns(v[0] as i64), Time::new(v[1] as i64, v[2]), "{:x?}", v);
    }
}

#[test]
fn scale() {
    for v in table("scale") {
        let scaled = line(&v).scale(v[5], v[6] as u32, v[7]);
        assert_eq!(scaled, Some(line(&v[8..])), "{:x?}", v);
    }
}

#[test]
fn error() {
    for v in table("error") {
        let line = Line { counter: 1 << 62, period_shift: v[2] as u8, ..Line::default() };
        assert_eq!(line.error_at(v[0], v[1], line.counter.wrapping_add(v[3])), v[4], "{:x?}", v);
    }
}
