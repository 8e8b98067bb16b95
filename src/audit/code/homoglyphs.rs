//! Names that mix Latin letters with look-alikes of other alphabets. A pattern rule would need a literal for every
//! pair of letters; looking for the two lead bytes of Cyrillic is one pass at memory speed.

use std::ops::Range;

/// Most findings of one file.
const MOST: usize = 20;
/// Most places of one file that are looked at: a file in Russian has one a letter.
const LOOKED: usize = 200_000;

/// Second bytes of Cyrillic letters that look like Latin ones, by lead byte: а е о В Н К М А Е О Р С Т Х, then
/// р с у х і ј ѕ.
const fn looks_latin(lead: u8, second: u8) -> bool {
    match lead {
        0xD0 => matches!(
            second,
            0xB0 | 0xB5 | 0xBE | 0x92 | 0x9D | 0x9A | 0x9C | 0x90 | 0x95 | 0x9E | 0xA0 | 0xA1 | 0xA2 | 0xA5
        ),
        0xD1 => matches!(second, 0x80 | 0x81 | 0x83 | 0x85 | 0x96 | 0x98 | 0x95),
        _ => false,
    }
}

/// Words of a text in which such a letter touches a Latin one, outside of strings and comments.
pub(super) fn mixed_names(text: &[u8]) -> Vec<Range<usize>> {
    let mut found: Vec<Range<usize>> = Vec::new();
    for at in memchr::memchr2_iter(0xD0, 0xD1, text).take(LOOKED) {
        let (Some(lead), Some(second)) = (text.get(at), text.get(at + 1)) else { continue };
        let latin = |byte: Option<&u8>| byte.is_some_and(|byte| byte.is_ascii_alphabetic() || *byte == b'_');
        let touches = latin(at.checked_sub(1).and_then(|before| text.get(before))) || latin(text.get(at + 2));
        if !touches || !looks_latin(*lead, *second) || found.last().is_some_and(|last| at < last.end) {
            continue;
        }
        let word = word_around(text, at);
        if is_look_alike(text.get(word.clone()).unwrap_or_default()) && is_code(text, word.start) {
            found.push(word);
        }
        if found.len() >= MOST {
            break;
        }
    }
    found
}

/// The run of letters, digits and `_` around a place, at most 80 bytes each way.
fn word_around(text: &[u8], at: usize) -> Range<usize> {
    let inside = |byte: &u8| byte.is_ascii_alphanumeric() || *byte == b'_' || *byte >= 0x80;
    let back = text.get(at.saturating_sub(80)..at).unwrap_or_default();
    let start = at - back.iter().rev().take_while(|byte| inside(byte)).count();
    let ahead = text.get(at..text.len().min(at + 80)).unwrap_or_default();
    start..at + ahead.iter().take_while(|byte| inside(byte)).count()
}

/// Whether every letter of a word that is not Latin looks like a Latin one, and Latin ones are there too.
fn is_look_alike(word: &[u8]) -> bool {
    let mut latin = 0_u32;
    let mut bytes = word.iter();
    while let Some(byte) = bytes.next() {
        if byte.is_ascii_alphabetic() {
            latin += 1;
        } else if *byte >= 0x80 && !bytes.next().is_some_and(|second| looks_latin(*byte, *second)) {
            return false;
        }
    }
    latin >= 2
}

/// Whether a place is neither in a string nor behind the start of a comment on its line.
fn is_code(text: &[u8], at: usize) -> bool {
    let before = text.get(at.saturating_sub(512)..at).unwrap_or_default();
    let line = memchr::memrchr(b'\n', before).map_or(before, |end| before.get(end + 1..).unwrap_or_default());
    let start = line.trim_ascii_start();
    let quoted = [b'"', b'\'', b'`'].iter().any(|quote| memchr::memchr_iter(*quote, line).count() % 2 == 1);
    let comment = start.starts_with(b"*")
        || start.starts_with(b"#")
        || ["//", "/*", " # ", "<!--", "--", "\"\"\""]
            .iter()
            .any(|mark| memchr::memmem::find(line, mark.as_bytes()).is_some());
    !quoted && !comment
}

#[cfg(test)]
mod tests {
    use super::mixed_names;

    #[test]
    fn look_alikes_in_names_only() {
        let found = |text: &str| mixed_names(text.as_bytes()).len();
        assert_eq!(found("if is_\u{430}dmin(user):"), 1);
        assert_eq!(found("x = 'is_\u{430}dmin'"), 0);
        assert_eq!(found("// is_\u{430}dmin"), 0);
        assert_eq!(found("\u{43f}\u{440}\u{438}\u{432}\u{435}\u{442} = 1"), 0);
        assert_eq!(found("is_admin(user)"), 0);
    }
}
