//! Bytes to text: UTF-8, or UTF-16 with a byte order mark.

use std::borrow::Cow;

use crate::formats::fault::Fault;

/// The text of a file without its byte order mark.
pub(super) fn decode(bytes: &[u8], max_bytes: usize) -> Result<Cow<'_, str>, Fault> {
    if bytes.len() > max_bytes {
        return Err(Fault::new(
            1,
            format!("{} bytes are more than the {max_bytes} that are read", bytes.len()),
        ));
    }
    match bytes {
        [0xFF, 0xFE, rest @ ..] => utf16(rest, u16::from_le_bytes).map(Cow::Owned),
        [0xFE, 0xFF, rest @ ..] => utf16(rest, u16::from_be_bytes).map(Cow::Owned),
        [0xEF, 0xBB, 0xBF, rest @ ..] => utf8(rest).map(Cow::Borrowed),
        _ => utf8(bytes).map(Cow::Borrowed),
    }
}

fn utf8(bytes: &[u8]) -> Result<&str, Fault> {
    std::str::from_utf8(bytes).map_err(|error| {
        let valid = bytes.get(..error.valid_up_to()).unwrap_or_default();
        let line = memchr::memchr_iter(b'\n', valid).count() + 1;
        Fault::new(u32::try_from(line).unwrap_or(u32::MAX), "not UTF-8")
    })
}

fn utf16(bytes: &[u8], unit: fn([u8; 2]) -> u16) -> Result<String, Fault> {
    let (pairs, rest) = bytes.as_chunks::<2>();
    if !rest.is_empty() {
        return Err(Fault::new(1, "UTF-16 with an odd number of bytes"));
    }
    let mut text = String::with_capacity(pairs.len());
    let mut line = 1;
    for unit in char::decode_utf16(pairs.iter().map(|pair| unit(*pair))) {
        let letter = unit.map_err(|_| Fault::new(line, "not UTF-16"))?;
        line += u32::from(letter == '\n');
        text.push(letter);
    }
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_orders_of_utf16_are_read() {
        assert_eq!(decode(b"\xFF\xFEa\0\xE4\0", 9).unwrap(), "aä");
        assert_eq!(decode(b"\xFE\xFF\0a\0\xE4", 9).unwrap(), "aä");
        assert_eq!(decode(b"\xEF\xBB\xBFa", 9).unwrap(), "a");
    }

    #[test]
    fn what_is_no_text_is_refused_with_its_line() {
        assert_eq!(decode(b"a\n\xFF", 9).unwrap_err(), Fault::new(2, "not UTF-8"));
        assert_eq!(decode(b"\xFF\xFE\n\0\0\xD8", 9).unwrap_err(), Fault::new(2, "not UTF-16"));
        assert!(decode(b"\xFF\xFEa", 9).is_err());
        assert!(decode(b"0123456789", 9).is_err());
    }
}
