//! Passwords in the arguments of commands.

use std::ops::Range;

use super::Syntax;
use super::quotes::{line_start, quoted, shell_word};
use super::reach::quoted_value;
use super::words::is_reference_or_keyword;

/// The password of `curl -u name:password`.
pub(super) fn credentials(
    text: &[u8],
    at: usize,
    around: Option<u8>,
    syntax: Syntax,
) -> Option<(Range<usize>, usize)> {
    let blanks = text.get(at..)?.iter().take(16).take_while(|byte| b" =\t".contains(byte)).count();
    let from = at + blanks;
    let (inside, after) = match quoted(text, from, around) {
        Some((inside, after)) => {
            let (whole, behind) = quoted_value(text, &(at..at), inside.clone(), after, around, syntax);
            (inside.start..whole.end.max(inside.end), behind)
        }
        None => {
            let end = shell_word(text, from, around, syntax == Syntax::Shell);
            (from..end, end)
        }
    };
    let value = text.get(inside.clone())?;
    let colon = memchr::memchr2(b':', b'%', value)?;
    let secret = inside.start + colon + 1..inside.end;
    let bare = text.get(secret.clone())?;
    if bare.starts_with(b"//")
        || is_reference_or_keyword(bare)
        || bare.iter().all(u8::is_ascii_digit) && bare.len() < 6
    {
        return None;
    }
    Some((secret, after))
}

/// The password of `mysql -p'a b'`, `sshpass -p 'a b'` and `curl -uname:password`.
pub(super) fn attached(
    text: &[u8],
    name: &Range<usize>,
    word: &str,
    around: Option<u8>,
    syntax: Syntax,
) -> Option<(Range<usize>, usize)> {
    if word.starts_with("-u") && !word.starts_with("-u-") && text.get(name.end) == Some(&b':') {
        return credentials(text, name.start + 2, around, syntax);
    }
    if !word.starts_with("-p") {
        return None;
    }
    let line = line_start(text, name.start);
    let before = text.get(line..name.start)?;
    let before = before.get(before.len().saturating_sub(256)..)?;
    let calls = |program: &[u8]| memchr::memmem::find(before, program).is_some();
    let from = if calls(b"mysql") || calls(b"mariadb") || calls(b"7z") {
        name.start + 2
    } else if calls(b"sshpass") || calls(b"docker login") || calls(b"podman login") {
        let from = name.start + 2;
        from + text.get(from..)?.iter().take(4).take_while(|byte| **byte == b' ').count()
    } else {
        return None;
    };
    let next = text.get(from)?;
    if next.is_ascii_whitespace() || word.starts_with("-port") || Some(*next) == around {
        return None;
    }
    let end = shell_word(text, from, around, true);
    let inside = match quoted(text, from, around) {
        Some((inside, after)) if after >= end => inside,
        _ => from..end,
    };
    let value = text.get(inside.clone())?;
    (!is_reference_or_keyword(value)).then_some((inside, end))
}
