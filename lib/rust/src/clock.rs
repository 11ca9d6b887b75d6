// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
use crate::page::{BYTES, WORDS};
use crate::short;
use crate::sys::{self, counter, Mapping, COUNTER_ID};
use crate::{Epoch, Error, Page, Reading, Scale, Time};
use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;
use std::os::unix::io::{AsRawFd, RawFd};
use std::path::Path;
use std::sync::atomic::{fence, AtomicU32, AtomicU64, Ordering};
use std::thread::sleep;
use std::time::{Duration, Instant};

/// Attempts before a page that is being changed is given up.
const TRIES: u32 = 1000;
/// Where a sleep ends late: the kernel's timer slack is 50 us.
const SPIN: Duration = Duration::from_micros(60);

enum Source {
    /// The usual one.
    Mapped(Mapping),
    /// Where the CPU's pages are larger than the device's region; its length.
    Read(File, usize),
}

/// An open VMClock device. It may be shared by threads.
pub struct Clock {
    file: File,
    source: Source,
    /// The page's first 12 bytes, if [`short`] can read it.
    id: (u64, u32),
}

impl Clock {
    /// Open a device, `/dev/vmclock0` for instance.
    ///
    /// That the page tells no time is no error here: it may begin to.
    pub fn open<P: AsRef<Path>>(path: P) -> io::Result<Clock> {
        let file = File::open(path.as_ref())?;
        // poll() is to tell of changes from here on
        file.read_at(&mut [0; 8], 0)?;
        let source = match Mapping::new(file.as_raw_fd()) {
            Ok(mapping) => Source::Mapped(mapping),
            Err(_) => Self::readable(path.as_ref())?,
        };
        let mut clock = Clock { file, source, id: (0, 0) };
        let (words, _) = clock.copy(Some(0)).map_err(to_io)?;
        let page = Page::from_words(words, clock.len()).map_err(to_io)?;
        if page.counter_id() == COUNTER_ID && page.time_type() < 2 && (words[0] >> 32) as usize >= BYTES {
            clock.id = (words[0], words[1] as u32);
        }
        Ok(clock)
    }

    /// A file of its own, for reading also says what poll() has told of.
    fn readable(path: &Path) -> io::Result<Source> {
        let file = File::open(path)?;
        let mut bytes = [0; 4096];
        let len = file.read_at(&mut bytes, 0)?;
        let size = u32::from_le_bytes([bytes[4], bytes[5], bytes[6], bytes[7]]) as u64;
        let more = size > len as u64 && file.read_at(&mut [0], size - 1)? == 1;
        Ok(Source::Read(file, if more { size as usize } else { len }))
    }

    fn len(&self) -> usize {
        match &self.source {
            Source::Mapped(mapping) => mapping.len,
            Source::Read(_, len) => *len,
        }
    }

    /// The time in a scale. No system call where the page is mapped.
    #[inline(always)]
    pub fn now(&self, scale: Scale) -> Result<Reading, Error> {
        if let Source::Mapped(mapping) = &self.source {
            let (page, halves) = views(mapping);
            if let Some(reading) = short::read(page, halves, self.id, scale) {
                return Ok(reading);
            }
        }
        self.reading(None, scale)
    }

    /// The time at a value that [`counter`] has returned earlier, in the same
    /// epoch.
    pub fn at(&self, counter: u64, scale: Scale) -> Result<Reading, Error> {
        self.reading(Some(counter), scale)
    }

    #[cold]
    fn reading(&self, at: Option<u64>, scale: Scale) -> Result<Reading, Error> {
        let (words, counter) = self.copy(at)?;
        Page::from_words(words, self.len())?.at(COUNTER_ID, counter, scale)
    }

    fn copy(&self, at: Option<u64>) -> Result<([u64; WORDS], u64), Error> {
        for _ in 0..TRIES {
            let copy = match &self.source {
                Source::Mapped(mapping) => try_copy(mapping, at),
                Source::Read(file, _) => try_read(file, at)?,
            };
            if let Some(copy) = copy {
                return Ok(copy);
            }
            std::hint::spin_loop();
        }
        Err(Error::Busy)
    }

    /// The present epoch.
    pub fn epoch(&self) -> Result<Epoch, Error> {
        let (words, _) = self.copy(Some(0))?;
        Ok(Page::from_words(words, self.len())?.epoch())
    }

    /// Sleep until `t` is in the past for certain: until `earliest > t`. Commit
    /// wait: an event that has the time stamp `t` and is made known afterwards is
    /// before every event that its observers cause.
    ///
    /// Whether it is by now; `Ok(false)` when `timeout` is over.
    pub fn wait_after(&self, t: Time, scale: Scale, timeout: Option<Duration>) -> Result<bool, Error> {
        let begin = Instant::now();
        loop {
            let bounds = match self.now(scale) {
                Err(Error::Busy) => None,
                now => Some(now?.bounds.ok_or(Error::NoTime("page does not bound its error"))?),
            };
            let left = match bounds {
                Some(b) if b.earliest > t => return Ok(true),
                Some(b) => Duration::from_nanos(t.wrapping_sub(b.earliest).ns_up() as u64),
                None => SPIN,
            };
            let rest = timeout.map_or(left, |limit| limit.saturating_sub(begin.elapsed()));
            if timeout.is_some() && rest.is_zero() {
                return Ok(false);
            }
            let left = left.min(rest);
            if left > SPIN {
                sleep(left - SPIN);
            } else {
                std::hint::spin_loop();
            }
        }
    }

    /// Wait until the page changes; `None`: for ever. One thread at a time, in the
    /// process that has opened the clock. The descriptor ([`AsRawFd`]) is readable
    /// then, for event loops.
    ///
    /// Whether it has changed since it was opened, or the last change that was
    /// told.
    pub fn wait_change(&self, timeout: Option<Duration>) -> io::Result<bool> {
        let ms = timeout.map_or(-1, |t| t.as_millis().min(i32::MAX as u128) as i32);
        let changed = sys::wait(self.file.as_raw_fd(), ms)?;
        if changed {
            // before the caller looks at the page: a later change is another one
            self.file.read_at(&mut [0; 8], 0)?;
        }
        Ok(changed)
    }
}

impl AsRawFd for Clock {
    fn as_raw_fd(&self) -> RawFd {
        self.file.as_raw_fd()
    }
}

fn to_io(error: Error) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, error)
}

/// The mapped page in words of 8 bytes, and its first 16 bytes in words of 4.
#[inline(always)]
fn views(mapping: &Mapping) -> (&[AtomicU64; WORDS], &[AtomicU32; 4]) {
    // SAFETY: the mapping has at least 4096 bytes and is aligned; whatever is in
    // it, and whoever changes it, words may be loaded atomically.
    unsafe { (&*mapping.words(), &*mapping.words()) }
}

/// One attempt: two looks at sequence count and marker, the counter between.
fn try_copy(mapping: &Mapping, at: Option<u64>) -> Option<([u64; WORDS], u64)> {
    let (page, halves) = views(mapping);
    let load = |i: usize| u64::from_le(page[i].load(Ordering::Relaxed));
    let seq = halves[3].load(Ordering::Relaxed);
    // pairs with the writer's barrier before it makes the count even
    fence(Ordering::Acquire);
    let mut words = [0; WORDS];
    words[2] = load(2);
    let counter = at.unwrap_or_else(counter);
    for i in [0, 1, 3, 4, 5, 6, 8, 9, 10, 12, 13] {
        words[i] = load(i);
    }
    // pairs with the writer's barrier after it has made the count odd
    fence(Ordering::Acquire);
    let same = load(2) == words[2] && halves[3].load(Ordering::Relaxed) == seq;
    (u32::from_le(seq) & 1 == 0 && same).then_some((words, counter))
}

/// The same by read(), which returns one state of the page.
fn try_read(file: &File, at: Option<u64>) -> Result<Option<([u64; WORDS], u64)>, Error> {
    let (first, counter) = (read_words(file)?, at.unwrap_or_else(counter));
    let second = read_words(file)?;
    let even = first[1] >> 32 & 1 == 0;
    let same = first[1] == second[1] && first[2] == second[2];
    Ok((even && same).then_some((first, counter)))
}

fn read_words(file: &File) -> Result<[u64; WORDS], Error> {
    let mut bytes = [0; BYTES];
    file.read_at(&mut bytes, 0).map_err(|_| Error::NoPage("device can't be read"))?;
    let mut words = [0; WORDS];
    for (word, b) in words.iter_mut().zip(bytes.chunks_exact(8)) {
        *word = u64::from_le_bytes([b[0], b[1], b[2], b[3], b[4], b[5], b[6], b[7]]);
    }
    Ok(words)
}
