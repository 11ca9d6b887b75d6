// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
//! A page in a file stands for the device: $VMCLOCK_MKPAGE makes one.
use std::path::PathBuf;
use std::process::Command;
use std::time::{Duration, Instant, SystemTime};
use vmclock::{Clock, Error, Scale, Status};

struct File(PathBuf);

impl File {
    fn new(name: &str, fields: &[&str]) -> File {
        let path = std::env::temp_dir().join(format!("vmclock-rust-{}-{}", name, std::process::id()));
        let file = File(path);
        file.fill(fields);
        file
    }

    fn fill(&self, fields: &[&str]) {
        let mkpage = std::env::var("VMCLOCK_MKPAGE").expect("VMCLOCK_MKPAGE is not set");
        assert!(Command::new(mkpage).arg(&self.0).args(fields).status().unwrap().success());
    }
}

impl Drop for File {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.0);
    }
}

#[test]
fn now() {
    let file = File::new("now", &[]);
    let clock = Clock::open(&file.0).unwrap();
    let counter = vmclock::counter();
    let (utc, tai) = (clock.now(Scale::Utc).unwrap(), clock.now(Scale::Tai).unwrap());
    let b = utc.bounds.unwrap();
    assert!(b.earliest < utc.time && utc.time < b.latest);
    assert!(clock.at(counter, Scale::Utc).unwrap().time < utc.time);
    assert!((37..=38).contains(&(tai.time.sec - utc.time.sec)));
    assert_eq!((utc.status, utc.epoch.disruption_marker, utc.epoch.vm_generation), (Status::Synchronized, 7, 3));
    let system = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap();
    assert!((system.as_secs() as i64 - utc.time.sec).abs() < 60);
    assert_eq!(b.latest.ns_up(), b.latest.ns_down() + 1);
}

#[test]
fn unbounded_and_without_time() {
    let file = File::new("unbounded", &["flags=1"]);
    assert_eq!(Clock::open(&file.0).unwrap().now(Scale::Utc).unwrap().bounds, None);
    file.fill(&["clock_status=0"]);
    let error = Clock::open(&file.0).unwrap().now(Scale::Utc).unwrap_err();
    assert_eq!(error, Error::NoTime("host does not know its time yet"));
    file.fill(&["magic=1"]);
    assert!(Clock::open(&file.0).is_err());
    assert!(Clock::open("/nonexistent").is_err());
}

#[test]
fn epochs() {
    let file = File::new("epochs", &[]);
    let clock = Clock::open(&file.0).unwrap();
    let epoch = clock.epoch().unwrap();
    assert_eq!(epoch, clock.now(Scale::Tai).unwrap().epoch);
    file.fill(&["disruption_marker=8"]);
    assert_ne!(epoch, clock.epoch().unwrap());
    assert!(clock.wait_change(Some(Duration::ZERO)).unwrap());
}

#[test]
fn commit_wait() {
    let file = File::new("wait", &["time_maxerror_nanosec=20000000"]);
    let clock = Clock::open(&file.0).unwrap();
    let begin = Instant::now();
    let latest = clock.now(Scale::Tai).unwrap().bounds.unwrap().latest;
    assert!(clock.wait_after(latest, Scale::Tai, None).unwrap());
    assert!(begin.elapsed() >= Duration::from_millis(40));
    assert!(clock.now(Scale::Tai).unwrap().bounds.unwrap().earliest > latest);
    let mut later = latest;
    later.sec += 1000;
    assert!(!clock.wait_after(later, Scale::Tai, Some(Duration::from_millis(10))).unwrap());
}

#[test]
fn threads() {
    let file = File::new("threads", &[]);
    let clock = Clock::open(&file.0).unwrap();
    std::thread::scope(|s| {
        for _ in 0..4 {
            s.spawn(|| {
                let mut last = clock.now(Scale::Tai).unwrap().time;
                for _ in 0..20000 {
                    let now = clock.now(Scale::Tai).unwrap().time;
                    assert!(now >= last);
                    last = now;
                }
            });
        }
    });
}
