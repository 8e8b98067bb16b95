//! Archives that are sound, and ones that are broken or made to do harm.

use std::cell::Cell;
use std::io::{Cursor, Read, Seek, SeekFrom, Write as _};

use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

use super::{Archive, ArchiveError};

fn zipped(entries: &[(&str, &str)]) -> Vec<u8> {
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, content) in entries {
        writer.start_file(*name, SimpleFileOptions::default()).unwrap();
        writer.write_all(content.as_bytes()).unwrap();
    }
    writer.finish().unwrap().into_inner()
}

/// Counts what is read.
struct Counted<'a>(Cursor<&'a [u8]>, &'a Cell<usize>);

impl Read for Counted<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let count = self.0.read(buffer)?;
        self.1.set(self.1.get() + count);
        Ok(count)
    }
}

impl Seek for Counted<'_> {
    fn seek(&mut self, to: SeekFrom) -> std::io::Result<u64> {
        self.0.seek(to)
    }
}

#[test]
fn the_directory_is_read_once() {
    let entries: Vec<(String, String)> = (0..2_000).map(|n| (format!("{n}.json"), "{}".to_owned())).collect();
    let entries: Vec<(&str, &str)> =
        entries.iter().map(|(name, text)| (name.as_str(), text.as_str())).collect();
    let bytes = zipped(&entries);
    let read = Cell::new(0);
    let mut seen = 0;
    Archive::open(Counted(Cursor::new(&bytes), &read))
        .unwrap()
        .for_each(
            |_| true,
            |_, _| {
                seen += 1;
                Ok::<(), ArchiveError>(())
            },
        )
        .unwrap();
    assert_eq!(seen, 2_000);
    // Once each: the end record and what lies before it, the directory, the entries, with what the buffers read ahead.
    assert!(read.get() < 4 * bytes.len(), "{} bytes of {} were read", read.get(), bytes.len());
}

/// Why an archive is refused.
fn refusal(bytes: &[u8]) -> String {
    let read = |bytes: &[u8]| -> Result<(), ArchiveError> {
        Archive::open(Cursor::new(bytes))?.for_each(|_| true, |_, _| Ok(()))
    };
    read(bytes).expect_err("the archive is refused").to_string()
}

#[test]
fn archives_are_read_as_they_were_written() {
    let long = "x".repeat(300_000);
    let entries =
        [("a.json", "{}"), ("sub/b.json", long.as_str()), ("empty.json", ""), ("c.txt", "not wanted")];
    for method in [CompressionMethod::Stored, CompressionMethod::Deflated] {
        for large in [false, true] {
            let options = SimpleFileOptions::default().compression_method(method).large_file(large);
            let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
            writer.add_directory("sub", options).unwrap();
            for (name, content) in entries {
                writer.start_file(name, options).unwrap();
                writer.write_all(content.as_bytes()).unwrap();
            }
            writer.set_comment("a comment").unwrap();
            let bytes = writer.finish().unwrap().into_inner();
            let mut archive = Archive::open(Cursor::new(&bytes)).unwrap();
            let mut seen = Vec::new();
            let wanted = |name: &str| name.ends_with(".json");
            let read: Result<(), ArchiveError> = archive.for_each(wanted, |name, content| {
                seen.push((name.to_owned(), String::from_utf8(content.to_vec()).unwrap()));
                Ok(())
            });
            read.unwrap();
            let expected: Vec<_> = entries[..3]
                .iter()
                .map(|(name, content)| ((*name).to_owned(), (*content).to_owned()))
                .collect();
            assert_eq!(seen, expected);
        }
    }
}

#[test]
fn hostile_names_are_refused() {
    for (name, word) in [
        ("../a.json", "`..`"),
        ("a/../../b.json", "`..`"),
        ("/etc/a.json", "absolute"),
        ("\\a.json", "absolute"),
        ("C:\\a.json", "drive"),
        ("a\0.json", "NUL"),
    ] {
        // The writer mends names, so the name is put in afterwards.
        let plain = "x".repeat(name.len());
        let mut bytes = zipped(&[(&plain, "{}")]);
        let places: Vec<usize> = memchr::memmem::find_iter(&bytes, plain.as_bytes()).collect();
        for at in places {
            bytes[at..at + name.len()].copy_from_slice(name.as_bytes());
        }
        assert!(refusal(&bytes).contains(word), "{name}: {}", refusal(&bytes));
    }
    let twice = zipped(&[("a.json", "{}"), ("b.json", "{}")]);
    let changed: Vec<u8> = {
        let mut bytes = twice.clone();
        for at in memchr::memmem::find_iter(&twice, b"b.json") {
            bytes[at] = b'a';
        }
        bytes
    };
    assert!(refusal(&changed).contains("named twice"));
}

#[test]
fn links_and_encrypted_entries_are_refused() {
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    writer.add_symlink("a.json", "/etc/passwd", SimpleFileOptions::default()).unwrap();
    assert!(refusal(&writer.finish().unwrap().into_inner()).contains("symbolic link"));
    let good = zipped(&[("a.json", "{}")]);
    let directory = memchr::memmem::find(&good, b"PK\x01\x02").unwrap();
    let changed = |at: usize, byte: u8| {
        let mut bytes = good.clone();
        bytes[directory + at] = byte;
        refusal(&bytes)
    };
    assert!(changed(8, 1).contains("encrypted"));
    assert!(changed(10, 12).contains("method 12"));
    assert!(changed(16, 0x55).contains("checksum"));
    assert!(changed(24, 9).contains("size"));
    assert!(changed(42, 3).contains("another name"));
}

#[test]
fn bombs_are_refused_before_they_go_off() {
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    writer.start_file("a.json", SimpleFileOptions::default()).unwrap();
    writer.write_all(&vec![b' '; 2 << 20]).unwrap();
    assert!(refusal(&writer.finish().unwrap().into_inner()).contains("200 times"));
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    writer.start_file("a.json", SimpleFileOptions::default()).unwrap();
    writer.write_all(&vec![b' '; (16 << 20) + 1]).unwrap();
    let large = writer.finish().unwrap().into_inner();
    assert!(refusal(&large).contains("16 MiB"));
    // The same with a directory that says that it is small.
    let mut lying = large.clone();
    let directory = memchr::memmem::rfind(&lying, b"PK\x01\x02").unwrap();
    lying[directory + 24..directory + 28].copy_from_slice(&1000u32.to_le_bytes());
    assert!(refusal(&lying).contains("size"));

    // A million entries, by the word of the end record alone.
    let mut many = vec![0; 76];
    many[..4].copy_from_slice(b"PK\x06\x06");
    many[24..32].copy_from_slice(&1_000_000u64.to_le_bytes());
    many[32..40].copy_from_slice(&1_000_000u64.to_le_bytes());
    many[56..60].copy_from_slice(b"PK\x06\x07");
    let mut end = b"PK\x05\x06".to_vec();
    end.extend([0, 0, 0, 0, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 0, 0]);
    many.extend(end);
    assert!(refusal(&many).contains("1000000 entries"), "{}", refusal(&many));

    // Entries that share one content.
    let shared = {
        let content: String = (0..40_000).map(|n| format!("{n} ")).collect();
        let good = zipped(&[("a.json", &content)]);
        let directory = memchr::memmem::rfind(&good, b"PK\x01\x02").unwrap();
        let end = memchr::memmem::rfind(&good, b"PK\x05\x06").unwrap();
        let (before, record) = (good[..directory].to_vec(), good[directory..end].to_vec());
        let mut bytes = before;
        for name in *b"abcdefgh" {
            let mut record = record.clone();
            record[46] = name;
            bytes.extend(record);
        }
        let mut last = good[end..].to_vec();
        last[8..12].copy_from_slice(&[8, 0, 8, 0]);
        last[12..16].copy_from_slice(&u32::try_from(record.len() * 8).unwrap().to_le_bytes());
        bytes.extend(last);
        bytes
    };
    let reason = refusal(&shared);
    assert!(reason.contains("another name") || reason.contains("overlap"), "{reason}");
}

#[test]
fn end_records_that_lie_are_refused() {
    let good = zipped(&[("a.json", "{}"), ("b.json", "{}")]);
    let end = memchr::memmem::rfind(&good, b"PK\x05\x06").unwrap();
    let changed = |at: usize, bytes: &[u8]| {
        let mut bad = good.clone();
        bad[end + at..end + at + bytes.len()].copy_from_slice(bytes);
        refusal(&bad)
    };
    assert!(changed(8, &[1, 0, 1, 0]).contains("more entries"));
    assert!(changed(8, &[3, 0, 3, 0]).contains("shorter"));
    assert!(changed(8, &[1, 0]).contains("several files"));
    assert!(changed(16, &[0]).contains("not where"));
    assert!(changed(8, &[255, 255, 255, 255]).contains("zip64"));
    assert!(refusal(&[good.clone(), vec![0; 10]].concat()).contains("no end record"));
    assert!(refusal(&[vec![0; 10], good.clone()].concat()).contains("not where"));
    for length in 0..good.len() {
        refusal(&good[..length]);
    }
}

#[test]
fn changed_bytes_are_refused_or_read() {
    let good = zipped(&[("a.json", "{\"id\": \"A\"}"), ("sub/b.json", &"{}".repeat(100))]);
    for at in 0..good.len() {
        for change in [0xFF, 0x01, 0x80] {
            let mut bytes = good.clone();
            bytes[at] ^= change;
            let read = Archive::open(Cursor::new(bytes))
                .and_then(|mut archive| archive.for_each(|_| true, |_, _| Ok::<(), ArchiveError>(())));
            drop(read);
        }
    }
}
