//! What stands where a model should: pages of errors, pointers, other formats.

/// Words for data that programs such as joblib may have packed.
pub(super) const PACKED: &str = "compressed data, which is not looked into";

/// What bytes are that are of no known format, in words.
pub(super) fn describe(start: &[u8]) -> String {
    let plain = start.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(start).trim_ascii_start();
    let lower = plain.get(..plain.len().min(64)).unwrap_or_default().to_ascii_lowercase();
    let begins = |magic: &[u8]| start.starts_with(magic);
    let words = if start.is_empty() {
        "nothing: it is empty"
    } else if begins(b"version https://git-lfs.github.com/spec/") {
        "a Git LFS pointer: the file itself was not fetched"
    } else if lower.starts_with(b"<!doctype html") || lower.starts_with(b"<html") {
        "HTML"
    } else if lower.starts_with(b"<?xml") || lower.starts_with(b"<error") {
        "XML"
    } else if matches!(plain, [b'{' | b'[', ..]) && is_text(plain) {
        "JSON or another text"
    } else if start.iter().all(|byte| *byte == 0) {
        "nothing but zeros"
    } else if is_packed(start) {
        PACKED
    } else if is_text(start) {
        "text"
    } else {
        "of no known format"
    };
    words.to_owned()
}

/// gzip, zlib, bzip2, xz, zstd, LZ4: what joblib and others pack pickles with.
fn is_packed(start: &[u8]) -> bool {
    matches!(
        start,
        [0x1F, 0x8B, ..]
            | [0x78, 0x01 | 0x5E | 0x9C | 0xDA, ..]
            | [b'B', b'Z', b'h', ..]
            | [0xFD, b'7', b'z', b'X', b'Z', ..]
            | [0x5D, 0x00, 0x00, ..]
            | [0x28, 0xB5, 0x2F, 0xFD, ..]
            | [0x04, 0x22, 0x4D, 0x18, ..]
    )
}

fn is_text(start: &[u8]) -> bool {
    let end = match std::str::from_utf8(start) {
        Ok(_) => start.len(),
        // Cut off in the middle of a character.
        Err(error) if error.error_len().is_none() => error.valid_up_to(),
        Err(_) => return false,
    };
    start.get(..end).unwrap_or_default().iter().all(|byte| !matches!(byte, 0..=8 | 14..=26 | 28..=31))
}
