//! What Linux says of processes in `/proc`, read with bounds: names in there are chosen by whoever runs the process.

use std::fs::File;
use std::io::Read as _;
use std::path::Path;
use std::sync::LazyLock;

/// Most processes looked at.
const PROCESSES: usize = 65_536;
/// Largest `/proc/PID/stat` read, in bytes; the kernel writes about 350.
const STAT: u64 = 4_096;

/// What is used of `/proc/PID/stat` (proc(5)).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Stat {
    /// State: `Z` and `X` have ended.
    pub(super) state: u8,
    /// Parent.
    pub(super) parent: u32,
    /// User and system time of all its threads, ended ones included, in ticks.
    pub(super) own: u64,
    /// The same of children that ended and were waited for, and of theirs, in ticks.
    pub(super) ended: u64,
    /// Threads.
    pub(super) threads: u64,
    /// When it started, in ticks since the machine did: tells it from a later one with the same number.
    pub(super) start: u64,
    /// Resident memory in pages.
    pub(super) pages: u64,
}

impl Stat {
    /// Whether the process runs no more and only waits to be asked how it ended.
    pub(super) const fn has_ended(&self) -> bool {
        matches!(self.state, b'Z' | b'X' | b'x')
    }
}

/// The first bytes of a file.
pub(super) fn head(path: impl AsRef<Path>, limit: u64) -> Option<Vec<u8>> {
    let mut bytes = Vec::with_capacity(512);
    File::open(path).ok()?.take(limit).read_to_end(&mut bytes).ok()?;
    Some(bytes)
}

/// What the kernel says of a process; none when there is no such process or it may not be seen.
pub(super) fn stat(pid: u32) -> Option<Stat> {
    parse_stat(&head(format!("/proc/{pid}/stat"), STAT)?)
}

/// Reads `/proc/PID/stat`. The program's name stands in it as it is, so that fields count from the last `)`.
fn parse_stat(bytes: &[u8]) -> Option<Stat> {
    let after_name = memchr::memrchr(b')', bytes)?.checked_add(1)?;
    let mut fields = [b"".as_slice(); 22];
    let mut found = 0;
    let words = bytes.get(after_name..)?.split(u8::is_ascii_whitespace).filter(|word| !word.is_empty());
    for (field, word) in fields.iter_mut().zip(words) {
        *field = word;
        found += 1;
    }
    if found < fields.len() {
        return None;
    }
    // The fields after the name begin with number 3 of proc(5).
    let number = |field: usize| -> Option<u64> {
        let text = std::str::from_utf8(fields.get(field.checked_sub(3)?)?).ok()?;
        text.parse::<i64>().map(|number| number.max(0).unsigned_abs()).or_else(|_| text.parse()).ok()
    };
    Some(Stat {
        state: *fields.first()?.first()?,
        parent: u32::try_from(number(4)?).ok()?,
        own: number(14)?.saturating_add(number(15)?),
        ended: number(16)?.saturating_add(number(17)?),
        threads: number(20)?,
        start: number(22)?,
        pages: number(24)?,
    })
}

/// The numbers of all processes that can be seen.
pub(super) fn pids() -> impl Iterator<Item = u32> {
    let entries = std::fs::read_dir("/proc").into_iter().flatten().flatten();
    entries.filter_map(|entry| entry.file_name().to_str()?.parse().ok()).take(PROCESSES)
}

/// Units of the kernel's numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Units {
    /// Bytes of a page of memory.
    pub(super) page: u64,
    /// Nanoseconds of a tick (`USER_HZ`).
    pub(super) tick: u64,
}

/// The units on this machine: from the auxiliary vector, where `sysconf` has them too.
pub(super) static UNITS: LazyLock<Units> =
    LazyLock::new(|| parse_auxv(&head("/proc/self/auxv", 4_096).unwrap_or_default()));

/// Reads the auxiliary vector (getauxval(3)): pairs of native words, `AT_PAGESZ` is 6 and `AT_CLKTCK` is 17.
fn parse_auxv(bytes: &[u8]) -> Units {
    const WORD: usize = size_of::<usize>();
    let words = bytes.chunks_exact(WORD).filter_map(|word| Some(usize::from_ne_bytes(word.try_into().ok()?)));
    let words: Vec<usize> = words.collect();
    let (mut page, mut ticks) = (4_096, 100);
    for pair in words.chunks_exact(2) {
        match pair {
            [6, size] if size.is_power_of_two() => page = *size as u64,
            [17, rate] if (1..=1_000_000).contains(rate) => ticks = *rate as u64,
            _ => {}
        }
    }
    Units { page, tick: 1_000_000_000 / ticks }
}

/// Text of others for reports: one line without control characters, and not long.
pub(super) fn plain(text: &str) -> String {
    let visible = text.chars().map(|character| if character.is_control() { ' ' } else { character });
    let words: String = visible.take(128).collect();
    words.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_count_from_the_last_parenthesis() {
        // Numbered as in proc(5): field n holds n, the parent (4) is 7.
        let text =
            b"42 (a) R 1 (b \n) Z) S 7 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 23 24 25 26 27\n";
        let expected = Stat { state: b'S', parent: 7, own: 29, ended: 33, threads: 20, start: 22, pages: 24 };
        assert_eq!(parse_stat(text), Some(expected));
        assert!(!expected.has_ended());
        for wrong in [
            b"".as_slice(),
            b"42 (a) S 7 5",
            b"42 a S 7",
            b"42 (a) S x 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 23 24",
        ] {
            assert_eq!(parse_stat(wrong), None, "{}", String::from_utf8_lossy(wrong));
        }
    }

    #[test]
    fn the_kernel_says_what_this_process_is() {
        let own = stat(std::process::id()).unwrap();
        assert_eq!(own.parent, std::os::unix::process::parent_id());
        assert!(own.threads >= 1 && own.pages > 0 && own.start > 0 && !own.has_ended());
        assert!(pids().any(|pid| pid == std::process::id()));
        assert_eq!(stat(u32::MAX), None);
    }

    #[test]
    fn units_come_from_the_auxiliary_vector() {
        let words = [3_usize, 64, 6, 16_384, 17, 250, 0, 0];
        let bytes: Vec<u8> = words.iter().flat_map(|word| word.to_ne_bytes()).collect();
        assert_eq!(parse_auxv(&bytes), Units { page: 16_384, tick: 4_000_000 });
        assert_eq!(parse_auxv(b"?"), Units { page: 4_096, tick: 10_000_000 });
        // What rustix and getconf say on every Linux of today.
        assert_eq!(UNITS.tick, 10_000_000);
    }

    #[test]
    fn names_of_others_are_made_plain() {
        assert_eq!(plain("  a\u{1b}[31m \n b\u{7}"), "a [31m b");
        assert_eq!(plain(&"x".repeat(1_000)).len(), 128);
    }
}
