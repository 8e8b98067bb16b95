//! The text of files that no standard holds to UTF-8.

use std::borrow::Cow;

use crate::formats::fault::Fault;

/// The text of a file: UTF-8 with or without a byte order mark, UTF-16 with one (as some shells write it). Bytes that
/// are not of the encoding become U+FFFD, which no name or version holds.
pub(super) fn decode(bytes: &[u8], max_bytes: usize) -> Result<Cow<'_, str>, Fault> {
    if bytes.len() > max_bytes {
        let message = format!("{} bytes are more than the {max_bytes} that are read", bytes.len());
        return Err(Fault::new(1, message));
    }
    let wide = |bytes: &[u8], unit: fn([u8; 2]) -> u16| {
        let units: Vec<u16> = bytes
            .chunks(2)
            .map(|pair| match *pair {
                [first, second] => unit([first, second]),
                // Half a unit at the end becomes a lone surrogate, and so U+FFFD.
                _ => 0xD800,
            })
            .collect();
        Cow::Owned(String::from_utf16_lossy(&units))
    };
    let text = if let Some(rest) = bytes.strip_prefix(b"\xEF\xBB\xBF") {
        String::from_utf8_lossy(rest)
    } else if let Some(rest) = bytes.strip_prefix(b"\xFF\xFE") {
        wide(rest, u16::from_le_bytes)
    } else if let Some(rest) = bytes.strip_prefix(b"\xFE\xFF") {
        wide(rest, u16::from_be_bytes)
    } else {
        String::from_utf8_lossy(bytes)
    };
    match text.find('\0') {
        None => Ok(text),
        Some(at) => {
            let before = text.as_bytes().get(..at).unwrap_or_default();
            let lines = memchr::memchr_iter(b'\n', before).count();
            Err(Fault::new(u32::try_from(lines + 1).unwrap_or(u32::MAX), "a NUL byte"))
        }
    }
}

/// The number of the line at an index from 0.
pub(super) fn number(index: usize) -> u32 {
    u32::try_from(index).unwrap_or(u32::MAX).saturating_add(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_tell_the_encoding() {
        for bytes in
            [&b"a=\xC3\xA4"[..], b"\xEF\xBB\xBFa=\xC3\xA4", b"\xFF\xFEa\0=\0\xE4\0", b"\xFE\xFF\0a\0=\0\xE4"]
        {
            assert_eq!(decode(bytes, 100).unwrap(), "a=ä");
        }
        assert_eq!(decode(b"a\xE4b", 100).unwrap(), "a\u{FFFD}b");
        assert_eq!(decode(b"\xFF\xFEa\0=", 100).unwrap(), "a\u{FFFD}");
        assert_eq!(decode(b"a\n\0", 100), Err(Fault::new(2, "a NUL byte")));
        assert!(decode(b"abc", 2).is_err());
    }
}
