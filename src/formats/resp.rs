//! Replies of Redis: RESP2, bounded.

use super::fault::Fault;

/// Longest string, in bytes.
const MAX_STRING: usize = 8 << 20;
/// Longest line.
const MAX_LINE: usize = 64 << 10;
/// Most elements of one array.
const MAX_ELEMENTS: usize = 10_000;
/// Deepest array in arrays.
const MAX_DEPTH: usize = 8;

/// A reply.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reply {
    /// `+OK`
    Simple(String),
    /// `-ERR …`
    Error(String),
    /// `:1`
    Integer(i64),
    /// `$5`, and none for the null string.
    Bulk(Option<Vec<u8>>),
    /// `*2`, and none for the null array.
    Array(Option<Vec<Self>>),
}

/// The first reply in `bytes` and how many of them it takes; none while it is not whole.
///
/// # Errors
/// A fault where this is no reply, or one beyond the bounds: what follows cannot make it one.
pub fn parse(bytes: &[u8]) -> Result<Option<(Reply, usize)>, Fault> {
    let mut at = 0;
    Ok(reply(bytes, &mut at, 0)?.map(|reply| (reply, at)))
}

fn fault(message: &str) -> Fault {
    Fault::new(1, message)
}

fn reply(bytes: &[u8], at: &mut usize, depth: usize) -> Result<Option<Reply>, Fault> {
    if depth > MAX_DEPTH {
        return Err(fault("arrays in arrays too deeply"));
    }
    let rest = bytes.get(*at..).unwrap_or_default();
    let Some(kind) = rest.first() else { return Ok(None) };
    if !b"+-:$*".contains(kind) {
        return Err(fault("expected a reply of Redis"));
    }
    let head = rest.get(1..rest.len().min(MAX_LINE)).unwrap_or_default();
    let Some(end) = memchr::memchr(b'\n', head) else {
        if rest.len() >= MAX_LINE {
            return Err(fault("a line without an end"));
        }
        return Ok(None);
    };
    let line = head.get(..end).and_then(|line| line.strip_suffix(b"\r"));
    let line = line.ok_or_else(|| fault("a line that does not end with CR LF"))?;
    let text = || String::from_utf8_lossy(line).into_owned();
    *at += end + 2;
    Ok(Some(match kind {
        b'+' => Reply::Simple(text()),
        b'-' => Reply::Error(text()),
        b':' => Reply::Integer(text().parse().map_err(|_| fault("expected a whole number"))?),
        b'$' => match length(line, MAX_STRING)? {
            None => Reply::Bulk(None),
            Some(length) => {
                let Some(content) = bytes.get(*at..*at + length + 2) else { return Ok(None) };
                let content = content.strip_suffix(b"\r\n");
                let content = content.ok_or_else(|| fault("a string longer than it says"))?;
                *at += length + 2;
                Reply::Bulk(Some(content.to_vec()))
            }
        },
        _ => match length(line, MAX_ELEMENTS)? {
            None => Reply::Array(None),
            Some(length) => {
                let mut elements = Vec::new();
                for _ in 0..length {
                    let Some(element) = reply(bytes, at, depth + 1)? else { return Ok(None) };
                    elements.push(element);
                }
                Reply::Array(Some(elements))
            }
        },
    }))
}

/// A length; none for -1, the length of what is not there.
fn length(line: &[u8], most: usize) -> Result<Option<usize>, Fault> {
    if line == b"-1" {
        return Ok(None);
    }
    let digits = std::str::from_utf8(line).ok().filter(|text| text.bytes().all(|byte| byte.is_ascii_digit()));
    let length: usize =
        digits.and_then(|text| text.parse().ok()).ok_or_else(|| fault("expected a length"))?;
    if length > most { Err(fault("longer than is taken")) } else { Ok(Some(length)) }
}

/// A command, as an array of strings.
#[must_use]
pub fn command(words: &[&str]) -> Vec<u8> {
    let mut bytes = format!("*{}\r\n", words.len()).into_bytes();
    for word in words {
        bytes.extend(format!("${}\r\n{word}\r\n", word.len()).into_bytes());
    }
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The examples of the protocol's documentation.
    #[test]
    fn replies() {
        for (bytes, reply) in [
            ("+OK\r\n", Reply::Simple("OK".to_owned())),
            ("-ERR unknown\r\n", Reply::Error("ERR unknown".to_owned())),
            (":-1000\r\n", Reply::Integer(-1000)),
            ("$5\r\nhello\r\n", Reply::Bulk(Some(b"hello".to_vec()))),
            ("$0\r\n\r\n", Reply::Bulk(Some(Vec::new()))),
            ("$-1\r\n", Reply::Bulk(None)),
            ("*0\r\n", Reply::Array(Some(Vec::new()))),
            ("*-1\r\n", Reply::Array(None)),
            ("*2\r\n:1\r\n*1\r\n$1\r\na\r\n", {
                let inner = Reply::Array(Some(vec![Reply::Bulk(Some(b"a".to_vec()))]));
                Reply::Array(Some(vec![Reply::Integer(1), inner]))
            }),
        ] {
            assert_eq!(parse(bytes.as_bytes()), Ok(Some((reply, bytes.len()))), "{bytes:?}");
            for end in 0..bytes.len() {
                assert_eq!(parse(&bytes.as_bytes()[..end]), Ok(None), "{bytes:?} to {end}");
            }
        }
        assert_eq!(parse(b"+A\r\n+B\r\n").unwrap().unwrap().1, 4);
    }

    #[test]
    fn what_is_no_reply() {
        for wrong in [
            "HTTP/1.1 400 Bad Request\r\n".to_owned(),
            "+OK\n".to_owned(),
            "$-2\r\n".to_owned(),
            "$x\r\n".to_owned(),
            "$99999999999\r\n".to_owned(),
            "$3\r\nhello\r\n".to_owned(),
            "*99999\r\n".to_owned(),
            ":1.5\r\n".to_owned(),
            "*1\r\n".repeat(20),
            format!("+{}", "a".repeat(70_000)),
        ] {
            assert!(parse(wrong.as_bytes()).is_err(), "{:?}", &wrong[..wrong.len().min(40)]);
        }
    }

    #[test]
    fn commands() {
        assert_eq!(command(&["AUTH", "a b\r\n"]), b"*2\r\n$4\r\nAUTH\r\n$5\r\na b\r\n\r\n");
    }

    proptest::proptest! {
        #[test]
        fn anything_is_read_or_refused(text in "[-+:$*0-9a\r\n]{0,60}") {
            if let Ok(Some((_, taken))) = parse(text.as_bytes()) {
                proptest::prop_assert!(taken <= text.len());
            }
        }
    }
}
